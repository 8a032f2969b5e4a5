"""Ten million residential bills: the printed sheet against SQL written by hand for the same bills."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from bench.__main__ import peak_gib
from bench.report import Figure
from tongdian.policy import load_pack
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.intervals import Intervals
from tongdian.policy.sheet_library import pack_tables
from tongdian.policy.sheet_sql import print_sheet

ON = date(2026, 6, 30)
TAKE = {"residential-price-category": "annual_tiers"}

BILLS = "create table in_bill as select i::int bill, (1 + hash(i) % 12)::decimal(2,0) as months from range({n}) t(i)"
SEGMENTS = """create table in_segment as select (i // 2)::int bill,
  case when i % 2 = 0 then date '2026-05-16' else date '2026-06-01' end as start,
  case when i % 2 = 0 then date '2026-05-31' else date '2026-06-30' end as "until", 2026::decimal(4,0) as "year",
  ((hash(i // 2 + 7) % 600000) / 100.0)::decimal(9,2) as reached,
  (((hash(i + 1) % 90000)::bigint - 20000) * 0.01)::decimal(9,2) as used from range(2 * {n}) t(i)"""

# What an engineer writes who knows the prices by heart. Same bills, to the fen.
BY_HAND = """
WITH seg AS (
  SELECT s.bill, b.months, CASE WHEN start < DATE '2026-06-01' THEN {before} ELSE {after} END::DECIMAL(10,8) AS price,
    used AS billed, reached, "year", start
  FROM in_segment s JOIN in_bill b ON b.bill = s.bill
), op AS (
  SELECT *, CAST(reached + COALESCE(SUM(billed) OVER (PARTITION BY bill, "year" ORDER BY start
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS DECIMAL(14,2)) AS opening FROM seg
), parts AS (
  SELECT bill, price,
    LEAST(GREATEST(opening + billed, 0), 260 * months) - LEAST(GREATEST(opening, 0), 260 * months) AS k1,
    LEAST(GREATEST(opening + billed, 260 * months), 370 * months) - LEAST(GREATEST(opening, 260 * months), 370 * months) AS k2,
    LEAST(GREATEST(opening + billed, 370 * months), 99999 * months) - LEAST(GREATEST(opening, 370 * months), 99999 * months) AS k3
  FROM op
)
SELECT b.bill, COALESCE(x.total, 0) AS total FROM in_bill b LEFT JOIN (
  SELECT bill, SUM(CAST(ROUND(k1 * price, 2) AS DECIMAL(10,2)) + CAST(ROUND(k2 * (price + 0.05), 2) AS DECIMAL(10,2))
    + CAST(ROUND(k3 * (price + 0.3), 2) AS DECIMAL(10,2))) AS total FROM parts GROUP BY bill) x ON x.bill = b.bill
"""


def measure(*, small: bool) -> list[Figure]:
    count = 100_000 if small else 10_000_000
    folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
    try:
        return _measure(folder, count)
    finally:
        shutil.rmtree(folder)


def prices_by_heart(pack: Any) -> tuple[Decimal, Decimal]:
    """What a kilowatt-hour costs before and after the change of June 2026."""
    rule: Any = pack.rule("residential-electricity")
    taken = rule.taken(pack, TAKE)
    tables = pack_tables(pack, rule.sheet(pack, rule.version_on(ON, taken), taken), taken)
    loss, other = next(
        (row["loss"], row["other"]) for *_, row in tables["electricity-price"] if row["category"] == "staff"
    )
    prices = {start: row["first_tier"] + loss + other for start, _, row in tables["residential-price"]}
    return prices[min(prices)], prices[max(prices)]


def _measure(folder: Path, count: int) -> list[Figure]:
    pack = load_pack("policies/gxnu-2016-4", run_tests=False)
    rule: Any = pack.rule("residential-electricity")
    taken = rule.taken(pack, TAKE)
    sheet = rule.sheet(pack, rule.version_on(ON, taken), taken)
    tables = pack_tables(pack, sheet, taken)
    script = print_sheet(sheet, tables, DUCKDB, outputs=["bill"])
    ours = script.query(f"SELECT bill, total FROM ({script.outputs['bill']})")
    before, after = prices_by_heart(pack)
    by_hand = BY_HAND.format(before=before, after=after)
    db = duckdb.connect(str(folder / "bench.duckdb"))
    db.execute(
        f"SET memory_limit = '2500MB'; SET preserve_insertion_order = false; SET temp_directory = '{folder / 'spill'}'"
    )
    db.execute(BILLS.format(n=count))
    db.execute(SEGMENTS.format(n=count))

    for name in script.joined:
        columns = {column: declared.value_type for column, declared in pack.rules[name].columns.items()}
        typed = ", ".join(f'"{column}" {DUCKDB.type(kind)}' for column, kind in columns.items())
        db.execute(f'CREATE TABLE "t_{name}" (_v INTEGER, {typed})')
        db.executemany(
            f'INSERT INTO "t_{name}" VALUES (?, {", ".join("?" for _ in columns)})',
            [
                (number, *(str(row[column]) for column in columns))
                for number, members in enumerate(Intervals.of(tables[name]).rows)
                for row in members
            ],
        )

    def seconds(sql: str, name: str) -> float:
        began = time.perf_counter()
        db.execute(f"COPY ({sql}) TO '{folder / name}.parquet' (FORMAT parquet)")
        return time.perf_counter() - began

    seconds(by_hand, "hand")  # both warm
    pairs = [(seconds(ours, "ours"), seconds(by_hand, "hand")) for _ in range(3)]
    differ = db.execute(
        f"SELECT COUNT(*) FROM (SELECT * FROM '{folder}/ours.parquet' EXCEPT SELECT * FROM '{folder}/hand.parquet')"
    ).fetchone()
    same = _equal_to_decimal(db, pack, folder)
    ratio = statistics.median(a / b for a, b in pairs)
    note = f"{statistics.median(a for a, _ in pairs):.1f} s against {statistics.median(b for _, b in pairs):.1f} s; {differ[0] if differ else '?'} bills differ; {same}"
    return [
        Figure(
            "bills",
            f"{count:,} bills of two segments and three tiers in DuckDB, against SQL by hand",
            "≤ 1.3 ×",
            f"{ratio:.2f} ×",
            note,
        ),
        Figure("bills", "peak memory of the process", "< 3 GiB", f"{peak_gib():.2f} GiB"),
    ]


def _equal_to_decimal(db: Any, pack: Any, folder: Path) -> str:
    """A thousand of the bills again, one by one."""
    rows = db.execute(
        f"""SELECT b.bill, b.months, o.total, s.start, s."year", s.reached, s.used, s."until"
        FROM in_bill b JOIN in_segment s USING (bill) JOIN '{folder}/ours.parquet' o USING (bill)
        WHERE b.bill < 1000 ORDER BY b.bill, s.start"""
    ).fetchall()
    cases: dict[int, tuple[Decimal, dict[str, Any]]] = {}
    for bill, months, total, start, year, reached, used, until in rows:
        given = cases.setdefault(bill, (total, {"months": months, "segment": []}))[1]
        given["segment"].append(
            {"start": start, "until": until, "year": year, "reached": reached, "used": used}
        )
    wrong = sum(
        pack.answer("residential-electricity", on=ON, given=g, take=TAKE).value != total
        for total, g in cases.values()
    )
    return f"{len(cases)} made again in Decimal, {wrong} differ"
