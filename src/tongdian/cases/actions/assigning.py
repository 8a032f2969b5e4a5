"""Giving a stage or a case to somebody, and settling its place and customer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import lock
from tongdian.cases.actions.opening import must_be_here, must_suit
from tongdian.cases.models import Assignment, Case, OpenStage
from tongdian.cases.queries import Hand
from tongdian.cases.rules import NotInOffice, joined
from tongdian.network.models import Place
from tongdian.parties.models import Customer
from tongdian.policy.process.refusals import CaseEnded, UnknownStage
from tongdian.policy.words import Words


def assign(
    *, viewer: Any, case: Case | str, part: str, account: Any, at: dt.datetime, reason: str = ""
) -> Assignment:
    """Give a stage, or the whole case, to somebody; `account` None gives it back to the office.

    Raises NotAllowed, NotInOffice.
    """
    on = legal_day(at)
    with transaction.atomic():
        locked = lock(case)
        desk = queries.desk(locked)
        holder = OpenStage.objects.filter(case=locked, stage=part).values_list("assigned_to")
        is_giving_back = account is None and (viewer.pk,) in holder
        is_taking = account is not None and account == viewer
        if part not in desk.wording.stages and part not in Assignment.MANAGERS:
            known = joined(stage.title for stage in desk.wording.stages.values())
            raise UnknownStage(stage=part, known=known)
        permission = "cases.work" if is_taking or is_giving_back else "cases.assign"
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


def settle(
    *,
    viewer: Any,
    case: Case | str,
    at: dt.datetime,
    place: Place | None = None,
    customer: Customer | None = None,
) -> Case:
    """Say at which place, or for which customer, the case is: an applicant may have described the
    place in words. Raises NotAllowed, CaseEnded, PlaceOfOthers,
    CustomerOfOthers."""
    with transaction.atomic():
        locked = lock(case)
        deed = Words("确定地点和用户", "settle place and customer")
        must_be_allowed(viewer, "cases.open", deed, locked.organisation)
        if locked.ended_on is not None:
            raise CaseEnded(on=locked.ended_on, ending=locked.ending)
        must_be_here(locked.organisation, place, customer)
        must_suit(queries.desk(locked), place)
        if place is not None:
            locked.place, locked.region = place, place.region
        if customer is not None:
            locked.customer = customer
        locked.pairs = queries.search_pairs(locked)
        locked.save(update_fields=["place", "region", "customer", "pairs"])
        record(
            actor=viewer.actor,
            action="case.settle",
            subject=f"case:{locked.id}",
            payload={
                "place": str(place.pk) if place else None,
                "customer": str(customer.pk) if customer else None,
            },
            at=at,
        )
    return locked
