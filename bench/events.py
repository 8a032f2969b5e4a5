"""Connection time over a hundred million visits to stages: the written measure against a bare scan, and as
a fold over the same rows sorted by case against its printed SQL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from bench.__main__ import peak_gib
from bench.report import Figure
from tongdian.bulk import measure as measure_files
from tongdian.bulk.engines import open_engine
from tongdian.bulk.rating import prepare, sheet_of
from tongdian.bulk.sorted_files import ROWS_OF_A_GROUP, SortedForm
from tongdian.bulk.tallies import CaseTally, Group
from tongdian.policy import load_pack
from tongdian.regions import all_regions

ON = date(2026, 6, 30)
BY = ("region", "class")
ONCE = 50_000_000  # visits from which the SQL runs once: it takes minutes
STAGES = """CASE "class" WHEN 'low_voltage' THEN ['accept','reply','works','meter']
  WHEN 'residential' THEN ['accept','energise'] WHEN 'three_zero' THEN ['accept','energise']
  ELSE ['accept','reply','design','review','conceal','midway','finish','final','meter'] END"""
CASES = """CREATE TABLE made AS SELECT *, {stages} AS stages, applied + (len(stages) * 3)::INT AS ended FROM (
  SELECT i::BIGINT AS "case", {regions}[(1 + hash(i) % {count})::INT] AS region,
  ['residential','three_zero','low_voltage','high_voltage_single','high_voltage_dual'][(1 + hash(i + 1) % 5)::INT] AS "class",
  DATE '2020-01-01' + (hash(i + 2) % 1800)::INT AS applied FROM range({n}) t(i))"""
VISITS = """SELECT "case", seq::SMALLINT AS seq, stages[seq] AS stage, applied + (seq * 3 - 3)::INT AS opened,
  applied + (seq * 3 - 3 + hash("case" * 16 + seq) % 4)::INT AS closed
  FROM (SELECT *, UNNEST(range(1, len(stages) + 1)) AS seq FROM made)"""
STAYS = """SELECT "case", 1::SMALLINT AS stay_no, applied + 1 AS since, applied + (3 + hash("case") % 3)::INT AS until,
  ['applicant-request','force-majeure'][(1 + hash("case" + 7) % 2)::INT] AS cause, applied + 9 AS confirmed_on
  FROM made WHERE hash("case" + 5) % 25 = 0"""
OF_CASES = 'SELECT "case", region, "class", applied, ended FROM made'
ROWS = {"case": OF_CASES, "visit": VISITS, "stay": STAYS}
# Every value of every column is read and used; max() alone would be answered from the file's footer.
SCAN = """SELECT (SELECT bit_xor(hash("case", stage, opened, closed)) FROM '{folder}/visit.parquet'),
  (SELECT bit_xor(hash("case", region, "class", applied, ended)) FROM '{folder}/case.parquet')"""


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    sizes = [10_000, 100_000, 1_000_000] if small else [1_000_000, 10_000_000, 100_000_000]
    figures: list[Figure] = []
    each: dict[int, float] = {}  # ns a visit of the fold
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
        try:
            found, each[size] = _scaled(folder, pack, size, last=size == sizes[-1])
            figures += found
            if size == sizes[0]:
                figures.append(_on_both_engines(folder, pack, size))
        finally:
            shutil.rmtree(folder)
    *_, first, last = each
    figures.append(
        Figure(
            "events",
            f"growth of that fold from {first:,} to {last:,} visits",
            "a visit within ± 25 %",
            f"{(each[last] / each[first] - 1) * 100:+.0f} %",
            f"{each[first]:.0f} and {each[last]:.0f} ns a visit",
        )
    )
    figures.append(Figure("events", "peak memory of the process", "< 3 GiB", f"{peak_gib():.2f} GiB"))
    return figures


def _generate(folder: Path, visits: int, sheet: Any = None) -> None:
    """As many cases as have so many visits, each through the stages of its class; with a sheet also as the
    fold reads them."""
    db = duckdb.connect()
    db.execute("SET memory_limit = '1500MB'")
    regions = sorted(all_regions())[::29]
    cases = visits * 10 // 52  # (2 + 2 + 4 + 9 + 9) / 5 visits each
    db.execute(CASES.format(n=cases, stages=STAGES, regions=regions, count=len(regions)))
    for name, select in ROWS.items():
        db.execute(f"COPY ({select}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
        if sheet is not None:  # the rows come in the order of their cases
            form = SortedForm(sheet, sheet.grains[name], is_whole=True)
            asked = ", ".join(f'"{one}"' if one != "ending" else "'finished' AS ending" for one in form.names)
            batches = db.sql(f"SELECT {asked} FROM ({select})").to_arrow_reader(ROWS_OF_A_GROUP)
            form.write(batches, folder / f"sorted-{name}.parquet")


def _files(folder: Path, *, sort: str = "") -> dict[str, list[Path]]:
    return {grain: [folder / f"{sort}{grain}.parquet"] for grain in ROWS}


def _scaled(folder: Path, pack: Any, visits: int, *, last: bool) -> tuple[list[Figure], float]:
    rule: Any = pack.rule("connection-time")
    _generate(folder, visits, sheet_of(pack, rule.rule, on=ON)[1])
    fold = _folded(folder)
    with open_engine("duckdb", memory="2200MB") as engine:
        ready = prepare(pack, rule, _files(folder), engine, on=ON, take={}, only=["case"])
        groups = 'region, "class", days, outcome, is_open'
        ours = ready.script.query(
            f"SELECT {groups}, COUNT(*) FROM ({ready.script.outputs['case']}) x GROUP BY ALL"
        )

        rows: list[Any] = []

        def seconds(sql: str, *, is_ours: bool = False) -> float:
            began = time.process_time()
            found = engine.fetch(sql)
            if is_ours:
                rows[:] = found
            return time.process_time() - began

        scan = SCAN.format(folder=folder)
        seconds(scan)
        runs = 1 if visits >= ONCE else 3
        pairs = [(seconds(ours, is_ours=True), seconds(scan)) for _ in range(runs)]
    ours_s, scan_s = sorted(pairs, key=lambda pair: pair[0] / pair[1])[runs // 2]
    said = groups_of(_tallied(rows))
    differ = sum(fold["groups"].get(one) != of for one, of in said.items())
    differ += len(set(fold["groups"]) - set(said))
    figures = [
        Figure(
            "events",
            f"connection time over {visits:,} visits by region and class",
            "told (the wish of an order to come)" if last else "growth",
            f"{ours_s / scan_s:.1f} ×",
            f"{ours_s:.2f} s of CPU against {scan_s:.2f} s for a bare scan; {ours_s / visits * 1e9:.0f} ns a visit",
        ),
        Figure(
            "events",
            f"the same as a fold over {visits:,} sorted visits, every check on, against its printed SQL",
            "≤ 0.45 × with numpy, ≤ 0.25 × compiled",
            f"{fold['cpu'] / ours_s:.2f} ×",
            f"{fold['cpu']:.2f} s of CPU against {ours_s:.2f} s; {fold['cpu'] / visits * 1e9:.0f} ns a visit; "
            f"{fold['wall']:.2f} s on two workers; numpy alone; {differ} of {len(said)} histograms differ",
        ),
        Figure("events", f"peak memory of that fold of {visits:,}", "≤ 1 GiB", f"{fold['peak_gib']:.2f} GiB"),
    ]
    return figures, fold["cpu"] / visits * 1e9


def _tallied(rows: list[Any]) -> dict[Group, CaseTally]:
    found: dict[Group, CaseTally] = {}
    for region, kind, days, outcome, is_open, count in rows:
        tally = found.setdefault((region, kind), CaseTally())
        tally.add(int(days), outcome, is_open, count, {})
    return found


def _folded(folder: Path) -> Any:
    """The fold in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.fold", str(folder)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def groups_of(tallies: Any) -> dict[str, list[Any]]:
    """Histograms by group, as JSON holds them."""
    return {
        " ".join(group): [
            [list(pair) for pair in sorted(part.items())] for part in (one.cases, one.within, one.apart)
        ]
        for group, one in tallies.items()
    }


def _on_both_engines(folder: Path, pack: Any, events: int) -> Figure:
    files = _files(folder)
    found = {}
    for engine in ("duckdb", "spark"):
        began = time.perf_counter()
        found[engine] = (
            measure_files(
                pack, "connection-time", files, by=BY, out=folder / engine, on=ON, engine=engine
            ).groups,
            time.perf_counter() - began,
        )
    (duck, duck_s), (spark, spark_s) = found["duckdb"], found["spark"]
    differ = sum(spark.get(group) != one for group, one in duck.items()) + len(set(spark) - set(duck))
    return Figure(
        "events",
        f"`tongdian measure` of {events:,} events on both engines, reading and checking included",
        "no cell different",
        f"{differ} of {len(duck)} histograms differ",
        f"DuckDB {duck_s:.1f} s, Spark {spark_s:.1f} s with its start",
    )
