from django.db import migrations, models

# in SQL, by the owner's own connection: the application's would wait for ever for the changed table
LISTED = """
UPDATE runs_bulkrun SET files = (
    SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE jsonb_build_array(value) END)
    FROM jsonb_each(files)
) WHERE files <> '{}'::jsonb
"""


class Migration(migrations.Migration):

    dependencies = [("runs", "0001_initial")]

    operations = [
        migrations.RunSQL(LISTED, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="bulkrun", name="take", field=models.JSONField(default=dict)
        ),
    ]
