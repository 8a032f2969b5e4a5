"""Objections to bills, and their last days."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.billing.models import Bill, Dispute
from tongdian.billing.queries import delivered_on, pack_of
from tongdian.billing.rules import NoSuchDispute
from tongdian.parties.permissions import seen
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal


def disputes(viewer: Any) -> QuerySet[Dispute]:
    """Every objection that the viewer sees; those that are open first, the nearest last day first."""
    wanted = seen(
        viewer, "billing.read", organisation="bill__organisation", region="bill__account__place__region"
    )
    rows = Dispute.objects.filter(wanted).select_related(
        "bill", "bill__account__customer", "bill__organisation", "answer", "answer__by", "by"
    )
    return rows.order_by("answer", "answer_by", "id")


def dispute(viewer: Any, id_: UUID | str) -> Dispute:
    """One objection. Raises NoSuchDispute."""
    found = disputes(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchDispute
    return found


def last_day(pack: Pack, who: str, received: dt.date) -> dt.date | None:
    """The last day by the pack's rule; none, where it has no such rule or its calendar ends before."""
    billing = pack.head.uses.billing
    rule = billing.objection if billing else None
    if rule is None:
        return None
    given = {**getattr(rule, who), rule.day: received.isoformat()}
    try:
        last = pack.answer(rule.rule, on=received, given=given).value
    except Refusal:
        return None
    assert isinstance(last, dt.date)
    return last


def objection_until(bill: Bill) -> dt.date | None:
    """The last day on which the bill may be objected to; none, where it was not delivered."""
    received = delivered_on(bill)
    return last_day(pack_of(bill), "objects", received) if received else None


def open_dispute(bill: Bill) -> Dispute | None:
    """The objection to a bill that is not settled yet."""
    return Dispute.objects.filter(bill=bill, answer=None).first()
