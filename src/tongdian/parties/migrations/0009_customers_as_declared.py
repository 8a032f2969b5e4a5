"""A customer is known by a document and its number; names are found whatever their dots, and put in
order as surnames are read. New checks hold for what is new, and for all rows once none breaks them."""

from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from tongdian.parties.names import sort_key
from tongdian.parties.numbers import document_of
from tongdian.parties.queries import searchable
from tongdian.personal import decrypt

AT_ONCE = 1_000
NEXT = """
    select id, number, kind, name, identity, erased_on from parties_customer
     where %s::uuid is null or id > %s::uuid order by id limit %s
"""
UPDATE = "update parties_customer set document = %s, name_key = %s, pairs = %s where id = %s"


def say_documents_and_names(apps: Any, schema_editor: Any) -> None:
    """Row by row, as the owner. The rows are sealed anew by the baseline of the table's new shape
    (audit_log/images.py), so that no trigger has to image them on the way."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("alter table parties_customer disable trigger user")
        say(cursor)
        cursor.execute("alter table parties_customer enable trigger user")


def say(cursor: Any) -> None:
    """What is known of every customer, some at once."""
    after = None
    while True:
        cursor.execute(NEXT, [after, after, AT_ONCE])
        if not (rows := cursor.fetchall()):
            return
        cursor.executemany(UPDATE, [_said(*row) for row in rows])
        after = rows[-1][0]


def _said(id_: Any, number: str, kind: str, name: str, identity: Any, erased_on: Any) -> tuple[Any, ...]:
    is_firm, kept = kind == "firm", "" if erased_on else name
    whole = decrypt(identity) if identity and not is_firm else ""
    document = "credit_code" if is_firm else str(document_of(whole)) if whole else "id_card"
    key = sort_key(kept, of_a_person=not is_firm) if kept else ""
    return document, key, searchable(kept, number), id_


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0008_one_series_of_numbers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='customer',
            name='customer_is_entered_once_by_identity',
        ),
        migrations.AddField(
            model_name='customer',
            name='document',
            field=models.CharField(choices=[('id_card', 'Resident identity card'), ('residence_permit', 'Residence permit (Hong Kong, Macao, Taiwan)'), ('permanent_resident', 'Foreign permanent resident card'), ('passport', 'Passport'), ('mainland_travel_permit', 'Mainland travel permit'), ('credit_code', 'Unified social credit code'), ('other', 'Other document')], default='id_card', max_length=24),
        ),
        migrations.RunPython(say_documents_and_names, migrations.RunPython.noop),
        AddConstraintNotValid(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['firm', 'person'])), name='customer_kind_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='customer_name_is_as_declared'),
        ),
        AddConstraintNotValid(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('document__in', ['credit_code', 'id_card', 'mainland_travel_permit', 'other', 'passport', 'permanent_resident', 'residence_permit'])), name='customer_document_is_as_declared'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('identity_lookup', b''), _negated=True), fields=('organisation', 'document', 'identity_lookup'), name='customer_is_entered_once_by_identity'),
        ),
    ]
