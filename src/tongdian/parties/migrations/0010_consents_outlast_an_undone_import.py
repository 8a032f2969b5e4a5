"""An import that kept consents can be undone: they stay, each with a withdrawal behind it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0009_customers_as_declared'),
    ]

    operations = [
        migrations.AlterField(
            model_name='consent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='consents', to='parties.customer'),
        ),
    ]
