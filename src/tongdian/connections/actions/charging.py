"""Publishing fees, and charging what was published."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Min

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.connections import queries
from tongdian.connections.models import Charge, PublishedFee
from tongdian.connections.rules import NotInCatalogue, charge_of
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words


def publish_fee(
    *,
    viewer: Any,
    organisation: Organisation,
    code: str,
    name: str,
    unit: str,
    yuan: Decimal,
    basis: str,
    first: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
) -> PublishedFee:
    """Publish a fee, or its new price, from a day on; the price before ends with the day
    before, and this one with the day before the next, where a later one is published already."""
    from tongdian.parties.models import since

    must_be_allowed(viewer, "connections.publish_fees", Words("公布收费目录", "publish fees"), organisation)
    if not basis.strip():
        raise BadInput(name=Words("收费依据", "basis"), problem=Words("未填写", "is missing"))
    with transaction.atomic():
        before = (
            PublishedFee.objects.select_for_update()
            .filter(organisation=organisation, code=code, in_force__contains=first)
            .first()
        )
        if before is not None:
            before.in_force = since(before.in_force.lower, first)
            if before.in_force.lower == first:
                raise BadInput(
                    name=Words("收费标准", "fee"),
                    problem=Words("当日已经公布", "was published for that day already"),
                )
            before.save(update_fields=["in_force"])
        # A price announced for later holds from its day on: this one ends with the day before.
        later = PublishedFee.objects.filter(
            organisation=organisation, code=code, in_force__startswith__gt=first
        )
        following = later.aggregate(day=Min("in_force__startswith"))["day"]
        row = PublishedFee.objects.create(
            organisation=organisation,
            code=code,
            name=name,
            unit=unit,
            yuan=yuan,
            basis=basis.strip(),
            in_force=since(first, following),
            is_demo=is_demo,
        )
        record(
            actor=viewer.actor,
            action="fee.publish",
            subject=f"fee:{organisation.short}/{code}",
            payload={"yuan": str(yuan), "unit": unit, "basis": basis.strip(), "from": str(first)},
            at=at,
        )
    return row


def charge(*, viewer: Any, case: Case, code: str, quantity: Decimal, at: dt.datetime) -> Charge:
    """Charge a fee of the catalogue in a case. Raises NotAllowed, NotInCatalogue."""
    on = legal_day(at)
    must_be_allowed(viewer, "cases.open", Words("收取费用", "charge fees"), case.organisation)
    fee = queries.fee_on(case.organisation, code, on=on)
    if fee is None:
        raise NotInCatalogue(fee=code, on=on, cite=Words("附件1/37", "task 37"))
    with transaction.atomic():
        row = Charge.objects.create(
            case=case,
            fee=fee,
            quantity=quantity,
            yuan=charge_of(fee.yuan, quantity),
            on=on,
            by=viewer.actor,
            at=at,
        )
        record(
            actor=viewer.actor,
            action="case.charge",
            subject=f"case:{case.id}",
            payload={"fee": code, "quantity": str(quantity), "yuan": str(row.yuan)},
            at=at,
        )
    return row
