"""What a customer sees of their own money, signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from tongdian import bounded_days
from tongdian.accounts import queries
from tongdian.accounts.pages.counter import pdf_reply
from tongdian.accounts.pages.customers import standing, statement_asked
from tongdian.accounts.queries.customers import own_accounts, summaries
from tongdian.accounts.queries.proofs import proof_of, sealed_months
from tongdian.accounts.refusing import MonthDoesNotHold
from tongdian.accounts.sections import own_sections
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

SHOWN = 24


@require_safe
@guarded()
def accounts(request: HttpRequest) -> HttpResponse:
    """Their accounts; the only one at once."""
    rows = list(own_accounts(request.user))
    if len(rows) == 1:
        return redirect("my-account", rows[0].pk)
    has = summaries(rows, on=timezone.localdate())
    return render(request, "accounts/own_accounts.html", {"rows": [(row, has.get(row.pk)) for row in rows]})


@require_safe
@guarded()
def account(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One: what is owed and where it is paid, receipts, the statement of any days."""
    one, today = queries.own_account(request.user, id_), timezone.localdate()
    context = {
        "account": one,
        "receipts": list(one.receipts.select_related("posting__reversed_by").order_by("-id")[:SHOWN]),
        "collector": queries.collector(one.organisation, today),
        **statement_asked(request, one, today),
        "months": sealed_months(one)[:SHOWN],
        "sections": own_sections.of(request, one),
        **standing(one, today),
    }
    return render(request, "accounts/own.html", context)


@require_safe
@guarded()
def paper(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Their own receipt as PDF."""
    return pdf_reply(queries.own_receipt(request.user, id_))


@require_safe
@guarded()
def proof(request: HttpRequest, id_: UUID, month: str) -> HttpResponse:
    """The proof of their own balances at the end of a closed month, as a file."""
    one = queries.own_account(request.user, id_)
    try:
        first = bounded_days.read_month(month)
    except Refusal:
        raise Http404 from None
    try:
        text = proof_of(one, first)
    except MonthDoesNotHold as refused:
        messages.error(request, say(refused))
        return redirect("my-account", one.pk)
    reply = HttpResponse(text, content_type="application/json; charset=utf-8")
    reply["Content-Disposition"] = str(content_disposition_header(True, f"{one.number}-{month}.json"))
    reply["Cache-Control"] = "private, no-store"
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


def has_own_accounts(viewer: Any) -> bool:
    """Whether somebody is a customer with an account; asked of nobody who works here."""
    if not viewer.is_authenticated or viewer.has_perm("accounts.read"):
        return False
    return own_accounts(viewer).exists()


def own_here(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page of a customer: what they owe."""
    if not request.user.is_authenticated or request.user.has_perm("accounts.read"):
        return None
    rows = list(own_accounts(request.user)[:SHOWN])
    has = summaries(rows, on=timezone.localdate())
    return {"rows": [(row, has.get(row.pk)) for row in rows]} if rows else None
