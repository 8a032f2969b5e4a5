"""A reading is looked at by the rules of the pack: what blocks ends only when something has changed."""

import datetime as dt
from dataclasses import astuple

import duckdb
import pytest

from tests.metering.campus_year import campus_year
from tests.metering.conftest import AT, d
from tongdian.metering import queries
from tongdian.metering.actions.looking import validate_reading
from tongdian.metering.actions.readings import correct_reading
from tongdian.metering.findings import EnteredReading
from tongdian.metering.models import ReadingFinding, ReadingValidation
from tongdian.metering.queries.looking import compared_with
from tongdian.parties.models import Adoption, since

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(room):
    """A meter read at the end of each month of 2025, 10 kWh a day, under the university's rules."""
    organisation = room.town.campus.organisation
    if not Adoption.objects.filter(organisation=organisation, pack="gxnu-2016-4").exists():
        Adoption.objects.create(
            organisation=organisation, pack="gxnu-2016-4", in_force=since(dt.date(2016, 1, 1))
        )
    meter = room.meter()
    room.fit(meter, on=dt.date(2025, 1, 1), value="1000")
    shown, before = d("1000"), dt.date(2025, 1, 1)
    for month in range(2, 13):
        on = dt.date(2025, month, 1)
        shown += (on - before).days * 10
        _read(room, meter, on, shown)
        before = on
    room.last = shown
    room.town.sign(point=0)
    return meter


def _read(room, meter, on, value, **given):
    from tongdian.metering.actions.readings import read_meter

    return read_meter(
        viewer=room.town.officer, meter=meter, on=on, value=value, at=AT, **{"quality": "actual"} | given
    )


def checks(row):
    """The findings of a reading, by name."""
    looked = queries.findings_of([row])[row.pk]
    return None if looked is None else {one.check for one in looked.findings}


def test_a_reading_as_always_has_been_looked_at_and_nothing_was_found(room, year):
    row = _read(room, year, dt.date(2026, 1, 1), room.last + 310)
    assert checks(row) == set()
    looked = queries.findings_of([row])[row.pk]
    assert (looked.is_blocked, looked.points) == (False, 0)


def test_who_was_never_looked_at_is_not_sound(room):
    meter = room.meter("D9")
    room.fit(meter, 1)
    Adoption.objects.all().delete()
    assert checks(room.read(meter, (1, 31), "5")) is None


def test_two_digits_the_wrong_way_round_are_found_and_explained(room, year):
    """1 December shows 4,340; a month on 4,650 was to be expected, and 6,450 was typed."""
    assert room.last == d("4340")
    row = _read(room, year, dt.date(2026, 1, 1), d("6450"))
    assert {"swapped_digits", "high_use"} <= checks(row)
    looked = queries.findings_of([row])[row.pk]
    assert looked.points >= 60 + 25
    lines = {line.name: line for line in queries.explained(looked.validation).lines}
    assert (lines["used"].value, lines["expected"].value, lines["swapped_digits"].value) == (2110, 310, True)


def test_what_blocks_ends_with_a_correction(room, year):
    """8 kW carry 8 x 24 x 31 = 5,952 kWh; 7,000 block the bill, and the reading as it was goes on to say so."""
    from tongdian.agreements.models import Agreement

    Agreement.objects.update(capacity_kw=8)
    wrong = _read(room, year, dt.date(2026, 1, 1), room.last + 7000)
    assert queries.findings_of([wrong])[wrong.pk].is_blocked
    again = validate_reading(viewer=room.town.officer, meter=year, on=wrong.on, at=AT)
    assert queries.findings_of([again])[again.pk].is_blocked  # nothing has changed
    right = correct_reading(
        viewer=room.town.officer,
        meter=year,
        on=wrong.on,
        value=room.last + 310,
        quality="actual",
        reason="错抄",
        at=AT,
    )
    assert checks(right) == set()
    assert "over_capacity" in checks(wrong)


