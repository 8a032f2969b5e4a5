"""A claim never makes a record better: time as it is judged while claims wait for a second person.

A claim is what somebody says that would change how the time is judged: a step said to have happened
before the day it was recorded on, a stay, a force majeure, a fact corrected on which a limit hangs
(the voltage, the kind of customer). 附件1/15 forbids back-filled processes and
附件2-2/6(1) excepts force majeure alone, so what makes a record better counts from the day on which
somebody who recorded no step countersigned it with evidence. What makes it worse counts at once: an
earlier day of application, an earlier end of a stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tongdian.calendar import Calendar
from tongdian.policy.process.clocks import ONE_DAY, Clocks
from tongdian.policy.process.events import CaseEvent, Closed, FactRecorded, Opened, Resumed, Suspended
from tongdian.policy.process.readings import ClockResult, LimitOf, Standing, Stay, Used
from tongdian.policy.process.state import CaseState, StageStatus, fold
from tongdian.policy.types import Value

if TYPE_CHECKING:
    from tongdian.policy.process.model import Owner
    from tongdian.policy.process.rule import Process

WORSE = {Standing.DUE: 1, Standing.NOT_KNOWN: 2, Standing.LATE: 3}


@dataclass(frozen=True, slots=True)
class Change:
    """What believing a claim would change of one time: of a stage, or of a clock of the process."""

    name: str
    is_stage: bool
    without: ClockResult
    believed: ClockResult

    @property
    def is_of_verdict(self) -> bool:
        """Whether it changes the verdict today, and not the last day alone."""
        return _verdict(self.without) != _verdict(self.believed)


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim that nobody has settled, and every time that it would make better."""

    event: CaseEvent
    changes: tuple[Change, ...]

    @property
    def decides(self) -> bool:
        """Whether the verdict of today waits for it."""
        return any(one.is_of_verdict for one in self.changes)


def claims_of(state: CaseState) -> list[CaseEvent]:
    """The events that claim what nobody has settled, in order. A fact recorded with the closing of
    a stage goes with that, unless it corrects one."""
    claimed = []
    corrections = corrections_of(state.events)
    for event, following in zip(state.events, (*state.events[1:], None), strict=True):
        if event.seq in state.settled or isinstance(event, Opened | Resumed):
            continue
        if event.seq in corrections:
            claimed.append(event)
            continue
        if isinstance(event, FactRecorded) and _goes_with(event, following):
            continue
        if isinstance(event, Suspended) or event.day < event.on:
            claimed.append(event)
    return claimed


def corrections_of(events: Iterable[CaseEvent]) -> frozenset[int]:
    """The events that give a fact another value than was recorded before."""
    known: dict[str, Value] = {}
    found = set()
    for event in events:
        if isinstance(event, Opened):
            known |= event.facts
        elif isinstance(event, FactRecorded):
            if event.name in known and known[event.name] != event.value:
                found.add(event.seq)
            known[event.name] = event.value
    return frozenset(found)


def facts_without(events: Iterable[CaseEvent], corrections: Collection[int]) -> dict[str, Value]:
    """The facts as they stand without some corrections. A limit is asked with these; the way a case
    took with what was recorded stays taken."""
    facts: dict[str, Value] = {}
    for event in events:
        if isinstance(event, Opened):
            facts |= event.facts
        elif isinstance(event, FactRecorded) and event.seq not in corrections:
            facts[event.name] = event.value
    return facts


def _goes_with(fact: FactRecorded, following: CaseEvent | None) -> bool:
    if not isinstance(following, Closed | FactRecorded):
        return False
    return (fact.on, fact.by, fact.claimed_on) == (following.on, following.by, following.claimed_on)


