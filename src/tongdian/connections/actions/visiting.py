"""Appointments on site."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import SHANGHAI
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import queries
from tongdian.connections.models import Visit
from tongdian.connections.rules import MOST_BOOKINGS, MovedTooOften, NoSuchSlot
from tongdian.notices.queries import hotline_of
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.states import must_follow


def book_visit(*, viewer: Any, case: Case, starts_at: dt.datetime, at: dt.datetime) -> Visit:
    """Book one of the hours that the office in whose hands the case is offers.

    A case holds one hour at a time: a visit booked before is given up. Raises NoSuchSlot, and
    MovedTooOften from an applicant, because whoever moves on and on keeps the hours from others.
    """
    with transaction.atomic():
        stage = queries.stage_with_visit(case)
        if stage is None or stage.office is None:
            raise NoSuchSlot(slot=f"{starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
        Organisation.objects.select_for_update().get(pk=stage.office.pk)  # one booking at a time
        of_case = Visit.objects.filter(case=case)
        if isinstance(viewer, Applicant) and of_case.filter(by=viewer.actor).count() >= MOST_BOOKINGS:
            raise MovedTooOften(office=stage.office.name, phone=hotline_of(stage.office))
        of_case.filter(state=Visit.State.BOOKED).update(state=Visit.State.CANCELLED)
        if starts_at not in queries.free_slots(case, stage.office, at=at):
            raise NoSuchSlot(slot=f"{starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
        visit = Visit.objects.create(
            case=case, stage=stage.stage, office=stage.office, starts_at=starts_at, by=viewer.actor
        )
        record(
            actor=viewer.actor,
            action="visit.book",
            subject=f"case:{case.id}",
            payload={"stage": stage.stage, "at": starts_at.isoformat()},
            at=at,
        )
    return visit


def end_visit(*, viewer: Any, visit: Visit, state: str, note: str, at: dt.datetime) -> Visit:
    """Whoever went says whether it was done, or nobody was there; anyone in it may cancel.

    Raises NotAllowed, CannotFollow.
    """
    own = isinstance(viewer, Applicant) and viewer.case == visit.case_id
    if not (own and state == Visit.State.CANCELLED):
        must_be_allowed(viewer, "cases.work", Words("登记上门结果", "settle visits"), visit.office)
    with transaction.atomic():
        row = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
        row.state, row.note = must_follow(Visit.FOLLOWS, row.state, state), note[:200]
        row.save(update_fields=["state", "note"])
        record(
            actor=viewer.actor,
            action=f"visit.{state}",
            subject=f"case:{row.case_id}",
            payload={"stage": row.stage, "note": row.note},
            at=at,
        )
    return row
