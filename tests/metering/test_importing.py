"""Readings from files: what cannot be is refused and counted, and no order of files changes what stands."""

import datetime as dt
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metering.conftest import AT, d
from tongdian.agreements.actions import importing
from tongdian.allowed import NotAllowed
from tongdian.metering import queries
from tongdian.metering.models import MeterReading

pytestmark = pytest.mark.django_db


def bring(room, lines, *, confirm=True, viewer=None):
    """A file of readings: its counts."""
    head = "表号,抄表日,示数,来源,已翻转（走满归零）,估算或替代的方法,未能抄表的原因,原因或备注"
    text = "\n".join([head, *lines]).encode("utf-8")
    who = viewer or room.town.officer
    made = importing.stage(
        viewer=who,
        organisation=room.town.campus.organisation,
        kind="readings",
        file_name="read.csv",
        content=text,
        at=AT,
    )
    if confirm:
        importing.confirm(viewer=who, brought=made, at=AT)
    return made


def test_a_round_of_readings_is_kept_with_the_figure_as_it_stood_there(room):
    meter = room.meter()
    room.fit(meter, value="100")
    made = bring(room, ["D1,2026-01-31,１５２.50,,,,,", "D1,2026-02-28,200,估算,,按前次用量,漏抄,"])
    assert made.counts == {"new": 2}, [row.reasons for row in made.rows.all()]
    row, guess = queries.standing(meter).filter(on__gt=dt.date(2026, 1, 1))
    assert (row.value, row.source, row.quality) == (d("152.50"), "file", "actual")
    assert row.raw == "１５２.50"
    assert (guess.quality, guess.method, guess.missed, guess.reason) == (
        "estimated",
        "previous_usage",
        "not_read",
        "漏抄",
    )
    assert queries.findings_of([row])[row.pk] is not None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("D1,2026-01-31,一百,,,,,", "示数"),
        ("D1,2026-01-31,,,,,,", "必填"),
        ("D9,2026-01-31,5,,,,,", "没有登记此表号"),
        ("D1,2025-12-31,5,,,,,", "没有装在"),
        ("D1,2026-05-31,5,,,,,", "还没有到"),
        ("D1,2026-01-31,100000,,,,,", "超出该表的位数"),
        ("D1,2026-01-31,5.001,,,,,", "小数多于"),
        ("D1,2026-01-31,5,estimated,,,,", "方法和原因"),
        ("D1,2026-01-10,7,,,,,", "已有示数"),
    ],
)
def test_what_cannot_be_is_refused_counted_and_never_nought(room, line, why):
    meter = room.meter()
    room.fit(meter, value="1")
    room.read(meter, (1, 10), "6")
    made = bring(room, [line], confirm=False)
    assert made.counts == {"refused": 1}
    (row,) = made.rows.all()
    assert why in "".join(zh for _, zh, _ in row.reasons) or why == "示数"
    assert MeterReading.objects.filter(meter=meter).count() == 2


def test_the_same_again_is_the_same_and_twice_in_a_file_is_told(room):
    room.fit(room.meter(), value="1")
    bring(room, ["D1,2026-01-31,5,,,,,"])
    again = bring(room, ["D1,2026-01-31,5.00,,,,,", "D1,2026-01-31,5,,,,,"], confirm=False)
    assert again.counts == {"same": 1, "refused": 1}


def test_undone_they_count_no_more_and_may_be_brought_again(room):
    meter = room.meter()
    room.fit(meter, value="1")
    made = bring(room, ["D1,2026-01-31,5,,,,,"])
    importing.undo(viewer=room.town.officer, brought=made, at=AT)
    assert queries.standing(meter).count() == 1
    assert len(queries.versions(meter, dt.date(2026, 1, 31))) == 2
    bring(room, ["D1,2026-01-31,5,,,,,"])
    assert queries.standing(meter).last().value == 5


def test_one_that_went_back_is_kept_and_blocks(room):
    meter = room.meter()
    room.fit(meter, value="100")
    bring(room, ["D1,2026-01-31,90,,,,,"])
    row = queries.standing(meter).last()
    assert queries.findings_of([row])[row.pk].is_blocked
    used = queries.usage_of(room.town.points[0], dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    assert [type(one).__name__ for one in used.missing] == ["RanBackwards"]


def test_who_may_not_read_meters_brings_none(room, viewer):
    """No role that there is may import and not read; the kind asks all the same."""
    from tongdian.agreements.importing.kinds.kind import Job
    from tongdian.metering.importing.readings import Readings

    auditor = viewer("auditor", at=room.town.campus.organisation)
    with pytest.raises(NotAllowed):
        Readings().existing([], Job(room.town.campus.organisation, auditor, AT))


def test_a_file_with_an_earlier_day_has_the_later_ones_looked_at_again(room):
    """0, then 2,000 of 31 January; a file with 2,500 of 15 January comes afterwards."""
    meter = room.meter()
    room.fit(meter, value="0")
    bring(room, ["D1,2026-01-31,2000,,,,,", "D1,2026-02-28,2100,,,,,"])
    rows = list(queries.standing(meter).filter(on__gt=dt.date(2026, 1, 1)))
    assert not any(one.is_blocked for one in queries.findings_of(rows).values())
    bring(room, ["D1,2026-01-15,2500,,,,,"])
    looked = queries.findings_of(rows)
    assert [looked[row.pk].is_blocked for row in rows] == [True, False]


DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=9 * n) for n in range(1, 9)]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers(0, 3_000), min_size=8, max_size=8),
    order=st.permutations(range(8)),
    cuts=st.lists(st.integers(1, 7), max_size=3),
)
def test_no_order_of_files_changes_what_stands_and_what_is_found(room, values, order, cuts):
    def outcome(parts):
        with transaction.atomic():
            meter = room.meter("D7")
            room.fit(meter, 1, value="0")
            for part in parts:
                bring(room, [f"D7,{DAYS[n]},{values[n]},,,,," for n in part])
            rows = list(queries.standing(meter))
            looked = queries.findings_of(rows)
            said = [
                (
                    row.on,
                    row.value,
                    sorted(one.check for one in looked[row.pk].findings) if looked[row.pk] else [],
                )
                for row in rows
                if row.on > dt.date(2026, 1, 1)
            ]
            transaction.set_rollback(True)
        return said

    edges = [0, *sorted(set(cuts)), 8]
    files = [order[a:b] for a, b in pairwise(edges)]
    assert outcome(files) == outcome([range(8)])
