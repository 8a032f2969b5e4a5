"""A sheet as a fold over cases that a test writes down, to be compared with exact Decimal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tongdian.bulk.fold_batch import Batch, Setting, WorkdayTable, compiled
from tongdian.bulk.fold_files import CodeBook
from tongdian.bulk.fold_windows import meet
from tongdian.calendar import Calendar, official_calendar
from tongdian.policy.fold_expressions import EPOCH
from tongdian.policy.inputs import read_value
from tongdian.policy.sheet import Let, Sheet
from tongdian.policy.sheet_fold import Folded, print_fold
from tongdian.policy.types import Bool, Date, Num, Options, Place, Type
from tongdian.regions import all_regions

Case = Mapping[str, Any]
Cells = dict[tuple[str, ...], Any]
REGIONS = tuple(sorted(all_regions()))


def folded(
    sheet: Sheet,
    cases: Sequence[Case],
    *,
    calendar: Calendar | None = None,
    home: str = "",
    given: Mapping[str, dt.date] | None = None,
) -> tuple[Cells, set[str]]:
    """Every line of every case that the fold does not doubt, and the doubted cases. Raises Unsaid."""
    lines = [item.name for item in sheet.items if isinstance(item, Let)]
    printed = print_fold(sheet, lines)
    words = CodeBook(printed.words, {code: number for number, code in enumerate(REGIONS)})
    workdays = WorkdayTable.of(calendar or official_calendar(), home)
    parents = {name: grain.parent for name, grain in sheet.grains.items()}
    batch, keys = _batch(sheet, cases, Setting(parents, workdays, REGIONS, words.kinds(sheet)), words)
    days = [given[name].toordinal() - EPOCH for name in printed.given] if given else []
    found = compiled(printed.text, len(printed.words))(batch, *days)
    doubted = {keys[sheet.root.name][n][0] for n in np.flatnonzero(batch.doubtful)}
    cells = {
        (*_path(sheet, name, keys, row), name): _said(printed, words, sheet.types[name], name, value)
        for name in lines
        for row, value in enumerate(found[name].tolist())
    }
    return {at: value for at, value in cells.items() if at[0] not in doubted}, doubted


def _path(
    sheet: Sheet, name: str, keys: Mapping[str, Sequence[tuple[str, ...]]], row: int
) -> tuple[str, ...]:
    grain = sheet.where[name]
    root, *below = keys[grain][row]
    return (root, grain, *below)


def _said(printed: Folded, words: CodeBook, kind: Type, name: str, value: Any) -> Any:
    match kind:
        case Num():
            return Decimal(value).scaleb(-printed.scales[name])
        case Bool():
            return bool(value)
        case Date():
            return dt.date.fromordinal(value + EPOCH) if 1 <= value + EPOCH <= 3652059 else None
        case Options():
            return next(word for word, number in words.words.items() if number == value)
        case Place():
            return REGIONS[value]
    return value


def _batch(
    sheet: Sheet, cases: Sequence[Case], setting: Setting, words: CodeBook
) -> tuple[Batch, dict[str, list[tuple[str, ...]]]]:
    root = sheet.root.name
    batch = Batch(setting, root, dict.fromkeys(sheet.grains, 0))
    keys: dict[str, list[tuple[str, ...]]] = {}
    rows: dict[str, list[tuple[int, tuple[str, ...], Case]]] = {}
    ordered = sorted(cases, key=lambda case: str(case[root]))
    rows[root] = [(0, (str(case[root]),), case) for case in ordered]
    for grain in sheet.grains.values():
        if grain.made is not None:
            meet(batch, grain, grain.made)
            continue
        if grain.parent is not None:
            rows[grain.name] = list(_below(sheet, grain.name, rows[str(grain.parent)]))
        mine = rows[grain.name]
        keys[grain.name] = [path for _, path, _ in mine]
        columns = {
            item.name: np.asarray(
                [words.number(_given(row, item), item.type) for _, _, row in mine], words.kind(item.type)
            )
            for item in grain.inputs
        }
        batch.take_rows(grain.name, columns, np.asarray([above for above, _, _ in mine], np.int64))
    batch.doubtful = np.zeros(batch.size[root], bool)
    return batch, keys


def _given(row: Case, item: Any) -> Any:
    value = row.get(item.name)
    return (
        item.default
        if value is None and item.default is not None
        else read_value(item.name, value, item.type)
    )


def _below(sheet: Sheet, grain: str, parents: Sequence[Any]) -> Iterator[tuple[int, tuple[str, ...], Case]]:
    key = sheet.grains[grain].key
    kind = sheet.types[key]
    for number, (_, path, row) in enumerate(parents):
        keyed = [(read_value(key, one[key], kind), one) for one in row.get(grain, ())]
        for value, one in sorted(keyed, key=lambda pair: pair[0]):
            yield number, (*path, str(value)), one
