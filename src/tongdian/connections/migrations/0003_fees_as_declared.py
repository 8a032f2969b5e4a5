"""Checks of fees from what their register declares (see network.0002)."""

from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_erased_with_the_customer'),
        ('parties', '0007_views_moved'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='publishedfee',
            name='fee_is_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='publishedfee',
            name='fee_names_its_basis',
        ),
        AddConstraintNotValid(
            model_name='publishedfee',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='fee_code_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='publishedfee',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='fee_name_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='publishedfee',
            constraint=models.CheckConstraint(condition=models.Q(('unit', ''), _negated=True), name='fee_unit_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='publishedfee',
            constraint=models.CheckConstraint(condition=models.Q(('yuan__gte', Decimal('0')), ('yuan__lte', Decimal('9999999999.99'))), name='fee_yuan_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='publishedfee',
            constraint=models.CheckConstraint(condition=models.Q(('basis', ''), _negated=True), name='fee_basis_is_as_declared'),
        ),
    ]
