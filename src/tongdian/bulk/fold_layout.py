"""Which files the fold reads as they are, and in which order their row groups lie by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Bool, Date, Ident, Instant, Num, Type

INTEGERS = (pa.types.is_int8, pa.types.is_int16, pa.types.is_int32, pa.types.is_int64,
            pa.types.is_uint8, pa.types.is_uint16, pa.types.is_uint32)  # fmt: skip


class NotInForm(Exception):
    """A file that is not in the form: its rows are read and sorted by DuckDB first."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A row group: where it stands, and between which cases it lies, if its file says so."""

    file: Path
    number: int
    rows: int
    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a grain in the order of their cases, and how their columns are called there."""

    grain: Grain
    key: str
    is_text: bool  # the case, which is a whole number otherwise
    groups: tuple[RowGroup, ...]
    titles: Mapping[Path, Mapping[str, str]]

    @property
    def rows(self) -> int:
        """How many rows they have."""
        return sum(one.rows for one in self.groups)


def laid_out(sheet: Sheet, grain: Grain, titles: Mapping[Path, Mapping[str, str]]) -> Layout:
    """The row groups of a grain's files in the order of their cases. Raises NotInForm."""
    key, groups, is_text = sheet.root.key, [], set()
    for file, named in titles.items():
        if file.suffix != ".parquet":
            raise NotInForm
        opened = pq.ParquetFile(file)
        schema = opened.schema_arrow
        _must_fit(sheet, grain, schema, named)
        is_text.add(not pa.types.is_integer(schema.field(named[key]).type))
        groups += list(_groups(file, opened.metadata, schema.get_field_index(named[key])))
    if len(is_text) > 1:
        raise NotInForm
    groups = [one for one in groups if one.rows]
    if all(one.low is not None for one in groups):
        groups.sort(key=lambda one: (one.low, one.high))
        if any(a.high > b.low for a, b in pairwise(groups)):
            raise NotInForm
    elif len(titles) > 1:
        raise NotInForm
    return Layout(grain, key, is_text.pop(), tuple(groups), titles)


def _groups(file: Path, metadata: Any, column: int) -> Iterator[RowGroup]:
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        by = group.sorting_columns
        if not by or by[0].column_index != column or by[0].descending:
            raise NotInForm
        said = group.column(column).statistics
        known = said is not None and said.has_min_max
        low, high = (_head(said.min), _head(said.max)) if known else (None, None)
        yield RowGroup(file, number, group.num_rows, low, high)


def _head(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _must_fit(sheet: Sheet, grain: Grain, schema: pa.Schema, titles: Mapping[str, str]) -> None:
    """Raises NotInForm."""
    for name, title in titles.items():
        if name != sheet.root.key and name not in {one.name for one in grain.inputs}:
            continue
        kind = schema.field(title).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if not _fits(kind, Ident() if name == sheet.root.key else sheet.types[name]):
            raise NotInForm


def _fits(kind: Any, declared: Type) -> bool:
    text = bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
    whole = any(fits(kind) for fits in INTEGERS)
    match declared:
        case Num():
            return whole or bool(pa.types.is_decimal128(kind) and kind.scale <= declared.scale)
        case Date():
            return bool(pa.types.is_date32(kind))
        case Bool():
            return bool(pa.types.is_boolean(kind))
        case Instant():
            return bool(pa.types.is_timestamp(kind) and kind.tz)  # without a zone it is none
        case Ident():
            return text or whole
    return text
