"""Working days of China, or of a calendar of one's own, and half-open periods, as a library without Django.

    from datetime import date
    from tongdian.calendar import official_calendar

    calendar = official_calendar()
    due_on = calendar.add_working_days(date(2021, 9, 30), 5)

The day a period starts on is not counted (民法典 201), make-up weekends are worked, and a day
outside the published years is refused. Local rest days and corrections are `Override`s; what is not
known of them is told inside `noting()`. For
columns of millions of dates see `tongdian.calendar.bulk`.
"""

from tongdian.calendar.arrangement import Arrangement, read_arrangement
from tongdian.calendar.calendars import (
    NATIONAL,
    Calendar,
    CalendarDay,
    DayReason,
    Override,
    official_calendar,
    region_prefix,
)
from tongdian.calendar.counts import WorkingDayCounts
from tongdian.calendar.legal import SHANGHAI, legal_day
from tongdian.calendar.local import LOCAL_HOLIDAYS, Lacks, LocalHoliday, noting
from tongdian.calendar.periods import (
    Period,
    half_year,
    half_year_of,
    merge,
    month,
    month_of,
    months_after,
    quarter,
    quarter_of,
    tile,
    year,
)
from tongdian.calendar.published import PublishedYears, published_years
from tongdian.calendar.refusals import (
    ArrangementContradictsItself,
    BeyondOwnCalendar,
    BeyondPublishedCalendar,
    EmptyPeriod,
    HolidayMissing,
    NegativeCount,
    NoSuchPartOfYear,
    NotARegion,
    OverridesDisagree,
    PeriodStillOpen,
    ReversedDates,
    TooManyRestDays,
    UnreadableArrangement,
    YearDoesNotFollow,
    YearHasOtherDates,
)
from tongdian.calendar.yearly import MonthView, YearView, year_view

__all__ = [
    "LOCAL_HOLIDAYS",
    "NATIONAL",
    "SHANGHAI",
    "Arrangement",
    "ArrangementContradictsItself",
    "BeyondOwnCalendar",
    "BeyondPublishedCalendar",
    "Calendar",
    "CalendarDay",
    "DayReason",
    "EmptyPeriod",
    "HolidayMissing",
    "Lacks",
    "LocalHoliday",
    "MonthView",
    "NegativeCount",
    "NoSuchPartOfYear",
    "NotARegion",
    "Override",
    "OverridesDisagree",
    "Period",
    "PeriodStillOpen",
    "PublishedYears",
    "ReversedDates",
    "TooManyRestDays",
    "UnreadableArrangement",
    "WorkingDayCounts",
    "YearDoesNotFollow",
    "YearHasOtherDates",
    "YearView",
    "half_year",
    "half_year_of",
    "legal_day",
    "merge",
    "month",
    "month_of",
    "months_after",
    "noting",
    "official_calendar",
    "published_years",
    "quarter",
    "quarter_of",
    "read_arrangement",
    "region_prefix",
    "tile",
    "year",
    "year_view",
]
