"""Objections to bills, and their last days."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.accounts import queries as accounts
from tongdian.billing.models import Bill, Dispute
from tongdian.billing.queries import delivered_on, pack_of
from tongdian.billing.rules import NoSuchDispute
from tongdian.parties.permissions import seen
from tongdian.policy.billing import Objection
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.rulebook import queries as rulebook


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


def last_day(bill: Bill, who: str, received: dt.date) -> dt.date | None:
    """The last day by the rule of the bill's pack; none, where it has no such rule or its calendar ends
    before. `who` objects or settles."""
    pack = pack_of(bill)
    rule = _objection(pack)
    if rule is None:
        return None
    given: dict[str, Any] = {**getattr(rule, who), rule.day: received.isoformat()}
    if rule.published:
        given[rule.published] = bill.issued_on.isoformat()
    if rule.payslip:
        given[rule.payslip] = accounts.is_resident(bill.account.customer, bill.account.place, bill.issued_on)
    taken = rulebook.options_in_force(pack, pack.rules[rule.rule])
    try:
        last = pack.answer(rule.rule, on=received, given=given, take=taken).value
    except Refusal:
        return None
    assert isinstance(last, dt.date)
    return last


def silence_confirms(bill: Bill, on: dt.date) -> bool:
    """Whether an objection that the office has not settled in time counts as withdrawn."""
    pack = pack_of(bill)
    rule = _objection(pack)
    if rule is None or rule.silence is None:
        return False
    table: Any = pack.rules[rule.silence]
    rows = table.rows_on(on, rulebook.options_in_force(pack, table))
    return any(row["confirms"] == "yes" and {"step": row["step"]} == rule.settles for row in rows)


def _objection(pack: Pack) -> Objection | None:
    return pack.head.uses.billing.objection if pack.head.uses.billing else None


def objection_until(bill: Bill) -> dt.date | None:
    """The last day on which the bill may be objected to; none, where it was not delivered."""
    received = delivered_on(bill)
    return last_day(bill, "objects", received) if received else None


def open_dispute(bill: Bill) -> Dispute | None:
    """The objection to a bill that is not settled yet."""
    return Dispute.objects.filter(bill=bill, answer=None).first()
