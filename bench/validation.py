"""Readings of a campus looked at: how many a second, and of planted errors how many are found and rightly."""

from __future__ import annotations

import csv
import tempfile
import time
from collections import Counter
from dataclasses import astuple, fields
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from bench.__main__ import peak_gib
from bench.report import Figure
from tongdian.metering.findings import TOLD, history
from tongdian.policy import load_pack
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.intervals import Intervals
from tongdian.policy.sheet_library import pack_tables
from tongdian.policy.sheet_sql import Script, print_sheet

ON = date(2026, 3, 31)
SHEET = "reading-validation"
UNSEEN = (11, 12)  # the limits were chosen by looking at seeds 1 and 2: those would flatter them
PACK = Path("policies/gxnu-2016-4")

# A year and a month of a province: the same columns as `tests.metering.campus_year`, in one statement.
MANY = """create or replace table told as select (p * 25 + m)::varchar as reading, 'D' || p as meter, 'P' || p as point,
  'R' || (p // 60) as round, 'power' as utility, last_day(date '2024-03-01' + to_months(m::int)) as read_on,
  last_day(date '2024-03-01' + to_months(m::int)) as entered_on, date '2024-03-31' as fitted_on,
  case when hash(p, m) % 100 = 0 then 'estimated' else 'actual' end as quality,
  (hash(p) % 40000 + m * (200 + hash(p + 1) % 700) + hash(p, m) % 90)::decimal(11,3) as now, false as turned,
  100000::decimal(9,0) as size, 1::decimal(8,2) as multiplier, 1::decimal(4,0) as copies, 0::decimal(4,0) as unread,
  0::decimal(9,2) as capacity, true as is_supplied, false as replaces_final, 0::decimal(12,2) as parts_used,
  false as has_parts from range({points}) a(p), range(25) b(m)"""


def printed() -> tuple[Any, Script, list[str], Any]:
    """The pack's sheet for DuckDB, and its checks by name."""
    pack = load_pack(PACK, run_tests=False)
    rule: Any = pack.rule(SHEET)
    taken = rule.taken(pack, {})
    sheet = rule.sheet(pack, rule.version_on(ON, taken), taken)
    tables = pack_tables(pack, sheet, taken)
    script = print_sheet(sheet, tables, DUCKDB, outputs=["reading"])
    checks: Any = pack.rule("reading-checks")
    names = [row["check"] for row in checks.typed[id(checks.version_on(ON, {}))]]
    return pack, script, names, {name: tables[name] for name in script.joined}


def laid(db: Any, pack: Any, joined: Any) -> None:
    """The tables that the sheet joins."""
    for name, table in joined.items():
        rule: Any = pack.rule(name)
        columns = ", ".join(f"{key} {DUCKDB.type(one.value_type)}" for key, one in rule.columns.items())
        db.execute(f'create or replace table "t_{name}" (_v integer, {columns})')
        for number, members in enumerate(Intervals.of(table).rows):
            for row in members:
                values = [number, *(row[key] for key in rule.columns)]
                db.execute(f'insert into "t_{name}" values ({", ".join("?" for _ in values)})', values)


def told_table(db: Any, rows: Any) -> None:
    """Rows of a campus year as the relation `told`."""
    assert [one.name for one in fields(rows[0])] == list(TOLD)
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(astuple(row) for row in rows)
        file.flush()
        shape = ", ".join(f"'{name}': '{kind}'" for name, kind in TOLD.items())
        db.execute(
            f"create or replace table told as select * from read_csv('{file.name}', header=false, columns={{{shape}}})"
        )


def measure(*, small: bool) -> list[Figure]:
    pack, script, names, joined = printed()
    db = duckdb.connect()
    db.execute("set memory_limit = '3GB'; set preserve_insertion_order = false")
    laid(db, pack, joined)
    return [
        *_speed(db, script, names, 10_000 if small else 80_000),
        *_planted(db, script, 500 if small else 6_000),
    ]


def _speed(db: Any, script: Script, names: list[str], points: int) -> list[Figure]:
    db.execute(MANY.format(points=points))
    count = points * 25
    clock, cpu = time.perf_counter(), time.process_time()
    db.execute(f"create or replace table in_reading as {history('told')}")
    told = time.perf_counter() - clock, time.process_time() - cpu
    sums = ", ".join(f"sum({name}::int)" for name in names)
    clock, cpu = time.perf_counter(), time.process_time()
    db.execute(script.query(f"select {sums} from ({script.outputs['reading']})")).fetchall()
    looked = time.perf_counter() - clock, time.process_time() - cpu
    return [
        Figure(
            "validation",
            f"{len(names)} checks of {count:,} readings, beside what they are compared with",
            "≥ 1 million a second",
            f"{count / looked[0] / 1e6:.2f} million a second",
            f"{looked[1]:.1f} s of CPU; the comparison itself, windows over 25 months, {count / told[0] / 1e6:.2f} "
            f"million a second, {told[1]:.1f} s of CPU; peak {peak_gib():.1f} GiB; 7.4 s of CPU with divisions in 128 bits",
        )
    ]


def _planted(db: Any, script: Script, points: int) -> list[Figure]:
    from tests.metering.campus_year import KINDS, campus_year

    recall: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for seed in UNSEEN:
        year = campus_year(points, seed=seed)
        wanted.update(year.planted.values())
        for reading, kind in verdicts(db, script, year).items():
            said[kind] += 1
            right[kind] += year.planted.get(reading) == kind
            recall[kind] += year.planted.get(reading) == kind
    return [
        Figure(
            "validation",
            f"planted: {what}",
            "recall ≥ 0.95, precision ≥ 0.8",
            f"recall {recall[kind] / max(wanted[kind], 1):.3f}, precision {right[kind] / max(said[kind], 1):.3f}",
            f"{wanted[kind]} planted, {said[kind]} said by `{kind}` first",
        )
        for kind, what in KINDS.items()
    ]


def verdicts(db: Any, script: Script, year: Any) -> dict[str, str]:
    """The check that speaks first of each reading of a campus year, but for those after an error."""
    from tests.metering.campus_year import FIRST_TO_SAY

    told_table(db, year.rows)
    db.execute(f"create or replace table in_reading as {history('told')}")
    names = ", ".join(FIRST_TO_SAY)
    rows = db.execute(script.query(f"select reading, {names} from ({script.outputs['reading']})")).fetchall()
    found = {}
    for reading, *flags in rows:
        first = next((name for name, flag in zip(FIRST_TO_SAY, flags, strict=True) if flag), None)
        if first is not None and reading not in year.after:
            found[reading] = first
    return found
