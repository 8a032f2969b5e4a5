"""Where a case stands: a pure fold over its events. The same events always give the same state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tongdian.policy.process.events import (
    CaseEvent,
    ClaimRefused,
    Closed,
    Countersigned,
    FactRecorded,
    Migrated,
    Opened,
    Resumed,
    Returned,
    Suspended,
    Withdrawn,
)
from tongdian.policy.process.graph import Graph
from tongdian.policy.process.refusals import EventDoesNotFit
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.rule import Process


class StageStatus(StrEnum):
    """Where one stage of a case stands. A skipped stage counts as resolved for those after it."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class Outcome(StrEnum):
    """How an attempt at a stage ended; `undone`: another stage returned past it."""

    CLOSED = "closed"
    RETURNED = "returned"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"


class Ending(StrEnum):
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StageAttempt:
    """One time a stage was open; `closed_on` is None while it is."""

    opened_on: dt.date
    closed_on: dt.date | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage in this case: its status, every attempt at it, and how often it sent work back."""

    status: StageStatus = StageStatus.WAITING
    attempts: tuple[StageAttempt, ...] = ()
    returned: int = 0

    @property
    def opened_on(self) -> dt.date | None:
        """When the present attempt began."""
        return self.attempts[-1].opened_on if self.status is StageStatus.OPEN else None

    def ended(self, day: dt.date, outcome: Outcome, status: StageStatus) -> StageRun:
        attempt = StageAttempt(self.attempts[-1].opened_on, day, outcome)
        returned = self.returned + (outcome is Outcome.RETURNED)
        return StageRun(status, (*self.attempts[:-1], attempt), returned)


@dataclass(frozen=True, slots=True)
class Suspension:
    """One stay of the whole case; `until` is None while it lasts. `counts`: it is believed."""

    cause: str
    since: dt.date
    until: dt.date | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    counts: bool = True


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case after its last event.

    `late_entries` are the numbers of events recorded later than the day they claim, with the
    gap in days: kept because back-filling is what the regulator looks for. `settled` says of events
    whose claim somebody has looked at whether it was countersigned; `events` are all of them.
    """

    process: str
    version: str
    seq: int
    opened_on: dt.date
    last_on: dt.date
    facts: Mapping[str, Value]
    runs: Mapping[str, StageRun]
    suspensions: tuple[Suspension, ...] = ()
    ending: Ending | None = None
    ended_on: dt.date | None = None
    late_entries: tuple[tuple[int, int], ...] = field(default=())
    settled: Mapping[int, bool] = field(default_factory=dict)
    events: tuple[CaseEvent, ...] = ()

    def with_status(self, status: StageStatus) -> tuple[str, ...]:
        return tuple(key for key, run in self.runs.items() if run.status is status)

    @property
    def open_stages(self) -> tuple[str, ...]:
        return self.with_status(StageStatus.OPEN)

    @property
    def done(self) -> tuple[str, ...]:
        return self.with_status(StageStatus.DONE)

    @property
    def skipped(self) -> tuple[str, ...]:
        return self.with_status(StageStatus.SKIPPED)

    @property
    def suspension(self) -> Suspension | None:
        """The stay that lasts now."""
        if self.suspensions and self.suspensions[-1].until is None:
            return self.suspensions[-1]
        return None

    @property
    def returned(self) -> int:
        """How often the case was sent back."""
        return sum(run.returned for run in self.runs.values())


def fold(process: Process, events: Iterable[CaseEvent], *, doubted: Collection[int] = ()) -> CaseState:
    """The state after all events in order, with what the `doubted` ones claim not believed.

    Raises EventDoesNotFit for a broken history.
    """
    state: CaseState | None = None
    for event in events:
        state = apply(process, state, event, doubted=doubted)
    if state is None:
        raise EventDoesNotFit(seq=0, kind="-", problem=Words("没有事项", "there are no events"))
    return state


