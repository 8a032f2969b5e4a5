"""The organisation is found by the key (organisation, id), an account and a preview by the indexes that begin with them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_one_index_of_an_organisation'),
        ('billing', '0004_runs_given_up'),
        ('parties', '0011_found_by_sound_and_tail'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bill',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='accounts.billingaccount'),
        ),
        migrations.AlterField(
            model_name='bill',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AlterField(
            model_name='runitem',
            name='organisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AlterField(
            model_name='runitem',
            name='preview',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='billing.runpreview'),
        ),
    ]
