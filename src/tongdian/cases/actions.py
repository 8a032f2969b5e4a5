"""Working on cases: each verb appends events, and brings the projection up to date with them.

Every step locks the case's row, folds its events, asks the kernel, and writes in one transaction:
the events, what their effects did, the open stages, the audit log, and the job that announces
them. `seen` is the number of the last event on the page that the person acted from, so that of two
who act at once the second is told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.audit_log.actions import record
from tongdian.cases import queries
from tongdian.cases.effects import Deed, effect_named
from tongdian.cases.models import Assignment, Case, Channel, EffectRun, Event, OpenStage, Source
from tongdian.cases.queries import Desk, Hand
from tongdian.cases.rules import (
    Applicant,
    CannotUndo,
    NoSuchCase,
    NotAllowed,
    NotBound,
    NotInOffice,
    PapersMissing,
    case_number,
)
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation
from tongdian.policy import process as kernel
from tongdian.policy.answer import plain
from tongdian.policy.inputs import read_inputs
from tongdian.policy.process import CaseState, Process, StageStatus
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook


# ---------------------------------------------------------------- beginning
def open_case(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    process: str,
    customer: Customer | None,
    place: Place | None,
    at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
    channel: str = Channel.COUNTER,
    claimed_on: dt.date | None = None,
    source: str = Source.LIVE,
) -> Case:
    """Begin a case under the wording in force on the day it counts from.

    `viewer` None: the public, online. Raises NotAllowed, NotBound, and what the kernel refuses.
    """
    on = timezone.localdate(at)
    if viewer is not None and not viewer.has_perm("cases.open", organisation):
        raise NotAllowed(deed=Words("受理业务", "open cases here"))
    _must_bind(organisation, pack, claimed_on or on)
    rules = rulebook.pack(pack)
    chosen = rules.rules[process]
    assert isinstance(chosen, Process)
    taken = rulebook.options_in_force(rules, chosen)
    wording = chosen.version_on(claimed_on or on, taken)
    with transaction.atomic():
        number = _next_number(organisation, on.year)
        case = Case(
            id=uuid7(),
            number=number,
            organisation=organisation,
            region=place.region if place else organisation.region,
            place=place,
            customer=customer,
            pack=pack,
            process=process,
            version=wording.key,
            revision=rules.content_hash,
            taken=taken,
            channel=channel,
            opened_on=claimed_on or on,
            last_on=claimed_on or on,
            seq=0,
            is_demo=source == Source.DEMO,
        )
        case.pairs = queries.search_pairs(case)
        opened = kernel.open_case(
            chosen,
            version=wording.key,
            on=on,
            by=_actor(viewer, number),
            facts=facts,
            claimed_on=claimed_on,
        )
        case.save(force_insert=True)
        _append(case, queries.desk(case), None, [opened], viewer, at, source)
    return case


def _must_bind(organisation: Organisation, pack: str, on: dt.date) -> None:
    from tongdian.parties.models import Adoption

    bound = Adoption.objects.filter(
        organisation__in=organisation.ancestors, pack=pack, in_force__contains=on
    )
    if not bound.exists():
        raise NotBound(organisation=organisation.name, on=on, pack=pack)


def _next_number(organisation: Organisation, year: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into cases_counter (organisation_id, year, last) values (%s, %s, 1)"
            " on conflict (organisation_id, year) do update set last = cases_counter.last + 1"
            " returning last",
            [organisation.id, year],
        )
        (last,) = cursor.fetchone()
    return case_number(organisation.short, year, last)


# ---------------------------------------------------------------- steps
def close_stage(
    *,
    viewer: Any,
    case: Case,
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

    Raises NotAllowed, PapersMissing, BadInput, what the kernel refuses, and what the effect does.
    """

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        _must_be_at_hand(viewer, locked, desk, stage, on)
        closed = kernel.close_stage(
            desk.process,
            state,
            stage=stage,
            role=desk.wording.stages[stage].role,
            on=on,
            by=_actor(viewer, locked.number),
            seen=seen,
            facts=facts,
            note=note,
            evidence=tuple(evidence),
            claimed_on=claimed_on,
        )
        listed = queries.paper_list(locked, state, stage, desk)
        if listed is not None and listed.missing:
            raise PapersMissing(
                missing=Words(
                    "、".join(paper.title.zh for paper in listed.missing),
                    "; ".join(paper.title.en for paper in listed.missing),
                )
            )
        return closed

    return _step(viewer, case, at, events, given=given)


