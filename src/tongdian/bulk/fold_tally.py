"""Counting the cases of a fold: how many of each group had how many days and which outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tongdian.bulk.fold_batch import Array
from tongdian.bulk.periods import PERIODS, Span
from tongdian.policy.fold_expressions import EPOCH
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Bool, Date, Num, Options, Place, Type

MOST_WAITING = 1 << 18  # cases whose values wait to be counted together
MOST_SLOTS = 1 << 21  # as many counters as memory near the processor holds; with more, values are sorted
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
assert set(_MONTHS) == set(PERIODS)


@dataclass(frozen=True)
class Counted:
    """What is counted: groups by lines or periods, then days, outcome and whether the case is open;
    beside the judged cases `counts` and `sums` are added up. `day` is the line that periods go by."""

    by: tuple[str, ...]
    days: str
    outcome: str | None
    within: str
    exempt: str | None
    is_open: str | None
    counts: tuple[str, ...]
    sums: tuple[str, ...]
    span: Span
    day: str | None
    known: frozenset[str]  # the lines of the outermost grain

    @property
    def lines(self) -> list[str]:
        """The lines of the outermost grain that are asked for."""
        asked = [*(one for one in self.by if one in self.known), self.days, self.within]
        more = [self.outcome, self.exempt, self.is_open, self.day, *self.counts, *self.sums]
        return list(dict.fromkeys([*asked, *(one for one in more if one is not None)]))


class Tally:
    """Adds up batches. `found` maps the numbers of a group, days, outcome and open to how many cases."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted
        self.found: dict[tuple[int, ...], list[int]] = {}
        self._waiting: list[tuple[list[Array], list[Array]]] = []
        self._cases = 0

    def add(self, lines: Mapping[str, Array], sound: Array | None) -> None:
        """Count the cases of a batch: all, or those that are `sound`."""
        asked, span = self.counted, self.counted.span
        if not span.is_all:
            day = lines[str(asked.day)]
            within = np.ones(len(day), bool)
            if span.first is not None:
                within &= day >= span.first.toordinal() - EPOCH
            if span.last is not None:
                within &= day <= span.last.toordinal() - EPOCH
            sound = within if sound is None else sound & within
        columns = [self._group(one, lines) for one in asked.by]
        columns += [lines[asked.days], *self._outcome(lines)]
        columns.append(lines[asked.is_open] if asked.is_open else np.zeros(1, bool))
        beside = [lines[one] for one in (*asked.counts, *asked.sums)]
        n = len(lines[asked.days])
        columns, beside = ([np.broadcast_to(c, n) for c in some] for some in (columns, beside))
        if sound is not None:
            columns, beside = ([c[sound] for c in some] for some in (columns, beside))
        self._waiting.append((columns, beside))
        self._cases += n
        if self._cases >= MOST_WAITING:
            self.settle()

    def _group(self, name: str, lines: Mapping[str, Array]) -> Array:
        if name in self.counted.known:
            return lines[name]
        months = lines[str(self.counted.day)].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        found: Array = months // _MONTHS[name]
        return found

    def _outcome(self, lines: Mapping[str, Array]) -> list[Array]:
        """One column: the outcome's word, or met 1, not met 0 and exempt 2."""
        asked = self.counted
        if asked.outcome:
            return [lines[asked.outcome]]
        kept = lines[asked.within].astype(np.int8)
        return [np.where(lines[asked.exempt], np.int8(2), kept) if asked.exempt else kept]

    def settle(self) -> None:
        """Count what waits."""
        if not self._waiting:
            return
        columns = [np.concatenate(parts) for parts in zip(*(c for c, _ in self._waiting), strict=True)]
        beside = [np.concatenate(parts) for parts in zip(*(b for _, b in self._waiting), strict=True)]
        self._waiting, self._cases = [], 0
        if not len(columns[0]):
            return
        at, rows, counts = _numbered(columns)
        sums = [_added(one, at, len(counts)) for one in beside]
        values = zip(*(column.take(rows).tolist() for column in columns), strict=True)
        for number, key in enumerate(values):
            here = self.found.setdefault(tuple(map(int, key)), [0] * (1 + len(beside)))
            here[0] += int(counts[number])
            for place, one in enumerate(sums, 1):
                here[place] += int(one[number])

    def merge(self, other: Tally) -> None:
        """Add what another has counted."""
        for key, values in other.found.items():
            here = self.found.setdefault(key, [0] * len(values))
            for place, value in enumerate(values):
                here[place] += value


def _numbered(columns: Sequence[Array]) -> tuple[Array, Array, Array]:
    """Which distinct row each row is; a row of each; how many there are of it."""
    key, slots = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        low = int(column.min())
        size = int(column.max()) - low + 1
        if slots * size > 2**62:
            return _sorted(columns)
        key = key * size + (column.astype(np.int64) - low)
        slots *= size
    if slots > max(MOST_SLOTS, 4 * len(key)):
        _, rows, at, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        return at, rows, counts
    counts = np.bincount(key, minlength=slots)
    taken = np.flatnonzero(counts)
    place = np.zeros(slots, np.int64)
    place[key] = np.arange(len(key))
    number = np.zeros(slots, np.int64)
    number[taken] = np.arange(len(taken))
    return number.take(key), place.take(taken), counts.take(taken)


def _sorted(columns: Sequence[Array]) -> tuple[Array, Array, Array]:
    table = np.stack([column.astype(np.int64) for column in columns], axis=1)
    _, rows, at, counts = np.unique(table, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return at.ravel(), rows, counts


def _added(values: Array, at: Array, groups: int) -> Array:
    """The exact sum of each group."""
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at.take(order), np.arange(groups))
    return np.add.reduceat(values.astype(np.int64).take(order), starts)


class GroupNames:
    """How numbers of a group are said, as SQL says the same values as text."""

    def __init__(
        self, sheet: Sheet, words: Mapping[str, int], regions: Sequence[str], identifiers: Mapping[str, int]
    ) -> None:
        self.sheet, self.regions = sheet, regions
        self.words = {number: word for word, number in words.items()}
        self.identifiers = {number: word for word, number in identifiers.items()}

    def word(self, number: int) -> str:
        """A word of a choice."""
        return self.words[number]

    def group(self, name: str, number: int) -> str:
        """A value of a line, or a period."""
        if name in self.sheet.types and self.sheet.where[name] == self.sheet.root.name:
            return self._value(self.sheet.types[name], number)
        year, part = divmod(number, 12 // _MONTHS[name])
        year += 1970
        said: dict[str, Callable[[], str]] = {
            "month": lambda: f"{year:04}-{part + 1:02}",
            "quarter": lambda: f"{year:04}-Q{part + 1}",
            "half_year": lambda: f"{year:04}-H{part + 1}",
            "year": lambda: f"{year:04}",
        }
        return said[name]()

    def _value(self, kind: Type, number: int) -> str:
        match kind:
            case Num():
                return f"{Decimal(number).scaleb(-kind.scale):.{kind.scale}f}"
            case Bool():
                return "true" if number else "false"
            case Date():
                return dt.date.fromordinal(number + EPOCH).isoformat()
            case Options():
                return self.word(number)
            case Place():
                return self.regions[number]
        return self.identifiers[number]
