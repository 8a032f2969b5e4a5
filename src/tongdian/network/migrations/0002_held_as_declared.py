"""Checks from what the registers declare: they hold for what is new, and for all rows once none breaks them."""

from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0001_initial'),
        ('parties', '0007_views_moved'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='transformer',
            name='transformer_has_a_capacity',
        ),
        migrations.RemoveConstraint(
            model_name='transformer',
            name='transformer_power_factor_is_a_share',
        ),
        migrations.RemoveConstraint(
            model_name='usagepoint',
            name='usage_point_capacity_is_positive',
        ),
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='feeder_code_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('utility__in', ['power', 'water'])), name='feeder_utility_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='feeder_name_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('voltage_kv', None), models.Q(('voltage_kv__gte', Decimal('0.01')), ('voltage_kv__lte', Decimal('9999.99'))), _connector='OR'), name='feeder_voltage_kv_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='feeder',
            constraint=models.CheckConstraint(condition=models.Q(('capacity_kva', None), models.Q(('capacity_kva__gte', Decimal('0.01')), ('capacity_kva__lte', Decimal('999999999.99'))), _connector='OR'), name='feeder_capacity_kva_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='place_code_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['area', 'building', 'campus', 'flat', 'premises', 'room', 'shop', 'site'])), name='place_kind_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='place_name_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='transformer',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='transformer_code_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='transformer',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='transformer_name_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='transformer',
            constraint=models.CheckConstraint(condition=models.Q(('capacity_kva__gte', Decimal('0.01')), ('capacity_kva__lte', Decimal('999999999.99'))), name='transformer_capacity_kva_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='transformer',
            constraint=models.CheckConstraint(condition=models.Q(('power_factor__gte', Decimal('0.01')), ('power_factor__lte', Decimal('1'))), name='transformer_power_factor_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='usagepoint',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='usage_point_code_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='usagepoint',
            constraint=models.CheckConstraint(condition=models.Q(('utility__in', ['power', 'water'])), name='usage_point_utility_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='usagepoint',
            constraint=models.CheckConstraint(condition=models.Q(('capacity_kw', None), models.Q(('capacity_kw__gte', Decimal('0.01')), ('capacity_kw__lte', Decimal('999999999.99'))), _connector='OR'), name='usage_point_capacity_kw_is_as_declared'),
        ),
    ]
