"""Connection time over a hundred million stage events: the indicator sheet against a bare scan."""

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
from tongdian.policy import load_pack
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.kinds.sheet import pack_tables
from tongdian.policy.sheet_sql import print_sheet

ON = date(2026, 6, 30)
STAGES = "['acceptance','supply_plan_reply','design_review','interim_inspection','completion_inspection','meter_installation']"
CASES = """COPY (SELECT i::BIGINT AS "case", (450000 + hash(i) % 120)::VARCHAR AS region,
  ['residential','three_zero','low_voltage','high_voltage_single','high_voltage_dual'][(1 + hash(i + 1) % 5)::INT] AS "class",
  DATE '2020-01-01' + (hash(i + 2) % 1800)::INT AS applied,
  DATE '2020-01-01' + (hash(i + 2) % 1800)::INT + (12 + hash(i + 3) % 40)::INT AS energised,
  (CASE WHEN hash(i + 4) % 100 = 0 THEN 3 ELSE 0 END)::DECIMAL(4,0) AS force_majeure
  FROM range({n}) t(i)) TO '{folder}/case.parquet' (FORMAT parquet, COMPRESSION zstd)"""
EVENTS = """COPY (SELECT (i // 6)::BIGINT AS "case", (i % 6 + 1)::DECIMAL(4,0) AS seq, {stages}[1 + i % 6] AS stage,
  DATE '2020-01-01' + (hash(i // 6 + 2) % 1800)::INT + (i % 6)::INT * 2 AS opened,
  DATE '2020-01-01' + (hash(i // 6 + 2) % 1800)::INT + (i % 6)::INT * 2 + (CASE WHEN hash(i + 4) % 5 = 0 THEN 8 ELSE hash(i) % 4 END)::INT AS closed,
  (CASE WHEN hash(i + 4) % 5 = 0 THEN hash(i) % 3 ELSE 0 END)::DECIMAL(4,0) AS suspended,
  (1 + (hash(i + 9) % 40 = 0)::INT)::DECIMAL(2,0) AS visit
  FROM range({n}) t(i)) TO '{folder}/event.parquet' (FORMAT parquet, COMPRESSION zstd)"""
# Every value of every column is read and used; max() alone would be answered from the file's footer.
SCAN = """SELECT (SELECT bit_xor(hash("case", stage, opened, closed, suspended)) FROM in_event),
  (SELECT bit_xor(hash("case", region, "class", applied, energised, force_majeure)) FROM in_case)"""


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    sizes = [10_000, 100_000, 1_000_000] if small else [1_000_000, 10_000_000, 100_000_000]
    figures = []
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
        try:
            figures.append(_scaled(folder, pack, size - size % 6, last=size == sizes[-1]))
            if size == sizes[0]:
                figures.append(_on_both_engines(folder, pack, size - size % 6))
        finally:
            shutil.rmtree(folder)
    figures.append(Figure("events", "peak memory of the process", "< 3 GiB", f"{peak_gib():.2f} GiB"))
    return figures


def _generate(folder: Path, events: int) -> None:
    db = duckdb.connect()
    db.execute("SET memory_limit = '1500MB'")
    db.execute(CASES.format(n=events // 6, folder=folder))
    db.execute(EVENTS.format(n=events, folder=folder, stages=STAGES))


def _scaled(folder: Path, pack: Any, events: int, *, last: bool) -> Figure:
    _generate(folder, events)
    rule: Any = pack.rule("connection-time")
    taken = rule.taken(pack, {})
    sheet = rule.sheet(pack, rule.version_on(ON, taken), taken)
    script = print_sheet(sheet, pack_tables(pack, sheet, taken), DUCKDB, outputs=["case"])
    declared = rule.measure
    groups = f'region, "class", {declared.days}, {declared.within}, {declared.exempt}'
    ours = script.query(f"SELECT {groups}, COUNT(*) FROM ({script.outputs['case']}) GROUP BY ALL")
    db = duckdb.connect()
    db.execute(
        f"SET memory_limit = '2200MB'; SET preserve_insertion_order = false; SET temp_directory = '{folder / 'spill'}'"
    )
    db.execute("CREATE TABLE workdays(day DATE, cum INT)")
    db.executemany("INSERT INTO workdays VALUES (?, ?)", list(pack.calendar.rows()))
    for grain in ("case", "event"):
        db.execute(f"CREATE VIEW in_{grain} AS SELECT * FROM '{folder}/{grain}.parquet'")

    def seconds(sql: str) -> float:
        began = time.perf_counter()
        db.execute(sql).fetchall()
        return time.perf_counter() - began

    seconds(SCAN)
    pairs = sorted(((seconds(ours), seconds(SCAN)) for _ in range(3)), key=lambda p: p[0] / p[1])
    ours_s, scan_s = pairs[1]
    wanted = "≤ 3 × a bare scan" if last else "growth"
    return Figure(
        "events",
        f"connection time over {events:,} stage events by region and class",
        wanted,
        f"{ours_s / scan_s:.1f} ×",
        f"{ours_s:.2f} s against {scan_s:.2f} s; {ours_s / events * 1e9:.0f} ns an event",
    )


def _on_both_engines(folder: Path, pack: Any, events: int) -> Figure:
    files = {"case": folder / "case.parquet", "event": folder / "event.parquet"}
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
