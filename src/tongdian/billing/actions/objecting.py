"""A customer objects to a bill within the time of its pack (22(1)), and the office settles it.

Silence binds the customer only: an objection that comes late is kept and answered all the same, and the
office's own delay confirms nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.billing import queries
from tongdian.billing.models import Bill, BillDelivery, Dispute, DisputeAnswer
from tongdian.billing.rules import (
    OBJECT,
    RUN,
    SETTLE,
    DisputedAlready,
    DisputeOutcome,
    NotCorrectedYet,
    ReasonMissing,
    SettledAlready,
)
from tongdian.calendar import legal_day
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.queries import pack_for


@transaction.atomic
def deliver_bill(*, viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """A bill reached the customer: from the first such day the time to object runs. Raises NotAllowed."""
    must_be_allowed(viewer, *RUN, bill.organisation)
    return delivered(viewer, bill, way, on, at)


def delivered(viewer: Any, bill: Bill, way: str, on: dt.date, at: dt.datetime) -> BillDelivery:
    """As `deliver_bill`, inside a deed that asked who may."""
    row = BillDelivery.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        way=way,
        on=min(on, legal_day(at)),
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    _record(viewer, "deliver-bill", bill, at, way=way, on=row.on.isoformat())
    return row


@transaction.atomic
def object_to_bill(*, viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """Keep a written objection of a day, with the last days for it and for its answer.

    Raises NotAllowed, ReasonMissing, DisputedAlready.
    """
    must_be_allowed(viewer, *OBJECT, bill.organisation)
    return objected(viewer, bill, text, on, at)


def objected(viewer: Any, bill: Bill, text: str, on: dt.date, at: dt.datetime) -> Dispute:
    """As `object_to_bill`, inside a deed that asked who may."""
    if not text.strip():
        raise ReasonMissing().about("text")
    if queries.open_dispute(bill) is not None:
        raise DisputedAlready
    on = min(on, legal_day(at))
    received = queries.delivered_on(bill)
    pack = pack_of(bill)
    dispute = Dispute.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        on=on,
        text=text,
        last_on=_last_day(pack, "objects", received) if received else None,
        answer_by=_last_day(pack, "settles", on),
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    _record(viewer, "object-to-bill", bill, at, on=on.isoformat(), is_in_time=dispute.is_in_time)
    return dispute


@transaction.atomic
def settle_dispute(
    *, viewer: Any, dispute: Dispute, outcome: str, text: str, at: dt.datetime
) -> DisputeAnswer:
    """Answer an objection in writing. One that is upheld needs the bill to be corrected or cancelled first.

    Raises NotAllowed, ReasonMissing, NotCorrectedYet, SettledAlready.
    """
    bill = dispute.bill
    must_be_allowed(viewer, *SETTLE, bill.organisation)
    if not text.strip():
        raise ReasonMissing().about("text")
    if outcome == DisputeOutcome.UPHELD and not queries.is_cancelled(bill):
        raise NotCorrectedYet(number=bill.number)
    try:
        with transaction.atomic():
            answer = DisputeAnswer.objects.create(
                organisation_id=bill.organisation_id,
                dispute=dispute,
                outcome=outcome,
                text=text,
                at=at,
                by=viewer,
            )
    except IntegrityError:
        raise SettledAlready from None
    _record(viewer, "settle-objection", bill, at, outcome=outcome, text=text)
    return answer


def pack_of(bill: Bill) -> Pack:
    """The regulation by which a bill was made, as it governs its place."""
    return pack_for(bill.parts[0]["pack"], bill.account.place.region.code)


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


def _record(viewer: Any, action: str, bill: Bill, at: dt.datetime, **payload: Any) -> None:
    actor = getattr(viewer, "actor", "program")
    record(actor=actor, action=action, subject=f"bill:{bill.number}", payload=payload, at=at)
