"""What billing adds to the pages of an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongdian.accounts.models import BillingAccount, Receipt
from tongdian.billing import queries
from tongdian.billing.models import Bill
from tongdian.billing.queries import disputing
from tongdian.billing.queries.classing import charge_class
from tongdian.billing.queries.paying import bills_paid_by, standings_of
from tongdian.billing.queries.quotas import does_here
from tongdian.billing.rules import RUN
from tongdian.parties.models import Customer
from tongdian.spoken import say

SHOWN = 12


def _standing(rows: list[Bill]) -> list[tuple[Bill, Any]]:
    """Bills with what the ledger leaves open of each."""
    stand = standings_of(rows, timezone.localdate())
    return [(row, stand.get(row.pk)) for row in rows]


def paid_by(request: HttpRequest, receipt: Receipt) -> dict[str, Any] | None:
    """The bills that a receipt paid, on its page."""
    if not request.user.has_perm("billing.read", receipt.organisation):
        return None
    rows = bills_paid_by(receipt)
    return {"bills": rows} if rows else None


def bills_of(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """The bills of an account, for staff."""
    if not request.user.has_perm("billing.read", account.organisation):
        return None
    rows = list(queries.bills_of(account)[:SHOWN])
    if not rows:
        return None
    today = timezone.localdate()
    may_approve = does_here(request.user, account.organisation, "quotas", today, RUN.name)
    of_class = charge_class(account, today)
    return {
        "bills": _standing(rows),
        "quota_at": account.pk if may_approve else None,
        "charge_class": say(of_class) if of_class else None,
    }


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The newest bills of a customer, whatever the account, and the objections that are open."""
    if not request.user.has_perm("billing.read"):
        return None
    rows = list(queries.bills(request.user).filter(account__customer=customer)[:SHOWN])
    disputes = disputing.disputes(request.user).filter(bill__account__customer=customer, answer=None)
    return (
        {"bills": _standing(rows), "disputes": list(disputes), "today": timezone.localdate()}
        if rows
        else None
    )


def own_bills(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """The bills of an account, for its customer."""
    rows = list(queries.bills_of(account)[:SHOWN])
    return {"bills": _standing(rows), "own": True} if rows else None
