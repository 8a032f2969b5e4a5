"""What people do to a case: each checks, and gives the events that say it was done.

Nothing is changed here. The caller appends the events to the case and folds again. Every
command takes `seen`, the sequence the person's page was drawn from, so that of two officers who
act at once the second is told (`CaseMovedOn`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tongdian.policy.inputs import read_value
from tongdian.policy.process.claims import claims_of
from tongdian.policy.process.conditions import say_condition
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
from tongdian.policy.process.migration import migration_problems
from tongdian.policy.process.refusals import (
    BackNotAllowed,
    BeforeLastEvent,
    CannotMigrate,
    CaseEnded,
    CaseMovedOn,
    CaseSuspended,
    ClaimedLater,
    DocumentNeeded,
    EvidenceNeeded,
    FactNeeded,
    NoClaimWaits,
    NotSuspended,
    ProductNeeded,
    ProductNotAsked,
    ProductOfAnother,
    ReasonNeeded,
    StageNotOpen,
    UnknownCause,
    UnknownStage,
    WrongRole,
)
from tongdian.policy.process.state import RESOLVED, CaseState, Ending, StageStatus, apply, earliest
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.rule import Process

ENDINGS = {Ending.FINISHED: Words("办结", "was finished"), Ending.WITHDRAWN: Words("撤回", "was withdrawn")}


def open_case(
    process: Process,
    *,
    version: str,
    on: dt.date,
    by: str,
    facts: Mapping[str, Any] | None = None,
    claimed_on: dt.date | None = None,
) -> Opened:
    """The first event of a case under one version (`Process.version_on(day, taken).key`).

    Facts may be typed or text as written in a form. Raises BadInput for one that the version
    does not declare or cannot read, FactNeeded when the first stages depend on a missing one.
    """
    wording = process.at(version)
    _not_claimed_later(on, claimed_on)
    event = Opened(
        seq=1,
        on=on,
        by=by,
        claimed_on=claimed_on,
        process=process.rule,
        version=version,
        facts=first_facts(wording, facts or {}),
    )
    _way_is_known(process, apply(process, None, event))
    return event


def close_stage(
    process: Process,
    state: CaseState,
    *,
    stage: str,
    role: str,
    on: dt.date,
    by: str,
    seen: int,
    facts: Mapping[str, Any] | None = None,
    note: str = "",
    evidence: tuple[str, ...] = (),
    claimed_on: dt.date | None = None,
) -> tuple[CaseEvent, ...]:
    """A stage is complete; `facts` that became known with it are recorded first. The note of one
    that refuses is the reason. Raises ProductNeeded, DocumentNeeded, EvidenceNeeded."""
    wording = _act(process, state, on=on, claimed_on=claimed_on, seen=seen, closing=stage)
    _may_work_on(wording, state, stage, role)
    _brings_its_products(wording, state, stage, facts or {}, evidence)
    if wording.stages[stage].planned and not evidence:
        raise EvidenceNeeded(stage=wording.stages[stage].title)
    if wording.stages[stage].refuses:
        _with_reason(note)
    events: list[CaseEvent] = []
    for name, value in (facts or {}).items():
        events.append(
            FactRecorded(
                seq=state.seq + len(events) + 1,
                on=on,
                by=by,
                claimed_on=claimed_on,
                name=name,
                value=read_fact(wording, name, value),
            )
        )
    events.append(
        Closed(
            seq=state.seq + len(events) + 1,
            on=on,
            by=by,
            claimed_on=claimed_on,
            stage=stage,
            role=role,
            note=note,
            evidence=evidence,
        )
    )
    after = state
    for event in events:
        after = apply(process, after, event)
    _way_is_known(process, after)
    return tuple(events)


def return_stage(
    process: Process,
    state: CaseState,
    *,
    stage: str,
    role: str,
    to: str,
    reason: str,
    on: dt.date,
    by: str,
    seen: int,
    claimed_on: dt.date | None = None,
) -> Returned:
    """Send the case back for rework to an earlier stage that was done."""
    wording = _act(process, state, on=on, claimed_on=claimed_on, seen=seen)
    _may_work_on(wording, state, stage, role)
    _with_reason(reason)
    allowed = [
        key
        for key in wording.stages[stage].back
        if state.runs[key].status is StageStatus.DONE or key == stage
    ]
    if to not in allowed:
        raise BackNotAllowed(
            stage=wording.stages[stage].title,
            to=wording.stages[to].title if to in wording.stages else to,
            allowed=_titles(wording, allowed),
        )
    return Returned(
        seq=state.seq + 1, on=on, by=by, claimed_on=claimed_on, stage=stage, role=role, to=to, reason=reason
    )


def suspend(
    process: Process,
    state: CaseState,
    *,
    cause: str,
    on: dt.date,
    by: str,
    seen: int,
    reason: str = "",
    evidence: tuple[str, ...] = (),
    claimed_on: dt.date | None = None,
) -> Suspended:
    """Let the whole case stand still for a cause the process declares."""
    wording = _act(process, state, on=on, claimed_on=claimed_on, seen=seen)
    if cause not in wording.causes:
        known = [each.title for each in wording.causes.values()]
        raise UnknownCause(cause=cause, known=_joined(known))
    return Suspended(
        seq=state.seq + 1, on=on, by=by, claimed_on=claimed_on, cause=cause, reason=reason, evidence=evidence
    )


def resume(
    process: Process,
    state: CaseState,
    *,
    on: dt.date,
    by: str,
    seen: int,
    note: str = "",
    claimed_on: dt.date | None = None,
) -> Resumed:
    """Go on after a suspension."""
    _act(process, state, on=on, claimed_on=claimed_on, seen=seen, even_suspended=True)
    if state.suspension is None:
        raise NotSuspended
    return Resumed(seq=state.seq + 1, on=on, by=by, claimed_on=claimed_on, note=note)


def record_fact(
    process: Process,
    state: CaseState,
    *,
    name: str,
    value: Any,
    on: dt.date,
    by: str,
    seen: int,
    reason: str = "",
    claimed_on: dt.date | None = None,
) -> FactRecorded:
    """Record or correct a fact; stages already decided by the earlier value stay decided."""
    wording = _act(process, state, on=on, claimed_on=claimed_on, seen=seen, even_suspended=True)
    return FactRecorded(
        seq=state.seq + 1,
        on=on,
        by=by,
        claimed_on=claimed_on,
        name=name,
        value=read_fact(wording, name, value),
        reason=reason,
    )


def withdraw(
    process: Process,
    state: CaseState,
    *,
    reason: str,
    on: dt.date,
    by: str,
    seen: int,
    claimed_on: dt.date | None = None,
) -> Withdrawn:
    """End the case because the applicant takes it back, suspended or not."""
    _act(process, state, on=on, claimed_on=claimed_on, seen=seen, even_suspended=True)
    _with_reason(reason)
    return Withdrawn(seq=state.seq + 1, on=on, by=by, claimed_on=claimed_on, reason=reason)


def migrate(
    process: Process, state: CaseState, *, version: str, reason: str, on: dt.date, by: str, seen: int
) -> Migrated:
    """Move the case to another version of its process. Raises CannotMigrate, saying why."""
    _act(process, state, on=on, claimed_on=None, seen=seen, even_suspended=True)
    _with_reason(reason)
    problems = migration_problems(process, state, version=version, on=on)
    if problems:
        raise CannotMigrate(version=version, problems=_joined(problems, Words("；", "; ")))
    return Migrated(seq=state.seq + 1, on=on, by=by, version=version, reason=reason)


def countersign(
    process: Process,
    state: CaseState,
    *,
    claim: int,
    evidence: tuple[str, ...],
    on: dt.date,
    by: str,
    seen: int,
    reason: str = "",
) -> Countersigned:
    """Vouch with evidence for what an event claims, also after the case has ended. Raises
    NoClaimWaits, EvidenceNeeded."""
    _claim_waits(state, claim, seen)
    if not evidence:
        raise EvidenceNeeded(stage=Words("复核", "Countersigning"))
    return Countersigned(seq=state.seq + 1, on=on, by=by, claim=claim, evidence=evidence, reason=reason)


def refuse_claim(
    process: Process, state: CaseState, *, claim: int, reason: str, on: dt.date, by: str, seen: int
) -> ClaimRefused:
    """Do not accept what an event claims: it stays, and changes no time. Raises NoClaimWaits."""
    _claim_waits(state, claim, seen)
    _with_reason(reason)
    return ClaimRefused(seq=state.seq + 1, on=on, by=by, claim=claim, reason=reason)


def _claim_waits(state: CaseState, claim: int, seen: int) -> None:
    if seen != state.seq:
        raise CaseMovedOn(seen=seen, now=state.seq)
    if claim not in {one.seq for one in claims_of(state)}:
        raise NoClaimWaits(claim=claim)


def read_fact(wording: ProcessVersion, name: str, value: Any) -> Value:
    """A fact's value as its declaration reads it. Raises BadInput."""
    if name not in wording.facts:
        known = list(wording.facts)
        raise BadInput(
            name=name,
            problem=Words(
                f"没有这项事实；有：{'、'.join(known)}",
                f"there is no such fact; the facts are {', '.join(known)}",
            ),
        )
    return read_value(name, value, wording.facts[name].value_type)


