"""A customer objects to a bill within the time of its pack (22(1)), and the office settles it.

Silence binds the customer only: an objection that comes late is kept and answered all the same, and the
office's own delay confirms nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.billing import queries
from tongdian.billing.fields import DELIVERY, OBJECTION, SETTLEMENT
from tongdian.billing.models import Bill, BillDelivery, Dispute, DisputeAnswer
from tongdian.billing.rules import (
    OBJECT,
    RUN,
    SETTLE,
    DisputedAlready,
    DisputeOutcome,
    NotCorrectedYet,
    SettledAlready,
)
from tongdian.calendar import legal_day
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import action


@action("deliver-bill", may=RUN, within="bill.organisation", fields=DELIVERY)
def deliver_bill(*, viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """A bill reached the customer: from the first such day the time to object runs. Raises NotAllowed."""
    return delivered(viewer, bill, way, on, at)


def delivered(viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """As `deliver_bill`, inside a deed that asked who may."""
    return BillDelivery.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        way=way,
        on=min(on, legal_day(at)),
        at=at,
        by_id=getattr(viewer, "pk", None),
    )


@action("object-to-bill", may=OBJECT, within="bill.organisation", fields=OBJECTION)
def object_to_bill(*, viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """Keep a written objection of a day, with the last days for it and for its answer.

    Raises NotAllowed, ReasonMissing, DisputedAlready.
    """
    return objected(viewer, bill, text, on, at)


def objected(viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """As `object_to_bill`, inside a deed that asked who may."""
    if queries.open_dispute(bill) is not None:
        raise DisputedAlready
    on = min(on, legal_day(at))
    received = queries.delivered_on(bill)
    pack = queries.pack_of(bill)
    return Dispute.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        on=on,
        text=text,
        last_on=_last_day(pack, "objects", received) if received else None,
        answer_by=_last_day(pack, "settles", on),
        at=at,
        by_id=getattr(viewer, "pk", None),
    )


@action("settle-objection", may=SETTLE, within="dispute.organisation", fields=SETTLEMENT)
def settle_dispute(
    *, viewer: Any, dispute: Dispute, outcome: str, text: str, at: dt.datetime
) -> DisputeAnswer:
    """Answer an objection in writing. One that is upheld needs the bill to be corrected or cancelled first.

    Raises NotAllowed, ReasonMissing, NotCorrectedYet, SettledAlready.
    """
    bill = dispute.bill
    if outcome == DisputeOutcome.UPHELD and not queries.is_cancelled(bill):
        raise NotCorrectedYet(number=bill.number)
    try:
        with transaction.atomic():
            return DisputeAnswer.objects.create(
                organisation_id=bill.organisation_id,
                dispute=dispute,
                outcome=outcome,
                text=text,
                at=at,
                by=viewer,
            )
    except IntegrityError:
        raise SettledAlready from None


def _last_day(pack: Pack, who: str, received: dt.date) -> dt.date | None:
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
