"""Clocks of a case: how long each stage and each party has taken, what is due and what is late.

Every figure is derived from the events and the calendar each time it is asked for; no counter
is stored and no due date is moved. A day counts for a stage when it lies after the day the stage
opened, up to and including the day it closed, and outside the suspensions that stop the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tongdian.calendar import BeyondPublishedCalendar, Calendar, Period, merge
from tongdian.policy.process.refusals import AskedBeforeLastEvent
from tongdian.policy.process.state import Attempt, CaseState
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import Clock, ForceMajeure, Limited, Owner, ProcessVersion

ONE_DAY = dt.timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class Reading:
    """One time: what was used of what was allowed.

    `due_on` is the last day in time, None without a limit, while suspended, for sums of several
    stages, and past the published calendar; `why_not` then says so. `exempt`: force majeure fell
    into it and the document excepts that.
    """

    used: int
    limit: Limit | None
    in_working_days: bool
    standing: Standing
    due_on: dt.date | None = None
    why_not: Words | None = None
    exempt: bool = False

    @property
    def percent(self) -> int | None:
        """Used of the limit in whole per cent, rounded down; None without a limit."""
        return self.used * 100 // self.limit.days if self.limit else None

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


class Clocks:
    """The clocks of one case at the end of the day `as_of` (or of the day it ended)."""

    def __init__(
        self,
        wording: ProcessVersion,
        state: CaseState,
        *,
        calendar: Calendar,
        as_of: dt.date,
        limit_of: LimitOf | None = None,
        region: str = "",
    ) -> None:
        if as_of < state.last_on:
            raise AskedBeforeLastEvent(as_of=as_of, last=state.last_on)
        self._wording, self._state = wording, state
        self._calendar, self._region = calendar, region
        self._limit_of = limit_of
        self.until = state.ended_on or as_of

    # --- questions ---
    def stage(self, key: str) -> Reading:
        """The present or last attempt at a stage against the stage's own limit."""
        run = self._state.runs[key]
        stage = self._wording.stages[key]
        limit = self.limit(stage)
        if not run.attempts:
            return self._reading(0, limit, due_on=None)
        attempt = run.attempts[-1]
        mode = self._wording.force_majeure
        stays = self._stays(mode)
        used = self._days(_minus(self._held([attempt]), stays), in_working_days=_unit(limit))
        running = attempt.closed_on is None
        due_on, why_not = self._due(attempt.opened_on, limit, mode, running=running)
        exempt = mode == "exempt" and self._met_force_majeure([attempt])
        return self._reading(
            used, limit, due_on=due_on, why_not=why_not, ended=attempt.closed_on, exempt=exempt
        )

    def dues(self) -> dict[str, Reading]:
        """Every open stage's reading."""
        return {key: self.stage(key) for key in self._state.open_stages}

    def deadlines(self) -> dict[str, Reading]:
        """Of every open stage, what its holder has to keep: its own limit, or that of the whole case
        where it ends first. The customer's time has no limit of the case's."""
        whole = [
            reading
            for name, clock in self._wording.clocks.items()
            if clock.of == "span"
            for reading in (self.clock(name),)
            if reading.due_on is not None
        ]
        found = self.dues()
        for key, own in found.items():
            if self._wording.owner_of(key) != "customer":
                running = [one for one in (own, *whole) if one.due_on is not None]
                found[key] = min(running, key=lambda one: one.due_on or dt.date.max, default=own)
        return found

    def clock(self, name: str) -> Reading:
        """One of the process's clocks."""
        clock = self._wording.clocks[name]
        limit = self.limit(clock)
        mode = clock.force_majeure or self._wording.force_majeure
        stays = self._stays(mode)
        in_working_days = _unit(limit)
        attempts = self._attempts(clock)
        exempt = mode == "exempt" and self._met_force_majeure(attempts)
        if clock.of == "sum":
            used = sum(
                self._days(_minus(self._held([each]), stays), in_working_days=in_working_days)
                for each in attempts
            )
            return self._reading(used, limit, due_on=None, exempt=exempt)
        used = self._days(_minus(self._held(attempts), stays), in_working_days=in_working_days)
        if clock.owner or clock.stages:
            return self._reading(used, limit, due_on=None, exempt=exempt)
        running = self._state.ending is None
        due_on, why_not = self._due(self._state.opened_on, limit, mode, running=running)
        return self._reading(
            used, limit, due_on=due_on, why_not=why_not, ended=self._state.ended_on, exempt=exempt
        )

    def clocks(self) -> dict[str, Reading]:
        """Every clock of the process."""
        return {name: self.clock(name) for name in self._wording.clocks}

    def by_owner(self) -> dict[Owner, int]:
        """Working days in which each party held at least one stage; parallel ones count once."""
        stays = self._stays(self._wording.force_majeure)
        held: dict[Owner, list[Attempt]] = {"supplier": [], "customer": [], "government": []}
        for key, run in self._state.runs.items():
            if run.attempts:
                held[self._wording.owner_of(key)].extend(run.attempts)
        return {
            owner: self._days(_minus(self._held(attempts), stays))
            for owner, attempts in held.items()
        }

    def suspensions(self) -> tuple[Stay, ...]:
        """The ledger: each suspension with its working days, force majeure told apart."""
        mode = self._wording.force_majeure
        return tuple(
            Stay(
                cause=each.cause,
                title=self._wording.causes[each.cause].title,
                since=each.since,
                until=each.until,
                working_days=self._days(_days_after(each.since, each.until or self.until)),
                force_majeure=self._is_force_majeure(each.cause),
                stops_clocks=self._stops(each.cause, mode),
            )
            for each in self._state.suspensions
        )

    def limit(self, limited: Limited) -> Limit | None:
        """The limit of a stage or clock, asked of its rule where it names one."""
        state = self._state
        return limit_for(self._wording, limited, state.opened_on, state.facts, self._limit_of)

    # --- days ---
    def _attempts(self, clock: Clock) -> list[Attempt]:
        if clock.of == "span" and not clock.owner and not clock.stages:
            return [Attempt(self._state.opened_on, self._state.ended_on)]
        return [
            attempt
            for key, run in self._state.runs.items()
            if (not clock.stages or key in clock.stages)
            and (not clock.owner or self._wording.owner_of(key) == clock.owner)
            for attempt in run.attempts
        ]

    def _held(self, attempts: Iterable[Attempt]) -> tuple[Period, ...]:
        """The days of the attempts as disjoint periods."""
        zero = self._wording.count_day_zero
        return merge(
            period
            for each in attempts
            for period in _days_after(
                each.opened_on - ONE_DAY if zero else each.opened_on, each.closed_on or self.until
            )
        )

    def _stays(self, mode: ForceMajeure) -> tuple[Period, ...]:
        """The days that do not count."""
        return merge(
            period
            for each in self._state.suspensions
            if self._stops(each.cause, mode)
            for period in _days_after(each.since, each.until or self.until)
        )

    def _stops(self, cause: str, mode: ForceMajeure) -> bool:
        return mode == "subtract" or not self._is_force_majeure(cause)

    def _is_force_majeure(self, cause: str) -> bool:
        return self._wording.causes[cause].force_majeure

    def _met_force_majeure(self, attempts: list[Attempt]) -> bool:
        stays = [each for each in self._state.suspensions if self._is_force_majeure(each.cause)]
        return any(
            stay.since <= (attempt.closed_on or self.until)
            and attempt.opened_on <= (stay.until or self.until)
            for stay in stays
            for attempt in attempts
        )

    def _days(self, periods: Iterable[Period], *, in_working_days: bool = True) -> int:
        if not in_working_days:
            return sum(period.days for period in periods)
        between = self._calendar.working_days_between
        return sum(
            between(period.start - ONE_DAY, _last(period), region=self._region)
            for period in periods
        )

    def _due(
        self, opened_on: dt.date, limit: Limit | None, mode: ForceMajeure, *, running: bool
    ) -> tuple[dt.date | None, Words | None]:
        """The last day in time: the limit laid out over the days that count, or why not."""
        if limit is None:
            return None, None
        stay = self._state.suspension
        if running and stay is not None and self._stops(stay.cause, mode):
            return None, Words("中止期间不计时", "suspended: the time does not run")
        try:
            return self._lay_out(opened_on, limit, self._stays(mode)), None
        except BeyondPublishedCalendar as refused:
            return None, refused.words

    def _lay_out(self, opened_on: dt.date, limit: Limit, stays: tuple[Period, ...]) -> dt.date:
        zero = self._wording.count_day_zero
        day, left = (opened_on - ONE_DAY if zero else opened_on), limit.days
        for stay in stays:
            if _last(stay) <= day:
                continue
            before = stay.start - ONE_DAY
            if before > day:
                free = self._days(_days_after(day, before), in_working_days=limit.in_working_days)
                if free >= left:
                    break
                left -= free
            day = _last(stay)
        if limit.in_working_days:
            return self._calendar.add_working_days(day, left, region=self._region)
        return self._calendar.end_of_calendar_days(day, left, region=self._region)

    def _reading(
        self,
        used: int,
        limit: Limit | None,
        *,
        due_on: dt.date | None,
        why_not: Words | None = None,
        ended: dt.date | None = None,
        exempt: bool = False,
    ) -> Reading:
        return Reading(
            used=used,
            limit=limit,
            in_working_days=_unit(limit),
            standing=self._standing(used, limit, due_on, ended or self.until, ended is not None),
            due_on=due_on,
            why_not=why_not,
            exempt=exempt,
        )

    def _standing(
        self,
        used: int,
        limit: Limit | None,
        due_on: dt.date | None,
        day: dt.date,
        is_over: bool,
    ) -> Standing:
        if limit is None:
            return Standing.NO_LIMIT
        # a period of calendar days may have been moved off a rest day, so its date decides
        late = used > limit.days if limit.in_working_days or due_on is None else day > due_on
        if late:
            return Standing.LATE
        if due_on is not None and day >= due_on and not is_over:
            return Standing.DUE
        return Standing.WITHIN


def limit_for(
    wording: ProcessVersion,
    limited: Limited,
    on: dt.date,
    facts: Mapping[str, Value],
    limit_of: LimitOf | None,
) -> Limit | None:
    """What a stage or clock may take for an application on a day with these facts."""
    if limited.working_days is not None:
        return Limit(limited.working_days)
    if limited.calendar_days is not None:
        return Limit(limited.calendar_days, in_working_days=False)
    if limited.limit is None or limit_of is None:
        return None
    return limit_of(limited.limit, on, {**facts, **wording.given, **limited.given})


def _unit(limit: Limit | None) -> bool:
    return limit is None or limit.in_working_days


def _last(period: Period) -> dt.date:
    last = period.last_day
    assert last is not None, "the periods of a clock are all closed"
    return last


def _days_after(since: dt.date, until: dt.date) -> tuple[Period, ...]:
    """The days after `since` up to and including `until`: none or one period."""
    return (Period(since + ONE_DAY, until + ONE_DAY),) if until > since else ()


def _minus(periods: Iterable[Period], stays: tuple[Period, ...]) -> tuple[Period, ...]:
    left = tuple(periods)
    for stay in stays:
        left = tuple(rest for period in left for rest in period.minus(stay))
    return left