def first_facts(wording: ProcessVersion, given: Mapping[str, Any]) -> dict[str, Value]:
    """The facts a case starts with: those given, and the defaults of the others."""
    facts = {name: read_fact(wording, name, value) for name, value in given.items()}
    for name, declared in wording.facts.items():
        if name not in facts and declared.default is not None:
            facts[name] = read_fact(wording, name, declared.default)
    return facts


def _act(
    process: Process,
    state: CaseState,
    *,
    on: dt.date,
    claimed_on: dt.date | None,
    seen: int,
    even_suspended: bool = False,
    closing: str | None = None,
) -> ProcessVersion:
    """What every command checks first; gives the wording the case is pinned to."""
    wording = process.at(state.version)
    if seen != state.seq:
        raise CaseMovedOn(seen=seen, now=state.seq)
    if state.ending is not None:
        raise CaseEnded(on=state.ended_on, ending=ENDINGS[state.ending])
    _not_claimed_later(on, claimed_on)
    day = claimed_on or on
    first = earliest(state, closing)
    if day < first:
        raise BeforeLastEvent(day=day, last=first)
    if state.suspension is not None and not even_suspended:
        cause = wording.causes[state.suspension.cause].title
        raise CaseSuspended(since=state.suspension.since, cause=cause)
    return wording


