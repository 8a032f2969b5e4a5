"""Which days can be meant. The bounds are fixed, because they catch slips of the pen (221, 2206) and
are no rule of any document: time is an argument, and an old file is read the same in ten years."""

from __future__ import annotations

import datetime as dt

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

FIRST, LAST = dt.date(1949, 1, 1), dt.date(2199, 12, 31)
FOR_EVER = dt.date(9999, 12, 31)  # as other programs write an end that is open


class DayOutOfBounds(Refusal):
    """A day that nobody can mean."""

    says = Words(
        "日期 {day} 不合理：须在 {first} 至 {last} 之间；请核对年份。",
        "The day {day} cannot be meant: it lies between {first} and {last}; look at the year again.",
    )


def checked(day: dt.date) -> dt.date:
    """The day. Raises DayOutOfBounds."""
    if not FIRST <= day <= LAST:
        raise DayOutOfBounds(day=day.isoformat(), first=FIRST, last=LAST)
    return day


def open_end(last: dt.date | None) -> dt.date | None:
    """A last day, or None where it is open: 9999-12-31 says so too. Raises DayOutOfBounds."""
    return None if last is None or last == FOR_EVER else checked(last)


def end_after(last: dt.date | None) -> dt.date | None:
    """The first day after a last day, None where the end is open. Raises DayOutOfBounds."""
    day = open_end(last)
    return None if day is None else day + dt.timedelta(days=1)
