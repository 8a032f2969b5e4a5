"""The duties that areas register, and which day of one is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tongdian.calendar import SHANGHAI

Work = Callable[[dt.date, dt.datetime], None]
A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Duty:
    """`work(day, at)` is done once for each day, from `time` in Shanghai on."""

    name: str
    time: dt.time
    work: Work

    def day_due(self, at: dt.datetime) -> dt.date:
        """The newest day whose time has come. What an older day missed is part of it: reminders,
        last days and clearing up look at what stands now."""
        local = at.astimezone(SHANGHAI)
        return local.date() if local.time() >= self.time else local.date() - A_DAY


_duties: dict[str, Duty] = {}


def daily(name: str, *, at: dt.time) -> Callable[[Work], Work]:
    """Have a function called once a day.

    @daily("cases.remind", at=dt.time(8, 5))
    def remind_offices(day: dt.date, at: dt.datetime) -> None: ...
    """

    def register(work: Work) -> Work:
        _duties[name] = Duty(name, at, work)
        return work

    return register


def duties() -> tuple[Duty, ...]:
    """Every duty."""
    return tuple(_duties.values())
