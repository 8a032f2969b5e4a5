"""Charging what was published."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.connections import queries
from tongdian.connections.models import Charge
from tongdian.connections.rules import NotInCatalogue, charge_of
from tongdian.policy.words import Words


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
