"""What notices said is encrypted, as telephones are wherever they stand."""

import json
from typing import Any

from django.db import migrations, models

from tongdian.personal import encrypt

AT_ONCE = 1_000


def encrypt_what_was_said(apps: Any, schema_editor: Any) -> None:
    """Row by row, as the owner. The rows are sealed anew by the baseline of the table's new shape
    (audit_log/images.py), so that no trigger has to image them on the way."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("alter table notices_content disable trigger user")
        after = None
        while rows := _next_rows(cursor, after):
            cursor.executemany(
                "update notices_content set words = %s where notice_id = %s",
                [(encrypt(json.dumps(said)), notice) for notice, said in rows],
            )
            after = rows[-1][0]
        cursor.execute("alter table notices_content enable trigger user")


def _next_rows(cursor: Any, after: Any) -> list[tuple[Any, Any]]:
    cursor.execute(
        "select notice_id, said::text from notices_content"
        " where %s::uuid is null or notice_id > %s::uuid order by notice_id limit %s",
        [after, after, AT_ONCE],
    )
    return [(notice, json.loads(said)) for notice, said in cursor.fetchall()]


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.AddField(
            "content", "words", models.BinaryField(default=b""), preserve_default=False
        ),
        migrations.RunPython(encrypt_what_was_said),
        migrations.RemoveField("content", "said"),
    ]
