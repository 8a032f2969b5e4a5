"""Writing events and all that follows from them, under the lock of the case."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from django.db import connection, transaction

from tongdian.audit_log.actions import record
from tongdian.bounded_days import open_end
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.effects import do_effect, undo_effects
from tongdian.cases.actions.hands import acted_for
from tongdian.cases.models import Assignment, Case, Event, OpenStage, TimeSource, Unannounced
from tongdian.cases.queries import Desk
from tongdian.cases.rules import NoSuchCase
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState, JudgedClocks
from tongdian.questions import Question, at_once, insert
from tongdian.soon import do_soon

GOING_BACK = kernel.Returned | kernel.Withdrawn | kernel.Migrated  # only these undo anything
Build = Callable[[Desk, CaseState, Case, dt.date], Iterable[kernel.CaseEvent]]


def step(
    viewer: Any, case: Case | str, at: dt.datetime, build: Build, given: Mapping[str, Any] | None = None
) -> Case:
    with transaction.atomic():
        locked = lock(case)
        desk = queries.desk(locked)
        state = queries.state_of(locked, desk)
        events = list(build(desk, state, locked, legal_day(at)))
        append(locked, desk, state, events, viewer, at, TimeSource.LIVE, given)
    return locked


_LOCKED = Question(
    """
    select {locked}, {organisation}, {customer}
      from cases_case locked
      join parties_organisation organisation on organisation.id = locked.organisation_id
      left join parties_customer customer on customer.id = locked.customer_id
     where locked.number = %(number)s
       for update of locked
    """,
    locked=Case,
    organisation=Organisation,
    customer=Customer,
)


def lock(case: Case | str) -> Case:
    """The case, or the one of that number, for us alone until the transaction ends."""
    number = case if isinstance(case, str) else case.number
    for locked, organisation, customer in _LOCKED(number=number):
        locked.organisation, locked.customer = organisation, customer
        return cast("Case", locked)
    raise NoSuchCase(case=number)


def append(
    case: Case,
    desk: Desk,
    before: CaseState | None,
    events: Sequence[kernel.CaseEvent],
    viewer: Any,
    at: dt.datetime,
    source: str,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Write the events and all that follows from them."""
    rows = [row_of(case, event, viewer, at, source) for event in events]
    for row, event in zip(rows, events, strict=True):
        row.acted_for = acted_for(viewer, case, desk, event, legal_day(at))
    after = before
    for event in events:
        after = kernel.apply(desk.process, after, event)
    assert after is not None
    if source == TimeSource.LIVE:
        if any(isinstance(event, GOING_BACK) for event in events):
            undo_effects(case, desk, after, viewer, at)
        for event in events:
            if isinstance(event, kernel.Closed):
                do_effect(case, desk, after, event, viewer, at, given or {})
    clocks = desk.clocks(case, after, legal_day(at))
    stages = open_stages(case, desk, after, clocks, legal_day(at))
    with at_once():
        insert(rows)
        project(case, after, clocks, stages)
        seal(rows, at)
        if source == TimeSource.LIVE:
            insert([Unannounced(case=case, first=rows[0].seq, last=rows[-1].seq)])
            do_soon("cases.announce")


def seal(rows: Sequence[Event], at: dt.datetime) -> None:
    """Enter what the events say in the audit log."""
    for row in rows:
        record(
            actor=row.by,
            action=f"case.{row.kind}",
            subject=f"case:{row.case_id}",
            payload={"seq": row.seq, "sha256": fingerprint(row)},
            at=at,
        )


def row_of(case: Case, event: kernel.CaseEvent, viewer: Any, at: dt.datetime, source: str) -> Event:
    """A kernel event as it is stored. Raises DayOutOfBounds where a fact is a day nobody means."""
    for value in (*getattr(event, "facts", {}).values(), getattr(event, "value", None)):
        if isinstance(value, dt.date):
            open_end(value)
    body = kernel.event_to_plain(event)
    for name in ("event", "seq", "on", "claimed_on", "by"):
        body.pop(name)
    account = viewer if isinstance(viewer, Account) else None
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


_STANDING = """
    with gone as (delete from cases_openstage where case_id = %(id)s)
    update cases_case
       set version = %(version)s, seq = %(seq)s, opened_on = %(opened_on)s, last_on = %(last_on)s,
           ended_on = %(ended_on)s, ending = %(ending)s, suspended_since = %(suspended_since)s,
           waits_from = %(waits_from)s
     where id = %(id)s
"""
_GIVEN = Question(
    """
    select {given} from cases_assignment given
     where given.case_id = %(case)s and given.part = any(%(parts)s) and not exists (
        select from cases_assignment later
         where later.case_id = given.case_id and later.part = given.part and later.id > given.id)
    """,
    given=Assignment,
)


def project(case: Case, state: CaseState, clocks: JudgedClocks, stages: Sequence[OpenStage]) -> None:
    """Bring the case's row and its open stages up to date with its events."""
    stay = state.suspension
    case.version = state.version
    case.seq = state.seq
    case.opened_on, case.last_on, case.ended_on = state.opened_on, state.last_on, state.ended_on
    case.ending = state.ending.value if state.ending else ""
    case.suspended_since = stay.since if stay else None
    case.waits_from = clocks.waits_from
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, vars(case))
    if stages:
        insert(stages)


def open_stages(
    case: Case, desk: Desk, state: CaseState, clocks: JudgedClocks, on: dt.date
) -> list[OpenStage]:
    """The stages that wait for somebody, as they are to be kept."""
    if state.ending is not None or not state.open_stages:
        return []
    deadlines = clocks.deadlines()
    rows_given = _GIVEN(case=case.id, parts=list(state.open_stages))
    given = {one.part: one.account_id for (one,) in rows_given}
    rows = []
    for stage in state.open_stages:
        reading, role = deadlines[stage], desk.wording.stages[stage].role
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
                # a stay that nobody countersigned leaves it among what is late or due
                is_suspended=state.suspension is not None and not reading.doubted,
            )
        )
    return rows


def rebuild(*, case: Case, on: dt.date) -> CaseState:
    """Make the projection of one case anew from its events; gives the state."""
    with transaction.atomic():
        locked = lock(case)
        state = queries.state_of(locked)
        locked.version = state.version
        desk = queries.desk(locked)
        clocks = desk.clocks(locked, state, on)
        project(locked, state, clocks, open_stages(locked, desk, state, clocks, on))
    return state
