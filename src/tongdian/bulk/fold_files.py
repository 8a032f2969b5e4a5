"""Files of rows that come sorted by case, read piece by piece: arrays for the fold, rows for whom it leaves out.

The form: Parquet whose metadata says that it is sorted by the case (`sorting_columns`), ascending; the
case a whole number or text; days as DATE, numbers as whole numbers or decimals, choices and regions as
text. `written_sorted` writes it, with types as narrow as the declared ranges. That rows do come sorted
is checked while they are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tongdian.bulk.fold_batch import Array
from tongdian.bulk.fold_layout import Layout, NotInForm, RowGroup
from tongdian.bulk.refusals import NotSorted
from tongdian.policy.fold_expressions import DAYS_OF_DATES, number_of_day, number_of_instant, range_of, ticks
from tongdian.policy.sheet import In, Sheet
from tongdian.policy.types import (
    LONGEST_IDENT,
    Bool,
    Date,
    Ident,
    Instant,
    Num,
    Options,
    Place,
    Type,
    unseen_in,
)


@dataclass(slots=True)
class Piece:
    """Rows in order: the cases (`heads`) and where each begins, arrays by column, the rows as they stand,
    and `odd`: those that nothing is reckoned of, since a cell is not as declared."""

    heads: Array
    starts: Array
    columns: dict[str, Array]
    odd: Array
    raw: list[pa.Table] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.odd)

    def cut(self, head: int) -> tuple[Piece, Piece]:
        """What comes before a case, by its number here, and the rest."""
        at = int(self.starts[head]) if head < len(self.starts) else self.rows
        above, below = _parted(self.raw, at)
        return (
            Piece(self.heads[:head], self.starts[:head], {n: c[:at] for n, c in self.columns.items()},
                  self.odd[:at], above),
            Piece(self.heads[head:], self.starts[head:] - at, {n: c[at:] for n, c in self.columns.items()},
                  self.odd[at:], below),
        )  # fmt: skip


def _parted(tables: Sequence[pa.Table], at: int) -> tuple[list[pa.Table], list[pa.Table]]:
    above, below = [], []
    for table in tables:
        if at > 0:
            above.append(table.slice(0, at))
        if at < table.num_rows:
            below.append(table.slice(max(at, 0)))
        at -= table.num_rows
    return above, below


def joined(pieces: Sequence[Piece]) -> Piece:
    """Pieces one after the other; a case that goes on over a seam is one case."""
    if len(pieces) == 1:
        return pieces[0]
    heads, starts, rows, last = [], [], 0, None
    for piece in pieces:
        goes_on = len(piece.heads) and last is not None and piece.heads[0] == last
        heads.append(piece.heads[1:] if goes_on else piece.heads)
        starts.append((piece.starts[1:] if goes_on else piece.starts) + rows)
        rows += piece.rows
        last = piece.heads[-1] if len(piece.heads) else last
    return Piece(
        np.concatenate(heads),
        np.concatenate(starts),
        {n: np.concatenate([piece.columns[n] for piece in pieces]) for n in pieces[0].columns},
        np.concatenate([piece.odd for piece in pieces]),
        [table for piece in pieces for table in piece.raw],
    )


class PieceReader:
    """Reads the pieces of one grain whose cases lie in [first, before)."""

    def __init__(self, sheet: Sheet, layout: Layout, words: CodeBook, span: tuple[Any, Any]) -> None:
        self.layout, self.words, (self.first, self.before) = layout, words, span
        self.sheet, self.inputs = sheet, list(layout.grain.inputs)
        self._todo = [one for one in layout.groups if self._touches(one)][::-1]
        self._open: dict[Path, pq.ParquetFile] = {}
        self._last: Any = None

    def _touches(self, group: RowGroup) -> bool:
        if group.low is None:
            return True
        return (self.first is None or group.high >= self.first) and (
            self.before is None or group.low < self.before
        )

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to read."""
        return not self._todo

    def next(self) -> Piece:
        """The next row group as a piece, which may be empty. Raises NotSorted."""
        group = self._todo.pop()
        titles = self.layout.titles[group.file]
        if group.file not in self._open:
            self._open = {group.file: pq.ParquetFile(group.file, read_dictionary=self._dictionaries(titles))}
        table = self._open[group.file].read_row_group(
            group.number, columns=list(titles.values()), use_threads=False
        )
        piece = self._piece(table, titles, group)
        if not len(piece.heads):
            return piece
        if self._last is not None and piece.heads[0] < self._last:
            raise NotSorted(file=group.file.name, column=titles[self.layout.key])
        self._last = piece.heads[-1]
        if self.before is not None:
            piece = piece.cut(int(np.searchsorted(piece.heads, self.before)))[0]
        if self.first is not None:
            piece = piece.cut(int(np.searchsorted(piece.heads, self.first)))[1]
        return piece

    def _dictionaries(self, titles: Mapping[str, str]) -> list[str]:
        of_words = (Options, Place)
        return [titles[i.name] for i in self.inputs if i.name in titles and isinstance(i.type, of_words)]

    def _piece(self, table: pa.Table, titles: Mapping[str, str], group: RowGroup) -> Piece:
        key = _whole(table.column(titles[self.layout.key]))
        if key.null_count:
            raise NotInForm
        heads, starts = _runs(key)
        if len(heads) > 1 and not (heads[1:] > heads[:-1]).all():
            raise NotSorted(file=group.file.name, column=titles[self.layout.key])
        odd = np.zeros(table.num_rows, bool)
        columns = {}
        for item in self.inputs:
            if item.name in titles:
                columns[item.name] = self._column(_whole(table.column(titles[item.name])), item, odd)
            else:
                columns[item.name] = self._absent(item, table.num_rows)
        return Piece(heads, starts, columns, odd, [table])

    def _absent(self, item: In, rows: int) -> Array:
        assert item.without_column is not None
        value = self.words.number(item.without_column, item.type)
        return np.broadcast_to(self.words.kind(item.type).type(value), rows)

    def _column(self, cells: Any, item: In, odd: Array) -> Array:
        """A column as an array; of cells that are none, `odd` is set."""
        kind, empty = item.type, None
        if cells.null_count:
            empty = cells.is_null().to_numpy(zero_copy_only=False)
            if item.default is None:
                odd |= empty
        found, strange = self._array(cells, kind)
        if empty is not None:
            default = 0 if item.default is None else self.words.number(item.default, kind)
            found = np.where(empty, found.dtype.type(default), found)
            strange = strange & ~empty if strange is not None else None
        if strange is not None:
            odd |= strange
        return found

    def _array(self, cells: Any, kind: Type) -> tuple[Array, Array | None]:
        match kind:
            case Num():
                return _numbers(cells, kind, self.words.kind(kind))
            case Date():
                days = _buffer(cells, np.int32)
                return days, _outside(days, *DAYS_OF_DATES)
            case Instant():
                return _instants(cells)
            case Bool():
                return cells.fill_null(False).to_numpy(zero_copy_only=False), None
            case Ident():
                return self.words.names(cells)
        return self.words.choices(cells, kind)


