"""Publishing fees, and charging what was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.db import transaction
from django.db.models import Min

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.connections import queries
from tongdian.connections.models import Charge, PublishedFee
from tongdian.connections.rules import NothingCharged, NotInCatalogue, charge_of
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

MOST_CHARGED = 1_000_000_000  # of one fee at once: what the column holds


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


def charge(*, viewer: Any, case: Case, quantities: Mapping[str, Decimal], at: dt.datetime) -> list[Charge]:
    """Charge fees of the catalogue in a case, each by its code, all or none.

    Raises NotAllowed, NothingCharged, BadInput for a quantity that is none, and NotInCatalogue,
    which cites what the regulation of the case says of it.
    """
    on = legal_day(at)
    must_be_allowed(viewer, "cases.open", Words("收取费用", "charge fees"), case.organisation)
    if not quantities:
        raise NothingCharged
    catalogue = {fee.code: fee for fee in queries.fees(case.organisation, on=on)}
    with transaction.atomic():
        return [
            _charge(viewer, case, catalogue.get(code) or _not_in_catalogue(case, code, on), quantity, at)
            for code, quantity in quantities.items()
        ]


def _not_in_catalogue(case: Case, code: str, on: dt.date) -> NoReturn:
    cited = rulebook.pack_at(case.pack, case.revision).head.charges_by
    raise NotInCatalogue(fee=code, on=on, cite=Words("、".join(cited) or "—", ", ".join(cited) or "—"))


def _charge(viewer: Any, case: Case, fee: PublishedFee, quantity: Decimal, at: dt.datetime) -> Charge:
    if not 0 < quantity < MOST_CHARGED:
        raise BadInput(
            name=Words(f"{fee.name}的数量", f"quantity of {fee.name}"),
            problem=Words("须大于 0", "it must be more than 0"),
        )
    row = Charge.objects.create(
        case=case,
        fee=fee,
        quantity=quantity,
        yuan=charge_of(fee.yuan, quantity),
        on=legal_day(at),
        by=viewer.actor,
        at=at,
    )
    record(
        actor=viewer.actor,
        action="case.charge",
        subject=f"case:{case.id}",
        payload={"fee": fee.code, "quantity": str(quantity), "yuan": str(row.yuan)},
        at=at,
    )
    return row
