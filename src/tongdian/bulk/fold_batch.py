"""A batch of whole cases as arrays, and what a printed fold (`policy.sheet_fold`) asks of it.

Rows of a grain lie in the order of their parents, and of their own key within one. A run is the rows
of one row above: a sum over runs is `np.add.reduceat`, a maximum `np.maximum.reduceat`, and thirty
conditions are the bits of one `np.bitwise_or.reduceat`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongdian.calendar import Calendar

Array = NDArray[Any]
EVERYWHERE = np.bool_(True)
EPOCH = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True, slots=True)
class WorkdayTable:
    """Running counts of working days of every place that has days of its own, one after the other.

    `by` and `before` count the days reached by the end of a day, and before it; `days` are the working
    days of each place, `home` is where lines count that name no region.
    """

    places: tuple[str, ...]
    first: int
    size: int
    by: Array
    before: Array
    days: tuple[Array, ...]
    home: int

    @classmethod
    def of(cls, calendar: Calendar, region: str) -> WorkdayTable:
        """The counts of a calendar; a line without a region counts as `region` does."""
        places = (*calendar.places, "")
        counts = [calendar.counts(place) for place in places]
        reached = [np.asarray(one.before, np.int32) for one in counts]
        home = next(n for n, place in enumerate(places) if region.startswith(place))
        return cls(
            places,
            int((np.datetime64(counts[0].first, "D") - EPOCH).astype(int)),
            len(reached[0]) - 1,
            np.concatenate([one[1:] for one in reached]),
            np.concatenate([one[:-1] for one in reached]),
            tuple(np.asarray(one.worked, np.int64) for one in counts),
            home,
        )

    def place_of(self, region: str) -> int:
        """Which of the places a region counts by: the narrowest around it."""
        return next(n for n, place in enumerate(self.places) if region.startswith(place))


@dataclass(frozen=True, slots=True)
class Setting:
    """What all batches of a run share: the grains by their parent, working days, and regions by number."""

    parents: Mapping[str, str | None]
    workdays: WorkdayTable | None
    regions: Sequence[str]
    kinds: Mapping[str, Mapping[str, Any]]  # of each grain the columns that it brings
    offsets: Array = field(init=False)

    def __post_init__(self) -> None:
        days = self.workdays
        offsets = [days.place_of(region) * days.size for region in self.regions] if days else []
        object.__setattr__(self, "offsets", np.asarray(offsets, np.int64))


class Batch:
    """`columns` of each grain by name; `index` the row above of each row, sorted; `size` the rows."""

    def __init__(self, setting: Setting, root: str, size: Mapping[str, int]) -> None:
        self.setting, self.root, self.size = setting, root, dict(size)
        self.columns = {grain: self.no_rows(grain) for grain in setting.parents}
        self.index: dict[str, Array] = {}
        self.doubtful = np.zeros(self.size[root], bool)
        self._runs: dict[tuple[str, str], tuple[Array, Array | None]] = {}

    def no_rows(self, grain: str) -> dict[str, Array]:
        """The columns of a grain without a row."""
        return {name: np.zeros(0, kind) for name, kind in self.setting.kinds[grain].items()}

    # --- values and rows ---
    def column(self, grain: str, name: str) -> Array:
        """An input, a row a value."""
        return self.columns[grain][name]

    def spread(self, grain: str, value: Any) -> Array:
        """A value that all rows share, a row a value."""
        return np.broadcast_to(np.asarray(value), self.size[grain])

    def take_rows(self, grain: str, columns: Mapping[str, Array], index: Array) -> None:
        """Have rows of a grain: its columns, and the row above of each."""
        self.columns[grain], self.index[grain], self.size[grain] = dict(columns), index, len(index)

    def know(self, above: str, below: str, starts: Array, heads: Array | None) -> None:
        """Where the rows of each row above begin is known beforehand."""
        self._runs[above, below] = (starts, heads)

    def spans(self, above: str, below: str) -> tuple[Array, Array]:
        """Where the rows of each row above begin, and how many there are."""
        starts, heads = self.runs(above, below)
        counts = self.rows(above, below)
        return (starts if heads is None else self._scattered(above, starts, heads)), counts

    def above(self, grain: str, where: str) -> Array:
        """The number of the row of `where` above each row."""
        parent = str(self.setting.parents[grain])
        if grain not in self.index:
            starts, heads = self._runs.get((parent, grain), (np.zeros(0, np.int64), None))
            counts = np.diff(np.append(starts, self.size[grain]))
            self.index[grain] = np.repeat(np.arange(len(starts)) if heads is None else heads, counts)
        found = self.index[grain]
        return found if parent == where else self.above(parent, where).take(found)

    def up(self, grain: str, where: str, value: Any) -> Any:
        """A value of the rows above, a row of the grain a value."""
        return value if np.ndim(value) == 0 else value.take(self.above(grain, where))

    def doubt(self, grain: str, sound: Any) -> None:
        """Set aside the cases of those rows that are not sound."""
        if np.all(sound) or not self.size[grain]:
            return
        if np.ndim(sound) == 0:
            sound = self.spread(grain, sound)
        rows = np.flatnonzero(~sound)
        self.doubtful[rows if grain == self.root else self.above(grain, self.root).take(rows)] = True

    @staticmethod
    def either(condition: Any, then: Any, other: Any) -> Any:
        """One of two, by what is the same for all rows."""
        return then if condition else other

    # --- runs ---
    def runs(self, above: str, below: str) -> tuple[Array, Array | None]:
        """Where the rows of each row above begin, and which rows above have any (None: all of them)."""
        if (above, below) not in self._runs:
            index = self.above(below, above)
            starts = (
                np.flatnonzero(np.concatenate([[True], index[1:] != index[:-1]])) if len(index) else index
            )
            heads = None if len(starts) == self.size[above] else index.take(starts)
            self._runs[above, below] = (starts, heads)
        return self._runs[above, below]

    def _folded(self, how: np.ufunc, above: str, below: str, x: Any, kind: Any, none: Any = 0) -> Array:
        starts, heads = self.runs(above, below)
        if not len(starts):
            return np.full(self.size[above], none, kind)
        rows = np.ascontiguousarray(np.broadcast_to(x, self.size[below]))
        more = {"dtype": kind} if how is np.add else {}  # a sum is wider than what it adds up
        total = how.reduceat(rows, starts, **more)
        return total if heads is None else self._scattered(above, total.astype(kind, copy=False), heads, none)

    def _scattered(self, above: str, total: Array, heads: Array, none: Any = 0) -> Array:
        whole = np.full(self.size[above], none, total.dtype)
        whole[heads] = total
        return whole

    def sum(self, above: str, below: str, x: Any, kind: Any) -> Array:
        """The sum over the rows below; of none it is zero."""
        return self._folded(np.add, above, below, x, kind)

    def most(self, above: str, below: str, x: Any) -> Array:
        """The greatest of the rows below; of none it is zero."""
        return self._folded(np.maximum, above, below, x, np.asarray(x).dtype)

    def least(self, above: str, below: str, x: Any) -> Array:
        """The least of the rows below; of none it is zero."""
        return self._folded(np.minimum, above, below, x, np.asarray(x).dtype)

    def rows(self, above: str, below: str) -> Array:
        """How many rows lie below."""
        starts, heads = self.runs(above, below)
        counts = np.diff(np.append(starts, self.size[below])).astype(np.int32)
        return counts if heads is None else self._scattered(above, counts, heads)

    def first(self, above: str, below: str, x: Any) -> Array:
        """The value of the first row below, by its key."""
        starts, heads = self.runs(above, below)
        found = np.broadcast_to(x, self.size[below]).take(starts)
        return found if heads is None else self._scattered(above, found, heads)

    def last(self, above: str, below: str, x: Any) -> Array:
        """The value of the last row below, by its key."""
        starts, heads = self.runs(above, below)
        ends = np.append(starts[1:], self.size[below])[: len(starts)] - 1
        found = np.broadcast_to(x, self.size[below]).take(ends)
        return found if heads is None else self._scattered(above, found, heads)

    def any(self, above: str, below: str, *held: Any) -> list[Array]:
        """Of each condition whether it holds for some row below: all of them are bits of one number."""
        n, found = self.size[below], []
        starts, heads = self.runs(above, below)
        if not len(starts):
            return [np.zeros(self.size[above], bool) for _ in held]
        for begin in range(0, len(held), 64):
            some = held[begin : begin + 64]
            width = next(one for one in (1, 2, 4, 8) if one * 8 >= len(some))
            packed = np.zeros((n, width), np.uint8) if width > 1 else np.empty((n, 1), np.uint8)
            for byte in range(0, len(some), 8):
                packed[:, byte // 8] = _packed([np.broadcast_to(one, n) for one in some[byte : byte + 8]])
            whole = np.bitwise_or.reduceat(packed.view(f"<u{width}").ravel(), starts)
            if heads is not None:
                whole = self._scattered(above, whole, heads)
            octets = whole.view(np.uint8).reshape(-1, width)
            found += [(octets[:, bit // 8] & (1 << bit % 8)) != 0 for bit in range(len(some))]
        return found

    # --- earlier rows of one parent ---
    def is_first(self, grain: str) -> Array:
        """Whether a row is the first of its parent."""
        found = np.zeros(self.size[grain], bool)
        found[self.runs(str(self.setting.parents[grain]), grain)[0]] = True
        return found

    def shifted(self, grain: str, x: Any) -> Array:
        """The value of the row before; of the first of all, its own."""
        rows = np.broadcast_to(x, self.size[grain])
        return np.concatenate([rows[:1], rows[:-1]])

    def reached(self, grain: str, x: Any, key: Any, kind: Any, is_word: bool) -> Array:
        """The greatest that earlier rows of the parent with the same key have; zero where there is none."""
        return self._of_earlier(grain, x, key, kind, is_word, np.maximum)

    def before(self, grain: str, x: Any, key: Any, kind: Any, is_word: bool) -> Array:
        """What earlier rows of the parent with the same key add up to."""
        return self._of_earlier(grain, x, key, kind, is_word, np.add)

    def _of_earlier(self, grain: str, x: Any, key: Any, kind: Any, is_word: bool, how: np.ufunc) -> Array:
        n = self.size[grain]
        found = np.zeros(n, kind)
        x, key = np.broadcast_to(x, n), np.broadcast_to(key, n)
        rows = self._repeated(grain, key) if is_word and n else np.arange(n)
        if not len(rows):
            return found
        index = self.above(grain, str(self.setting.parents[grain])).take(rows)
        order = np.lexsort((key.take(rows), index))  # stable: rows of a key stay in their order
        rows, index, key = rows.take(order), index.take(order), key.take(rows).take(order)
        fresh = np.concatenate([[True], (index[1:] != index[:-1]) | (key[1:] != key[:-1])])
        values = x.take(rows).astype(np.int64)
        found[rows] = _exclusive(values, fresh, how).astype(kind)
        return found

    def _repeated(self, grain: str, key: Array) -> Array:
        """The rows of those parents that have some key twice: seldom any, so only these are sorted."""
        if int(key.max()) > 62:
            return np.arange(self.size[grain])
        kind = np.uint32 if int(key.max()) < 32 else np.uint64
        parent = str(self.setting.parents[grain])
        starts, _ = self.runs(parent, grain)
        seen = np.bitwise_or.reduceat(np.left_shift(kind(1), key.astype(kind)), starts)
        counts = np.diff(np.append(starts, self.size[grain]))
        return np.flatnonzero(np.repeat(np.bitwise_count(seen) != counts, counts))

    # --- days and places ---
    def around(self, place: Array, prefixes: Sequence[str]) -> Array:
        """Whether a place lies in one of those."""
        held = np.fromiter((one.startswith(tuple(prefixes)) for one in self.setting.regions), bool)
        return held.take(place)

    def calendars(self, place: Any) -> Any:
        """Where the calendar of each place begins among the running counts; one number if all share it."""
        found = self.setting.offsets.take(place)
        return int(found[0]) if len(found) and (found == found[0]).all() else found

    def calendar_day(self, day: Any, calendar: Any) -> tuple[Any, Any]:
        """Where each day stands among the running counts, and whether its calendar is published."""
        counts = self.setting.workdays
        assert counts is not None
        at = np.subtract(day, counts.first, dtype=np.int64)
        published: Any = EVERYWHERE
        if np.size(at) and (at.min() < 0 or at.max() >= counts.size):
            published = (at >= 0) & (at < counts.size)
            at = np.clip(at, 0, counts.size - 1)
        offset = counts.home * counts.size if calendar is None else calendar
        return (at + offset if np.ndim(offset) or offset else at), published

    @staticmethod
    def is_published(at: tuple[Any, Any]) -> Any:
        """Of days on the calendar: whether it has them."""
        return at[1]

    def worked_by(self, at: tuple[Any, Any]) -> Any:
        """Working days reached by the end of each day."""
        assert self.setting.workdays is not None
        return self.setting.workdays.by.take(at[0])

    def worked_before(self, at: tuple[Any, Any]) -> Any:
        """Working days reached before each day."""
        assert self.setting.workdays is not None
        return self.setting.workdays.before.take(at[0])

    def workday_after(self, at: tuple[Any, Any], day: Any, count: Any) -> tuple[Any, Any]:
        """The day so many working days later (the day itself after none), and where there is one."""
        counts = self.setting.workdays
        assert counts is not None
        place, wanted = np.broadcast_arrays(at[0] // counts.size, self.worked_by(at) + count)
        day, found = np.broadcast_to(day, place.shape), np.zeros(place.shape, np.int32)
        exists = np.zeros(place.shape, bool)
        for number, days in enumerate(counts.days):
            mine = place == number
            within = mine & (wanted >= 1) & (wanted <= len(days))
            found[within] = days.take(wanted[within] - 1) + counts.first
            exists |= within
        none = np.broadcast_to(np.asarray(count) == 0, place.shape)
        exists = at[1] & (none | (exists & (np.asarray(count) > 0)))
        return np.where(none, day, found), exists

    @staticmethod
    def year(day: Any) -> Any:
        """The year of each day."""
        return (_dates(day).astype("datetime64[Y]").astype(np.int32) + 1970).astype(np.int32)

    @staticmethod
    def month(day: Any) -> Any:
        """The month of each day, 1 to 12."""
        return (_dates(day).astype("datetime64[M]").astype(np.int32) % 12 + 1).astype(np.int32)

    @staticmethod
    def day(day: Any) -> Any:
        """The day of the month, from 1."""
        dates = _dates(day)
        return ((dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int32) + 1).astype(
            np.int32
        )

    @staticmethod
    def weekday(day: Any) -> Any:
        """The day of the week; Monday is 1."""
        return (np.asarray(day) + 3) % 7 + 1  # 1970-01-01 was a Thursday

    @staticmethod
    def first_of_month(day: Any) -> Any:
        """The first day of each day's month."""
        return _dates(day).astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)

    @staticmethod
    def last_of_month(day: Any) -> Any:
        """The last day of each day's month."""
        following = _dates(day).astype("datetime64[M]") + 1
        return (following.astype("datetime64[D]").astype(np.int32) - 1).astype(np.int32)

    # --- division ---
    @staticmethod
    def divided(x: Any, y: Any, mode: str, kind: Any) -> Any:
        """Whole quotients, rounded half up (away from zero), down (towards it) or up; zero by zero."""
        x, y = np.asarray(x).astype(np.int64), np.asarray(y).astype(np.int64)
        size, by = np.abs(x), np.abs(y)
        safe = np.where(by == 0, 1, by)
        if mode == "half_up":
            quotient = (2 * size + by) // (2 * safe)
        elif mode == "down":
            quotient = size // safe
        else:
            quotient = (size + by - 1) // safe
        return (quotient * np.where((x < 0) != (y < 0), -1, 1)).astype(kind)


