"""Objections to bills: those that are open, the nearest last day first, and how one is settled."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.billing.actions.objecting import settle_dispute
from tongdian.billing.pages.bills import bill_shown
from tongdian.billing.queries import disputing, is_cancelled
from tongdian.billing.rules import CORRECT, SETTLE
from tongdian.parties.queries import shown_name
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import one_page


@require_safe
@guarded("billing.read")
def disputes(request: HttpRequest) -> HttpResponse:
    """The objections; what is open first."""
    rows = disputing.disputes(request.user)
    today = timezone.localdate()
    waiting = [] if "after" in request.GET else list(rows.filter(answer=None).order_by("answer_by", "id"))
    settled, further = one_page(request, rows.exclude(answer=None))
    context = {
        "waiting": [(row, shown_name(request.user, row.bill.account.customer)) for row in waiting],
        "settled": [(row, shown_name(request.user, row.bill.account.customer)) for row in settled],
        "today": today,
        "further": further,
        "may_settle": request.user.has_perm(SETTLE.name),
    }
    return render(request, "billing/disputes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(SETTLE.name)
def settle(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Answer an objection in writing."""
    one = disputing.dispute(request.user, id_)
    organisation = must_edit(request, settle_dispute, {"dispute": one})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(settle_dispute.fields, request.POST or None, scope=scope)
    if done(request, form, settle_dispute, dispute=one) is not None:
        messages.success(request, gettext("The objection is settled."))
        return redirect("bill", one.bill_id)
    shown = bill_shown(one.bill)
    shown.pop("form", None)
    return form_page(
        request,
        form,
        "billing/dispute.html",
        **shown,
        may_correct=not is_cancelled(one.bill) and request.user.has_perm(CORRECT.name, organisation),
        title=gettext("Settle the objection"),
        within=f"{one.bill.number} · {one.text}",
        crumb=(one.bill.number, reverse("bill", args=[one.bill_id])),
    )
