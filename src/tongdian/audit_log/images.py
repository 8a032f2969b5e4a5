"""The images of rows: what each row of a sealed table was when it was last written, as hashes.

A trigger after every statement adds one Image for the rows that the statement wrote, in the same
transaction, whoever writes and through whichever door. All that one transaction writes is one
*deed*; its entry in the log seals the images of its deed (`digest`). Who can only write to the
database can write rows, and images with them, but no entry that seals them.

The functions and triggers are made again by `install` after migrations, from what the models say;
where the columns of a table changed, its rows as they are then get a baseline, which is an entry
itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg

from tongdian.audit_log.tables import Shape, shapes

ROWS_AN_IMAGE = 5_000
# Text of a row must not depend on who is connected and how.
EXACTLY = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "bytea_output": "hex",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
}

FUNCTIONS = """
create or replace function public.audit_log_deed() returns uuid
language plpgsql security definer as $$
declare known text := pg_catalog.current_setting('tongdian.deed', true);
begin
    if known is null or known = '' then
        known := pg_catalog.gen_random_uuid()::text;
        perform pg_catalog.set_config('tongdian.deed', known, true);
        insert into public.audit_log_waitingdeed (deed, writer)
        values (known::uuid, session_user);
    end if;
    return known::uuid;
end $$;

create or replace function public.audit_log_digest(deeds uuid[]) returns bytea
language sql stable as $$
    select pg_catalog.sha256(pg_catalog.string_agg(
        pg_catalog.sha256(pg_catalog.convert_to(
            row(image.id, image.deed, image."table", image.shape, image.is_gone, image.keys)::text,
            'UTF8'
        ) || image.hashes), ''::bytea order by image.id))
      from public.audit_log_image image where image.deed = any(deeds)
$$;
"""

KEEP = """
create or replace function public."{function}"() returns trigger
language plpgsql security definer {settings} as $keep$
declare
    its_salt bytea := pg_catalog.decode(
        pg_catalog.replace(pg_catalog.gen_random_uuid()::text, '-', ''), 'hex');
begin
    if tg_op = 'INSERT' then
        {of_new};
    elsif tg_op = 'UPDATE' then
        {of_changed};
    else
        {of_old};
    end if;
    return null;
end $keep$;
drop trigger if exists image_of_new_rows on public."{table}";
drop trigger if exists image_of_changed_rows on public."{table}";
drop trigger if exists image_of_old_rows on public."{table}";
create trigger image_of_new_rows after insert on public."{table}"
    referencing new table as new_rows for each statement execute function public."{function}"();
create trigger image_of_changed_rows after update on public."{table}"
    referencing new table as new_rows old table as old_rows
    for each statement execute function public."{function}"();
create trigger image_of_old_rows after delete on public."{table}"
    referencing old table as old_rows for each statement execute function public."{function}"();
"""


@dataclass(frozen=True)
class Baseline:
    """A table whose rows were imaged as they stood, because its shape is new."""

    shape: Shape
    number: int
    deed: UUID
    rows: int

    @property
    def name(self) -> str:
        """Table, number and columns: what its entry in the log says."""
        return name_of(self.shape.table, self.number, self.shape.key, self.shape.columns)


def name_of(table: str, number: int, key: Sequence[str], columns: Sequence[str]) -> str:
    """`cases_event 1 (case_id,seq: at,body,…)`."""
    return f"{table} {number} ({','.join(key)}: {','.join(columns)})"


Known = dict[str, tuple[int, list[str], list[str]]]  # number, key and columns of a shape, by table


def install(connection: psycopg.Connection) -> list[Baseline]:
    """Have every sealed table imaged from now on, as its owner; the baselines made on the way.

    Does nothing where shapes and triggers are as they should be. Each table is done in a
    transaction of its own, while nobody else writes to it.
    """
    known, guarded = _known(connection), _guarded(connection)
    made = []
    if _is_due(known, guarded):
        connection.execute(FUNCTIONS)
    for shape in shapes():
        number = known.get(shape.table, (0, [], []))[0]
        if _differs(shape, known):
            made.append(_begin(connection, shape, number + 1))
        elif shape.table not in guarded:
            connection.execute(_keep(shape, number))
    return made


def is_due(connection: psycopg.Connection) -> bool:
    """Whether a table's shape is new, or its triggers are not there."""
    return _is_due(_known(connection), _guarded(connection))


