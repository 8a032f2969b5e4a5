"""Whether the working days of the time to come are known."""

from __future__ import annotations

import datetime as dt

from tongdian.calendar import legal_day
from tongdian.policy.words import Words
from tongdian.rulebook import queries
from tongdian.shell.health import HealthResult, part


@part("calendar", Words("工作日安排", "Working days"))
def calendar(at: dt.datetime) -> HealthResult:
    """From November the next year should be there."""
    through = queries.calendar().official_through
    said = Words(f"已有至 {through}", f"known through {through}")
    if queries.missing_year(legal_day(at)) is None:
        return HealthResult("ok", said)
    remedy = Words(
        "请加入下一年：日历页面，或 tongdian calendar add 年份 通知文件 --source 文号。",
        "Add the next year: on the calendar's page, or with tongdian calendar add YEAR FILE --source NOTICE.",
    )
    return HealthResult("watch", said, remedy, page="calendar-year")
