"""What a customer sees of their own money, signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.accounts import queries
from tongdian.accounts.pages.counter import pdf_reply
from tongdian.accounts.pages.customers import standing, statement_asked
from tongdian.accounts.queries.customers import own_accounts, summaries
from tongdian.accounts.sections import own_sections
from tongdian.registers.pages.guarding import guarded

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
        "sections": own_sections.of(request, one),
        **standing(one, today),
    }
    return render(request, "accounts/own.html", context)


@require_safe
@guarded()
def paper(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Their own receipt as PDF."""
    return pdf_reply(queries.own_receipt(request.user, id_))


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