def return_stage(
    *,
    viewer: Any,
    case: Case,
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

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        _must_be_at_hand(viewer, locked, desk, stage, on)
        returned = kernel.return_stage(
            desk.process,
            state,
            stage=stage,
            role=desk.wording.stages[stage].role,
            to=to,
            reason=reason,
            on=on,
            by=_actor(viewer, locked.number),
            seen=seen,
            claimed_on=claimed_on,
        )
        return [returned]

    return _step(viewer, case, at, events)


def suspend(
    *,
    viewer: Any,
    case: Case,
    cause: str,
    seen: int,
    at: dt.datetime,
    reason: str = "",
    evidence: Sequence[str] = (),
    claimed_on: dt.date | None = None,
) -> Case:
    """Let the case stand still for a cause that its process admits."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        _must_have_it_in_hand(viewer, locked, desk, state, on, Words("中止业务", "suspend this"))
        suspended = kernel.suspend(
            desk.process,
            state,
            cause=cause,
            on=on,
            by=_actor(viewer, locked.number),
            seen=seen,
            reason=reason,
            evidence=tuple(evidence),
            claimed_on=claimed_on,
        )
        return [suspended]

    return _step(viewer, case, at, events)


def resume(
    *,
    viewer: Any,
    case: Case,
    seen: int,
    at: dt.datetime,
    note: str = "",
    claimed_on: dt.date | None = None,
) -> Case:
    """Go on after a suspension."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        _must_have_it_in_hand(viewer, locked, desk, state, on, Words("恢复业务", "resume this"))
        by = _actor(viewer, locked.number)
        return [
            kernel.resume(
                desk.process, state, on=on, by=by, seen=seen, note=note, claimed_on=claimed_on
            )
        ]

    return _step(viewer, case, at, events)


def record_fact(
    *,
    viewer: Any,
    case: Case,
    name: str,
    value: Any,
    seen: int,
    at: dt.datetime,
    reason: str = "",
    claimed_on: dt.date | None = None,
) -> Case:
    """Record or correct a fact; what it decided before stays decided."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        _must_have_it_in_hand(viewer, locked, desk, state, on, Words("登记事实", "record facts"))
        fact = kernel.record_fact(
            desk.process,
            state,
            name=name,
            value=value,
            on=on,
            by=_actor(viewer, locked.number),
            seen=seen,
            reason=reason,
            claimed_on=claimed_on,
        )
        return [fact]

    return _step(viewer, case, at, events)


def withdraw(
    *,
    viewer: Any,
    case: Case,
    reason: str,
    seen: int,
    at: dt.datetime,
    claimed_on: dt.date | None = None,
) -> Case:
    """End the case because the applicant takes it back; what effects did is undone."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        allowed = (isinstance(viewer, Applicant) and viewer.case == locked.id) or (
            not isinstance(viewer, Applicant)
            and (
                viewer.has_perm("cases.open", locked.organisation) or _is_their_own(viewer, locked)
            )
        )
        if not allowed:
            raise NotAllowed(deed=Words("撤回此业务", "take this case back"))
        by = _actor(viewer, locked.number)
        return [
            kernel.withdraw(
                desk.process, state, reason=reason, on=on, by=by, seen=seen, claimed_on=claimed_on
            )
        ]

    return _step(viewer, case, at, events)


def migrate(
    *, viewer: Any, case: Case, version: str, reason: str, seen: int, at: dt.datetime
) -> Case:
    """Move the case to another version of its process in the same encoding of the pack."""

    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.Event]:
        if not viewer.has_perm("cases.migrate", locked.organisation):
            raise NotAllowed(deed=Words("更换办理版本", "move cases to another version"))
        by = _actor(viewer, locked.number)
        return [
            kernel.migrate(
                desk.process, state, version=version, reason=reason, on=on, by=by, seen=seen
            )
        ]

    return _step(viewer, case, at, events)


