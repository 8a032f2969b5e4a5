"""A main of water has no volts and no kVA. Rows from before that have some stay until they are mended:
`tongdian doctor` and /operation/ name them."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0002_held_as_declared'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('utility', 'power'), models.Q(('capacity_kva', None), ('voltage_kv', None)), _connector='OR'), name='only_power_has_volts_and_kva'),
        ),
    ]