def _is_due(known: Known, guarded: set[str]) -> bool:
    return any(_differs(shape, known) or shape.table not in guarded for shape in shapes())


def _known(connection: psycopg.Connection) -> Known:
    return {
        table: (number, list(key), list(columns))
        for table, number, key, columns in connection.execute(
            'select distinct on ("table") "table", number, key, columns'
            ' from audit_log_shape order by "table", number desc'
        )
    }


def _guarded(connection: psycopg.Connection) -> set[str]:
    return {
        table
        for (table,) in connection.execute(
            "select tgrelid::regclass::text from pg_trigger where tgname like 'image\\_of\\_%%'"
            " and tgenabled <> 'D' group by tgrelid having count(*) = 3"
        )
    }


def unsealed_baselines(connection: psycopg.Connection) -> list[Baseline]:
    """Baselines whose entry was never written, because the program ended in between."""
    missing = {
        (table, number): deed
        for table, number, deed in connection.execute(
            'select "table", number, deed from audit_log_shape shape'
            " where exists (select from audit_log_waitingdeed waiting where waiting.deed = shape.deed)"
            " and shape.deed not in (select unnest(deeds) from audit_log_unsealed)"
        )
    }
    return [
        Baseline(shape, number, deed, _count(connection, deed))
        for shape in shapes()
        for (table, number), deed in missing.items()
        if table == shape.table
    ]


def _differs(shape: Shape, known: dict[str, tuple[int, list[str], list[str]]]) -> bool:
    found = known.get(shape.table)
    return found is None or found[1:] != (list(shape.key), list(shape.columns))


def _begin(connection: psycopg.Connection, shape: Shape, number: int) -> Baseline:
    deed = uuid4()
    with connection.transaction():
        run = connection.execute
        run(f'lock table public."{shape.table}" in share row exclusive mode')
        run("select set_config('tongdian.deed', %s, true)", [str(deed)])
        run("insert into audit_log_waitingdeed (deed, writer) values (%s, session_user)", [deed])
        for name, value in EXACTLY.items():
            run("select set_config(%s, %s, true)", [name, value])
        salt = f"decode('{secrets.token_hex(16)}', 'hex')"
        run(_insertion(shape, number, f'public."{shape.table}" r', salt=salt))
        run(
            'insert into audit_log_shape ("table", number, key, columns, deed) values (%s, %s, %s, %s, %s)',
            [shape.table, number, list(shape.key), list(shape.columns), deed],
        )
        run(_keep(shape, number))
        return Baseline(shape, number, deed, _count(connection, deed))


def _count(connection: psycopg.Connection, deed: UUID) -> int:
    row = connection.execute(
        "select coalesce(sum(cardinality(keys)), 0) from audit_log_image where deed = %s", [deed]
    ).fetchone()
    assert row is not None
    return int(row[0])


def _keep(shape: Shape, number: int) -> str:
    changed = (
        f"new_rows r left join old_rows o on {shape.key_of('o')} = {shape.key_of('r')}"
        f" where {shape.key_of('o')} is null or {shape.text_of('o')} <> {shape.text_of('r')}"
    )
    return KEEP.format(
        function=f"audit_log_image_of_{shape.table}"[:63],
        table=shape.table,
        settings=" ".join(f"set {name} = '{value}'" for name, value in EXACTLY.items()),
        of_new=_insertion(shape, number, "new_rows r", salt="its_salt"),
        of_changed=_insertion(shape, number, changed, salt="its_salt"),
        of_old=_insertion(shape, number, "old_rows r", salt=None),
    )


def _insertion(shape: Shape, number: int, rows: str, *, salt: str | None) -> str:
    """SQL that adds the images of some rows; without a salt, that they are gone."""
    nothing = "''::bytea"
    hash_ = shape.hash_of("r", salt) if salt else nothing
    return f"""
        insert into public.audit_log_image
            (deed, "table", shape, is_gone, salt, keys, hashes, writer)
        select public.audit_log_deed(), '{shape.table}', {number}, {str(salt is None).lower()},
               {salt or nothing}, array_agg(imaged.key order by imaged.key),
               string_agg(imaged.hash, {nothing} order by imaged.key), session_user
          from (select {shape.key_of("r")} as key, {hash_} as hash,
                       (row_number() over () - 1) / {ROWS_AN_IMAGE} as part
                  from {rows}) imaged
         group by part
    """
