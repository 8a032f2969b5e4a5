"""Whole cases out of several sorted files: read side by side, cut at a case, made into batches.

A file is read one row group at a time, the one that lies furthest behind first, so that memory holds
about one row group of each. What a batch cannot take (a cell that is not as declared, a row without its
case, a row written twice) is set aside with all rows of its case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tongdian.bulk.fold_batch import Array, Batch, Setting
from tongdian.bulk.fold_files import Piece, PieceReader, joined
from tongdian.policy.sheet import Grain, Meeting, Sheet

BATCH_ROWS = 1 << 17  # of the largest grain; fewer cost more turns, more gain nothing (measured)

Window = Mapping[str, Piece]
SetAside = Callable[[str, pa.Table], None]


def windows(readers: Mapping[str, PieceReader], *, rows: int = BATCH_ROWS) -> Iterator[Window]:
    """Whole cases in order, some thousand rows at a time. Raises NotSorted."""
    held: dict[str, list[Piece]] = {grain: [] for grain in readers}
    while True:
        limit = _filled(readers, held)
        whole = {grain: joined(pieces) for grain, pieces in held.items() if pieces}
        if not whole:
            return
        cut = _cut(whole, limit, rows)
        taken = {}
        for grain, piece in whole.items():
            taken[grain], rest = _split(piece, cut)
            held[grain] = [rest] if rest.rows else []
        assert any(piece.rows for piece in taken.values()), "a window without a row would never end"
        yield taken


def _filled(readers: Mapping[str, PieceReader], held: dict[str, list[Piece]]) -> Any:
    """Read until some case is whole in every file; the first case that may not be, None at the end."""
    while True:
        behind = None
        for grain, reader in readers.items():
            if reader.is_done:
                continue
            last = held[grain][-1].heads[-1] if held[grain] else None
            if behind is None or last is None or (behind[1] is not None and last < behind[1]):
                behind = (grain, last)
            if last is None:
                break
        if behind is None:
            return None
        grain, limit = behind
        firsts = [pieces[0].heads[0] for pieces in held.values() if pieces]
        if limit is not None and min(firsts) < limit:
            return limit
        piece = readers[grain].next()
        if piece.rows:
            held[grain].append(piece)


def _cut(whole: Mapping[str, Piece], limit: Any, rows: int) -> Any:
    """The case before which a batch ends: after about so many rows of the largest grain; None: take all."""
    largest = max(whole.values(), key=lambda piece: piece.rows)
    if largest.rows <= rows:
        return limit
    head = int(np.searchsorted(largest.starts, rows, side="right")) - 1
    head = max(head, 1)
    if head >= len(largest.heads):
        return limit
    wanted = largest.heads[head]
    return wanted if limit is None or wanted < limit else limit


def _split(piece: Piece, cut: Any) -> tuple[Piece, Piece]:
    head = len(piece.heads) if cut is None else int(np.searchsorted(piece.heads, cut))
    return piece.cut(head)


def batch_of(sheet: Sheet, setting: Setting, window: Window, aside: SetAside) -> tuple[Batch, Any]:
    """The sound cases of a window as a batch, and how later to set aside those that it doubts."""
    root = sheet.root.name
    cases = window.get(root)
    if cases is None:
        cases = _none_of(next(iter(window.values())))
    bad, heads_of = _bad(sheet, window, cases)
    if bad.any() or any((at < 0).any() for at in heads_of.values()):
        _set_aside(window, bad, heads_of, aside)
    kept = None if not bad.any() else ~bad
    size, columns, runs = {}, {}, {}
    for grain in sheet.read:
        piece = window.get(grain.name)
        if piece is None:
            continue  # none of these cases has a row of it
        mine = _kept_rows(piece, heads_of[grain.name], kept)
        columns[grain.name] = (
            piece.columns if mine is None else {n: c[mine] for n, c in piece.columns.items()}
        )
        size[grain.name] = piece.rows if mine is None else int(mine.sum())
        if grain.name != root:
            runs[root, grain.name] = _runs_of(piece, heads_of[grain.name], kept, len(cases.heads))
    batch = Batch(setting, root, {name: size.get(name, 0) for name in setting.parents})
    batch.columns.update(columns)
    for (above, below), known in runs.items():
        batch.know(above, below, *known)
    for grain in sheet.grains.values():
        if grain.made is not None:
            meet(batch, grain, grain.made)

    def doubted(doubtful: Array) -> None:
        marked = bad.copy()
        marked[np.flatnonzero(~bad)[doubtful] if kept is not None else doubtful] = True
        marked &= ~bad
        _set_aside(window, marked, heads_of, aside, orphans=False)

    return batch, doubted


def _none_of(piece: Piece) -> Piece:
    none = piece.cut(0)[0]
    return Piece(none.heads, none.starts, {}, none.odd)


def _bad(sheet: Sheet, window: Window, cases: Piece) -> tuple[Array, dict[str, Array]]:
    """Which cases are set aside unread, and of each grain's heads the number of their case (-1: none)."""
    bad = np.zeros(len(cases.heads), bool)
    heads_of: dict[str, Array] = {}
    for name, piece in window.items():
        if piece is cases:
            at = np.arange(len(cases.heads))
            if piece.rows != len(piece.heads):  # a case that is written twice
                bad[np.diff(np.append(piece.starts, piece.rows)) > 1] = True
        else:
            at = _found(piece.heads, cases.heads)
        heads_of[name] = at
        odd = piece.odd
        if name != sheet.root.name:
            odd = odd | _out_of_order(piece, sheet.grains[name].key)
        if odd.any():
            number = at.take(np.searchsorted(piece.starts, np.flatnonzero(odd), side="right") - 1)
            bad[number[number >= 0]] = True
    return bad, heads_of


