"""What people do to a case: each verb appends events.

`case` is the case or its number; `seen` the number of the last event on the page that the person
acted from, so that of two who act at once the second is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import step
from tongdian.cases.actions.force_majeure import event_of_stay
from tongdian.cases.actions.hands import (
    actor_of,
    must_be_at_hand,
    must_be_theirs_to_say,
    must_have_it_in_hand,
)
from tongdian.cases.models import Case, ForceMajeureEvent, HeldUp
from tongdian.cases.queries import Desk, Hands
from tongdian.cases.rules import PapersMissing, has_file, joined
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState
from tongdian.policy.process.refusals import DocumentNeeded, ReasonNeeded
from tongdian.policy.process.verbs import WITHDRAW
from tongdian.policy.words import Words


def close_stage(
    *,
    viewer: Any,
    case: Case | str,
    stage: str,
    seen: int,
    at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    note: str = "",
    evidence: Sequence[str] = (),
    claimed_on: dt.date | None = None,
) -> Case:
    """Complete a stage; its effect happens in the same transaction, told `given`.

    Raises NotAllowed, PapersMissing, BadInput, FactNeeded also for a fact that stands at its default
    and at which nobody looked, NotWithin, OfAnotherKind, MustHold, DocumentNeeded also for a step of the customer's that is
    recorded for them, what else the kernel refuses, and what the effect does.
    """

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        hand = must_be_at_hand(viewer, locked, desk, stage, on)
        closed = kernel.close_stage(
            desk.process,
            state,
            stage=stage,
            role=_role_of(desk, stage),
            on=on,
            by=actor_of(viewer, locked.number),
            seen=seen,
            facts=facts,
            note=note,
            evidence=tuple(evidence),
            claimed_on=claimed_on,
        )
        listed = queries.paper_list(locked, state, stage, desk)
        if listed is not None and listed.missing:
            raise PapersMissing(missing=joined(one.title for one in listed.missing))
        kernel.must_have_looked(desk.process, state, stage, facts)
        kernel.must_be_within(desk.pack, desk.wording, state.facts, facts or {}, on=on, taken=locked.taken)
        _must_agree(desk, state, locked, stage, facts or {})
        document = queries.document_of(desk, stage, hand)
        if document is not None and not has_file(evidence):
            raise DocumentNeeded(stage=desk.wording.stages[stage].title, document=document)
        return closed

    return step(viewer, case, at, events, given=given)


def return_stage(
    *,
    viewer: Any,
    case: Case | str,
    stage: str,
    to: str,
    reason: str,
    seen: int,
    at: dt.datetime,
    claimed_on: dt.date | None = None,
) -> Case:
    """Send the case back for rework; effects of the stages gone back past are undone.

    Raises NotAllowed, CannotUndo, and what the kernel refuses.
    """

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        must_be_at_hand(viewer, locked, desk, stage, on)
        returned = kernel.return_stage(
            desk.process,
            state,
            stage=stage,
            role=_role_of(desk, stage),
            to=to,
            reason=reason,
            on=on,
            by=actor_of(viewer, locked.number),
            seen=seen,
            claimed_on=claimed_on,
        )
        return [returned]

    return step(viewer, case, at, events)


def suspend(
    *,
    viewer: Any,
    case: Case | str,
    cause: str,
    seen: int,
    at: dt.datetime,
    reason: str = "",
    event: Any = None,
    evidence: Sequence[str] = (),
    claimed_on: dt.date | None = None,
) -> Case:
    """Let the case stand still for a cause that its process admits; `reason` says what happened, and
    `event` which event of force majeure the stay is laid to, by its id.

    Raises NotAllowed, ReasonNeeded, what the kernel refuses, and what `event_of_stay` does.
    """
    _must_say_why(reason)
    laid_to: list[ForceMajeureEvent] = []

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        must_have_it_in_hand(viewer, locked, desk, state, on, Words("中止业务", "suspend this"))
        suspended = kernel.suspend(
            desk.process,
            state,
            cause=cause,
            on=on,
            by=actor_of(viewer, locked.number),
            seen=seen,
            reason=reason,
            evidence=tuple(evidence),
            claimed_on=claimed_on,
        )
        found = event_of_stay(desk, locked, cause, event, suspended.day)
        if found is not None:
            laid_to.append(found)
        return [suspended]

    with transaction.atomic():
        done = step(viewer, case, at, events)
        for one in laid_to:
            HeldUp.objects.create(
                case=done, seq=done.seq, event=one, since=claimed_on or legal_day(at), at=at
            )
    return done


def resume(
    *,
    viewer: Any,
    case: Case | str,
    seen: int,
    at: dt.datetime,
    note: str = "",
    claimed_on: dt.date | None = None,
) -> Case:
    """Go on after a suspension."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        must_have_it_in_hand(viewer, locked, desk, state, on, Words("恢复业务", "resume this"))
        by = actor_of(viewer, locked.number)
        return [kernel.resume(desk.process, state, on=on, by=by, seen=seen, note=note, claimed_on=claimed_on)]

    return step(viewer, case, at, events)