def apply(
    process: Process, state: CaseState | None, event: CaseEvent, *, doubted: Collection[int] = ()
) -> CaseState:
    """The state after one more event; of a doubted one the day of recording counts, a doubted stay
    stops no clock."""
    if state is None:
        if not isinstance(event, Opened):
            raise _unfit(event, "首条须为受理", "the first event must open the case")
        return _opened(process, event)
    if doubted:
        day = event.on if event.seq in doubted else event.day
        # what followed a step cannot have happened before the day on which the step counts
        event = replace(event, claimed_on=max(day, _earliest_of(state, event)))
    _in_order(state, event)
    if isinstance(event, Countersigned | ClaimRefused):
        return _settled(state, event)
    version = event.version if isinstance(event, Migrated) else state.version
    graph = process.at(version).graph
    changes: Changes = {
        "seq": event.seq,
        "last_on": max(state.last_on, event.day),
        "events": (*state.events, event),
        **_changes(graph, state, event),
    }
    if isinstance(event, Suspended) and event.seq in doubted:
        *before, stay = changes["suspensions"]
        changes["suspensions"] = (*before, replace(stay, counts=False))
    if "ending" not in changes:
        facts, runs = changes.get("facts", state.facts), changes.get("runs", state.runs)
        changes |= _advanced(graph, facts, runs, event.day, changes["last_on"])
    if event.claimed_on is not None and event.claimed_on != event.on:
        gap = (event.on - event.claimed_on).days
        changes["late_entries"] = (*state.late_entries, (event.seq, gap))
    return replace(state, **changes)


Changes = dict[str, Any]
"""The fields of a CaseState that an event changes."""


def _changes(graph: Graph, state: CaseState, event: CaseEvent) -> Changes:
    match event:
        case Closed():
            run = _open_run(state, event).ended(event.day, Outcome.CLOSED, StageStatus.DONE)
            return {"runs": {**state.runs, event.stage: run}}
        case Returned():
            return _returned(graph, state, event)
        case Suspended():
            return _suspended(state, event)
        case Resumed():
            if state.suspension is None:
                raise _unfit(event, "没有中止", "the case is not suspended")
            return {"suspensions": _until(state, event.day)}
        case FactRecorded():
            return {"facts": {**state.facts, event.name: event.value}}
        case Withdrawn():
            return _withdrawn(state, event)
        case Migrated():
            return _migrated(graph, state, event)
    raise _unfit(event, "重复受理", "the case is open already")


def earliest(state: CaseState, stage: str | None) -> dt.date:
    """The first day on which a stage may have been closed: what other offices did meanwhile, side by side
    with it, does not stand in its way. Of anything else (None) the day of the last event."""
    run = state.runs.get(stage or "")
    if run is None or run.status is not StageStatus.OPEN or not run.attempts:
        return state.last_on
    of_the_case = (
        event.day for event in state.events if isinstance(event, Suspended | Resumed | Returned | Migrated)
    )
    return max((run.attempts[-1].opened_on, *of_the_case))


def _earliest_of(state: CaseState, event: CaseEvent) -> dt.date:
    if isinstance(event, FactRecorded):  # no time runs by a fact; one of a closing has the day of that
        return state.opened_on
    return earliest(state, event.stage if isinstance(event, Closed) else None)


def _in_order(state: CaseState, event: CaseEvent) -> None:
    if event.seq != state.seq + 1:
        raise _unfit(event, f"应为第 {state.seq + 1} 条", f"expected event {state.seq + 1}")
    first = _earliest_of(state, event)
    if event.day < first:
        raise _unfit(event, f"早于 {first}", f"it is before {first}")
    if state.ending is not None and not isinstance(event, Countersigned | ClaimRefused):
        raise _unfit(event, "已经结束", "the case has ended")


def _settled(state: CaseState, event: Countersigned | ClaimRefused) -> CaseState:
    """A claim was looked at, perhaps after the end: that is no step, so no day of the case moves."""
    if event.claim in state.settled or not 1 <= event.claim < event.seq:
        raise _unfit(event, f"第 {event.claim} 条无待复核", f"no claim waits in {event.claim}")
    return replace(
        state,
        seq=event.seq,
        settled={**state.settled, event.claim: isinstance(event, Countersigned)},
        events=(*state.events, event),
    )


def _opened(process: Process, event: Opened) -> CaseState:
    graph = process.at(event.version).graph
    late = (event.on - event.day).days
    facts = dict(event.facts)
    first = _advanced(graph, facts, dict.fromkeys(graph.order, StageRun()), event.day, event.day)
    return CaseState(
        process=event.process,
        version=event.version,
        seq=event.seq,
        opened_on=event.day,
        last_on=event.day,
        facts=facts,
        late_entries=((event.seq, late),) if late else (),
        events=(event,),
        **first,
    )


def _open_run(state: CaseState, event: Closed | Returned) -> StageRun:
    run = state.runs.get(event.stage)
    if run is None or run.status is not StageStatus.OPEN:
        raise _unfit(event, f"“{event.stage}”未在办理", f'"{event.stage}" is not open')
    if state.suspension is not None:
        raise _unfit(event, "办理已中止", "the case is suspended")
    return run


