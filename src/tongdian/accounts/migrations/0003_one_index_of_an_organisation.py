"""The organisation is found by the key (organisation, id), an account and a preview by the indexes that begin with them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_collecting'),
        ('parties', '0011_found_by_sound_and_tail'),
    ]

    operations = [
        migrations.AlterField(
            model_name='billingaccount',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='billing_accounts', to='parties.organisation'),
        ),
        migrations.AlterField(
            model_name='debt',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='accounts.billingaccount'),
        ),
        migrations.AlterField(
            model_name='debt',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
    ]
