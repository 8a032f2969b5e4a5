"""Views that people keep of lists come from the area of parties, rows and all."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers


class Migration(migrations.Migration):
    initial = True

    dependencies = [("parties", "0006_privacy")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "alter table parties_savedview rename to registers_savedview",
                    "alter table registers_savedview rename to parties_savedview",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("of", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=40)),
                        ("query", models.CharField(blank=True, max_length=1000)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "of", "name"), name="saved_view_has_its_own_name"
                            )
                        ]
                    },
                )
            ],
        )
    ]
