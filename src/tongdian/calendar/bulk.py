"""Working days over columns of dates: the same answers as `Calendar`, tens of millions a second.

Columns are numpy arrays of `datetime64[D]`, or of integers that count days from 1970-01-01
(what Arrow calls date32).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongdian.calendar.calendars import NATIONAL, Calendar
from tongdian.calendar.refusals import BeyondPublishedCalendar, NotAColumnOfDays, ReversedDates

EPOCH = date(1970, 1, 1).toordinal()
# So many rows stay in the processor's cache between the steps.
CHUNK_ROWS = 1 << 15

DayNumbers = NDArray[Any]


class BulkCalendar:
    """One region's running count as arrays. Make it once, ask it many times."""

    def __init__(self, calendar: Calendar, *, region: str = NATIONAL) -> None:
        counts = calendar.counts(region)
        self._first, self._last = counts.first, counts.last
        self._first_number = counts.first.toordinal() - EPOCH
        self._days = len(counts.before) - 1
        self._reached = np.asarray(counts.before, dtype=np.int32)[1:].copy()

    def working_days_between(self, starts: DayNumbers, ends: DayNumbers) -> NDArray[np.int32]:
        """Row by row the working days in (start, end].

        The first row outside the calendar is refused with `BeyondPublishedCalendar`, the first
        with its end before its start with `ReversedDates`; a missing date is outside.
        """
        starts, ends = _numbers(starts), _numbers(ends)
        if starts.shape != ends.shape:
            raise NotAColumnOfDays(found=f"{starts.shape} and {ends.shape}")
        result = np.empty(starts.shape, dtype=np.int32)
        for row in range(0, len(starts), CHUNK_ROWS):
            rows = slice(row, row + CHUNK_ROWS)
            self._between(starts[rows], ends[rows], result[rows])
        return result

    def columns(self) -> tuple[NDArray[np.datetime64], NDArray[np.int32]]:
        """(day, cum) as arrays: `Calendar.rows` for engines that read columns."""
        first = np.datetime64(self._first, "D")
        return first + np.arange(self._days), self._reached

    def _between(self, starts: DayNumbers, ends: DayNumbers, out: NDArray[np.int32]) -> None:
        if int(starts.min()) < self._first_number or int(ends.max()) >= (self._first_number + self._days):
            self._refuse_outside(starts, ends)
        if bool((ends < starts).any()):
            self._refuse(starts, ends)
        reached_by_end = self._reached[ends - self._first_number]
        np.subtract(reached_by_end, self._reached[starts - self._first_number], out=out)

    def _refuse_outside(self, starts: DayNumbers, ends: DayNumbers) -> None:
        for column in (starts, ends):
            outside = (column < self._first_number) | (column >= self._first_number + self._days)
            if outside.any():
                asked = _as_text(column[outside][0])
                raise BeyondPublishedCalendar(asked=asked, first=self._first, last=self._last)

    def _refuse(self, starts: DayNumbers, ends: DayNumbers) -> None:
        self._refuse_outside(starts, ends)
        at = int(np.argmax(ends < starts))
        raise ReversedDates(start=_as_text(starts[at]), end=_as_text(ends[at]))


def _numbers(column: DayNumbers) -> DayNumbers:
    """Days since 1970-01-01, without a copy where the column already holds them."""
    if column.ndim == 1:
        if column.dtype == np.dtype("datetime64[D]"):
            return column.view(np.int64)
        if column.dtype.kind == "M":
            return column.astype("datetime64[D]").view(np.int64)
        if column.dtype.kind == "i":
            return column
    raise NotAColumnOfDays(found=f"{column.dtype} × {column.shape}")


def _as_text(number: Any) -> str:
    return str(np.datetime64(int(number), "D"))
