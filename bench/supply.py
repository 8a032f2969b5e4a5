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

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
PLACES = """COPY (SELECT 'P' || i AS place, {venues}[(1 + i % {count})::INT] AS venue FROM range({n}) t(i)) TO '{file}'"""
DAYS = """COPY (SELECT d::DATE AS day, CASE WHEN month(d) IN (1, 2) THEN 'winter' WHEN month(d) IN (7, 8) THEN 'summer' ELSE 'none' END AS vacation,
  '08:00' AS teaching_from, '18:00' AS teaching_until FROM range(TIMESTAMP '2026-01-01', TIMESTAMP '2027-01-01', INTERVAL 1 DAY) t(d)) TO '{file}'"""
# One place in ten has a permit a month, of three hours
PERMITS = """COPY (SELECT 'P' || (i * 10) AS place, 'school_event' AS permit,
  strftime(TIMESTAMP '2026-01-10 18:00:00' + to_months(m::INT), '%Y-%m-%dT%H:%M:%S+08:00') AS "first",
  strftime(TIMESTAMP '2026-01-10 21:00:00' + to_months(m::INT), '%Y-%m-%dT%H:%M:%S+08:00') AS "until"
  FROM range({n} // 10) t(i), range(12) u(m)) TO '{file}'"""


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
    finally:
        shutil.rmtree(folder)
    assert not cut.refused
    return [
        Figure("supply", f"a year of {n:,} places, 10 % with permits: CPU", "≤ 60 s", f"{spent:.1f} s"),
        Figure("supply", "stretches written", "", f"{cut.stretches:,}"),
        Figure("supply", "peak memory of the process", "≤ 3 GiB", f"{peak:.2f} GiB"),
        Figure(
            "supply",
            "one answer with its reason in both languages",
            "≤ 100 µs",
            f"{_one(pack, venues):.0f} µs",
        ),
    ]


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
