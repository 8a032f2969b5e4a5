"""Sheets over files of millions of rows, on DuckDB or Spark.

    from tongdian.bulk import rate
    run = rate(pack, "residential-electricity", {"bill": "bills.parquet", "segment": "segments.csv"},
               out="rated", on=date(2026, 6, 30))

Rows that cannot be read or calculated go to a file of their own, each with its reason; the rest go
on. Nothing here decides anything: the sheet does, in the same words as for one case.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tongdian.bulk.measuring import measure
    from tongdian.bulk.rating import Run, rate

_WHERE = {"Run": "rating", "rate": "rating", "measure": "measuring"}


def __getattr__(name: str) -> Any:
    if name in _WHERE:  # fetched when asked for: bills need nothing of what measures processes
        return getattr(import_module(f"tongdian.bulk.{_WHERE[name]}"), name)
    raise AttributeError(name)


__all__ = ["Run", "measure", "rate"]
