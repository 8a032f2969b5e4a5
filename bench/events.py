"""Connection time over a hundred million visits to stages: the written measure against a bare scan."""

from __future__ import annotations

import shutil
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
from tongdian.bulk.rating import prepare
from tongdian.policy import load_pack
from tongdian.regions import all_regions

ON = date(2026, 6, 30)
STAGES = """CASE "class" WHEN 'low_voltage' THEN ['accept','reply','works','meter']
  WHEN 'residential' THEN ['accept','energise'] WHEN 'three_zero' THEN ['accept','energise']
  ELSE ['accept','reply','design','review','conceal','midway','finish','final','meter'] END"""
CASES = """CREATE TABLE made AS SELECT *, {stages} AS stages, applied + (len(stages) * 3)::INT AS ended FROM (
  SELECT i::BIGINT AS "case", {regions}[(1 + hash(i) % {count})::INT] AS region,
  ['residential','three_zero','low_voltage','high_voltage_single','high_voltage_dual'][(1 + hash(i + 1) % 5)::INT] AS "class",
  DATE '2020-01-01' + (hash(i + 2) % 1800)::INT AS applied FROM range({n}) t(i))"""
VISITS = """COPY (SELECT "case", seq::SMALLINT AS seq, stages[seq] AS stage, applied + (seq * 3 - 3)::INT AS opened,
  applied + (seq * 3 - 3 + hash("case" * 16 + seq) % 4)::INT AS closed
  FROM (SELECT *, UNNEST(range(1, len(stages) + 1)) AS seq FROM made))
  TO '{folder}/visit.parquet' (FORMAT parquet, COMPRESSION zstd)"""
STAYS = """COPY (SELECT "case", 1::SMALLINT AS stay_no, applied + 1 AS since, applied + (3 + hash("case") % 3)::INT AS until,
  ['applicant-request','force-majeure'][(1 + hash("case" + 7) % 2)::INT] AS cause, applied + 9 AS confirmed_on
  FROM made WHERE hash("case" + 5) % 25 = 0) TO '{folder}/stay.parquet' (FORMAT parquet, COMPRESSION zstd)"""
# Every value of every column is read and used; max() alone would be answered from the file's footer.
SCAN = """SELECT (SELECT bit_xor(hash("case", stage, opened, closed)) FROM '{folder}/visit.parquet'),
  (SELECT bit_xor(hash("case", region, "class", applied, ended)) FROM '{folder}/case.parquet')"""


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    sizes = [10_000, 100_000, 1_000_000] if small else [1_000_000, 10_000_000, 100_000_000]
    figures = []
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
        try:
            figures.append(_scaled(folder, pack, size, last=size == sizes[-1]))
            if size == sizes[0]:
                figures.append(_on_both_engines(folder, pack, size))
        finally:
            shutil.rmtree(folder)
    figures.append(Figure("events", "peak memory of the process", "< 3 GiB", f"{peak_gib():.2f} GiB"))
    return figures


def _generate(folder: Path, visits: int) -> None:
    """As many cases as have so many visits, each through the stages of its class."""
    db = duckdb.connect()
    db.execute("SET memory_limit = '1500MB'")
    regions = sorted(all_regions())[::29]
    cases = visits * 10 // 52  # (2 + 2 + 4 + 9 + 9) / 5 visits each
    db.execute(CASES.format(n=cases, stages=STAGES, regions=regions, count=len(regions)))
    db.execute(f"""COPY (SELECT "case", region, "class", applied, ended FROM made)
      TO '{folder}/case.parquet' (FORMAT parquet, COMPRESSION zstd)""")
    db.execute(VISITS.format(folder=folder))
    db.execute(STAYS.format(folder=folder))


def _files(folder: Path) -> dict[str, list[Path]]:
    return {grain: [folder / f"{grain}.parquet"] for grain in ("case", "visit", "stay")}


def _scaled(folder: Path, pack: Any, visits: int, *, last: bool) -> Figure:
    _generate(folder, visits)
    rule: Any = pack.rule("connection-time")
    with open_engine("duckdb", memory="2200MB") as engine:
        ready = prepare(pack, rule, _files(folder), engine, on=ON, take={}, only=["case"])
        groups = 'region, "class", days, outcome, is_open'
        ours = ready.script.query(
            f"SELECT {groups}, COUNT(*) FROM ({ready.script.outputs['case']}) x GROUP BY ALL"
        )

        def seconds(sql: str) -> float:
            began = time.process_time()
            engine.fetch(sql)
            return time.process_time() - began

        scan = SCAN.format(folder=folder)
        seconds(scan)
        pairs = sorted(((seconds(ours), seconds(scan)) for _ in range(3)), key=lambda p: p[0] / p[1])
    ours_s, scan_s = pairs[1]
    return Figure(
        "events",
        f"connection time over {visits:,} visits by region and class",
        "told (the wish of an order to come)" if last else "growth",
        f"{ours_s / scan_s:.1f} ×",
        f"{ours_s:.2f} s of CPU against {scan_s:.2f} s for a bare scan; {ours_s / visits * 1e9:.0f} ns a visit",
    )


def _on_both_engines(folder: Path, pack: Any, events: int) -> Figure:
    files = _files(folder)
    found = {}
    for engine in ("duckdb", "spark"):
        began = time.perf_counter()
        found[engine] = (
            measure_files(
                pack,
                "connection-time",
                files,
                by=["region", "class"],
                out=folder / engine,
                on=ON,
                engine=engine,
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
