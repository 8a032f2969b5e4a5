"""What every step asks and adds, written as SQL once.

Django's ORM takes ten times as long to write such a statement as PostgreSQL to carry it out, each
time anew. A Question is written out; a name in braces stands for the columns of a model, and each
row comes back as the models' instances:

    LOCKED = Question(
        "select {file}, {office} from cases_case file"
        " join parties_organisation office on office.id = file.organisation_id"
        " where file.number = %(number)s for update of file",
        file=Case, office=Organisation,
    )
    for case, organisation in LOCKED(number="YS-2026-000412"):

`insert` adds rows as `bulk_create` does, `insert_many` hundreds and more through COPY, `insert_rows` those that
need no instances; what is written inside `at_once` goes there together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models


class Question:
    """A SELECT; asked with values by name, it gives for each row one instance of each model in the
    order of `text`, None where an outer join found none."""

    def __init__(self, text: str, **read: type[models.Model]) -> None:
        self._read = [_Columns(name, model) for name, model in read.items()]
        self._text = text.format(**{one.name: one.written for one in self._read})

    def __call__(self, **given: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._text, given)
            rows = cursor.fetchall()
        return [self._instances(row) for row in rows]

    def _instances(self, row: Sequence[Any]) -> tuple[Any, ...]:
        found, start = [], 0
        for one in self._read:
            end = start + len(one.names)
            found.append(one.instance(list(row[start:end])))
            start = end
        return tuple(found)


class _Columns:
    """The columns of a model in a question."""

    def __init__(self, name: str, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.name, self.model = name, model
        self.names = [field.attname for field in fields]
        self.written = ", ".join(f'{name}."{field.column}"' for field in fields)
        self._read_by = [
            (at, read) for at, field in enumerate(fields) for read in field.get_db_converters(connection)
        ]
        self._filled = next(at for at, field in enumerate(fields) if not field.null)

    def instance(self, cells: list[Any]) -> models.Model | None:
        if cells[self._filled] is None:
            return None
        for at, read in self._read_by:
            cells[at] = read(cells[at], None, connection)
        return self.model.from_db(connection.alias, self.names, cells)


@contextmanager
def at_once() -> Iterator[None]:
    """Send what the block writes without waiting for the answer to each statement. What the
    database refuses is raised at the end of the block."""
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def insert(rows: Sequence[models.Model]) -> None:
    """Add rows of one model; the database fills in what has its default there."""
    text, fields = _insertion(type(rows[0]), len(rows))
    cells = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(text, cells)


def insert_many(rows: Sequence[models.Model]) -> None:
    """As `insert`, for any number of rows and in a fifth of the time; not inside `at_once`."""
    if not rows:
        return
    names = tuple(field.attname for field in _written_fields(type(rows[0])))
    cells = attrgetter(*names)
    insert_rows(type(rows[0]), names, (cells(row) for row in rows))
    for row in rows:  # they are there now: who saves one again changes it
        row._state.adding, row._state.db = False, connection.alias


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """As `insert_many`, for rows that are no instances: the values of the columns `names`, among which are all
    that the database does not fill in itself. An instance costs ten times what COPY takes for its row."""
    text, prepared = _copying(model, tuple(names))
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(_NONE_IGNORED)
        with cursor.copy(text) as copy:
            for row in rows:
                copy.write_row([prepare(value) for prepare, value in zip(prepared, row, strict=True)])


# Each trigger of a row that django-pgtrigger writes asks whether this setting ignores it, and where it is unknown
# fails inside and is rolled back: a hundred times what the trigger does, the more the more rows a transaction has.
_NONE_IGNORED = """
select set_config('pgtrigger.ignore', coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{}'), true)
"""


@lru_cache(maxsize=100)
def _copying(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Callable[[Any], Any]]]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if lacking := {field.attname for field in _written_fields(model)} - set(names):
        raise ValueError(f"{model.__name__} is not written without {', '.join(sorted(lacking))}")
    columns = ", ".join(f'"{fields[name].column}"' for name in names)
    return f'copy "{model._meta.db_table}" ({columns}) from stdin', [
        _prepared(fields[name]) for name in names
    ]


# What psycopg writes as it is, if it is of just these types: Django asks each value several times what it is.
_AS_IT_IS: dict[str, tuple[type, ...]] = {
    "UUIDField": (UUID,),
    "DateField": (date,),
    "BooleanField": (bool,),
    "BinaryField": (bytes,),
    "CharField": (str,),
    "JSONField": (dict, list),
    "SmallIntegerField": (int,),
    "PositiveSmallIntegerField": (int,),
    "IntegerField": (int,),
    "PositiveIntegerField": (int,),
    "BigIntegerField": (int,),
}


def _prepared(field: Any) -> Callable[[Any], Any]:
    """What makes of a value of a field what is written. A field that keeps to more has a quick way of its own."""
    target = field.target_field if field.is_relation else field
    kind = target.get_internal_type()
    kinds, ask = _AS_IT_IS.get(kind, ()), field.get_db_prep_save
    quick = getattr(field, "copied", None)
    if quick is None and kind in ("CharField", "JSONField"):
        kinds = ()

    def prepare(value: Any) -> Any:
        if value is None:
            return None
        if type(value) in kinds:
            return quick(value) if quick else value
        return ask(value, connection)

    return prepare


def _written_fields(model: type[models.Model]) -> list[Any]:
    return [
        field
        for field in model._meta.concrete_fields
        if not field.has_db_default() and not isinstance(field, models.AutoField)
    ]


@lru_cache(maxsize=100)
def _insertion(model: type[models.Model], rows: int) -> tuple[str, list[Any]]:
    fields = _written_fields(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = ", ".join([row] * rows)
    text = f'insert into "{model._meta.db_table}" ({columns}) values {values}'  # noqa: S608, names
    return text, fields


def counts(rows: Mapping[str, models.QuerySet[Any]]) -> dict[str, int]:
    """How many rows each query has, all asked in one question."""
    parts, given = [], []
    for name, query in rows.items():
        try:
            text, values = query.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:  # it is known to have none
            continue
        parts.append(f"select %s, count(*) from ({text}) one")  # noqa: S608, written by the ORM
        given += [name, *values]
    found = dict.fromkeys(rows, 0)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" union all ".join(parts), given)
            found.update(cursor.fetchall())
    return found
