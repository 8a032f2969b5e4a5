"""A table of a run's results, written as CSV, as a workbook or as Parquet: with the types that it has."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from tongdian.bulk.engines import open_engine
from tongdian.bulk.refusals import TooManyRows
from tongdian.bulk.results import MOST_ROWS, write_workbook
from tongdian.policy.dialects import Dialect
from tongdian.policy.measures import APART
from tongdian.policy.types import Instant, Type

FORMS = ("xlsx", "parquet")
_COUNTS = frozenset({"cases", *APART, "within", "p50", "p90", "p99", "longest", "days"})  # of a measure
_SHARES = frozenset({"share"})


def converted(file: Path, out: Path, types: Mapping[str, Type]) -> None:
    """Write `out`, by its ending .xlsx or .parquet, with the rows of a CSV that a run wrote. Numbers are
    exact, of the types of the sheet; a column that it does not have is text, or a count of a measure.

    Raises TooManyRows, EngineFailed.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header = next(csv.reader(lines), [])
    with open_engine("duckdb", memory="1GB") as engine:
        kinds = {name: _kind(name, types, engine.dialect) for name in header}
        declared = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in kinds.items())
        select = (
            f"SELECT * FROM read_csv({_quoted(file.absolute())}, auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = '\"', columns = {{{declared}}})"
        )
        if out.suffix == ".parquet":
            engine.write(select, out)
            return
        count = int(engine.fetch(f"SELECT COUNT(*) FROM ({select}) counted")[0][0])
        if count > MOST_ROWS:
            raise TooManyRows(grain=file.stem, count=f"{count:,}", most=f"{MOST_ROWS:,}")
        write_workbook(out, page=file.stem[:31], header=header, rows=engine.fetch(select))


def _kind(name: str, types: Mapping[str, Type], dialect: Dialect) -> str:
    if name in types and not isinstance(types[name], Instant):  # which is text that says its zone
        return dialect.type(types[name])
    return "BIGINT" if name in _COUNTS else "DECIMAL(18,12)" if name in _SHARES else "VARCHAR"


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
