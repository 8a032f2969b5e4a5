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
from tongdian.accounts.pages.books import asked_day
from tongdian.accounts.queries.customers import AccountSummary, statement_of, summaries
from tongdian.accounts.queries.late import holding, kept_plan, overdue
from tongdian.accounts.registers import ACCOUNTS
from tongdian.accounts.rules import COLLECT, REVERSE
from tongdian.accounts.sections import account_sections
from tongdian.money import format_yuan
from tongdian.parties.models import Customer
from tongdian.parties.queries import shown_name
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

RECENT = 10
DOINGS = 3  # accounts of which a customer's page says what is to be done next


@require_safe
@guarded("accounts.read")
def account(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Everything of one account, and the next thing to do."""
    one = queries.billing_account(request.user, id_)
    today = timezone.localdate()
    may = request.user.has_perm(COLLECT.name, one.organisation)
    context = {
        "account": one,
        "customer": shown_name(request.user, one.customer),
        "may_collect": may,
        "may_take": may and queries.may_take(request.user, one.organisation, today),
        "receipts": list(queries.receipts(request.user).filter(account=one).order_by("-id")[:RECENT]),
        **statement_asked(request, one, today),
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


def statement_asked(request: HttpRequest, one: BillingAccount, today: dt.date) -> dict[str, Any]:
    """The statement of the days that are asked for, else of the last three months; or why they are no days."""
    start = (today.replace(day=1) - dt.timedelta(days=62)).replace(day=1)
    first, wrong = asked_day(request, "first", start)
    last, also_wrong = asked_day(request, "last", today)
    if wrong or also_wrong:
        return {"problem": wrong or also_wrong, "first": start, "last": today}
    last = max(first, last)
    before, lines = statement_of(one, first=first, last=last)
    return {"first": first, "last": last, "before": before, "lines": lines}


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """A customer's accounts on the customer's page."""
    rows = list(queries.billing_accounts(request.user).filter(customer=customer).order_by("number"))
    if not rows or not request.user.has_perm("accounts.read"):
        return None
    today = timezone.localdate()
    has = summaries(rows, on=today)
    return {
        "accounts": [
            (
                row,
                has.get(row.pk),
                request.user.has_perm(COLLECT.name, row.organisation)
                and queries.may_take(request.user, row.organisation, today),
            )
            for row in rows
        ],
        "doings": [doing for row in rows[:DOINGS] for doing in next_to_do(request.user, row, today)],
    }


def next_of(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page of a cashier: the boxes with money in them. An officer has their number among the
    figures."""
    if not request.user.has_perm(COLLECT.name) or request.user.has_perm(REVERSE.name):
        return None
    today = timezone.localdate()
    boxes = list(queries.boxes(request.user).filter(limited__fen__gt=0)[:RECENT])
    if not boxes:
        return None
    return {"boxes": boxes, "today": today, "title": gettext("Cash boxes"), "desk": reverse("cash")}
