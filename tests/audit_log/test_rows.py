"""Every row of every sealed table is what was sealed: changed, removed and inserted rows are named,
whoever changed them, with triggers or without; and nothing else is."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from tests.cases.conftest import make_campus
from tests.database import elsewhere
from tests.hold import counts

from tongdian.audit_log.actions import record, seal_entries
from tongdian.audit_log.images import install, unsealed_baselines
from tongdian.audit_log.models import Entry
from tongdian.audit_log.tables import OTHERS, DerivedTable, FreeTable, SealedTable, declared, shapes
from tongdian.audit_log.verification import verify
from tongdian.cases import actions as cases
from tongdian.config.logins import owner_url
from tongdian.connections.models import Application
from tongdian.network.models import UsagePoint
from tongdian.notices.actions import Recipient, notify
from tongdian.notices.models import Content
from tongdian.parties.actions.customers import erase_customer
from tongdian.supply.models import SupplySwitch

NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)


def test_every_table_says_how_it_is_kept():
    with_tables = {table: kept for table, (kept, _) in declared().items()}
    silent = [table for table, kept in with_tables.items() if kept is None]
    assert silent == [], "say `kept = SealedTable(…)`, or FreeTable with its reason"
    reasons = [kept.reason for kept in with_tables.values() if isinstance(kept, FreeTable)]
    assert all(len(reason) > 15 for reason in reasons)
    derived = {table for table, kept in with_tables.items() if isinstance(kept, DerivedTable)}
    own = {table for table in derived if table.startswith("audit_log_")}  # verification.py makes them
    assert all(with_tables[table].differs for table in derived - own)
    unused = set(OTHERS) - set(with_tables) - {"django_migrations"}
    assert not unused


@pytest.mark.django_db
def test_no_table_of_the_database_is_forgotten():
    known = set(declared()) | set(OTHERS)
    assert set(connection.introspection.table_names()) <= known


@pytest.mark.django_db
def test_no_partition_is_a_table_of_its_own():
    """It is sealed, granted and listed as what it is a part of."""
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relispartition and relkind = 'r'")
        parts = {name for (name,) in cursor.fetchall()}
    assert parts
    assert not parts & set(connection.introspection.table_names())


@pytest.mark.django_db
def test_columns_left_out_are_columns():
    for table, (kept, model) in declared().items():
        if isinstance(kept, SealedTable):
            names = {field.name for field in model._meta.concrete_fields}
            assert set(kept.without) <= names, table


@pytest.fixture
def lived_in(committed, viewer):
    """A campus with a case that took a step: committed, as `make run` would have it."""
    campus = make_campus(viewer)
    record(actor="program", action="test", subject="campus", payload={}, at=NOON)
    case = cases.open_case(
        viewer=campus.clerk,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        facts={},
        at=NOON,
    )
    seal_entries()
    assert [finding.words.en for finding in verify().findings] == []
    return campus, case


def as_owner(committed, statement, *values, silently=True):
    with psycopg.connect(elsewhere(owner_url(), committed)) as owner:
        if silently:
            owner.execute("set session_replication_role = replica")
        return owner.execute(statement, values).rowcount


def as_owner_asks(committed, statement, *values):
    with psycopg.connect(elsewhere(owner_url(), committed)) as owner:
        owner.execute("set session_replication_role = replica")
        return owner.execute(statement, values or None).fetchall()


def found():
    seal_entries()
    return [(one.kind, one.table, one.key) for one in verify().findings]


def test_what_the_program_writes_is_never_named(lived_in):
    campus, _ = lived_in
    campus.wang.name = "王小小"
    campus.wang.save()  # without an entry of its own, as jobs do
    campus.technician.last_login = NOON
    campus.technician.save()
    assert found() == []
    noted = Entry.objects.filter(action="audit_log.rows_written").latest("id")
    assert noted.payload.content == {"parties_customer": 1}


def test_an_erased_customer_is_erased_and_not_changed(lived_in, viewer):
    """个人信息保护法 47: name, free text and what was said go; the check of the record holds."""
    campus, case = lived_in
    Application.objects.create(case=case, purpose="王小明的奶茶店")
    told = notify(
        name="application-received",
        organisation=campus.campus.id,
        to=Recipient(phone="13800001234"),
        subject=f"case:{case.pk}",
        at=NOON,
        params={"case": case.number, "business": "开户", "place": "3 号", "due": "", "track": "x"},
    )
    cases.withdraw(viewer=campus.counter, case=case, reason="不开店了", seen=1, at=NOON)
    assert found() == []
    erase_customer(viewer=viewer("administrator"), customer=campus.wang, reason="47", at=NOON)
    assert not Content.objects.filter(notice=told).exists()
    assert Application.objects.get().purpose == ""
    assert found() == []


def test_an_edit_behind_the_triggers_is_named_in_words(committed, lived_in):
    as_owner(committed, 'update cases_event set "on" = "on" - 5 where kind = \'opened\'')
    (finding,) = verify().findings
    assert (finding.kind, finding.table) == ("changed", "cases_event")
    assert "event of a case" in finding.words.en
    assert "it is not what entry" in finding.words.en
    assert "业务事件" in finding.words.zh


def test_an_edit_before_the_triggers_is_named_with_its_login(committed, lived_in):
    campus, _ = lived_in
    as_owner(committed, "update parties_customer set name = '王大明'", silently=False)
    seal_entries()
    (finding,) = verify().findings
    assert "the database login tongdian wrote it" in finding.words.en
    assert found() == [("changed", "parties_customer", str(campus.wang.pk))]


def test_what_the_programs_own_login_writes_without_a_deed_is_named_where_only_deeds_write(
    committed, lived_in
):
    """The flag of a switch that protects, set by SQL with the login of the program: no job does that."""
    campus, _ = lived_in
    point = UsagePoint.objects.create(place=campus.shop, utility="power", code="S3-D")
    with transaction.atomic():
        record(actor="program", action="test", subject="switch", payload={}, at=NOON)
        switch = SupplySwitch.objects.create(
            organisation=campus.campus,
            usage_point=point,
            code="K1",
            host="127.0.0.1",
            port=502,
            unit=1,
            coil=1,
        )
    assert found() == []
    SupplySwitch.objects.update(protects="life")
    assert found() == [("changed", "supply_supplyswitch", str(switch.pk))]


ABSURD = {
    "bool": "true",
    "bytea": r"'\x00ff'",
    "date": "'infinity'",
    "inet": "'::'",
    "int2": "-1",
    "int4": "-1",
    "int8": "-1",
    "jsonb": """'[{"x": 1.5e300}]'""",
    "numeric": "-1",
    "text": "'{0} \u202e no such code'",
    "time": "'24:00'",
    "timestamptz": "'infinity'",
    "uuid": "gen_random_uuid()",
    "varchar": "'{0} \u202e no such code'",
}


def absurd(column_type, length):
    """SQL for a value that the program would never write."""
    if column_type.startswith("_") or column_type.endswith("range"):
        return "'{}'" if column_type.startswith("_") else "'empty'"
    if column_type == "varchar" and length:
        return f"left({ABSURD[column_type]}, {length})"
    return ABSURD[column_type]


def test_whatever_a_row_says_it_is_named(committed, lived_in):
    """Naming a row never raises: each sealed table gets one in which every column is absurd, of which
    the key remains."""
    absurd_rows = set()
    with psycopg.connect(elsewhere(owner_url(), committed), autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        for shape in shapes():
            if owner.execute(
                "select relkind = 'p' from pg_class where relname = %s", [shape.table]
            ).fetchone()[0]:
                owner.execute(
                    f'create table "rest_{shape.table}" partition of "{shape.table}" default'
                )  # absurd days
            columns = owner.execute(
                "select column_name, udt_name, character_maximum_length from information_schema.columns"
                " where table_name = %s and is_generated = 'NEVER'",
                [shape.table],
            ).fetchall()
            checks = owner.execute(
                "select conname from pg_constraint where conrelid = %s::regclass and contype in ('c', 'x')",
                [shape.table],
            ).fetchall()
            if checks:
                drops = ", ".join(f'drop constraint "{name}"' for (name,) in checks)
                owner.execute(f'alter table "{shape.table}" {drops}')
            names = ", ".join(f'"{name}"' for name, _, _ in columns)
            values = ", ".join(absurd(kind, length) for name, kind, length in columns)
            (key,) = owner.execute(
                f'insert into "{shape.table}" as r ({names}) overriding system value values ({values})'
                f" returning {shape.key_of('r')}"
            ).fetchone()
            absurd_rows.add(("inserted", shape.table, key))
    assert set(found()) >= absurd_rows


def test_an_edited_kind_of_a_file_hides_nothing(committed, lived_in):
    as_owner(
        committed,
        "insert into files_storedfile (hash, size, media_type, created_at)"
        " values (repeat('a', 64), 1, 'image/gif', now())",
    )
    (finding,) = verify().findings
    assert (finding.kind, finding.table, finding.key) == ("inserted", "files_storedfile", "a" * 64)


def test_an_entry_of_no_time_and_a_payload_of_no_form_are_named(committed, lived_in):
    as_owner(
        committed,
        "update audit_log_entry set at = 'infinity'"
        " where id = (select entry_id from audit_log_place where sequence = 1)",
    )
    as_owner(
        committed,
        """update audit_log_payload set content = '{"days": 1.5}'"""
        " where entry_id = (select entry_id from audit_log_place where sequence = 2)",
    )
    said = [finding.words.en for finding in verify().findings]
    assert len(said) == 2
    assert said[0].startswith("Entry 1: changed")
    assert said[1].startswith("The payload of entry 2: changed")


def test_a_column_taken_away_is_named_and_the_rest_is_still_compared(committed, lived_in):
    as_owner(committed, "alter table parties_customer drop column name")
    as_owner(committed, 'update cases_event set "on" = "on" - 5 where kind = \'opened\'')
    said = [finding.words.en for finding in verify().findings]
    assert any("it cannot be read" in one for one in said), said
    assert any("event of a case" in one for one in said), said


def test_a_row_put_in_and_one_taken_out_are_named(committed, lived_in):
    campus, _ = lived_in
    new = uuid4()
    as_owner(
        committed,
        "insert into network_place select (jsonb_populate_record(p, jsonb_build_object("
        "'id', %s::text, 'code', 'S9', 'ancestors', jsonb_build_array(%s::text)))).*"
        " from network_place p",
        str(new),
        str(new),
    )
    as_owner(committed, "delete from parties_membership where account_id = %s", campus.technician.pk)
    kinds = found()
    assert ("inserted", "network_place", str(new)) in kinds
    assert [kind for kind, table, _ in kinds if table == "parties_membership"] == ["removed"]
    assert len(kinds) == 2


def test_images_made_to_fit_are_named(committed, lived_in):
    """The owner edits a row and writes the image that goes with it: no entry seals that one."""
    as_owner(committed, "update parties_customer set name = '王大明'", silently=False)
    as_owner(
        committed,
        "update audit_log_image set writer = 'tongdian_application', deed = ("
        " select deed from audit_log_image where \"table\" = 'cases_event' limit 1)"
        " where id = (select max(id) from audit_log_image)",
    )
    as_owner(committed, "delete from audit_log_waitingdeed")
    said = [finding.words.en for finding in verify().findings]
    assert any("its rows' images are not those" in one for one in said), said


def test_sealing_a_table_anew_does_not_hide_an_edit(committed, lived_in):
    """Who takes the shape away so that the next start makes a new baseline is named."""
    as_owner(committed, "update parties_customer set name = '王大明'")
    as_owner(committed, "delete from audit_log_shape where \"table\" = 'parties_customer'")
    with psycopg.connect(elsewhere(owner_url(), committed), autocommit=True) as owner:
        baselines = install(owner)
    from tongdian.audit_log.actions import enter_upgrade

    enter_upgrade(baselines, at=NOON)
    seal_entries()
    said = [finding.words.en for finding in verify().findings]
    assert any("made anew" in one for one in said), said


def test_a_start_before_the_sealer_came_by_seals_nothing_again(committed):
    """The baseline's entry is written and waits: it is not missing."""
    with psycopg.connect(elsewhere(owner_url(), committed), autocommit=True) as owner:
        assert unsealed_baselines(owner) == []
        owner.execute("set session_replication_role = replica")
        owner.execute("delete from audit_log_payload")
        owner.execute("delete from audit_log_unsealed")
        owner.execute("delete from audit_log_entry")
        # as where the program ended between the images and their entry
        assert {one.shape.table for one in unsealed_baselines(owner)} == {shape.table for shape in shapes()}