def assign(
    *, viewer: Any, case: Case, part: str, account: Any, at: dt.datetime, reason: str = ""
) -> Assignment:
    """Give a stage, or the whole case, to somebody; `account` None gives it back to the office.

    Raises NotAllowed, NotInOffice.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        locked = _lock(case)
        desk = queries.desk(locked)
        is_taking = account is not None and account == viewer
        permission = "cases.work" if is_taking else "cases.assign"
        if not viewer.has_perm(permission, locked.organisation) and not any(
            viewer.has_perm(permission, office)
            for office in [queries.office_of(locked, desk.wording.stages[part].role, on)]
            if part in desk.wording.stages and office is not None
        ):
            raise NotAllowed(deed=Words("指派人员", "assign people"))
        if account is not None and part in desk.wording.stages:
            fit: Hand = queries.hand(account, locked, desk.wording, part, on)
            if not fit.may:
                office = queries.office_of(locked, desk.wording.stages[part].role, on)
                raise NotInOffice(
                    person=account.shown_name,
                    stage=desk.wording.stages[part].title,
                    office=(office or locked.organisation).name,
                )
        row = Assignment.objects.create(
            case=locked, part=part, account=account, by=viewer.actor, at=at, reason=reason
        )
        OpenStage.objects.filter(case=locked, stage=part).update(assigned_to=account)
        record(
            actor=viewer.actor,
            action="case.assign",
            subject=f"case:{locked.id}",
            payload={"part": part, "to": account.actor if account else None, "reason": reason},
            at=at,
        )
    return row


# ---------------------------------------------------------------- the step itself
Build = Callable[[Desk, CaseState, Case, dt.date], Iterable[kernel.Event]]


def _step(
    viewer: Any, case: Case, at: dt.datetime, build: Build, given: Mapping[str, Any] | None = None
) -> Case:
    with transaction.atomic():
        locked = _lock(case)
        desk = queries.desk(locked)
        state = queries.state_of(locked, desk)
        events = list(build(desk, state, locked, timezone.localdate(at)))
        _append(locked, desk, state, events, viewer, at, Source.LIVE, given)
    return locked


def _lock(case: Case) -> Case:
    found = (
        Case.objects.select_for_update(of=("self",))
        .select_related("organisation", "place", "customer", "region")
        .filter(pk=case.pk)
        .first()
    )
    if found is None:
        raise NoSuchCase(case=case.number)
    return found


def _append(
    case: Case,
    desk: Desk,
    before: CaseState | None,
    events: Sequence[kernel.Event],
    viewer: Any,
    at: dt.datetime,
    source: str,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Write the events and all that follows from them."""
    rows = [_row(case, event, viewer, at, source) for event in events]
    after = before
    for event in events:
        after = kernel.apply(desk.process, after, event)
    assert after is not None
    Event.objects.bulk_create(rows)
    if source == Source.LIVE:
        _undo_effects(case, desk, after, viewer, at)
        for event in events:
            if isinstance(event, kernel.Closed):
                _do_effect(case, desk, after, event, viewer, at, given or {})
    project(case, desk, after, timezone.localdate(at))
    for row in rows:
        record(
            actor=row.by,
            action=f"case.{row.kind}",
            subject=f"case:{case.id}",
            payload={"seq": row.seq, "sha256": fingerprint(row)},
            at=at,
        )
    if source == Source.LIVE:
        app.configure_task("cases.announce").defer(
            case=str(case.id), first=rows[0].seq, last=rows[-1].seq
        )


def _row(case: Case, event: kernel.Event, viewer: Any, at: dt.datetime, source: str) -> Event:
    body = kernel.event_to_plain(event)
    for name in ("event", "seq", "on", "claimed_on", "by"):
        body.pop(name)
    account = viewer if viewer is not None and not isinstance(viewer, Applicant) else None
    return Event(
        case=case,
        seq=event.seq,
        kind=event.kind,
        stage=body.pop("stage", ""),
        at=at,
        on=event.on,
        claimed_on=event.claimed_on,
        account=account,
        by=event.by,
        source=source,
        body=body,
    )


