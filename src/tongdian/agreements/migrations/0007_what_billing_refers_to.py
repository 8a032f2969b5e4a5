"""What the keys of billing refer to."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0006_who_signs_for_another'),
        ('network', '0004_place_of_its_organisation'),
        ('parties', '0010_consents_outlast_an_undone_import'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='agreement_of_its_organisation'),
        ),
    ]