def _returned(graph: Graph, state: CaseState, event: Returned) -> Changes:
    """The stage returned to and everything after it wait again; their attempts are kept."""
    _open_run(state, event)
    if event.to not in graph.stages[event.stage].back:
        raise _unfit(event, f"不能退回“{event.to}”", f'it cannot go back to "{event.to}"')
    runs = dict(state.runs)
    for key in graph.downstream[event.to]:
        run = runs[key]
        if run.status is StageStatus.OPEN:
            outcome = Outcome.RETURNED if key == event.stage else Outcome.UNDONE
            runs[key] = run.ended(event.day, outcome, StageStatus.WAITING)
        else:
            runs[key] = StageRun(StageStatus.WAITING, run.attempts, run.returned)
    return {"runs": runs}


def _suspended(state: CaseState, event: Suspended) -> Changes:
    if state.suspension is not None:
        raise _unfit(event, "已经中止", "the case is suspended already")
    stay = Suspension(cause=event.cause, since=event.day, reason=event.reason, evidence=event.evidence)
    return {"suspensions": (*state.suspensions, stay)}


def _until(state: CaseState, day: dt.date) -> tuple[Suspension, ...]:
    if state.suspension is None:
        return state.suspensions
    return (*state.suspensions[:-1], replace(state.suspensions[-1], until=day))


def _withdrawn(state: CaseState, event: Withdrawn) -> Changes:
    runs = {
        key: run.ended(event.day, Outcome.WITHDRAWN, StageStatus.WAITING)
        if run.status is StageStatus.OPEN
        else run
        for key, run in state.runs.items()
    }
    return {
        "runs": runs,
        "suspensions": _until(state, event.day),
        "ending": Ending.WITHDRAWN,
        "ended_on": event.day,
    }


def _migrated(graph: Graph, state: CaseState, event: Migrated) -> Changes:
    lost = [
        key
        for key, run in state.runs.items()
        if key not in graph.stages and run.status in (StageStatus.OPEN, StageStatus.DONE)
    ]
    if lost:
        raise _unfit(event, f"新版本没有“{lost[0]}”", f'the new version has no "{lost[0]}"')
    runs = {}
    for key in graph.order:
        run = state.runs.get(key, StageRun())
        # what was skipped under the old version is decided again under the new one
        skipped = run.status is StageStatus.SKIPPED
        runs[key] = replace(run, status=StageStatus.WAITING) if skipped else run
    return {"version": event.version, "runs": runs}


RESOLVED = (StageStatus.DONE, StageStatus.SKIPPED)


def _advanced(
    graph: Graph, facts: Mapping[str, Value], before: Mapping[str, StageRun], day: dt.date, last_on: dt.date
) -> Changes:
    """Open or skip every stage whose turn it is; end the case when none is left.

    One pass is enough, because a stage waits only for stages above it. A stage whose condition
    asks for an unknown fact keeps waiting until the fact is recorded. One opens on the `day` of the event,
    or, where another office was done later than that, when the last it waits for was.
    """
    runs = dict(before)
    unresolved = False
    for key in graph.order:
        run = runs[key]
        if run.status is StageStatus.WAITING and all(
            runs[earlier].status in RESOLVED for earlier in graph.after[key]
        ):
            needed = graph.is_needed(key, facts)
            if needed:
                opens = day if day == last_on else _last_closed(graph, runs, key, day, last_on)
                run = StageRun(StageStatus.OPEN, (*run.attempts, StageAttempt(opens)), run.returned)
            elif needed is False:
                run = StageRun(StageStatus.SKIPPED, run.attempts, run.returned)
            runs[key] = run
        unresolved = unresolved or run.status not in RESOLVED
    if unresolved:
        return {"runs": runs}
    return {"runs": runs, "ending": Ending.FINISHED, "ended_on": last_on}


def _last_closed(
    graph: Graph, runs: Mapping[str, StageRun], key: str, day: dt.date, last_on: dt.date
) -> dt.date:
    """The day on which the last of the stages that `key` waits for was done; behind one that was not
    needed nobody can tell, so it is the last day of all."""
    before = [runs[earlier] for earlier in graph.after[key]]
    if any(run.status is StageStatus.SKIPPED for run in before):
        return last_on
    return max([day, *(run.attempts[-1].closed_on or last_on for run in before)])


def _unfit(event: CaseEvent, zh: str, en: str) -> EventDoesNotFit:
    return EventDoesNotFit(seq=event.seq, kind=event.kind, problem=Words(zh, en))