def fingerprint(event: Event) -> str:
    """SHA-256 of what an event says, as the audit log seals it."""
    said = {
        "case": str(event.case_id),
        "seq": event.seq,
        "kind": event.kind,
        "stage": event.stage,
        "at": event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "on": event.on.isoformat(),
        "claimed_on": event.claimed_on.isoformat() if event.claimed_on else None,
        "by": event.by,
        "source": event.source,
        "body": event.body,
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- effects
def _do_effect(
    case: Case,
    desk: Desk,
    state: CaseState,
    event: kernel.Closed,
    viewer: Any,
    at: dt.datetime,
    given: Mapping[str, Any],
) -> None:
    effect = effect_named(desk.wording.stages[event.stage].effect)
    if effect is None:
        return
    attempt = queries.attempt_of(state, event.stage)
    answers = read_inputs(effect.asks(case), given)
    deed = Deed(
        case=case,
        stage=event.stage,
        attempt=attempt,
        state=state,
        viewer=viewer,
        at=at,
        on=event.day,
        given=answers,
    )
    result = effect.run(deed)
    EffectRun.objects.create(
        case=case,
        stage=event.stage,
        attempt=attempt,
        effect=effect.name,
        given={name: plain(value) for name, value in answers.items()},
        result=dict(result),
        at=at,
    )


def _undo_effects(case: Case, desk: Desk, after: CaseState, viewer: Any, at: dt.datetime) -> None:
    """Take back, last first, what was done for attempts that no longer stand."""
    runs = list(EffectRun.objects.filter(case=case).order_by("-id"))
    undone = {(run.stage, run.attempt) for run in runs if run.is_undoing}
    for run in runs:
        if run.is_undoing or (run.stage, run.attempt) in undone:
            continue
        stands = after.runs[run.stage].status is StageStatus.DONE
        if stands and after.ending is not kernel.Ending.WITHDRAWN:
            continue
        effect = effect_named(run.effect)
        if effect is None or effect.undo is None:
            raise CannotUndo(
                stage=desk.wording.stages[run.stage].title,
                effect=effect.title if effect else run.effect,
            )
        deed = Deed(
            case=case,
            stage=run.stage,
            attempt=run.attempt,
            state=after,
            viewer=viewer,
            at=at,
            on=after.last_on,
            given=run.given,
            done=run.result,
        )
        result = effect.undo(deed)
        EffectRun.objects.create(
            case=case,
            stage=run.stage,
            attempt=run.attempt,
            effect=run.effect,
            is_undoing=True,
            result=dict(result),
            at=at,
        )


# ---------------------------------------------------------------- the projection
def project(case: Case, desk: Desk, state: CaseState, on: dt.date) -> None:
    """Bring the case's row and its open stages up to date with its events."""
    stay = state.suspension
    case.version = state.version
    case.seq = state.seq
    case.opened_on, case.last_on, case.ended_on = state.opened_on, state.last_on, state.ended_on
    case.ending = state.ending.value if state.ending else ""
    case.suspended_since = stay.since if stay else None
    case.save(
        update_fields=[
            "version", "seq", "opened_on", "last_on", "ended_on", "ending", "suspended_since",
        ]
    )  # fmt: skip
    OpenStage.objects.filter(case=case).delete()
    if state.ending is None and state.open_stages:
        OpenStage.objects.bulk_create(_open_stages(case, desk, state, on))


def _open_stages(case: Case, desk: Desk, state: CaseState, on: dt.date) -> list[OpenStage]:
    dues = desk.clocks(case, state, on).dues()
    given = dict(
        Assignment.objects.filter(case=case, part__in=state.open_stages)
        .order_by("part", "-id")
        .distinct("part")
        .values_list("part", "account_id")
    )
    rows = []
    for stage in state.open_stages:
        reading, role = dues[stage], desk.wording.stages[stage].role
        owner = desk.wording.owner_of(stage)
        opened_on = state.runs[stage].opened_on
        assert opened_on is not None
        rows.append(
            OpenStage(
                case=case,
                stage=stage,
                attempt=queries.attempt_of(state, stage),
                role=role,
                owner=owner,
                organisation=case.organisation,
                office=None if owner == "customer" else queries.office_of(case, role, on),
                assigned_to_id=given.get(stage),
                opened_on=opened_on,
                due_on=reading.due_on,
                limit=reading.limit.days if reading.limit else None,
                in_working_days=reading.in_working_days,
                is_suspended=state.suspension is not None,
            )
        )
    return rows


def rebuild(*, case: Case, on: dt.date) -> CaseState:
    """Make the projection of one case anew from its events; gives the state."""
    with transaction.atomic():
        locked = _lock(case)
        state = queries.state_of(locked)
        locked.version = state.version
        project(locked, queries.desk(locked), state, on)
    return state


# ---------------------------------------------------------------- who
def _actor(viewer: Any, number: str) -> str:
    return viewer.actor if viewer is not None else f"applicant:{number}"


def _is_their_own(viewer: Any, case: Case) -> bool:
    return case.customer is not None and case.customer.account_id == viewer.pk


def _must_be_at_hand(viewer: Any, case: Case, desk: Desk, stage: str, on: dt.date) -> Hand:
    known = desk.wording.stages.get(stage)
    found = queries.hand(viewer, case, desk.wording, stage, on) if known else Hand(True)
    if not found.may and known:
        raise NotAllowed(deed=Words(f"办理“{known.title.zh}”", f'work on "{known.title.en}"'))
    return found  # an unknown stage is refused by the kernel, which names the known ones


def _must_have_it_in_hand(
    viewer: Any, case: Case, desk: Desk, state: CaseState, on: dt.date, deed: Words
) -> None:
    """Whoever may work on one of the stages in question, or opens cases here, may do so."""
    if isinstance(viewer, Applicant):
        raise NotAllowed(deed=deed)
    if viewer.has_perm("cases.open", case.organisation):
        return
    if not any(
        queries.hand(viewer, case, desk.wording, stage, on).may for stage in state.open_stages
    ):
        raise NotAllowed(deed=deed)
