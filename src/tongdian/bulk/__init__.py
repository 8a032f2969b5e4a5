"""Sheets over files of millions of rows, on DuckDB or Spark.

    from tongdian.bulk import rate
    run = rate(pack, "residential-electricity", {"bill": "bills.parquet", "segment": "segments.csv"},
               out="rated", on=date(2026, 6, 30))

Rows that cannot be read or calculated go to a file of their own, each with its reason; the rest go
on. Nothing here decides anything: the sheet does, in the same words as for one case.
"""

from tongdian.bulk.measuring import measure
from tongdian.bulk.rating import Run, rate

__all__ = ["Run", "measure", "rate"]
