"""A customer's own bills: what they are made of, and an objection in writing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.billing import queries
from tongdian.billing.actions.objecting import object_to_own_bill, seen_by_customer
from tongdian.billing.fields import OWN_OBJECTION
from tongdian.billing.pages.bills import bill_shown, pdf_reply, why_shown
from tongdian.billing.queries import disputing
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import attempt, guarded, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@guarded()
def bill(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One bill, and the form of an objection while none is open."""
    one, now = queries.own_bill(request.user, id_), timezone.now()
    form = None
    if not queries.is_cancelled(one) and disputing.open_dispute(one) is None:
        scope = Scope(request.user, one.organisation, timezone.localdate())
        form = FieldsForm(OWN_OBJECTION, request.POST or None, scope=scope)
        if request.method == "POST" and form.is_valid():
            asked: dict[str, Any] = form.cleaned_data

            def do() -> Any:
                return object_to_own_bill(viewer=request.user, bill=one, at=now, **asked)

            if attempt(form, do) is not None:
                messages.success(request, gettext("Your objection is with the office."))
                return redirect("my-bill", one.pk)
    if request.method == "GET":
        seen_by_customer(viewer=request.user, bill=one, at=now)
    context = {**bill_shown(one), "form": form, "last_on": disputing.objection_until(one)}
    return render(request, "billing/own.html", context, status=status_of(form) if form else 200)


@require_safe
@guarded()
def why(request: HttpRequest, id_: UUID, part: int) -> HttpResponse:
    """How a part of their own bill was calculated."""
    one = queries.own_bill(request.user, id_)
    shown = why_shown(one, part)
    if shown is None:
        return redirect("my-bill", one.pk)
    return render(request, "billing/why.html", {**shown, "own": True})


@require_safe
@guarded()
def paper(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Their own bill as PDF."""
    return pdf_reply(queries.own_bill(request.user, id_))
