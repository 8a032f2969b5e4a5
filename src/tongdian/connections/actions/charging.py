"""Charging what was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case
from tongdian.connections import queries
from tongdian.connections.models import Charge, PublishedFee
from tongdian.connections.refusing import refusal
from tongdian.connections.rules import NothingCharged, NotInCatalogue, charge_of
from tongdian.policy.process import must_not_cost
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook


class RefusedPaysNothing(Refusal):
    """A fee in a case that was refused: nothing was done for the applicant."""

    says = Words(
        "{case} 未获同意，不收取费用；已收的请退还。",
        "{case} was refused, so no fee is charged in it; give back what was taken.",
    )
    status = 409


MOST_CHARGED = 1_000_000_000  # of one fee at once: what the column holds


def charge(*, viewer: Any, case: Case, quantities: Mapping[str, Decimal], at: dt.datetime) -> list[Charge]:
    """Charge fees of the catalogue in a case, each by its code, all or none.

    Raises NotAllowed, RefusedPaysNothing, NothingCharged, BadInput for a quantity that is none,
    NotInCatalogue, which cites what the regulation of the case says of it, and MustHold where the
    customer pays nothing by a rule.
    """
    on = legal_day(at)
    must_be_allowed(viewer, "cases.open", Words("收取费用", "charge fees"), case.organisation)
    if refusal(case) is not None:
        raise RefusedPaysNothing(case=case.number)
    if not quantities:
        raise NothingCharged
    catalogue = {
        fee.code: fee for fee in queries.fees(case.organisation, on=on, service=(case.pack, case.process))
    }
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
    yuan = charge_of(fee.yuan, quantity)
    desk, state = case_queries.desk(case), case_queries.state_of(case)
    # 附件1/38: whoever has zero investment pays nothing, published or not
    must_not_cost(desk.pack, desk.wording, state.facts, yuan, on=state.opened_on, taken=case.taken)
    row = Charge.objects.create(
        case=case, fee=fee, quantity=quantity, yuan=yuan, on=legal_day(at), by=viewer.actor, at=at
    )
    record(
        actor=viewer.actor,
        action="case.charge",
        subject=f"case:{case.id}",
        payload={"fee": fee.code, "quantity": str(quantity), "yuan": str(row.yuan)},
        at=at,
    )
    return row
