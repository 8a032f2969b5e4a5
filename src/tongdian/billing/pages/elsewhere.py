"""What billing adds to the pages of an account, and to the home page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongdian.accounts.models import BillingAccount
from tongdian.billing import queries
from tongdian.billing.rules import RELEASE, SETTLE

SHOWN = 12


def bills_of(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """The bills of an account, for staff."""
    if not request.user.has_perm("billing.read", account.organisation):
        return None
    rows = list(queries.bills_of(account)[:SHOWN])
    return {"bills": rows} if rows else None


def own_bills(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """The bills of an account, for its customer."""
    rows = list(queries.bills_of(account)[:SHOWN])
    return {"bills": rows, "own": True} if rows else None


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page of who releases and settles: runs to look at, objections to answer."""
    user = request.user
    runs = queries.to_release(user) if user.has_perm(RELEASE.name) else []
    objections = []
    if user.has_perm(SETTLE.name):
        objections = list(queries.disputes(user).filter(answer=None).order_by("answer_by", "id")[:SHOWN])
    if not runs and not objections:
        return None
    return {"runs": runs, "objections": objections, "today": timezone.localdate()}
