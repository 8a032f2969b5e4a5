"""A final reading that a case took is found at once: with it the days of supply end (billing/supplies.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metering", "0002_validation_parts_and_routes")]

    operations = [
        migrations.AddIndex(
            model_name="meterreading",
            index=models.Index(
                condition=models.Q(("quality", "final"), models.Q(("case", ""), _negated=True)),
                fields=["meter", "on"],
                name="final_reading_of_a_case",
            ),
        ),
    ]