def test_a_dropped_trigger_is_put_back_and_what_came_between_is_named(committed, lived_in):
    campus, _ = lived_in
    as_owner(committed, "drop trigger image_of_changed_rows on parties_customer")
    campus.wang.name = "王小小"
    campus.wang.save()
    with psycopg.connect(elsewhere(owner_url(), committed), autocommit=True) as owner:
        assert install(owner) == []
    campus.shop.name = "三号"
    campus.shop.save()
    assert found() == [("changed", "parties_customer", str(campus.wang.pk))]


def test_random_edits_by_the_owner_are_all_named_and_none_besides(committed, lived_in):
    """Rows of every sealed table that has any, changed or removed; 1,000 of them in `make hold`."""
    draw = random.Random(int(os.environ.get("HOLD_SEED", "1")))
    many = 1_000 if int(os.environ.get("HOLD_COUNT", "2")) > 2 else 120
    edited = edit_at_random(committed, draw, edits=many)
    assert len(edited) > many // 2
    named = {(table, key) for _, table, key in found() if table}
    counts.add(attempts=len(edited), unseen=len(edited - named))
    assert named == edited


def edit_at_random(database, draw, *, edits):
    """What was edited, by table and key."""
    edited: set[tuple[str, str]] = set()
    with psycopg.connect(elsewhere(owner_url(), database), autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        rows = [
            (shape, key)
            for shape in shapes()
            for (key,) in owner.execute(f'select {shape.key_of("r")} from "{shape.table}" r')
        ]
        draw.shuffle(rows)
        for shape, key in rows[:edits]:
            where = f"{shape.key_of('r')} = %s"
            chance = draw.random()
            if chance < 0.2:
                if copied := _copy(owner, shape, where, key):
                    edited.add((shape.table, copied))
                continue
            if chance < 0.5:
                owner.execute(f'delete from "{shape.table}" r where {where}', [key])
            elif not _change(owner, shape, where, key, draw):
                continue
            edited.add((shape.table, key))
    return edited


def _change(owner, shape, where, key, draw):
    """Change one column that the record covers; false where the database allows none."""
    columns = [one for one in shape.columns if one not in shape.key]
    draw.shuffle(columns)
    model = declared()[shape.table][1]
    for column in columns:
        field = next(one for one in model._meta.concrete_fields if one.column == column)
        new = _another(column, field)
        if new is None:
            continue
        try:
            done = owner.execute(
                f'update "{shape.table}" r set "{column}" = {new}'
                f' where {where} and "{column}" is distinct from ({new})',
                [key],
            )
        except psycopg.Error:
            continue  # a constraint would show it
        if done.rowcount:
            return True
    return False


def _another(column, field):
    """SQL for another value of that column's type; None where a choice or a type allows none."""
    kind = field.db_type(connection).partition("(")[0]
    if kind.endswith("[]"):
        return f'"{column}" || "{column}"[1:1]'
    if kind in ("varchar", "text"):
        return None if field.choices else f"left(\"{column}\", 3) || 'x'"
    return {
        "date": f'"{column}" - 1',
        "daterange": f'daterange(lower("{column}") - 1, upper("{column}"))',
        "timestamp with time zone": f"\"{column}\" - interval '1 day'",
        "boolean": f'not "{column}"',
        "numeric": f'"{column}" * 10',
        "smallint": f'"{column}" + 1',
        "integer": f'"{column}" + 1',
        "bigint": f'"{column}" + 1',
        "jsonb": "'{\"x\": 1}'",
        "uuid": "gen_random_uuid()",
        "bytea": f"\"{column}\" || '\\x00'::bytea",
        "inet": f'"{column}" + 1',
    }.get(kind)


def _copy(owner, shape, where, key):
    """Put in a row like that one under a key of its own; nothing where the database allows none."""
    if len(shape.key) > 1:
        return None
    (column,) = shape.key
    new = str(uuid4()) if len(key) == len(str(uuid4())) else str(10**8 + int(key)) if key.isdigit() else ""
    try:
        row = owner.execute(
            f'insert into "{shape.table}" overriding system value'
            f" select (jsonb_populate_record(r, jsonb_build_object('{column}', %s::text))).*"
            f' from "{shape.table}" r where {where} returning "{column}"::text',
            [new, key],
        ).fetchone()
    except psycopg.Error:
        return None  # a constraint would show it
    return row and row[0]
