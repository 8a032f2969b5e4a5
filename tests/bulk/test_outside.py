"""Readings of many places against hours in bulk: the same verdict, quantity and line as for one place alone, on both engines."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from tests.bulk.test_timetables import days, pack, written
from tongdian.bulk.outside import find_outside
from tongdian.bulk.timetables import NotATimetable, PlaceFiles, cut_places
from tongdian.cli.main import main
from tongdian.policy.outside import MeteredSpan, UseVerdict, judged
from tongdian.policy.timetables import HeldPermit, calendar_of, days_cut

__all__ = ["pack"]
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def cut(pack, folder, places, permits=()):
    files = PlaceFiles(
        [written(folder / "places.csv", [{"place": place, "venue": venue} for place, venue in places.items()])],
        [days(folder)],
        [written(folder / "permits.csv", [dict(zip(("place", "permit", "first", "until"), one, strict=True)) for one in permits])]
        if permits
        else [],
    )  # fmt: skip
    cut_places(pack, "venue-supply", files, first=FIRST, last=LAST, out=folder / "hours.csv")
    return folder / "hours.csv"


def drawn(random, place, meter):
    """Readings of a month at uneven quarter hours, some to the second, the register standing still now and then."""
    at, value = dt.datetime(2026, 2, 28, 20), Decimal(100)
    while at < dt.datetime(2026, 4, 1, 6):
        yield {
            "place": place, "meter": meter, "at": f"{at:%Y-%m-%dT%H:%M:%S}+08:00", "value": f"{value:.2f}", "multiplier": "1.5",
        }  # fmt: skip
        at += dt.timedelta(seconds=random.choice([900, 900, 900, 3600, 1830, 14400]))
        value += random.choice([Decimal(0), Decimal("0.25"), Decimal("3.10")])


def alone(pack, rule, venue, permits, rows):
    """The spans of one register that are not allowed, as the kernel judges them for its place alone."""
    told = {
        FIRST + dt.timedelta(days=n): {
            "vacation": "none",
            "teaching_from": "08:00",
            "teaching_until": "18:00",
        }
        for n in range(31)
    }
    stretches = calendar_of(
        pack, rule, days_cut(pack, rule, {"venue": venue}, told, first=FIRST, last=LAST), permits
    )
    figures = [
        (dt.datetime.fromisoformat(row["at"]).replace(tzinfo=None), Decimal(row["value"])) for row in rows
    ]
    spans = [
        MeteredSpan(first, until, (now - before) * Decimal("1.5"))
        for (first, before), (until, now) in pairwise(figures)
    ]
    for one in judged(spans, stretches, closed=rule.closed, partly=rule.partly):
        if one.verdict != UseVerdict.ALLOWED and one.span.quantity:
            line = str(one.closed[0].line) if one.closed else ""
            yield one.span.first, one.span.until, one.span.quantity, str(one.verdict), line


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_bulk_equals_the_single_verdict(pack, tmp_path, engine):
    random, rule = Random(35), pack.rules["venue-supply"]
    venues = list(rule.input["venue"].one_of)
    places = {f"P{n}": venue for n, venue in enumerate(venues)}
    permits = [("P0", "school_event", "2026-03-06T18:00:00+08:00", "2026-03-06T21:30:00+08:00")]
    hours = cut(pack, tmp_path, places, permits)
    rows = {place: list(drawn(random, place, f"D{place}")) for place in places}
    readings = written(tmp_path / "readings.csv", [row for several in rows.values() for row in several])
    out = tmp_path / "out.csv"
    done = find_outside(pack, "venue-supply", hours=[hours], readings=[readings], out=out, engine=engine)
    found: dict[str, list] = {place: [] for place in places}
    for part in [out] if out.is_file() else sorted(out.glob("part-*")):
        for row in csv.DictReader(part.read_text(encoding="utf-8").splitlines()):
            first, until = (
                (dt.datetime.fromisoformat(row[name]) + dt.timedelta(hours=8)).replace(tzinfo=None)
                for name in ("first", "until")
            )
            found[row["place"]].append((first, until, Decimal(row["quantity"]), row["verdict"], row["line"]))
    held = [HeldPermit("school_event", dt.datetime(2026, 3, 6, 18), dt.datetime(2026, 3, 6, 21, 30))]
    for place, venue in places.items():
        expected = list(alone(pack, rule, venue, held if place == "P0" else [], rows[place]))
        assert sorted(found[place]) == sorted(expected), place
    assert done.spans == sum(len(several) - 1 for several in rows.values())
    assert not done.refused
    assert done.outside > 1000
    assert done.undecided > 100


def test_what_cannot_be_used_is_named_and_the_others_are_judged(pack, tmp_path):
    hours = cut(pack, tmp_path, {"A": "tianlou_hall"})
    rows = [
        ("A", "M", "2026-03-06T19:00:00+08:00", "100"),
        ("A", "M", "2026-03-06T20:00:00+08:00", "102.5"),  # 2.5 x 20 = 50, closed by 35(3)
        ("A", "M", "2026-03-06T21:00", "103"),  # of which zone?
        ("A", "M", "2026-03-06T22:00:00+08:00", "1O4"),
        ("A", "M", "2026-03-06T22:30:00+08:00", "104.0001"),
        ("A", "N", "2026-03-06T19:00:00+08:00", "50"),
        ("A", "N", "2026-03-06T20:00:00+08:00", "49"),
        ("A", "N", "2026-03-06T20:00:00+08:00", "49"),
    ]
    readings = written(
        tmp_path / "r.csv",
        [
            {"place": place, "meter": meter, "at": at, "value": value, "multiplier": "20"}
            for place, meter, at, value in rows
        ],
    )
    out = tmp_path / "out.csv"
    done = find_outside(pack, "venue-supply", hours=[hours], readings=[readings], out=out)
    [row] = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["quantity"], row["verdict"], row["state"]) == ("50.00000", "outside", "stopped")
    assert (done.spans, done.outside, done.undecided) == (1, 1, 0)
    assert [(one.row.partition(" ")[2], one.column) for one in done.refused] == [
        ("2026-03-06T21:00", "at"),
        ("2026-03-06T22:00:00+08:00", "value"),
        ("2026-03-06T22:30:00+08:00", "value"),
        ("2026-03-06T20:00:00+08:00", "at"),  # twice
        ("2026-03-06T20:00:00+08:00", "at"),  # went back
    ]
    with pytest.raises(NotATimetable):
        find_outside(pack, "late-fee", hours=[hours], readings=[readings], out=out)


def test_the_command_says_what_it_wrote_and_that_rows_were_refused(pack, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "nobody"))
    hours = cut(pack, tmp_path, {"A": "tianlou_hall"})
    rows = [("19:00", "1"), ("20:00", "2"), ("21:00", "x")]
    readings = written(
        tmp_path / "r.csv",
        [
            {"place": "A", "meter": "M", "at": f"2026-03-06T{at}:00+08:00", "value": value}
            for at, value in rows
        ],
    )
    out = tmp_path / "out.csv"
    status = main(
        ["--lang", "en", "outside", "gxnu-2016-4", "venue-supply", "--hours", str(hours), "--readings", str(readings), "--out", str(out)]
    )  # fmt: skip
    said = capsys.readouterr().out
    assert status == 3
    assert f"1 quantities: 1 used outside hours, 0 undecided, in {out}" in said
    assert "2026-03-06T21:00:00+08:00 value: it is no figure of a register" in said
