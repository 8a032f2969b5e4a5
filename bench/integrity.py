"""Signals over ten million events against a plain scan of the same files in the same run; and what of planted
violations is found, on seeds that no limit was chosen by."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import duckdb
from tests.bulk.planted import LAST, plant

from bench.__main__ import peak_gib
from bench.report import Figure
from tongdian.bulk.signals import find_signals
from tongdian.policy import load_pack
from tongdian.policy.packs import Pack
from tongdian.regions import all_regions

SEEDS = (11, 12, 13, 14, 15)
STEPS = 5  # events of a case
# One case in fifty is withdrawn, one event in ten is claimed for a day before
CASES = """SELECT i AS "case", {regions}[(1 + hash(i) % {count})::INT] AS region, 'GD' || hash(i + 1) % 3000 AS supplier,
  'low-voltage-connection' AS process, DATE '2026-01-05' + (hash(i + 2) % 120)::INT AS applied,
  DATE '2026-01-05' + (hash(i + 2) % 120 + 1)::INT AS accepted, DATE '2026-01-05' + (hash(i + 2) % 120 + 25)::INT AS ended,
  CASE WHEN hash(i + 3) % 50 = 0 THEN 'withdrawn' ELSE 'finished' END AS ending,
  DATE '2026-01-05' + (hash(i + 2) % 120 + 25)::INT AS in_use, 'P' || hash(i + 4) % ({n} * 9 // 10) AS place,
  'C' || i AS customer, CAST(15 + hash(i + 5) % 100 AS DECIMAL(12,2)) AS capacity,
  CASE WHEN hash(i + 6) % 30 = 0 THEN 'yes' ELSE 'no' END AS exempt FROM range({n}) t(i)"""
EVENTS = """SELECT i // {steps} AS "case", CAST(1 + i % {steps} AS INTEGER) AS seq, 'close' AS deed,
  ['accept','reply','works','check','meter'][{stage}] AS stage,
  DATE '2026-01-06' + (hash(i // {steps} + 2) % 120 + 5 * (i % {steps}))::INT AS "on",
  strftime(TIMESTAMP '2026-01-06 08:00:00' + to_days((hash(i // {steps} + 2) % 120 + 5 * (i % {steps}))::INT) + to_minutes((hash(i) % 540)::INT), '%Y-%m-%dT%H:%M:%S+08:00') AS "at",
  CASE WHEN hash(i + 1) % 10 = 0 THEN DATE '2026-01-05' + (hash(i // {steps} + 2) % 120 + 5 * (i % {steps}))::INT END AS claimed,
  DATE '2026-01-06' + (hash(i // {steps} + 2) % 120 + 5 * (i % {steps}) + hash(i + 3) % 4)::INT AS due,
  'u' || hash(i + 4) % 20000 AS person, 'f' || hash(i + 5) AS file FROM range({n}) t(i)"""
# Every value of every column is read; max() alone would be answered from the file's footer.
SCAN = """SELECT (SELECT bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM (SELECT hash(e) FROM '{folder}/event.parquet' e)),
  (SELECT bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM (SELECT hash(c) FROM '{folder}/case.parquet' c))"""


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
    try:
        scales = (100_000,) if small else (1_000_000, 10_000_000)  # the smaller first: the peak is of both
        return [*(figure for one in scales for figure in _scaled(pack, folder, one)), *_found(pack, folder)]
    finally:
        shutil.rmtree(folder)


IN_ORDER = "(1 + i % 5)::INT"
# one step in twenty is any: skipped, repeated or too early
ASTRAY = "(1 + CASE WHEN hash(i + 6) % 20 = 0 THEN hash(i + 7) % 5 ELSE i % 5 END)::INT"


def write_record(folder: Path, events: int, *, stage: str = IN_ORDER) -> tuple[dict[str, list[Path]], float]:
    """A record of so many events in a folder, by grain, and the CPU seconds of a plain scan of it."""
    counties = sorted(code for code in all_regions() if not code.endswith("00"))[:2000]
    with duckdb.connect() as db:
        made = {
            "case": CASES.format(regions=counties, count=len(counties), n=events // STEPS),
            "event": EVENTS.format(steps=STEPS, n=events, stage=stage),
        }
        for name, sql in made.items():
            db.execute(f"COPY ({sql}) TO '{folder}/{name}.parquet' (FORMAT PARQUET)")
        begun = time.process_time()
        db.execute(SCAN.format(folder=folder)).fetchall()
        scan = time.process_time() - begun
    return {name: [folder / f"{name}.parquet"] for name in made}, scan


def _scaled(pack: Pack, folder: Path, events: int) -> list[Figure]:
    files, scan = write_record(folder, events)
    begun = time.process_time()
    found = find_signals(pack, files, on=dt.date(2026, 11, 30))
    took = time.process_time() - begun
    judged = [one for one in found.results if one.is_judged]
    return [
        Figure(
            "integrity",
            f"{len(judged)} signals over {events:,} events of {events // STEPS:,} cases, CPU of all threads",
            "≤ 15 × a scan",
            f"{took:.1f} s",
            f"{took / scan:.0f} × a scan of the same files in the same run ({scan:.2f} s)",
        ),
        Figure(
            "integrity", f"peak memory of the process, {events:,} events", "≤ 2 GiB", f"{peak_gib():.2f} GiB"
        ),
    ]


def _found(pack: Pack, folder: Path) -> list[Figure]:
    """Recall and precision of each signal."""

    def workday(day: dt.date, n: int) -> dt.date:
        return pack.calendar.add_working_days(day if n else day - dt.timedelta(days=1), n or 1)

    total: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for seed in SEEDS:
        own = folder / f"seed{seed}"
        own.mkdir()
        made = plant(seed, own, workday=workday)
        for one in find_signals(pack, made.files, on=LAST).results:
            named, guilty = {each.about for each in one.found}, made.guilty[one.rule.rule]
            for at, count in enumerate((len(named & guilty), len(guilty), len(named))):
                total[one.rule.rule][at] += count
    return [
        Figure(
            "integrity",
            f"{rule}: of what was planted is found, and of who is named is guilty",
            "≥ 0.9, ≥ 0.8",
            f"{hits / planted:.3f}, {hits / named:.3f}",
            f"{planted} planted, {named} named; {len(SEEDS)} half-years of about 4,500 cases",
        )
        for rule, (hits, planted, named) in total.items()
    ]