def _found(heads: Array, cases: Array) -> Array:
    if len(heads) == len(cases) and (heads == cases).all():
        return np.arange(len(cases))
    if not len(cases):
        return np.full(len(heads), -1)
    at = np.minimum(np.searchsorted(cases, heads), len(cases) - 1)
    return np.where(cases.take(at) == heads, at, -1)


def _out_of_order(piece: Piece, key: str) -> Array:
    """The rows whose own key does not follow on that of the row before: written twice, or out of order."""
    column = piece.columns[key]
    back = column[1:] <= column[:-1]
    found = np.concatenate([[False], back]) if piece.rows else np.zeros(0, bool)
    found[piece.starts] = False
    return found


def _kept_rows(piece: Piece, at: Array, kept: Array | None) -> Array | None:
    """Which rows belong to a case that is kept; None: all."""
    if kept is None and (at >= 0).all() and len(at) == piece.rows:
        return None
    known = at >= 0
    if kept is not None:
        known = known & kept.take(np.maximum(at, 0)) if len(kept) else known
    if known.all():
        return None
    return np.repeat(known, np.diff(np.append(piece.starts, piece.rows)))


def _runs_of(piece: Piece, at: Array, kept: Array | None, cases: int) -> tuple[Array, Array | None]:
    """Where the rows of each case that has any begin, and which cases these are (None: all)."""
    known = at >= 0
    if kept is not None:
        known = known & kept.take(np.maximum(at, 0)) if len(kept) else known
        cases = int(kept.sum())
    starts, heads = piece.starts, at
    if not known.all():
        counts = np.diff(np.append(piece.starts, piece.rows))[known]
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if len(counts) else counts
        heads = at[known]
    if kept is not None:
        heads = (np.cumsum(kept) - 1).take(heads)
    return starts, None if len(heads) == cases else heads


def _set_aside(
    window: Window, bad: Array, heads_of: Mapping[str, Array], aside: SetAside, *, orphans: bool = True
) -> None:
    for name, piece in window.items():
        at = heads_of[name]
        of_bad = bad.take(np.maximum(at, 0)) & (at >= 0) if len(bad) else np.zeros(len(at), bool)
        if orphans:
            of_bad = of_bad | (at < 0)
        if of_bad.any():
            mine = np.repeat(of_bad, np.diff(np.append(piece.starts, piece.rows)))
            aside(name, _rows(piece.raw, mine))


def _rows(tables: Sequence[pa.Table], mine: Array) -> pa.Table:
    found, first = [], 0
    for table in tables:
        some = table.filter(pa.array(mine[first : first + table.num_rows]))
        first += table.num_rows
        plain = [
            pa.field(one.name, one.type.value_type if pa.types.is_dictionary(one.type) else one.type)
            for one in some.schema
        ]
        found.append(some.cast(pa.schema(plain)))
    return pa.concat_tables(found)


def meet(batch: Batch, grain: Grain, made: Meeting) -> None:
    """Each row of the sister under each row of the parent whose days it touches."""
    parent, root = str(grain.parent), batch.root
    sister = batch.columns[made.sister]
    if not batch.size[made.sister] or not batch.size[parent]:
        batch.take_rows(grain.name, batch.no_rows(grain.name), np.zeros(0, np.int64))
        return
    (first, last), (begun, ended) = made.days, made.met
    above = batch.columns[parent]
    starts, counts = batch.spans(root, parent)
    of = batch.above(made.sister, root)
    each = counts.take(of)
    rows = np.repeat(np.arange(len(of)), each)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)
    met = starts.take(of).take(rows) + offset
    touch = (sister[first].take(rows) <= above[ended].take(met)) & (
        above[begun].take(met) <= sister[last].take(rows)
    )
    rows, met = rows[touch], met[touch]
    order = np.lexsort((rows, met))
    rows, met = rows.take(order), met.take(order)
    columns = {name: sister[column].take(rows) for name, column in made.columns.items()}
    columns |= {name: above[column].take(met) for name, column in made.beside.items()}
    batch.take_rows(grain.name, columns, met)