@dataclass
class CodeBook:
    """The numbers of words and regions; identifiers are numbered as they come."""

    words: Mapping[str, int]
    regions: Mapping[str, int]
    identifiers: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def kind(self, kind: Type) -> np.dtype[Any]:
        """How the values of a type stand in arrays."""
        match kind:
            case Num():
                largest = max(abs(ticks(kind.low, kind.scale)), abs(ticks(kind.high, kind.scale)))
                return np.dtype(np.int32 if largest < 2**31 else np.int64)
            case Bool():
                return np.dtype(bool)
            case Instant():
                return np.dtype(np.int64)
            case Options():
                return np.dtype(np.int8 if len(self.words) < 128 else np.int16)
        return np.dtype(np.int32)

    def kinds(self, sheet: Sheet) -> dict[str, dict[str, np.dtype[Any]]]:
        """How the inputs of each grain stand in arrays."""
        return {
            name: {item.name: self.kind(item.type) for item in grain.inputs}
            for name, grain in sheet.grains.items()
        }

    def number(self, value: Any, kind: Type) -> Any:
        """A declared value as arrays have it."""
        match kind:
            case Num():
                return ticks(value, kind.scale)
            case Date():
                return number_of_day(value)
            case Instant():
                return number_of_instant(value)
            case Bool():
                return bool(value)
            case Options():
                return self.words[str(value)]
            case Place():
                return self.regions[str(value)]
        with self._lock:
            return self.identifiers.setdefault(str(value), len(self.identifiers))

    def choices(self, cells: Any, kind: Type) -> tuple[Array, Array | None]:
        """CodeBook by their numbers; strange are those that are no choice."""
        if not pa.types.is_dictionary(cells.type):
            cells = cells.dictionary_encode()
        known = self.regions if isinstance(kind, Place) else {w: self.words[w] for w in kind.values}  # type: ignore[union-attr]
        numbers = [known.get(word, -1) for word in cells.dictionary.to_pylist()]
        table = np.asarray([*numbers, 0], self.kind(kind))
        at = _buffer(cells.indices.fill_null(len(numbers)) if cells.null_count else cells.indices, None)
        found = table.take(at, mode="clip")
        return found, (found < 0) if min(numbers, default=0) < 0 else None

    def names(self, cells: Any) -> tuple[Array, Array | None]:
        """Identifiers by numbers that are given as they come; strange are those that are none."""
        if not pa.types.is_dictionary(cells.type):
            cells = cells.cast(pa.string()).dictionary_encode()
        numbers = [
            self.number(name.strip(), Ident()) if _is_name(name.strip()) else -1
            for name in cells.dictionary.to_pylist()
        ]
        table = np.asarray([*numbers, 0], np.int32)
        at = _buffer(cells.indices.fill_null(len(numbers)) if cells.null_count else cells.indices, None)
        found = table.take(at, mode="clip")
        return found, (found < 0) if min(numbers, default=0) < 0 else None


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_IDENT and not unseen_in(text)


