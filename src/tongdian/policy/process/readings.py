"""What a clock says: limits, days used, and how a time stands against its limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tongdian.policy.types import Value
from tongdian.policy.words import Words

AT_LEAST = Words("至少 {days}", "at least {days}")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many days something may take. `rule` names the rule that answered, if one did."""

    days: int
    in_working_days: bool = True
    rule: str = ""

    @property
    def words(self) -> Words:
        """3 个工作日, 1 working day."""
        plural = "" if self.days == 1 else "s"
        if self.in_working_days:
            return Words(f"{self.days} 个工作日", f"{self.days} working day{plural}")
        return Words(f"{self.days} 日", f"{self.days} calendar day{plural}")


LimitOf = Callable[[str, dt.date, Mapping[str, Value]], Limit | None]
"""Answers a `limit: rule-id` for the day of application and the facts of a case.

None: the rule does not apply to such a case, so the document sets no limit.
"""


class Standing(StrEnum):
    """How a time stands against its limit.

    In working days `late` is more days than the limit, so the rest days after the last day add
    nothing, exactly as the indicators count.
    """

    NO_LIMIT = "no_limit"
    WITHIN = "within"
    DUE = "due"
    LATE = "late"
    NOT_KNOWN = "not_known"  # it depends on working days that are not published yet


@dataclass(frozen=True, slots=True)
class Used:
    """Days used: `days` that are known to count, and `open` ones beyond the published calendar, of
    which nobody knows yet how many do."""

    days: int
    open: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(self.days + other.days, self.open + other.open)

    @property
    def at_least(self) -> bool:
        """Whether it may be more."""
        return self.open > 0

    @property
    def at_most(self) -> int:
        """What it would be if every open day were worked."""
        return self.days + self.open


NONE_USED = Used(0)


@dataclass(frozen=True, slots=True)
class ClockResult:
    """One time: what was used of what was allowed.

    `due_on` is the last day in time, None without a limit, while suspended, for sums of several
    stages, and past the published calendar; `why_not` then says so. `at_least`: `used` counts up to
    the end of the published calendar. `exempt`: force majeure fell into it and the document excepts
    that. `late_before`: an earlier visit to the stage was late. `doubted`: a claim that would make it better is not in it, for nobody has countersigned.
    """

    used: int
    limit: Limit | None
    in_working_days: bool
    standing: Standing
    due_on: dt.date | None = None
    why_not: Words | None = None
    exempt: bool = False
    at_least: bool = False
    doubted: bool = False
    late_before: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it is late, or an earlier visit was: a second one in time does not undo it."""
        return self.standing is Standing.LATE or self.late_before

    @property
    def percent(self) -> int | None:
        """Used of the limit in whole per cent, rounded down; None without a limit."""
        return self.used * 100 // self.limit.days if self.limit else None

    @property
    def said(self) -> Words:
        """3 个工作日, 3 working days; at least so many where nobody knows yet which are worked."""
        days = Limit(self.used, in_working_days=self.in_working_days).words
        return AT_LEAST.fill(days=days) if self.at_least else days

    @property
    def left(self) -> int | None:
        """Days left, negative when late; None without a limit."""
        return self.limit.days - self.used if self.limit else None


@dataclass(frozen=True, slots=True)
class Stay:
    """One line of the suspension ledger."""

    cause: str
    title: Words
    since: dt.date
    until: dt.date | None
    working_days: int
    force_majeure: bool
    stops_clocks: bool
    would_stop: bool  # whether its cause stops a clock, once it is believed
    at_least: bool = False
