"""A customer is found by how the name sounds and by the last digits of the telephone."""

from typing import Any

from django.db import migrations, models

from tongdian.parties.queries import searchable, tail_of
from tongdian.personal import decrypt

AT_ONCE = 1_000
NEXT = """
    select id, number, name, phone, erased_on from parties_customer
     where %s::uuid is null or id > %s::uuid order by id limit %s
"""
UPDATE = "update parties_customer set pairs = %s, phone_tail = %s where id = %s"


def say_sounds_and_tails(apps: Any, schema_editor: Any) -> None:
    """Row by row, as the owner; sealed anew by the baseline of the table's new shape, as in 0009."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("alter table parties_customer disable trigger user")
        after = None
        while True:
            cursor.execute(NEXT, [after, after, AT_ONCE])
            if not (rows := cursor.fetchall()):
                break
            cursor.executemany(UPDATE, [_said(*row) for row in rows])
            after = rows[-1][0]
        cursor.execute("alter table parties_customer enable trigger user")


def _said(id_: Any, number: str, name: str, phone: Any, erased_on: Any) -> tuple[Any, ...]:
    kept = "" if erased_on else name
    return searchable(kept, number), tail_of(decrypt(phone)), id_


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0010_consents_outlast_an_undone_import'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='phone_tail',
            field=models.BinaryField(blank=True, db_index=True, default=b'', max_length=32),
        ),
        migrations.RunPython(say_sounds_and_tails, migrations.RunPython.noop),
    ]
