"""Half-open periods of days: `[start, end)`, an open end is None.

A period never contains its end, so a year is `[1 January, 1 January)`, neighbours share one
date and nothing is counted twice. People are shown inclusive dates: `Period.last_day`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tongdian.calendar.refusals import EmptyPeriod, NoSuchPartOfYear, PeriodStillOpen

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not including, `end`; `end` None: no end is known yet."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise EmptyPeriod(start=self.start, end=self.end)

    @classmethod
    def from_inclusive(cls, first: date, last: date) -> Period:
        """The period people write as "first to last", both days belonging to it."""
        if last < first:
            raise EmptyPeriod(start=first, end=last)
        return cls(first, last + ONE_DAY)

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def is_open(self) -> bool:
        return self.end is None

    @property
    def last_day(self) -> date | None:
        """The last day that belongs to the period, as people write it; None while it is open."""
        return None if self.end is None else self.end - ONE_DAY

    @property
    def days(self) -> int:
        """How many days; raises `PeriodStillOpen` when there is no end."""
        if self.end is None:
            raise PeriodStillOpen(start=self.start)
        return (self.end - self.start).days

    def overlaps(self, other: Period) -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def intersect(self, other: Period) -> Period | None:
        """The days in both, or None when there are none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), _earlier_end(self.end, other.end))

    def minus(self, other: Period) -> tuple[Period, ...]:
        """The days of this period outside `other`: none, one or two periods, in order."""
        if not self.overlaps(other):
            return (self,)
        rest = []
        if self.start < other.start:
            rest.append(Period(self.start, other.start))
        if other.end is not None and (self.end is None or other.end < self.end):
            rest.append(Period(other.end, self.end))
        return tuple(rest)

    def cut_at(self, days: Iterable[date]) -> tuple[Period, ...]:
        """Cut before each of `days` that lies inside; the pieces tile the period in order."""
        cuts = sorted({day for day in days if day != self.start and day in self})
        starts = [self.start, *cuts]
        return tuple(Period(start, end) for start, end in zip(starts, [*cuts, self.end], strict=True))


def _earlier_end(one: date | None, two: date | None) -> date | None:
    if one is None:
        return two
    return one if two is None else min(one, two)


def merge(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The same days as disjoint periods in order, touching and overlapping ones joined."""
    merged: list[Period] = []
    for period in sorted(periods, key=lambda each: each.start):
        if merged and (merged[-1].end is None or period.start <= merged[-1].end):
            last = merged.pop()
            end = None if last.end is None or period.end is None else max(last.end, period.end)
            merged.append(Period(last.start, end))
        else:
            merged.append(period)
    return tuple(merged)


def tile(pieces: Iterable[Period], whole: Period) -> bool:
    """True when the pieces cover `whole` exactly, without gap or overlap."""
    day: date | None = whole.start
    for piece in sorted(pieces, key=lambda each: each.start):
        if day is None or piece.start != day:
            return False
        day = piece.end
    return day == whole.end


def months_after(start: date, months: int) -> date:
    """The same day number `months` later, or that month's last day (民法典 202)."""
    carried = start.month - 1 + months
    number, month = start.year + carried // 12, carried % 12 + 1
    return date(number, month, min(start.day, monthrange(number, month)[1]))


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number + 1, 1, 1))


def half_year(number: int, half: int) -> Period:
    """The first (1) or second (2) half of a year, as half-yearly returns report it."""
    return _part_of_year(number, half, months=6)


def quarter(number: int, part: int) -> Period:
    """Quarter 1 to 4 of a year."""
    return _part_of_year(number, part, months=3)


def month(number: int, part: int) -> Period:
    """Month 1 to 12 of a year."""
    return _part_of_year(number, part, months=1)


def half_year_of(day: date) -> Period:
    return half_year(day.year, (day.month - 1) // 6 + 1)


def quarter_of(day: date) -> Period:
    return quarter(day.year, (day.month - 1) // 3 + 1)


def month_of(day: date) -> Period:
    return month(day.year, day.month)


def _part_of_year(number: int, part: int, *, months: int) -> Period:
    if not 1 <= part <= 12 // months:
        raise NoSuchPartOfYear(part=part, parts=12 // months)
    first = (part - 1) * months + 1
    beyond = first + months
    end = date(number + 1, 1, 1) if beyond > 12 else date(number, beyond, 1)
    return Period(date(number, first, 1), end)
