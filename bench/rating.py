"""`tongdian rate` from files to files, against SQL by hand that checks and refuses the same; all grains
against the bills alone. CPU of the process, for both keep every core busy."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from bench.__main__ import peak_gib
from bench.bills import BILLS, ON, SEGMENTS, TAKE, prices_by_heart
from bench.report import Figure
from tongdian.bulk import rate
from tongdian.policy import load_pack

# What an engineer writes who knows the prices by heart, and sets aside what the sheet and its reading
# set aside, each bill with its first reason: missing or out of range, written twice, of no bill, days
# the wrong way round, no price yet, a price that changed, no segment.
CHECKED = """
CREATE TEMP TABLE seg AS SELECT *, CASE
    WHEN s.bill IS NULL OR "start" IS NULL OR "until" IS NULL OR "year" IS NULL OR reached IS NULL OR used IS NULL
      THEN 'missing'
    WHEN "year" NOT BETWEEN 2000 AND 2100 OR reached NOT BETWEEN -9999999 AND 9999999
      OR used NOT BETWEEN -9999999 AND 9999999 THEN 'out of range'
    WHEN "start" > "until" THEN 'the wrong way round'
    WHEN "start" < DATE '2021-01-01' OR "until" < DATE '2021-01-01' THEN 'no price'
    WHEN ("start" < DATE '2026-06-01') <> ("until" < DATE '2026-06-01') THEN 'the price changed'
  END AS bad FROM '{folder}/segment.parquet' s;
CREATE TEMP TABLE given AS SELECT *, CASE WHEN bill IS NULL OR months IS NULL THEN 'missing'
    WHEN months NOT BETWEEN 1 AND 12 THEN 'out of range' END AS bad FROM '{folder}/bill.parquet';
CREATE TEMP TABLE refused AS
  SELECT bill, MIN(bad) AS why FROM (
    SELECT bill, bad FROM given WHERE bad IS NOT NULL
    UNION ALL SELECT bill, 'twice' FROM given GROUP BY bill HAVING COUNT(*) > 1
    UNION ALL SELECT bill, bad FROM seg WHERE bad IS NOT NULL
    UNION ALL SELECT bill, 'twice' FROM seg GROUP BY bill, "start" HAVING COUNT(*) > 1
    UNION ALL SELECT bill, 'of no bill' FROM seg s WHERE NOT EXISTS (SELECT 1 FROM given g WHERE g.bill = s.bill)
    UNION ALL SELECT bill, 'no segment' FROM given g WHERE NOT EXISTS (SELECT 1 FROM seg s WHERE s.bill = g.bill)
  ) GROUP BY bill;
COPY (
WITH sound AS (SELECT * FROM given g WHERE NOT EXISTS (SELECT 1 FROM refused r WHERE r.bill = g.bill)
), priced AS (
  SELECT s.bill, b.months, CASE WHEN "start" < DATE '2026-06-01' THEN {before} ELSE {after} END::DECIMAL(10,8) AS price,
    used, reached, "year", "start" FROM seg s JOIN sound b ON b.bill = s.bill
), op AS (
  SELECT *, CAST(reached + COALESCE(SUM(used) OVER (PARTITION BY bill, "year" ORDER BY "start"
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS DECIMAL(14,2)) AS opening FROM priced
), parts AS (
  SELECT bill, price,
    LEAST(GREATEST(opening + used, 0), 260 * months) - LEAST(GREATEST(opening, 0), 260 * months) AS k1,
    LEAST(GREATEST(opening + used, 260 * months), 370 * months) - LEAST(GREATEST(opening, 260 * months), 370 * months) AS k2,
    LEAST(GREATEST(opening + used, 370 * months), 99999 * months) - LEAST(GREATEST(opening, 370 * months), 99999 * months) AS k3
  FROM op
)
SELECT b.bill, b.months, x.segments, x.total FROM sound b JOIN (
  SELECT bill, COUNT(*) AS segments, SUM(CAST(ROUND(k1 * price, 2) AS DECIMAL(10,2))
    + CAST(ROUND(k2 * (price + 0.05), 2) AS DECIMAL(10,2))
    + CAST(ROUND(k3 * (price + 0.3), 2) AS DECIMAL(10,2))) AS total FROM parts GROUP BY bill) x ON x.bill = b.bill
) TO '{folder}/hand.parquet' (FORMAT PARQUET, COMPRESSION zstd);
COPY refused TO '{folder}/hand-refused.csv' (FORMAT CSV, HEADER);
"""


def measure(*, small: bool) -> list[Figure]:
    figures = []
    for count, runs in ((10_000, 1),) if small else ((1_000_000, 5), (10_000_000, 3)):
        folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
        try:
            figures += _measure(folder, count, runs)
        finally:
            shutil.rmtree(folder)
    figures.append(Figure("rating", "peak memory of the process", "≤ 4 GiB", f"{peak_gib():.2f} GiB"))
    return figures


def _measure(folder: Path, count: int, runs: int) -> list[Figure]:
    _write(folder, count)
    pack = load_pack("policies/gxnu-2016-4", run_tests=False)
    before, after = prices_by_heart(pack)

    def by_hand() -> None:
        with _connected(folder) as db:
            db.execute(CHECKED.format(folder=folder, before=before, after=after))

    def bills() -> None:
        _rate(pack, folder, ["bill"])

    def every_grain() -> None:
        _rate(pack, folder, None)

    turns = [[_cpu(run) for run in (by_hand, bills, every_grain)] for _ in range(runs)]
    hand, own, every = (statistics.median(column) for column in zip(*turns, strict=True))
    differ = _differences(folder)
    return [
        Figure(
            "rating",
            f"`rate` of {count:,} bills of two segments and three tiers, against checked SQL by hand",
            "≤ 1.3 ×",
            f"{statistics.median(b / a for a, b, _ in turns):.2f} ×",
            f"{own:.1f} s of CPU against {hand:.1f} s; {differ} bills differ",
        ),
        Figure(
            "rating",
            f"all grains of {count:,} bills, against the bills alone",
            "≤ 1.5 ×",
            f"{statistics.median(c / b for _, b, c in turns):.2f} ×",
            f"{every:.1f} s of CPU; {count * 9:,} rows written",
        ),
    ]


def _write(folder: Path, count: int) -> None:
    with _connected(folder) as db:
        db.execute(BILLS.format(n=count))
        db.execute(SEGMENTS.format(n=count))
        for name in ("bill", "segment"):
            db.execute(f"COPY in_{name} TO '{folder}/{name}.parquet' (FORMAT parquet)")


def _connected(folder: Path) -> Any:
    spill = folder / "spill"
    return duckdb.connect(
        config={"memory_limit": "3GB", "temp_directory": str(spill), "preserve_insertion_order": "false"}
    )


def _rate(pack: Any, folder: Path, only: list[str] | None) -> None:
    files = {name: folder / f"{name}.parquet" for name in ("bill", "segment")}
    rate(pack, "residential-electricity", files, out=folder / "out", on=ON, take=TAKE, only=only)


def _cpu(run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _differences(folder: Path) -> int:
    own, hand = (f"SELECT bill, total FROM '{folder}/{name}.parquet'" for name in ("out/bill", "hand"))
    with _connected(folder) as db:
        found = db.execute(
            f"SELECT COUNT(*) FROM ((({own}) EXCEPT ({hand})) UNION ALL (({hand}) EXCEPT ({own})))"
        ).fetchone()
    return int(found[0])
