"""Working days: the published arrangement of China or a pack's own, local rest days, and corrections
with a source.

    calendar = official_calendar()
    calendar.add_working_days(date(2021, 9, 30), 5)          # 2021-10-13
    calendar.working_days_between(date(2021, 9, 30), date(2021, 10, 13))   # 5

A calendar is a value: `with_overrides` makes another one. Beyond the published years every
question is refused (`BeyondPublishedCalendar`); nothing is guessed. An override of a year to come
waits until that year is published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from tongdian.calendar.counts import WorkingDayCounts
from tongdian.calendar.local import NO_LACK, LocalHoliday
from tongdian.calendar.periods import months_after
from tongdian.calendar.published import SATURDAY_AND_SUNDAY, PublishedYears, published_years
from tongdian.calendar.refusals import NegativeCount, NotARegion, OverridesDisagree
from tongdian.policy.words import Words

NATIONAL = ""
WEEKDAY = Words(zh="工作日", en="Working day")
WEEKEND = Words(zh="双休日", en="Weekend")


class DayReason(StrEnum):
    """Why a day is worked or not."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Override:
    """One day that a named source makes a rest day or a working day, everywhere or in a region.

    `region` is a GB/T 2260 code and holds for every region inside it: 450000 (Guangxi) holds in
    450300 (Guilin). `by` says who entered it.
    """

    on: date
    is_working: bool
    name: Words
    source: str
    region: str = NATIONAL
    by: str = ""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a calendar: worked or not, why, and what it is called."""

    on: date
    is_working: bool
    reason: DayReason
    name: Words
    source: str


class Calendar:
    """Working days by region. Make one with `official_calendar()`, change it with `with_…`.

    `region` is a GB/T 2260 code everywhere; without one, only national days count.
    """

    __slots__ = ("_by_place", "_counts", "_hash", "_special", "overrides", "published")

    def __init__(self, published: PublishedYears, overrides: Iterable[Override] = ()) -> None:
        self.published = published
        self.overrides = tuple(overrides)
        self._by_place: dict[str, dict[date, Override]] = {}
        self._counts: dict[str, WorkingDayCounts] = {}
        self._hash = ""
        for override in self.overrides:
            self._place(override)
        self._special = {*self._by_place, *(one.place for one in published.local)}

    def _place(self, override: Override) -> None:
        if override.on < self.first_day:
            self._within(override.on)
        same_place = self._by_place.setdefault(region_prefix(override.region), {})
        earlier = same_place.get(override.on)
        if earlier is not None and earlier.is_working != override.is_working:
            raise OverridesDisagree(
                day=override.on, region=override.region, one=earlier.source, other=override.source
            )
        same_place[override.on] = override

    # Other calendars made from this one

    def with_overrides(self, overrides: Iterable[Override]) -> Calendar:
        """This calendar with further days changed; the earlier changes stay."""
        return Calendar(self.published, (*self.overrides, *overrides))

    def with_published(self, published: PublishedYears) -> Calendar:
        """The same overrides over other published years (`PublishedYears.with_year`)."""
        return Calendar(published, self.overrides)

    def waits(self, on: date) -> bool:
        """Whether nobody knows yet how a day is worked, because its year is not published."""
        return on > self.official_through

    # Bounds and identity

    @property
    def first_day(self) -> date:
        return self.published.first_day

    @property
    def official_through(self) -> date:
        """The last day that can be asked about."""
        return self.published.official_through

    @property
    def content_hash(self) -> str:
        """SHA-256 of every day that is not a plain weekday or weekend; equal calendars agree."""
        if not self._hash:
            digest = hashlib.sha256(f"{self.first_day}..{self.official_through}\n".encode())
            if self.published.weekend != SATURDAY_AND_SUNDAY:
                digest.update(f"weekend {sorted(self.published.weekend)}\n".encode())
            for kind, days in (("rest", self.published.rests), ("work", self.published.make_ups)):
                for day in sorted(days):
                    digest.update(f"{kind} {day}\n".encode())
            for place, changes in sorted(self._by_place.items()):
                for day, change in sorted(changes.items()):
                    digest.update(f"{place or '-'} {day} {int(change.is_working)}\n".encode())
            self._hash = digest.hexdigest()
        return self._hash

    # Questions in working days

    def add_working_days(
        self, start: date, n: int, *, region: str = NATIONAL, count_day_zero: bool = False
    ) -> date:
        """The day on which `n` working days are complete; 0 is `start` itself.

        The start day is not counted (民法典 201); `count_day_zero` counts it, for an agreement
        that says so (民法典 204).
        """
        _not_negative(n)
        return self.counts(region).add(start, n, count_day_zero=count_day_zero)

    def working_days_between(
        self, start: date, end: date, *, region: str = NATIONAL, count_day_zero: bool = False
    ) -> int:
        """Working days after `start` up to and including `end`; raises `ReversedDates`."""
        return self.counts(region).between(start, end, count_day_zero=count_day_zero)

    def working_day_before(self, day: date, n: int = 1, *, region: str = NATIONAL) -> date:
        """The `n`-th working day before `day`, `day` itself not counted.

        GXNU 29: a use on Monday must be applied for by the third working day before it.
        """
        _not_negative(n)
        return day if n == 0 else self.counts(region).back(day, n)

    def next_working_day(self, day: date, *, region: str = NATIONAL) -> date:
        """The first working day after `day`."""
        return self.counts(region).add(day, 1, count_day_zero=False)

    def previous_working_day(self, day: date, *, region: str = NATIONAL) -> date:
        """The last working day before `day`."""
        return self.counts(region).back(day, 1)

    def is_working_day(self, day: date, *, region: str = NATIONAL) -> bool:
        return self.counts(region).is_working(day)

    # Periods in calendar days: other rules, so other functions

    def end_of_calendar_days(self, start: date, days: int, *, region: str = NATIONAL) -> date:
        """The last day of a period of calendar days, `start` not counted.

        A last day that is a rest day moves to the working day after it (民法典 203); a period
        in working days never needs that.
        """
        _not_negative(days)
        return self.not_a_rest_day(start + timedelta(days=days), region=region)

    def end_of_months(self, start: date, months: int, *, region: str = NATIONAL) -> date:
        """The last day of a period of months: the same day number, or the month's last day.

        民法典 202, and moved off a rest day as 203 says.
        """
        _not_negative(months)
        return self.not_a_rest_day(months_after(start, months), region=region)

    def not_a_rest_day(self, day: date, *, region: str = NATIONAL) -> date:
        """`day` when it is worked, otherwise the first working day after it."""
        return self.counts(region).add(day, 1, count_day_zero=True)

    # One day, and the running count itself

    def day(self, on: date, *, region: str = NATIONAL) -> CalendarDay:
        """The day with its reason, its name and the source that decided it."""
        self._within(on)
        change = self._override(on, region_prefix(region))
        if change is not None:
            return CalendarDay(on, change.is_working, DayReason.OVERRIDE, change.name, change.source)
        source = self.published.source_of(on)
        if on in self.published.make_ups:
            return CalendarDay(on, True, DayReason.MAKE_UP, self.published.make_ups[on], source)
        if on in self.published.rests:
            return CalendarDay(on, False, DayReason.HOLIDAY, self.published.rests[on], source)
        if on.weekday() in self.published.weekend:
            return CalendarDay(on, False, DayReason.WEEKEND, WEEKEND, source)
        return CalendarDay(on, True, DayReason.WEEKDAY, WEEKDAY, source)

    def counts(self, region: str = NATIONAL) -> WorkingDayCounts:
        """The running count of a region, made once; regions without days or holidays of their own share
        it."""
        place = self._place_of_its_own(region_prefix(region))
        counts = self._counts.get(place)
        if counts is None:
            counts = self._counts[place] = self._count(place)
        return counts

    @property
    def places(self) -> tuple[str, ...]:
        """Where there are days of its own: codes without what fills them up (4503, 45), narrowest first."""
        return tuple(sorted((place for place in self._by_place if place), key=lambda one: (-len(one), one)))

    def rows(self, region: str = NATIONAL) -> Iterator[tuple[date, int, int]]:
        """(day, working days reached by its end, and before it), for a table in DuckDB or Spark.

        The working days in (start, end] are then `cum` on `end` less `cum` on `start`.
        """
        return self.counts(region).rows()

    def _count(self, place: str) -> WorkingDayCounts:
        first, last = self.first_day, self.official_through
        weekday, weekend = first.weekday(), self.published.weekend
        working = bytearray(
            (weekday + number) % 7 not in weekend for number in range((last - first).days + 1)
        )
        for day in self.published.rests:
            working[(day - first).days] = 0
        for day in self.published.make_ups:
            working[(day - first).days] = 1
        for inside in _places_around(place):
            for day, change in self._by_place.get(inside, {}).items():
                if day <= last:
                    working[(day - first).days] = change.is_working
        return WorkingDayCounts(self.published, bytes(working), place=place, lacking=self.lacking(place))

    def lacking(self, region: str) -> Mapping[int, tuple[LocalHoliday, ...]]:
        """The holidays that a region sets for itself every year, by the years in which none of its
        rest days is known: nothing entered them."""
        place = region_prefix(region)
        expected = [one for one in self.published.local if place.startswith(one.place)]
        if not expected:
            return NO_LACK
        known = {
            day.year
            for inside in _places_around(place)[1:]
            for day, change in self._by_place.get(inside, {}).items()
            if not change.is_working
        }
        years = range(self.published.first_year, self.published.last_year + 1)
        lacking = {
            year: tuple(one for one in expected if year >= one.first_year)
            for year in years
            if year not in known
        }
        return {year: holidays for year, holidays in lacking.items() if holidays}

    def _override(self, on: date, place: str) -> Override | None:
        """The change that decides a day: the narrowest region's."""
        for inside in reversed(_places_around(place)):
            change = self._by_place.get(inside, {}).get(on)
            if change is not None:
                return change
        return None

    def _place_of_its_own(self, place: str) -> str:
        """The narrowest region around `place` that has days or holidays of its own."""
        while place and place not in self._special:
            place = place[:-2]
        return place

    def _within(self, day: date) -> None:
        if not self.first_day <= day <= self.official_through:
            raise self.published.beyond(day)


def region_prefix(code: str) -> str:
    """A GB/T 2260 code without the pairs that only fill it up: 450300 → 4503, 450000 → 45."""
    if len(code) not in (0, 2, 4, 6, 9, 12) or not (code == "" or (code.isascii() and code.isdigit())):
        raise NotARegion(code=code)
    prefix = code[:6]
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return prefix


def _places_around(place: str) -> list[str]:
    """The whole country, the province, the prefecture, the county: widest first."""
    return [place[:length] for length in range(0, len(place) + 1, 2)]


def _not_negative(count: int) -> None:
    if count < 0:
        raise NegativeCount(count=count)


@lru_cache(maxsize=1)
def official_calendar() -> Calendar:
    """The national calendar as published, without local days."""
    return Calendar(published_years())
