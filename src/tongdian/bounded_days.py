"""Which days can be meant. The bounds are fixed, because they catch slips of the pen (221, 2206) and
are no rule of any document: time is an argument, and an old file is read the same in ten years."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from tongdian.calendar import legal_day
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


class UnreadableDay(Refusal):
    """A text of an address that is no day."""

    says = Words(
        "“{text}”不是日期；请写作 2026-05-01 的样子。", '"{text}" is no day; write it such as 2026-05-01.'
    )


_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(text: str) -> dt.date:
    """The day that a text of an address names as 2026-05-01, and in no other way; one that can be meant, so that whoever
    asked may count on from it. Raises UnreadableDay, DayOutOfBounds."""
    return checked(_day(text))


def read_month(text: str) -> dt.date:
    """The first day of the month that a text of an address names as 2026-05. Raises UnreadableDay, DayOutOfBounds."""
    return read(f"{text}-01")


def read_moment(text: str) -> dt.datetime:
    """The instant, with its offset, that a text of an address names as 2026-05-01T08:00:00+08:00.
    Raises UnreadableDay, DayOutOfBounds."""
    try:
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            checked(_legal_day(found))
            return found
    except ValueError:
        pass
    raise UnreadableDay(text=text[:20])


def _legal_day(moment: dt.datetime) -> dt.date:
    try:
        return legal_day(moment)
    except OverflowError:  # it is no day at all in Shanghai
        return FOR_EVER


def _day(text: str) -> dt.date:
    try:
        if _WRITTEN.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise UnreadableDay(text=text[:20])


def _as_written(given: Any) -> Any:
    try:
        return _day(given if isinstance(given, str) else "")
    except UnreadableDay:
        raise PydanticCustomError("day", "must be a day such as 2026-05-01") from None


def _as_text(given: Any) -> Any:
    if not isinstance(given, str) or not _WRITTEN.match(given):
        raise PydanticCustomError("moment", "must be a moment such as 2026-05-01T08:00:00+08:00")
    return given


# What programs send. Pydantic by itself takes 1777593600 and a moment at midnight for a day, and a count
# of seconds for a moment.
WrittenDay = Annotated[dt.date, BeforeValidator(_as_written)]
WrittenMoment = Annotated[AwareDatetime, BeforeValidator(_as_text)]


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
