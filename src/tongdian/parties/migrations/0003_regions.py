from django.db import migrations

from tongdian.parties import regions


def load_regions(apps, schema_editor):
    """The divisions of China. A newer list comes with a migration that does this again."""
    regions.load(apps.get_model("parties", "Region"), using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_organisations")]

    operations = [migrations.RunPython(load_regions, migrations.RunPython.noop)]
