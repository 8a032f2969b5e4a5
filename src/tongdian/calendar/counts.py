"""One region's working days as a running count: every question is one or two look-ups."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import date

from tongdian.calendar.local import LocalHoliday, note
from tongdian.calendar.published import PublishedYears
from tongdian.calendar.refusals import ReversedDates


class WorkingDayCounts:
    """Working days from `first` to `last` in one place, counted once when made.

    `before[i]` is how many working days lie strictly before day `i` (day 0 is `first`), with
    one entry more than there are days; `worked[k]` is the day number of working day `k`.
    Adding days and counting between days are then O(1). `lacking` are the years whose local rest days
    are not known: counting through their seasons tells who is noting (`local.noting`).
    """

    __slots__ = ("_first_number", "_size", "before", "first", "lacking", "last", "place", "worked", "years")

    def __init__(
        self,
        years: PublishedYears,
        working: bytes,
        *,
        place: str = "",
        lacking: Mapping[int, tuple[LocalHoliday, ...]],
    ) -> None:
        """`working` has one byte a day of `years`: 1 for a working day, 0 for a rest day."""
        self.years, self.place, self.lacking = years, place, lacking
        first = self.first = years.first_day
        self.last = years.official_through
        self._first_number = first.toordinal()
        self._size = len(working)
        self.before = array("i", [0])
        self.worked = array("i")
        for number, is_worked in enumerate(working):
            self.before.append(self.before[-1] + is_worked)
            if is_worked:
                self.worked.append(number)

    def is_working(self, day: date) -> bool:
        number = self._number(day)
        self._note(day, day)
        return self.before[number + 1] > self.before[number]

    def add(self, start: date, working_days: int, *, count_day_zero: bool) -> date:
        """The day on which the count after `start` (or from it, with day zero) is reached."""
        number = self._number(start)
        if working_days == 0:
            return start
        already = self.before[number] if count_day_zero else self.before[number + 1]
        position = already + working_days - 1
        if position >= len(self.worked):
            raise self.years.ends_beyond(start, working_days, len(self.worked) - already)
        end = self._day(self.worked[position])
        self._note(start, end)
        return end

    def between(self, start: date, end: date, *, count_day_zero: bool) -> int:
        """Working days in (start, end], or in [start, end] with day zero."""
        first, last = self._number(start), self._number(end)
        if last < first:
            raise ReversedDates(start=start, end=end)
        self._note(start, end)
        return self.before[last + 1] - self.before[first if count_day_zero else first + 1]

    def back(self, day: date, working_days: int) -> date:
        """The `working_days`-th working day strictly before `day`."""
        position = self.before[self._number(day)] - working_days
        if position < 0:
            raise self.years.beyond(f"{day} − {working_days}")
        start = self._day(self.worked[position])
        self._note(start, day)
        return start

    def rows(self) -> Iterator[tuple[date, int, int]]:
        """Every day with how many working days have been reached by its end, and before it."""
        for number in range(self._size):
            yield self._day(number), self.before[number + 1], self.before[number]

    def reached(self, day: date) -> int:
        """How many working days have been reached by the end of a day."""
        return self.before[self._number(day) + 1]

    def _number(self, day: date) -> int:
        number = day.toordinal() - self._first_number
        if not 0 <= number < self._size:
            raise self.years.beyond(day)
        return number

    def _note(self, start: date, end: date) -> None:
        if self.lacking:
            note(self.place, self.lacking, start, end)

    def _day(self, number: int) -> date:
        return date.fromordinal(self._first_number + number)
