"""Rows written as the fold wants them: sorted by case, types as narrow as the declared ranges.

The metadata of each file says so: `sorting_columns`, and `tongdian.schema` with the version of this form.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongdian.bulk.duckdb_engine import Duck
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Bool, Date, Num, Options, Place, Type

SCHEMA = "1"
ROWS_OF_A_GROUP = 1 << 17
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


@dataclass(frozen=True, slots=True)
class SortedForm:
    """The columns of a grain, the case first: a whole number where `is_whole`, else text in the order of its
    bytes. Rows of a case stand in the order of their own key."""

    sheet: Sheet
    grain: Grain
    is_whole: bool

    @property
    def names(self) -> list[str]:
        """The columns in order."""
        return list(dict.fromkeys([self.sheet.root.key, *(one.name for one in self.grain.inputs)]))

    @property
    def order(self) -> list[str]:
        """The columns by which rows are sorted."""
        return list(dict.fromkeys([self.sheet.root.key, self.grain.key]))

    def sql(self, name: str) -> str:
        """The type of a column in DuckDB."""
        kind = self.sheet.types[name]
        if name == self.sheet.root.key:
            return "BIGINT" if self.is_whole else "VARCHAR"
        if isinstance(kind, Num) and not kind.scale:
            return _integer(kind)[0]
        return DUCKDB.type(kind)

    def arrow(self, name: str) -> Any:
        """The type of a column in the file."""
        kind: Type = self.sheet.types[name]
        if name == self.sheet.root.key:
            return pa.int64() if self.is_whole else pa.string()
        match kind:
            case Num():
                return pa.decimal128(kind.digits, kind.scale) if kind.scale else _integer(kind)[1]
            case Date():
                return pa.date32()
            case Bool():
                return pa.bool_()
            case Options() | Place():
                return pa.dictionary(pa.int32(), pa.string())
        return pa.string()

    def write(self, batches: Iterable[Any], out: Path, *, group_rows: int = ROWS_OF_A_GROUP) -> int:
        """Write rows that come in order, in batches of Arrow; how many."""
        schema = pa.schema([pa.field(name, self.arrow(name)) for name in self.names])
        schema = schema.with_metadata({"tongdian.schema": SCHEMA, "tongdian.grain": self.grain.name})
        by = [pq.SortingColumn(self.names.index(name)) for name in self.order]
        rows = 0
        with pq.ParquetWriter(out, schema, compression="zstd", sorting_columns=by) as writer:
            for batch in batches:
                table = _as_declared(pa.Table.from_batches([batch]), schema)
                writer.write_table(table, row_group_size=group_rows)
                rows += table.num_rows
        return rows


def written_sorted(
    engine: Duck, sheet: Sheet, grain: Grain, out: Path, *, group_rows: int = ROWS_OF_A_GROUP
) -> int:
    """Write the rows of `in_<grain>`, sorted; how many. A case that is a whole number stays one."""
    described = {str(row[0]): str(row[1]) for row in engine.fetch(f"DESCRIBE in_{grain.name}")}
    form = SortedForm(sheet, grain, described[sheet.root.key] in _WHOLE)
    select = _select(form, f"in_{grain.name}", form.names, lambda quoted: quoted)
    return form.write(engine.batches(select, ROWS_OF_A_GROUP), out, group_rows=group_rows)


def sorted_from_csv(engine: Duck, sheet: Sheet, grain: Grain, file: Path, out: Path) -> int:
    """Write the rows of a CSV of our own, sorted, with what it leaves blank left blank; how many."""
    with file.open(encoding="utf-8", newline="") as lines:
        header = next(csv.reader(lines))
    typed = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
    source = (
        f"read_csv({_text(file.absolute())}, auto_detect = false, header = true, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {{{typed}}})"
    )
    form = SortedForm(sheet, grain, is_whole=False)
    select = _select(form, source, header, lambda quoted: f"NULLIF({quoted}, '')")
    return form.write(engine.batches(select, ROWS_OF_A_GROUP), out)


def _select(form: SortedForm, source: str, there: Collection[str], cell: Callable[[str], str]) -> str:
    q = DUCKDB.q
    casts = (
        f"CAST({cell(q(name)) if name in there else 'NULL'} AS {form.sql(name)}) AS {q(name)}"
        for name in form.names
    )
    return f"SELECT {', '.join(casts)} FROM {source} ORDER BY {', '.join(map(q, form.order))}"


def _text(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _integer(kind: Num) -> tuple[str, Any]:
    largest = max(abs(kind.low), abs(kind.high))
    for bits, name, arrow in (
        (7, "TINYINT", pa.int8()),
        (15, "SMALLINT", pa.int16()),
        (31, "INTEGER", pa.int32()),
        (63, "BIGINT", pa.int64()),
    ):
        if largest < 2**bits:
            return name, arrow
    return "DECIMAL(38,0)", pa.decimal128(38, 0)


def _as_declared(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns: Sequence[Any] = [
        table.column(field.name).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else table.column(field.name).cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(list(columns), schema=schema)