def test_the_newest_look_counts(room, year):
    from tongdian.agreements.models import Agreement

    Agreement.objects.update(capacity_kw=8)
    row = _read(room, year, dt.date(2026, 1, 1), room.last + 7000)
    assert queries.findings_of([row])[row.pk].is_blocked
    Agreement.objects.update(capacity_kw=80)  # what was agreed on was entered wrong
    validate_reading(viewer=room.town.officer, meter=year, on=row.on, at=AT + dt.timedelta(hours=1))
    assert not queries.findings_of([row])[row.pk].is_blocked


def test_a_corrected_reading_is_looked_at_with_the_one_after_it(room, year):
    _read(room, year, dt.date(2026, 1, 1), room.last + 310)
    after = _read(room, year, dt.date(2026, 2, 1), room.last + 620)
    assert checks(after) == set()
    correct_reading(
        viewer=room.town.officer,
        meter=year,
        on=dt.date(2026, 1, 1),
        value=room.last,
        quality="actual",
        reason="实为上月数",
        at=AT,
    )
    assert ReadingValidation.objects.filter(reading=after).count() == 2


def test_findings_are_never_changed(room, year):
    from django.db import DatabaseError, transaction

    _read(room, year, dt.date(2026, 1, 1), d("6450"))
    with pytest.raises(DatabaseError), transaction.atomic():
        ReadingFinding.objects.update(points=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReadingValidation.objects.all().delete()


def test_postgresql_and_duckdb_compare_with_the_same(room, year):
    """The text that the desk asks gives, over the same readings, what the text for bulk gives."""
    from django.db import connection

    from tongdian.metering.findings import TOLD
    from tongdian.metering.queries.looking import TOLD_BY_THE_REGISTER

    rows = list(queries.standing(year))
    desk = {str(key): told for key, told in compared_with([EnteredReading.of(row) for row in rows]).items()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(TOLD)} from {TOLD_BY_THE_REGISTER} t", {"points": [room.town.points[0].pk]}
        )
        told = cursor.fetchall()
    assert {reading: written(facts) for reading, facts in bulk(told).items()} == desk


def written(facts):
    """Facts as a pack's tests write them."""
    return {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in facts.items()
    }


def bulk(told):
    """DuckDB's answer to the same text."""
    from tongdian.metering.findings import TOLD, history

    db = duckdb.connect()
    db.execute(f"create table told ({', '.join(f'{name} {kind}' for name, kind in TOLD.items())})")
    db.executemany(f"insert into told values ({', '.join('?' for _ in TOLD)})", [list(row) for row in told])
    asked = db.execute(history("told"))
    names = [column[0] for column in asked.description]
    rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    return {row.pop("reading"): row for row in rows}


def test_over_a_generated_campus_both_say_the_same_of_every_reading():
    """600 readings with errors among them: each check that DuckDB finds true, the exact Decimal finds, too."""
    from bench.validation import laid, printed

    year = campus_year(24, seed=3, share=0.05)
    pack, script, names, joined = printed()
    facts = bulk([astuple(row) for row in year.rows])
    db = duckdb.connect()
    laid(db, pack, joined)
    from tongdian.metering.findings import TOLD, history

    db.execute(f"create table told ({', '.join(f'{name} {kind}' for name, kind in TOLD.items())})")
    db.executemany(
        f"insert into told values ({', '.join('?' for _ in TOLD)})", [list(astuple(row)) for row in year.rows]
    )
    db.execute(f"create table in_reading as {history('told')}")
    told = db.execute(
        script.query(f"select reading, {', '.join(names)} from ({script.outputs['reading']})")
    ).fetchall()
    in_bulk = {reading: {n for n, flag in zip(names, flags, strict=True) if flag} for reading, *flags in told}
    assert len(in_bulk) == 600
    assert sum(map(bool, in_bulk.values())) > 20
    for reading, given in facts.items():
        lines = pack.answer("reading-validation", on=given["read_on"], given=written(given)).lines
        assert {line.name for line in lines if line.name in names and line.value is True} == in_bulk[reading]
