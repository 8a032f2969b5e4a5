"""Rows written as the fold wants them: sorted by case, types as narrow as the declared ranges.

The metadata of each file says so: `sorting_columns`, and `tongdian.schema` with the version of this form.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongdian.bulk.duckdb_engine import Duck
from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Bool, Date, Num, Options, Place, Type

SCHEMA = "1"
ROWS_OF_A_GROUP = 1 << 17
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


def written_sorted(
    engine: Duck, sheet: Sheet, grain: Grain, out: Path, *, group_rows: int = ROWS_OF_A_GROUP
) -> int:
    """Write the rows of `in_<grain>`, sorted by case and then by their own key; how many.

    A case that is a whole number stays one; any other key is text, in the order of its bytes.
    """
    q = engine.dialect.q
    root = sheet.root.key
    names = list(dict.fromkeys([root, *(one.name for one in grain.inputs)]))
    whole = _is_whole(engine, grain.name, root)
    casts = [
        f"CAST({q(name)} AS {'BIGINT' if whole else 'VARCHAR'})"
        if name == root
        else _cast(engine, sheet, name)
        for name in names
    ]
    listed = ", ".join(f"{cast} AS {q(name)}" for cast, name in zip(casts, names, strict=True))
    order = ", ".join(map(q, dict.fromkeys([root, grain.key])))
    schema = pa.schema([pa.field(name, _arrow(sheet, name, root=root, whole=whole)) for name in names])
    schema = schema.with_metadata({"tongdian.schema": SCHEMA, "tongdian.grain": grain.name})
    by = [pq.SortingColumn(number) for number in range(len(dict.fromkeys([root, grain.key])))]
    if grain.key != root:
        by[1] = pq.SortingColumn(names.index(grain.key))
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd", sorting_columns=by) as writer:
        select = f"SELECT {listed} FROM in_{grain.name} ORDER BY {order}"
        for batch in engine.batches(select, ROWS_OF_A_GROUP):
            table = _as_declared(pa.Table.from_batches([batch]), schema)
            writer.write_table(table, row_group_size=group_rows)
            rows += table.num_rows
    return rows


def _is_whole(engine: Duck, grain: str, key: str) -> bool:
    described = {str(row[0]): str(row[1]) for row in engine.fetch(f"DESCRIBE in_{grain}")}
    return described[key] in _WHOLE


def _cast(engine: Duck, sheet: Sheet, name: str) -> str:
    kind = sheet.types[name]
    if isinstance(kind, Num) and not kind.scale:
        return f"CAST({engine.dialect.q(name)} AS {_integer(kind)[0]})"
    return f"CAST({engine.dialect.q(name)} AS {engine.dialect.type(kind)})"


def _integer(kind: Num) -> tuple[str, Any]:
    largest = max(abs(kind.low), abs(kind.high))
    for bits, name, arrow in (
        (7, "TINYINT", pa.int8()),
        (15, "SMALLINT", pa.int16()),
        (31, "INTEGER", pa.int32()),
    ):
        if largest < 2**bits:
            return name, arrow
    return ("BIGINT", pa.int64()) if largest < 2**63 else ("DECIMAL(38,0)", pa.decimal128(38, 0))


def _arrow(sheet: Sheet, name: str, *, root: str, whole: bool) -> Any:
    if name == root:
        return pa.int64() if whole else pa.string()
    kind: Type = sheet.types[name]
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


def _as_declared(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns: Sequence[Any] = [
        table.column(field.name).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else table.column(field.name).cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(list(columns), schema=schema)