class JudgedClocks(Clocks):
    """The clocks of a case with every claim believed only as far as it may be.

    Each time is told with the claims, unless one that waits would make it better: then it is the
    worst that the record supports without them, and `doubted`. Where several days are claimed, a
    stage is worst when it opened on the claimed day and closed on the day of recording, so every
    "believed up to here" is a story of its own.
    """

    def __init__(
        self,
        process: Process,
        state: CaseState,
        *,
        calendar: Calendar,
        as_of: dt.date,
        limit_of: LimitOf | None = None,
        region: str = "",
    ) -> None:
        self._process = process
        self._refused = frozenset(seq for seq, accepted in state.settled.items() if not accepted)
        self._rules = {"calendar": calendar, "limit_of": limit_of, "region": region}
        self._as_of, self._judged_state = as_of, state
        self._claims = tuple(claims_of(state))
        self._corrections = corrections_of(state.events)
        self._told_stories: dict[frozenset[int], Clocks] = {}
        wording = process.at(state.version)
        if self._refused:
            state = fold(process, state.events, doubted=self._refused)
            as_of = max(as_of, state.last_on)
        super().__init__(
            wording,
            state,
            calendar=calendar,
            as_of=as_of,
            limit_of=limit_of,
            region=region,
            facts=facts_without(state.events, self._corrections & self._refused),
        )

    # --- stories ---
    @cached_property
    def _events(self) -> tuple[CaseEvent, ...]:
        return self._state.events

    @cached_property
    def _stories(self) -> tuple[Clocks, ...]:
        """The case as it would be if nothing were believed from one claim on; and with each of
        these, if no correction of a fact were believed from one on."""
        if not self._claims:
            return ()
        return self._stories_without(self._claims)

    @cached_property
    def _without_waiting(self) -> tuple[Clocks, ...]:
        """The same of the claims that matter alone."""
        waiting = [one.event for one in self.waiting]
        return self._stories_without(waiting) if waiting else ()

    def _stories_without(self, claims: Sequence[CaseEvent]) -> tuple[Clocks, ...]:
        stays = {one.seq for one in claims if isinstance(one, Suspended)}
        facts = [one.seq for one in claims if one.seq in self._corrections]
        days = [one.seq for one in claims if one.seq not in {*stays, *facts}]
        end = self._state.seq + 1
        return tuple(
            self._story(
                stays | {seq for seq in days if seq >= first} | {seq for seq in facts if seq >= first_fact}
            )
            for first in (*days, end)
            for first_fact in (*facts, end)
        )

    def _story(self, doubted: set[int]) -> Clocks:
        """The case without what these claim; kept, because most are asked for more than once."""
        without = self._refused | doubted
        if without not in self._told_stories:
            state = fold(self._process, self._events, doubted=without)
            self._told_stories[without] = Clocks(
                self._wording,
                state,
                facts=facts_without(self._events, self._corrections & without),
                as_of=max(self._as_of, state.last_on),
                **self._rules,  # type: ignore[arg-type]
            )
        return self._told_stories[without]

    # --- times ---
    def stage(self, key: str) -> ClockResult:
        return self._told(self._judged_stage(key), lambda one: one.stage(key))

    def clock(self, name: str) -> ClockResult:
        return self._told(self._judged_clock(name), lambda one: one.clock(name))

    def _told(self, judged: ClockResult, of: Callable[[Clocks], ClockResult]) -> ClockResult:
        """While a claim waits no time of the case is told with it, not even one that would be late
        either way: else a stage could seem longer than the whole."""
        if judged.doubted or not self._without_waiting:
            return judged
        worst = max((judged, *map(of, self._without_waiting)), key=_badness)
        return judged if worst == judged else replace(worst, doubted=True)

    def _judged_stage(self, key: str) -> ClockResult:
        running = self._state.runs[key].status is StageStatus.OPEN
        stories = [one.stage(key) for one in self._stories]
        return _judged(super().stage(key), stories, running=running)

    def _judged_clock(self, name: str) -> ClockResult:
        stories = [one.clock(name) for one in self._stories]
        return _judged(super().clock(name), stories, running=self._state.ending is None)

    def _used_by_owner(self) -> dict[Owner, Used]:
        told = [super()._used_by_owner(), *(one._used_by_owner() for one in self._without_waiting)]
        return max(told, key=lambda used: sum(each.days for each in used.values()))

    def suspensions(self) -> tuple[Stay, ...]:
        """As the ledger has them; a stay that waits for a countersignature stops no clock."""
        begun = [one.seq for one in self._events if isinstance(one, Suspended)]
        waits = {one.event.seq for one in self.waiting}
        return tuple(
            replace(stay, stops_clocks=False) if seq in waits else stay
            for seq, stay in zip(begun, super().suspensions(), strict=True)
        )

    # --- claims ---
    @cached_property
    def waiting(self) -> tuple[WaitingClaim, ...]:
        """The claims that would make a time better if they were countersigned, oldest first."""
        found = tuple(self._doubted_times()) if self._claims else ()
        if not found:
            return ()
        every = {one.seq for one in self._claims}
        strict, waiting = self._story(every), []
        for claim in self._claims:
            alone, rest = self._story({claim.seq}), self._story(every - {claim.seq})
            changes = tuple(
                one
                for one in found
                if _told(alone, one) != replace(one.believed, doubted=False)
                or _told(rest, one) != _told(strict, one)
            )
            if changes:
                waiting.append(WaitingClaim(claim, changes))
        return tuple(waiting)

    @property
    def waits_from(self) -> dt.date | None:
        """The first day on which the case is judged worse for want of a countersignature; None:
        no claim matters, or no day is known yet."""
        days = [*self._days_to_come()]
        for one in (change for claim in self.waiting for change in claim.changes):
            if one.without.due_on is not None and one.without.due_on != one.believed.due_on:
                days.append(one.without.due_on + ONE_DAY)
            elif one.is_of_verdict:
                days.append(self._state.last_on)
        return min(days, default=None)

    def _days_to_come(self) -> Iterator[dt.date]:
        """The days after a last day from which a claim will decide that decides nothing while the case is in
        time, such as force majeure, which moves no last day and excepts who is late."""
        if not self._claims or self._state.ending is not None:
            return
        opened = (key for key, run in self._state.runs.items() if run.status is StageStatus.OPEN)
        times = [*map(super().stage, opened), *map(super().clock, self._wording.clocks)]
        for due_on in sorted({one.due_on for one in times if one.due_on and one.due_on >= self._as_of}):
            then = JudgedClocks(
                self._process,
                self._judged_state,
                as_of=due_on + ONE_DAY,
                **self._rules,  # type: ignore[arg-type]
            )
            if any(claim.decides for claim in then.waiting):
                yield due_on + ONE_DAY
                return

    def _doubted_times(self) -> Iterator[Change]:
        for key, run in self._state.runs.items():
            if run.attempts and (reading := self._judged_stage(key)).doubted:
                yield Change(key, True, reading, super().stage(key))
        for name in self._wording.clocks:
            if (reading := self._judged_clock(name)).doubted:
                yield Change(name, False, reading, super().clock(name))


def _told(story: Clocks, change: Change) -> ClockResult:
    return story.stage(change.name) if change.is_stage else story.clock(change.name)


def _judged(believed: ClockResult, stories: list[ClockResult], *, running: bool) -> ClockResult:
    worst = max((believed, *stories), key=_badness)
    same_day = worst.due_on == believed.due_on or not running
    if _verdict(worst) == _verdict(believed) and same_day:
        return believed
    return replace(worst, doubted=True)


def _verdict(reading: ClockResult) -> tuple[bool, bool]:
    """What counts against the record; a time in time that is excepted as well is no better."""
    return (
        (reading.standing is Standing.LATE and not reading.exempt) or reading.late_before,
        reading.standing is Standing.NOT_KNOWN and not reading.exempt,
    )


def _badness(reading: ClockResult) -> tuple[bool, bool, int, int, int]:
    due = reading.due_on or dt.date.max
    standing = WORSE.get(reading.standing, 0)
    return reading.late_before, not reading.exempt, standing, -due.toordinal(), reading.used