def _not_claimed_later(on: dt.date, claimed_on: dt.date | None) -> None:
    if claimed_on is not None and claimed_on > on:
        raise ClaimedLater(claimed=claimed_on, on=on)


def _may_work_on(wording: ProcessVersion, state: CaseState, stage: str, role: str) -> None:
    if stage not in wording.stages:
        raise UnknownStage(stage=stage, known=_titles(wording, wording.stages))
    title = wording.stages[stage].title
    if state.runs[stage].status is not StageStatus.OPEN:
        raise StageNotOpen(stage=title, open=_titles(wording, state.open_stages))
    needed = wording.stages[stage].role
    if role != needed:
        known = wording.all_roles
        raise WrongRole(
            stage=title, needed=known[needed].title, role=known[role].title if role in known else role
        )


def _brings_its_products(
    wording: ProcessVersion, state: CaseState, stage: str, facts: Mapping[str, Any], evidence: tuple[str, ...]
) -> None:
    """What was known before does not count: a second inspection has a result of its own."""
    declared = wording.stages[stage]
    told = {name: read_fact(wording, name, value) for name, value in facts.items() if value not in (None, "")}
    asked = wording.yields_of(stage, {**state.facts, **told})
    for name in declared.yields:
        title = wording.facts[name].title or name
        if name in asked and name not in told:
            raise ProductNeeded(stage=declared.title, product=title)
        if name in told and name not in asked:
            when = say_condition(wording.whens[name], wording.facts)
            raise ProductNotAsked(stage=declared.title, product=title, when=when)
    for name in told:
        if owners := wording.told_by_others(name, declared.role):
            raise ProductOfAnother(
                product=wording.facts[name].title or name,
                offices=[wording.all_roles[role].title or role for role in owners],
            )
    if declared.document is not None and not evidence:
        raise DocumentNeeded(stage=declared.title, document=declared.document)


def _way_is_known(process: Process, state: CaseState) -> None:
    """Refuse a step after which nobody could tell whether the next stage is needed."""
    if state.suspension is not None or state.ending is not None:
        return
    wording = process.at(state.version)
    for stage, names in undecided(wording, state).items():
        declared = wording.facts[names[0]].title
        raise FactNeeded(fact=declared or names[0], stage=wording.stages[stage].title)


def undecided(wording: ProcessVersion, state: CaseState) -> dict[str, tuple[str, ...]]:
    """Stages whose turn it is but whose condition asks for facts nobody has recorded."""
    graph = wording.graph
    return {
        key: graph.unknown_facts(key, state.facts)
        for key, run in state.runs.items()
        if run.status is StageStatus.WAITING
        and key in graph.guards
        and all(state.runs[before].status in RESOLVED for before in graph.after[key])
    }


def _with_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded


def _titles(wording: ProcessVersion, keys: Any) -> Words:
    return _joined([wording.stages[key].title for key in keys])


def _joined(several: list[Words], between: Words | None = None) -> Words:
    between = between or Words("、", ", ")
    none = Words("（无）", "(none)")
    if not several:
        return none
    return Words(between.zh.join(each.zh for each in several), between.en.join(each.en for each in several))
