"""What the database must hold of a register's fields, and which old rows do not hold it yet.

A check that is new meets rows from before it. A migration adds it NOT VALID, so that nothing new
breaks it; `validate_checks` makes it hold for all as soon as no row breaks it, and until then
`rows_to_mend` names those that do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import CheckConstraint, Model

from tongdian.registers.fields import Field

_NOT_VALID = (
    "select conrelid::regclass::text, conname from pg_constraint where contype = 'c' and not convalidated"
)


def checks(thing: str, *fields: Field) -> list[CheckConstraint]:
    """What the database must hold of a model's fields, for its `Meta.constraints`."""
    held = ((one.name, one.holds()) for one in fields)
    return [
        CheckConstraint(condition=condition, name=f"{thing}_{name}_is_as_declared")
        for name, condition in held
        if condition is not None
    ]


class RowToMend(NamedTuple):
    """A row from before a check, which breaks it."""

    table: str
    check: str
    id: Any
    name: str


def rows_to_mend(*, using: str = DEFAULT_DB_ALIAS, most: int = 100) -> Iterator[RowToMend]:
    """Rows that break a check which does not hold for all yet; `most` of each."""
    for model, one in _open_checks(using):
        for row in model._default_manager.using(using).exclude(one.condition).order_by("pk")[:most]:
            yield RowToMend(model._meta.db_table, one.name, row.pk, str(row))


def validate_checks(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Make every check hold for all rows, where none breaks it: the names of those left open.

    Takes a lock that lets others read and write meanwhile.
    """
    left, connection = [], connections[using]
    for model, one in _open_checks(using):
        if model._default_manager.using(using).exclude(one.condition).exists():
            left.append(one.name)
            continue
        table, name = (connection.ops.quote_name(text) for text in (model._meta.db_table, one.name))
        with connection.cursor() as cursor:
            cursor.execute(f"alter table {table} validate constraint {name}")
    return left


def _open_checks(using: str) -> list[tuple[type[Model], CheckConstraint]]:
    with connections[using].cursor() as cursor:
        cursor.execute(_NOT_VALID)
        names = {name for _table, name in cursor.fetchall()}
    return [
        (model, one)
        for model in apps.get_models()
        for one in model._meta.constraints
        if isinstance(one, CheckConstraint) and one.name in names
    ]