def record_fact(
    *,
    viewer: Any,
    case: Case | str,
    name: str,
    value: Any,
    seen: int,
    at: dt.datetime,
    reason: str = "",
    claimed_on: dt.date | None = None,
) -> Case:
    """Record or correct a fact; what it decided before stays decided.

    Raises NotAllowed, ProductOfAnother, ReasonNeeded for a correction without one, and what the kernel refuses.
    """

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        must_have_it_in_hand(viewer, locked, desk, state, on, Words("登记事实", "record facts"))
        must_be_theirs_to_say(viewer, locked, desk, name, on)
        if name in state.facts and name not in kernel.at_default(desk.wording, state):
            _must_say_why(reason)
        kernel.must_be_within(desk.pack, desk.wording, state.facts, {name: value}, on=on, taken=locked.taken)
        fact = kernel.record_fact(
            desk.process,
            state,
            name=name,
            value=value,
            on=on,
            by=actor_of(viewer, locked.number),
            seen=seen,
            reason=reason,
            claimed_on=claimed_on,
        )
        return [fact]

    return step(viewer, case, at, events)


def withdraw(
    *,
    viewer: Any,
    case: Case | str,
    reason: str,
    seen: int,
    at: dt.datetime,
    claimed_on: dt.date | None = None,
) -> Case:
    """End the case because the applicant takes it back; what effects did is undone."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        if not Hands(viewer, locked, desk.wording, on).may(WITHDRAW, "", state).may:
            raise NotAllowed(deed=Words("撤回此业务", "take this case back"))
        by = actor_of(viewer, locked.number)
        return [
            kernel.withdraw(
                desk.process, state, reason=reason, on=on, by=by, seen=seen, claimed_on=claimed_on
            )
        ]

    return step(viewer, case, at, events)


def migrate(*, viewer: Any, case: Case | str, version: str, reason: str, seen: int, at: dt.datetime) -> Case:
    """Move the case to another version of its process in the same encoding of the pack."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        deed = Words("更换办理版本", "move cases to another version")
        must_be_allowed(viewer, "cases.migrate", deed, locked.organisation)
        by = actor_of(viewer, locked.number)
        return [kernel.migrate(desk.process, state, version=version, reason=reason, on=on, by=by, seen=seen)]

    return step(viewer, case, at, events)


def _must_agree(desk: Desk, state: CaseState, case: Case, stage: str, facts: Mapping[str, Any]) -> None:
    """The facts fit the process, by the rules of the day of application. Raises OfAnotherKind, MustHold."""
    kernel.must_agree(
        desk.pack, desk.wording, state.facts, facts, stage=stage, on=state.opened_on, taken=case.taken
    )


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded


def _role_of(desk: Desk, stage: str) -> str:
    """Whose it is; an unknown stage is the kernel's to refuse."""
    known = desk.wording.stages.get(stage)
    return known.role if known else ""
