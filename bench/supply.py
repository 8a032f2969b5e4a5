"""A year of 100,000 places by a timetable, and one answer with its reason."""

from __future__ import annotations

import datetime as dt
import resource
import shutil
import tempfile
import time
from pathlib import Path
from random import Random

import duckdb

from bench.__main__ import peak_gib
from bench.report import Figure
from tongdian.bulk.timetables import PlaceFiles, cut_places
from tongdian.policy import load_pack
from tongdian.policy.kinds.timetable import TimetableRule
from tongdian.policy.packs import Pack

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
PLACES = """COPY (SELECT 'P' || i AS place, {venues}[(1 + i % {count})::INT] AS venue FROM range({n}) t(i)) TO '{file}'"""
DAYS = """COPY (SELECT d::DATE AS day, CASE WHEN month(d) IN (1, 2) THEN 'winter' WHEN month(d) IN (7, 8) THEN 'summer' ELSE 'none' END AS vacation,
  '08:00' AS teaching_from, '18:00' AS teaching_until FROM range(TIMESTAMP '2026-01-01', TIMESTAMP '2027-01-01', INTERVAL 1 DAY) t(d)) TO '{file}'"""
# One place in ten has a permit a month, of three hours
PERMITS = """COPY (SELECT 'P' || (i * 10) AS place, 'school_event' AS permit,
  strftime(TIMESTAMP '2026-01-10 18:00:00' + to_months(m::INT), '%Y-%m-%dT%H:%M:%S+08:00') AS "first",
  strftime(TIMESTAMP '2026-01-10 21:00:00' + to_months(m::INT), '%Y-%m-%dT%H:%M:%S+08:00') AS "until"
  FROM range({n} // 10) t(i), range(12) u(m)) TO '{file}'"""


VACATIONS = {1: "winter", 2: "winter", 7: "summer", 8: "summer"}  # by month, as in DAYS


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/gxnu-2016-4", run_tests=False)
    rule = pack.rules["venue-supply"]
    assert isinstance(rule, TimetableRule)
    venues, n = list(rule.input["venue"].one_of or ()), 1_000 if small else 100_000
    folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
    try:
        files = {name: folder / f"{name}.parquet" for name in ("places", "days", "permits")}
        with duckdb.connect() as db:
            db.execute(PLACES.format(venues=venues, count=len(venues), n=n, file=files["places"]))
            db.execute(DAYS.format(file=files["days"]))
            db.execute(PERMITS.format(n=n, file=files["permits"]))
        given = PlaceFiles([files["places"]], [files["days"]], [files["permits"]])
        before = _cpu()
        cut = cut_places(pack, "venue-supply", given, first=FIRST, last=LAST, out=folder / "out.parquet")
        spent = _cpu() - before
        peak = peak_gib()
        drawn, equal = _drawn_again(pack, rule, venues, folder / "out.parquet", n)
    finally:
        shutil.rmtree(folder)
    assert not cut.refused
    return [
        Figure("supply", f"a year of {n:,} places, 10 % with permits: CPU", "≤ 60 s", f"{spent:.1f} s"),
        Figure("supply", "stretches written", "", f"{cut.stretches:,}"),
        Figure("supply", "peak memory of the process", "≤ 3 GiB", f"{peak:.2f} GiB"),
        Figure(
            "supply",
            f"of {drawn:,} drawn quarter-hours those that equal the single answer, line and article included",
            f"{drawn:,}",
            f"{equal:,}",
        ),
        Figure(
            "supply",
            "one answer with its reason in both languages",
            "≤ 100 µs",
            f"{_one(pack, venues):.0f} µs",
        ),
    ]


def _drawn_again(
    pack: Pack, rule: TimetableRule, venues: list[str], out: Path, places: int
) -> tuple[int, int]:
    """So many quarter-hours of places were drawn, and of so many the stretches say what one answer says: the state, the
    line that decides and its article."""
    random, count = Random(28), 10_000
    drawn = [(n, random.randrange(places), random.randrange(365 * 96)) for n in range(count)]
    at = [dt.datetime(2026, 1, 1) + dt.timedelta(minutes=15 * quarter) for _, _, quarter in drawn]
    with duckdb.connect() as db:
        db.execute("CREATE TABLE drawn (n INT, place VARCHAR, moment VARCHAR)")
        rows = [
            (n, f"P{place}", f"{at[n] - dt.timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}") for n, place, _ in drawn
        ]
        db.executemany("INSERT INTO drawn VALUES (?, ?, ?)", rows)
        found = db.execute(
            f"SELECT d.n, o.state, o.line, o.permit FROM drawn d JOIN '{out}' o"
            ' ON o.place = d.place AND o."first" <= d.moment AND d.moment < o."until" ORDER BY d.n'
        ).fetchall()
    assert len(found) == count  # each in one stretch and in one only
    equal = 0
    for n, state, line, permit in found:
        place, day = drawn[n][1], at[n].date()
        given = {
            "venue": venues[place % len(venues)], "vacation": VACATIONS.get(day.month, "none"), "teaching_from": "08:00",
            "teaching_until": "18:00", "at": f"{at[n]:%H:%M}",
        }  # fmt: skip
        # the permits of PERMITS: one place in ten, on the 10th of each month, 18:00 to 21:00
        if place % 10 == 0 and day.day == 10 and 18 <= at[n].hour < 21:
            given["permit"] = "school_event"
        answer = pack.answer("venue-supply", on=day, given=given)
        version = rule.version_on(day, rule.taken(pack, {}))
        cite = tuple(rule.deciding(version, line, permit or None).cite) or tuple(version.cite)
        row = -1 if answer.row is None else answer.row
        equal += (state, line, cite) == (answer.value, row, tuple(answer.cite))
    return count, equal


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _one(pack: object, venues: list[str]) -> float:
    """Microseconds of CPU for an answer to a place and minute that were not asked before."""
    random, count = Random(54), 2_000
    asked = [
        (
            FIRST + dt.timedelta(days=random.randrange(365)),
            {
                "venue": random.choice(venues), "vacation": "none", "teaching_from": "08:00", "teaching_until": "18:00",
                "at": f"{random.randrange(24):02d}:{random.randrange(60):02d}",
            },
        )
        for _ in range(count)
    ]  # fmt: skip
    begun = time.process_time()
    for on, given in asked:
        answer = pack.answer("venue-supply", on=on, given=given)  # type: ignore[attr-defined]
        answer.reason("zh"), answer.reason("en")
    return (time.process_time() - begun) / count * 1e6
