"""Claims wait for a countersignature: what was projected before is laid out anew by the next run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_waits_of_announcing"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="waits_from",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("waits_from__isnull", False)),
                fields=["waits_from"],
                name="case_with_a_waiting_claim",
            ),
        ),
        migrations.RunSQL("delete from cases_projected", migrations.RunSQL.noop),
    ]
