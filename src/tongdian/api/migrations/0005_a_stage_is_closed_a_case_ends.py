from django.db import migrations

# What was called "closed" is a stage; that the case ended is an event of its own from now on.
RENAMED = "update api_subscription set kinds = array_replace(kinds, 'closed', 'stage_closed')"
BACK = (
    "update api_subscription set kinds = array_remove(array_replace(kinds, 'stage_closed', 'closed'), 'case_ended')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0004_token_scopes_days_and_use"),
    ]

    operations = [migrations.RunSQL(RENAMED, BACK)]
