"""A year as a page shows it: months of weeks of days, with what is worked and why."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date

from tongdian.calendar.calendars import NATIONAL, Calendar, CalendarDay, DayReason

WEEKS = gregorian.Calendar(firstweekday=0)


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month: weeks from Monday to Sunday, None for a day of a neighbouring month."""

    year: int
    number: int
    weeks: tuple[tuple[CalendarDay | None, ...], ...]
    working_days: int


@dataclass(frozen=True, slots=True)
class YearView:
    """One year in one region, with every day that is not a plain weekday or weekend."""

    year: int
    region: str
    months: tuple[MonthView, ...]
    working_days: int
    special_days: tuple[CalendarDay, ...]


def year_view(calendar: Calendar, year: int, *, region: str = NATIONAL) -> YearView:
    """The twelve months of `year`; raises `BeyondPublishedCalendar` outside the calendar."""
    months = tuple(_month(calendar, year, number, region) for number in range(1, 13))
    days = [day for month in months for week in month.weeks for day in week if day is not None]
    plain = (DayReason.WEEKDAY, DayReason.WEEKEND)
    return YearView(
        year=year,
        region=region,
        months=months,
        working_days=sum(month.working_days for month in months),
        special_days=tuple(day for day in days if day.reason not in plain),
    )


def _month(calendar: Calendar, year: int, number: int, region: str) -> MonthView:
    weeks = tuple(
        tuple(calendar.day(date(year, number, day), region=region) if day else None for day in week)
        for week in WEEKS.monthdayscalendar(year, number)
    )
    working = sum(day.is_working for week in weeks for day in week if day is not None)
    return MonthView(year=year, number=number, weeks=weeks, working_days=working)
