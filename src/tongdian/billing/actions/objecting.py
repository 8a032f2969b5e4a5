"""A customer objects to a bill within the time of its pack (22(1)), and the office settles it.

An objection that comes late is kept and answered all the same. Whether the office's own delay confirms
the bill, the pack says (`silence`); by GXNU's default it does not.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts.actions.late import ended, leave_alone
from tongdian.accounts.models import Debt, Halt
from tongdian.accounts.rules import HaltGround
from tongdian.audit_log.actions import record
from tongdian.billing import queries
from tongdian.billing.fields import DELIVERY, OBJECTION, SETTLEMENT
from tongdian.billing.models import Bill, BillDelivery, Dispute, DisputeAnswer
from tongdian.billing.queries import disputing
from tongdian.billing.rules import (
    OBJECT,
    RUN,
    SETTLE,
    DeliveredTooEarly,
    DeliveryWay,
    DisputedAlready,
    DisputeOutcome,
    NotCorrectedYet,
    ObjectedTooEarly,
    SettledAlready,
)
from tongdian.calendar import legal_day
from tongdian.registers.action import action


@action("deliver-bill", may=RUN, within="bill.organisation", fields=DELIVERY)
def deliver_bill(*, viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """A bill reached the customer: from the first such day the time to object runs.

    Raises NotAllowed, DeliveredTooEarly.
    """
    return delivered(viewer, bill, way, on, at)


def delivered(viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """As `deliver_bill`, inside a deed that asked who may."""
    on = min(on, legal_day(at))
    if on < bill.issued_on:
        raise DeliveredTooEarly(day=bill.issued_on)
    return BillDelivery.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        way=way,
        on=on,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )


@action("object-to-bill", may=OBJECT, within="bill.organisation", fields=OBJECTION)
def object_to_bill(*, viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """Keep a written objection of a day, with the last days for it and for its answer.

    Raises NotAllowed, CorrectionReasonMissing, DisputedAlready.
    """
    return objected(viewer, bill, text, on, at)


def objected(viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """As `object_to_bill`, inside a deed that asked who may."""
    if disputing.open_dispute(bill) is not None:
        raise DisputedAlready
    on = min(on, legal_day(at))
    received = queries.delivered_on(bill)
    if not bill.issued_on <= on:
        raise ObjectedTooEarly(day=bill.issued_on)
    dispute = Dispute.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        on=on,
        text=text,
        last_on=disputing.last_day(bill, "objects", received) if received else None,
        answer_by=disputing.last_day(bill, "settles", on),
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    if dispute.is_in_time:  # a bill that counts as confirmed is collected
        until = dispute.answer_by if disputing.silence_confirms(bill, on) else None
        for debt in Debt.objects.filter(posting=bill.posting) if bill.posting_id else ():
            leave_alone(
                bill.account,
                debt,
                ground=HaltGround.DISPUTE,
                cite=debt.cite or bill.number,
                note=bill.number,
                first_on=on,
                before=until + dt.timedelta(days=1) if until else None,
                at=at,
                by=viewer.pk,
            )
    return dispute


@transaction.atomic
def object_to_own_bill(*, viewer: Any, bill: Bill, text: str, at: dt.datetime) -> Dispute:
    """A customer's own objection, of today. Raises NoSuchBill, DisputedAlready."""
    dispute = objected(viewer, queries.own_bill(viewer, bill.pk), text, legal_day(at), at)
    _record(viewer, "object-to-bill", bill, at, text=text)
    return dispute


def seen_by_customer(*, viewer: Any, bill: Bill, at: dt.datetime) -> None:
    """A customer opened their own bill: with that it has reached them, unless it had before."""
    if queries.delivered_on(bill) is None:
        with transaction.atomic():
            delivered(viewer, queries.own_bill(viewer, bill.pk), DeliveryWay.SEEN, legal_day(at), at)
            _record(viewer, "deliver-bill", bill, at, way=DeliveryWay.SEEN)


@action("settle-objection", may=SETTLE, within="dispute.organisation", fields=SETTLEMENT)
def settle_dispute(
    *, viewer: Any, dispute: Dispute, outcome: str, text: str, at: dt.datetime
) -> DisputeAnswer:
    """Answer an objection in writing. One that is upheld needs the bill to be corrected or cancelled first.

    Raises NotAllowed, CorrectionReasonMissing, NotCorrectedYet, SettledAlready.
    """
    bill = dispute.bill
    if outcome == DisputeOutcome.UPHELD and not queries.is_cancelled(bill):
        raise NotCorrectedYet(number=bill.number)
    for halt in Halt.objects.filter(debt__posting=bill.posting, ground=HaltGround.DISPUTE, end=None):
        ended(viewer, halt, legal_day(at), text[:200], at)
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


def _record(viewer: Any, deed: str, bill: Bill, at: dt.datetime, **payload: Any) -> None:
    record(actor=viewer.actor, action=deed, subject=bill.audit_subject, payload=payload, at=at)
