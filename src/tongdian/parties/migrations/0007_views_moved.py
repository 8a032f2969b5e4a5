"""Views of lists belong to the area of registers now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("parties", "0006_privacy"), ("registers", "0001_saved_views")]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("SavedView")])]
