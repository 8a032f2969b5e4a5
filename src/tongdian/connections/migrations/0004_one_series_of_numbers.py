from django.db import migrations

# Until now the next number was looked for among the repairs: BX-YS-2026-000017.
CARRIED = r"""
    insert into parties_numberseries (organisation_id, "of", year, last)
    select organisation_id, 'repair', substring(number from '-(\d{4})-\d+$')::smallint,
           max(substring(number from '-(\d+)$')::integer)
      from connections_repair
     where number ~ '-\d{4}-\d+$'
     group by 1, 3
"""
BACK = """delete from parties_numberseries where "of" = 'repair'"""


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0003_fees_as_declared"),
        ("parties", "0008_one_series_of_numbers"),
    ]

    operations = [migrations.RunSQL(CARRIED, BACK)]
