"""Whether a payment for works may be approved: by the certificate that serves it (48)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from tongdian.accounts.models import ServedPayment
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case
from tongdian.connections.printing import CHECK_BALANCE
from tongdian.connections.printing.money import certified
from tongdian.money import fen_of_yuan
from tongdian.parties.models import Customer
from tongdian.parties.permissions import seen

READ = "cases.read_papers"
MOST = 20


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that stands: of which customer and case, for which payment of a contract, settled from `first`
    to `last` (included)."""

    customer: Customer
    case: Case
    contract: str
    payment: str
    issued_on: dt.date
    first: dt.date
    last: dt.date
    fen: int


def certificates(viewer: Any, *, contract: str, payment: str) -> list[Certificate]:
    """The certificates that stand for a payment of a contract, newest first: of two contractors whose contracts
    are called the same, both. A part of a name is not the name."""
    rows = served(viewer, contract=contract).filter(payment__iexact=_plainly(payment))
    found = []
    for row in rows[:MOST]:
        case = case_queries.case_numbered(viewer, row.case)
        standing = certified(case)
        if standing is None:  # it was taken back
            continue
        run, on = standing
        found.append(
            Certificate(
                customer=row.customer,
                case=case,
                contract=row.contract,
                payment=row.payment,
                issued_on=on,
                first=dt.date.fromisoformat(run.given["period_from"]),
                last=dt.date.fromisoformat(run.given["period_to"]),
                fen=fen_of_yuan(Decimal(run.given["amount"])),
            )
        )
    return found


def asked_for(viewer: Any) -> bool:
    """Whether anybody ever asked for one where the viewer reads."""
    return Case.objects.filter(seen(viewer, READ), effects__effect=CHECK_BALANCE).exists()


def served(viewer: Any, *, contract: str) -> QuerySet[ServedPayment]:
    """The payments of a contract for which a certificate was issued, newest first, whether it stands or not."""
    rows = ServedPayment.objects.filter(seen(viewer, READ), contract__iexact=_plainly(contract))
    return rows.select_related("customer").order_by("-at", "-id")


def _plainly(text: str) -> str:
    return " ".join(text.split())[:120]