def _whole(column: Any) -> Any:
    """A column of a table as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return (
        pa.concat_arrays(column.unify_dictionaries().chunks)
        if column.num_chunks
        else pa.array([], column.type)
    )


def _runs(key: Any) -> tuple[Array, Array]:
    """The cases of a column that is sorted by them, and where each begins. Raises NotInForm."""
    if pa.types.is_integer(key.type):
        cases = _buffer(key, None)
        starts = (
            np.flatnonzero(np.concatenate([[True], cases[1:] != cases[:-1]]))
            if len(cases)
            else np.zeros(0, int)
        )
        return cases.take(starts).astype(np.int64), starts
    if pa.types.is_dictionary(key.type):
        key = key.cast(key.type.value_type)
    changes = pc.not_equal(key.slice(1), key.slice(0, max(len(key) - 1, 0))).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.concatenate([[True], changes])) if len(key) else np.zeros(0, int)
    return _names(key.take(pa.array(starts))), starts


def _names(keys: Any) -> Array:
    """Cases as bytes, which compare as their texts do. Raises NotInForm where one is not as it is written:
    read more patiently, it may be a case or none."""
    if not len(keys):
        return np.zeros(0, "S1")
    sizes = pc.binary_length(keys).to_numpy()
    octets = np.frombuffer(b"".join(keys.cast(pa.binary()).to_pylist()), np.uint8)
    if sizes.min() < 1 or sizes.max() > LONGEST_IDENT:
        raise NotInForm
    is_plain = octets.min() > 0x20 and octets.max() < 0x7F
    if not is_plain and any(one != one.strip() or not _is_name(one) for one in keys.to_pylist()):
        raise NotInForm
    if sizes.min() == sizes.max():
        return octets.view(f"S{sizes[0]}")
    return np.asarray(keys.cast(pa.binary()).to_pylist(), "S")


def _buffer(cells: Any, kind: Any) -> Array:
    """The numbers of an array of Arrow, not copied; what stands where it has none is no number."""
    if kind is None:
        kind = cells.type.to_pandas_dtype()
    values = np.frombuffer(cells.buffers()[1], kind) if len(cells) else np.zeros(0, kind)
    return values[cells.offset : cells.offset + len(cells)]


def _outside(values: Array, low: int, high: int) -> Array | None:
    if not len(values) or (values.min() >= low and values.max() <= high):
        return None
    return (values < low) | (values > high)


def _instants(cells: Any) -> tuple[Array, Array | None]:
    """Moments as whole seconds; strange are those that have parts of one, or lie outside the years."""
    parts = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[cells.type.unit]
    seconds, rest = np.divmod(_buffer(cells, np.int64), parts)
    outside = _outside(seconds, *range_of(Instant()))
    strange = rest != 0 if outside is None else (rest != 0) | outside
    return seconds, strange


def _numbers(cells: Any, kind: Num, to: np.dtype[Any]) -> tuple[Array, Array | None]:
    """Numbers as whole ticks; strange are those out of range."""
    low, high = ticks(kind.low, kind.scale), ticks(kind.high, kind.scale)
    if pa.types.is_integer(cells.type):
        values, by = _buffer(cells, None), 10**kind.scale
        strange = _outside(values, -(-low // by), high // by)
        if strange is not None:
            values = np.where(strange, 0, values)
        return (values.astype(to) * to.type(by) if by > 1 else values.astype(to, copy=False)), strange
    halves = np.frombuffer(cells.buffers()[1], np.int64).reshape(-1, 2)[
        cells.offset : cells.offset + len(cells)
    ]
    values, by = halves[:, 0], 10 ** (kind.scale - cells.type.scale)
    strange = (halves[:, 1] != values >> 63) | (values < -(-low // by)) | (values > high // by)
    values = np.where(strange, 0, values) * by
    return values.astype(to), strange if strange.any() else None
