"""One customer account on one page, and its statement of any days."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.accounts import queries
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.customers import AccountSummary, statement_of, summaries
from tongdian.accounts.queries.late import holding, kept_plan, overdue
from tongdian.accounts.registers import ACCOUNTS
from tongdian.accounts.rules import COLLECT, REVERSE
from tongdian.accounts.sections import account_sections
from tongdian.bounded_days import read as read_day
from tongdian.money import format_yuan
from tongdian.parties.models import Customer
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

RECENT = 10


@require_safe
@guarded("accounts.read")
def account(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Everything of one account, and the next thing to do."""
    one = queries.billing_account(request.user, id_)
    today = timezone.localdate()
    first, last = days_of(request, today)
    before, lines = statement_of(one, first=first, last=last)
    context = {
        "account": one,
        "customer": shown_name(request.user, one.customer),
        "may_collect": request.user.has_perm(COLLECT.name, one.organisation),
        "receipts": list(queries.receipts(request.user).filter(account=one).order_by("-id")[:RECENT]),
        "first": first,
        "last": last,
        "before": before,
        "lines": lines,
        "deeds": [
            (reverse(f"billing-account-{deed.slug}", args=[one.pk]), say(deed.title))
            for deed in ACCOUNTS.deeds
            if deed.slug not in ("pay", "charge", "charge-by-rule")
            and request.user.has_perm(deed.action.may.name, one.organisation)
        ],
        "doings": next_to_do(request.user, one, today),
        "sections": account_sections.of(request, one),
        **standing(one, today),
    }
    return render(request, "accounts/account.html", context)


def next_to_do(viewer: Any, one: BillingAccount, today: dt.date) -> list[tuple[str, str, str]]:
    """What stands out about an account: what is said, where it leads, what that is called; nothing leads
    to where the viewer may not go."""
    found = []
    may_collect, may_dun = (viewer.has_perm(one_.name, one.organisation) for one_ in (COLLECT, REVERSE))
    for row in one.proposals.filter(answer=None):
        said = gettext("%(deed)s of %(yuan)s waits for a second person.")
        told = {"deed": row.get_deed_display(), "yuan": format_yuan(row.fen)}
        found.append((said % told, reverse("money-proposal", args=[row.pk]), gettext("See it")))
    for halt in one.halts.filter(holding(today)):
        said = gettext("Collection is halted since %(day)s: %(ground)s, %(cite)s.")
        told = {"day": halt.first_on.isoformat(), "ground": halt.get_ground_display(), "cite": halt.cite}
        leads = reverse("halt-end", args=[halt.pk]) if may_collect else ""
        found.append((said % told, leads, gettext("End the halt")))
    plan = kept_plan(one, today)
    if plan is not None:
        said = gettext("A payment plan is kept: %(paper)s.") % {"paper": plan.paper}
        leads = reverse("money-account-pay", args=[one.pk]) if may_collect else ""
        found.append((said, leads, gettext("Take a payment")))
    elif (late := overdue(one, today)).debts:
        said = gettext("%(yuan)s of principal is overdue since %(day)s.")
        told = {"yuan": format_yuan(late.fen), "day": late.since.isoformat()}
        leads = reverse("billing-account-dun", args=[one.pk]) if may_dun else ""
        found.append((said % told, leads, gettext("Next step of collection")))
    return found


def standing(one: BillingAccount, today: dt.date) -> dict[str, Any]:
    """What an account has today, what is owed with its age, and what to do next."""
    owed = queries.in_order_of_payment(one, today)
    has = summaries([one], on=today).get(one.pk, AccountSummary())
    late = [item for item in owed if item.debt.due_on < today]
    return {
        "has": has,
        "owed": [(item, (today - item.debt.due_on).days) for item in owed],
        "total": sum(item.fen for item in owed),
        "late": sum(item.fen for item in late),
        "today": today,
    }


def days_of(request: HttpRequest, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days of the statement: as asked, else the last three months."""

    def asked(name: str, otherwise: dt.date) -> dt.date:
        try:
            return read_day(request.GET[name]) if request.GET.get(name) else otherwise
        except Refusal:
            return otherwise

    first = asked("first", (today.replace(day=1) - dt.timedelta(days=62)).replace(day=1))
    return first, max(first, asked("last", today))


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """A customer's accounts on the customer's page."""
    rows = list(queries.billing_accounts(request.user).filter(customer=customer).order_by("number"))
    if not rows or not request.user.has_perm("accounts.read"):
        return None
    has = summaries(rows, on=timezone.localdate())
    return {"accounts": [(row, has.get(row.pk)) for row in rows]}


def next_of(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page: boxes of former days that are not counted, and asserted balances that are not true."""
    if not request.user.has_perm(COLLECT.name):
        return None
    today = timezone.localdate()
    boxes = list(queries.boxes(request.user).filter(limited__fen__gt=0)[:RECENT])
    if not boxes:
        return None
    return {"boxes": boxes, "today": today, "title": gettext("Cash boxes"), "desk": reverse("cash")}