def _dates(day: Any) -> Any:
    return np.asarray(day).astype("datetime64[D]")


def _packed(held: Sequence[Array]) -> Array:
    """Up to eight conditions as the bits of one octet."""
    whole = np.ascontiguousarray(held[0]).view(np.uint8).copy()
    moved = np.empty_like(whole)
    for bit, one in enumerate(held[1:], 1):
        np.left_shift(np.ascontiguousarray(one).view(np.uint8), bit, out=moved)
        np.bitwise_or(whole, moved, out=whole)
    return whole


def _exclusive(values: Array, fresh: Array, how: np.ufunc) -> Array:
    """Of each row what the earlier rows of its group give; zero for the first."""
    group = np.cumsum(fresh)
    if how is np.add:
        total = np.cumsum(values) - values
        summed: Array = total - total[fresh].take(group - 1)
        return summed
    # a greatest so far that begins anew with each group: its values are lifted over those before it
    distinct, rank = np.unique(values, return_inverse=True)
    lifted = np.maximum.accumulate(group * len(distinct) + rank)
    reached = distinct.take(lifted - group * len(distinct))
    found = np.zeros_like(values)
    found[1:] = np.where(fresh[1:], 0, reached[:-1])
    return found


def compiled(text: str, words: int) -> Callable[..., dict[str, Array]]:
    """The function of a printed fold. Its text is written from a checked tree alone."""
    names = {"np": np, "i32": np.int32, "i64": np.int64, "w": np.int8 if words < 128 else np.int16}
    exec(compile(text, "<fold>", "exec"), names)  # noqa: S102
    found: Callable[..., dict[str, Array]] = names["fold"]  # type: ignore[assignment]
    return found
