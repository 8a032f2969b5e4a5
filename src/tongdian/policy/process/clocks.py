"""Clocks of a case: how long each stage and each party has taken, what is due and what is late.

Every figure is derived from the events and the calendar each time it is asked for; no counter
is stored and no due date is moved. A day counts for a stage when it lies after the day the stage
opened, up to and including the day it closed, and outside the suspensions that stop the clock.

Working days that lie beyond the published calendar are not known yet. A time is then counted up to
its end and said to be "at least" that; whether it is in time is told only where both bounds agree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tongdian.calendar import BeyondPublishedCalendar, Calendar, Period, merge
from tongdian.policy.process.readings import NONE_USED, ClockResult, Limit, LimitOf, Standing, Stay, Used
from tongdian.policy.process.refusals import AskedBeforeLastEvent
from tongdian.policy.process.state import CaseState, StageAttempt
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import Clock, ForceMajeure, Limited, Owner, ProcessVersion

ONE_DAY = dt.timedelta(days=1)


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
        facts: Mapping[str, Value] | None = None,
    ) -> None:
        """`facts`: those that limits are asked with, where not all that are recorded count."""
        if as_of < state.last_on:
            raise AskedBeforeLastEvent(as_of=as_of, last=state.last_on)
        self._facts = state.facts if facts is None else facts
        self._wording, self._state = wording, state
        self._calendar, self._region = calendar, region
        self._limit_of = limit_of
        self.until = state.ended_on or as_of

    # --- questions ---
    def stage(self, key: str) -> ClockResult:
        """The present or last attempt at a stage against the stage's own limit; an earlier one that was
        late is not forgotten."""
        run = self._state.runs[key]
        stage = self._wording.stages[key]
        limit = self.limit(stage)
        if not run.attempts:
            return self._reading(NONE_USED, limit, due_on=None)
        *earlier, present = (self._visit(attempt, limit) for attempt in run.attempts)
        was_late = any(one.standing is Standing.LATE and not one.exempt for one in earlier)
        return replace(present, late_before=was_late)

    def _visit(self, attempt: StageAttempt, limit: Limit | None) -> ClockResult:
        """One visit to a stage."""
        causes = self._wording.stopping()
        stays, in_working_days = self._stays(causes), _unit(limit)
        used = self._time([attempt], stays, in_working_days=in_working_days)
        running = attempt.closed_on is None
        due_on, why_not = self._due(attempt.opened_on, limit, causes, running=running)
        exempt = self._is_exempt(self._wording.force_majeure, [attempt], stays, limit)
        return self._reading(
            used, limit, due_on=due_on, why_not=why_not, ended=attempt.closed_on, exempt=exempt
        )

    def dues(self) -> dict[str, ClockResult]:
        """Every open stage's reading."""
        return {key: self.stage(key) for key in self._state.open_stages}

    def deadlines(self) -> dict[str, ClockResult]:
        """Of every open stage, what its holder has to keep: its own limit, or that of the whole case
        where it ends first. The customer's time has no limit of the case's."""
        whole = [
            (clock, reading)
            for name, clock in self._wording.clocks.items()
            if clock.of == "span"
            for reading in (self.clock(name),)
            if reading.due_on is not None
        ]
        found = self.dues()
        for key, own in found.items():
            if self._wording.owner_of(key) != "customer":
                around = [reading for clock, reading in whole if self._wording.counts(clock, key)]
                running = [one for one in (own, *around) if one.due_on is not None]
                found[key] = min(running, key=lambda one: one.due_on or dt.date.max, default=own)
        return found

    def clock(self, name: str) -> ClockResult:
        """One of the process's clocks."""
        clock = self._wording.clocks[name]
        limit = self.limit(clock)
        mode = clock.force_majeure or self._wording.force_majeure
        causes = self._wording.stopping(clock)
        stays = self._stays(causes)
        attempts, added = self._attempts(clock), clock.of == "sum"
        used = self._time(attempts, stays, in_working_days=_unit(limit), added=added)
        exempt = self._is_exempt(mode, attempts, stays, limit, added=added)
        if added or clock.owner or clock.stages:
            begun = None if added else begun_at(attempts)
            due_on, why_not = self._due(begun, limit, causes, running=True) if begun else (None, None)
            return self._reading(used, limit, due_on=due_on, why_not=why_not, exempt=exempt)
        running = self._state.ending is None
        due_on, why_not = self._due(self._state.opened_on, limit, causes, running=running)
        return self._reading(
            used, limit, due_on=due_on, why_not=why_not, ended=self._state.ended_on, exempt=exempt
        )

    def clocks(self) -> dict[str, ClockResult]:
        """Every clock of the process."""
        return {name: self.clock(name) for name in self._wording.clocks}

    def by_owner(self) -> dict[Owner, ClockResult]:
        """Working days in which each party held at least one stage, against no limit; parallel ones
        count once."""
        return {owner: self._unlimited(used) for owner, used in self._used_by_owner().items()}

    def altogether(self) -> ClockResult:
        """The working days of every party added up, against no limit."""
        return self._unlimited(sum(self._used_by_owner().values(), NONE_USED))

    def _unlimited(self, used: Used) -> ClockResult:
        return self._reading(used, None, due_on=None)

    def _used_by_owner(self) -> dict[Owner, Used]:
        stays = self._stays(self._wording.stopping())
        held: dict[Owner, list[StageAttempt]] = {"supplier": [], "customer": [], "government": []}
        for key, run in self._state.runs.items():
            if run.attempts:
                held[self._wording.owner_of(key)].extend(run.attempts)
        return {owner: self._days(_minus(self._held(attempts), stays)) for owner, attempts in held.items()}

    def suspensions(self) -> tuple[Stay, ...]:
        """The ledger: each suspension with its working days, force majeure told apart."""
        stopping = self._wording.stopping()
        return tuple(
            Stay(
                cause=each.cause,
                title=self._wording.causes[each.cause].title,
                since=each.since,
                until=each.until,
                working_days=used.days,
                force_majeure=self._is_force_majeure(each.cause),
                stops_clocks=each.counts and each.cause in stopping,
                would_stop=each.cause in stopping,
                at_least=used.at_least,
            )
            for each in self._state.suspensions
            for used in (self._days(_days_after(each.since, each.until or self.until)),)
        )

    def limit(self, limited: Limited) -> Limit | None:
        """The limit of a stage or clock, asked of its rule where it names one."""
        state = self._state
        return limit_for(self._wording, limited, state.opened_on, self._facts, self._limit_of)

    # --- days ---
    def _attempts(self, clock: Clock) -> list[StageAttempt]:
        if clock.of == "span" and not clock.owner and not clock.stages:
            return [StageAttempt(self._state.opened_on, self._state.ended_on)]
        return [
            attempt
            for key, run in self._state.runs.items()
            if self._wording.counts(clock, key)
            for attempt in run.attempts
        ]

    def _held(self, attempts: Iterable[StageAttempt]) -> tuple[Period, ...]:
        """The days of the attempts as disjoint periods."""
        zero = self._wording.count_day_zero
        return merge(
            period
            for each in attempts
            for period in _days_after(
                each.opened_on - ONE_DAY if zero else each.opened_on, each.closed_on or self.until
            )
        )

    def _stays(self, causes: frozenset[str]) -> tuple[Period, ...]:
        """The days that do not count."""
        return merge(
            period
            for each in self._state.suspensions
            if each.counts and each.cause in causes
            for period in _days_after(each.since, each.until or self.until)
        )

    def _is_force_majeure(self, cause: str) -> bool:
        return self._wording.causes[cause].force_majeure

    def _is_exempt(
        self,
        mode: ForceMajeure,
        attempts: list[StageAttempt],
        stays: tuple[Period, ...],
        limit: Limit | None,
        *,
        added: bool = False,
    ) -> bool:
        """Whether force majeure is kept apart: it took a day off the time, and began before the limit
        had run out. What only touches the time, or comes when it is late already, excuses nothing."""
        if mode != "exempt":
            return False
        in_working_days = _unit(limit)
        for stay in self._state.suspensions:
            if not (stay.counts and self._is_force_majeure(stay.cause)):
                continue
            for met in _days_after(stay.since, stay.until or self.until):
                lost = self._time(attempts, stays, in_working_days=in_working_days, added=added, inside=met)
                before = Period(dt.date.min, stay.since + ONE_DAY)
                used = self._time(
                    attempts, stays, in_working_days=in_working_days, added=added, inside=before
                )
                if lost.days and (limit is None or used.days <= limit.days):
                    return True
        return False

    def _time(
        self,
        attempts: list[StageAttempt],
        stays: tuple[Period, ...],
        *,
        in_working_days: bool,
        added: bool = False,
        inside: Period | None = None,
    ) -> Used:
        """The days of attempts that no stay takes off: those of each attempt `added`, or each day once."""
        total = NONE_USED
        for group in [[one] for one in attempts] if added else [attempts]:
            held = _minus(self._held(group), stays)
            if inside is not None:
                held = tuple(part for period in held if (part := period.intersect(inside)) is not None)
            total += self._days(held, in_working_days=in_working_days)
        return total

    def _days(self, periods: Iterable[Period], *, in_working_days: bool = True) -> Used:
        if not in_working_days:
            return Used(sum(period.days for period in periods))
        return sum((self._worked(period) for period in periods), NONE_USED)

    def _worked(self, period: Period) -> Used:
        """The working days of a period; those outside the published years stay open."""
        first = max(period.start, self._calendar.first_day + ONE_DAY)
        last = min(_last(period), self._calendar.official_through)
        if last < first:
            return Used(0, period.days)
        days = self._calendar.working_days_between(first - ONE_DAY, last, region=self._region)
        return Used(days, period.days - (last - first).days - 1)

    def _due(
        self, opened_on: dt.date, limit: Limit | None, causes: frozenset[str], *, running: bool
    ) -> tuple[dt.date | None, Words | None]:
        """The last day in time: the limit laid out over the days that count, or why not."""
        if limit is None:
            return None, None
        stay = self._state.suspension
        if running and stay is not None and stay.counts and stay.cause in causes:
            return None, Words("中止期间不计时", "suspended: the time does not run")
        try:
            return self._lay_out(opened_on, limit, self._stays(causes)), None
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
                if free.days >= left:
                    break
                left -= free.days  # what is open lies beyond the calendar: the end is refused below
            day = _last(stay)
        if limit.in_working_days:
            return self._calendar.add_working_days(day, left, region=self._region)
        return self._calendar.end_of_calendar_days(day, left, region=self._region)

    def _reading(
        self,
        used: Used,
        limit: Limit | None,
        *,
        due_on: dt.date | None,
        why_not: Words | None = None,
        ended: dt.date | None = None,
        exempt: bool = False,
    ) -> ClockResult:
        return ClockResult(
            used=used.days,
            limit=limit,
            in_working_days=_unit(limit),
            standing=self._standing(used, limit, due_on, ended or self.until, ended is not None),
            due_on=due_on,
            why_not=why_not,
            exempt=exempt,
            at_least=used.at_least,
        )

    def _standing(
        self, used: Used, limit: Limit | None, due_on: dt.date | None, day: dt.date, is_over: bool
    ) -> Standing:
        if limit is None:
            return Standing.NO_LIMIT
        if limit.in_working_days:
            is_late, may_be_late = used.days > limit.days, used.at_most > limit.days
        elif due_on is not None:
            # a period of calendar days may have been moved off a rest day, so its date decides
            is_late = may_be_late = day > due_on
        else:
            may_be_late = used.days > limit.days
            # its last day may be a rest day of a year that is not published, and then moves
            is_late = may_be_late and day <= self._calendar.official_through
        if is_late:
            return Standing.LATE
        if may_be_late:
            return Standing.NOT_KNOWN
        if due_on is not None and day >= due_on and not is_over:
            return Standing.DUE
        return Standing.WITHIN


def begun_at(attempts: Sequence[StageAttempt]) -> dt.date | None:
    """The day from which visits have run without a hole, while one is still open: their last day can then
    be told."""
    ordered = sorted(attempts, key=lambda attempt: attempt.opened_on)
    if all(one.closed_on is not None for one in ordered):
        return None
    reached = ordered[0].opened_on
    for one in ordered:
        if one.opened_on > reached:
            return None
        reached = max(reached, one.closed_on or dt.date.max)
    return ordered[0].opened_on


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
