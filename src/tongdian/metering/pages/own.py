"""What customers see of their own meters, how they send in what one shows; their meters on their page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.calendar import legal_day
from tongdian.metering.actions.own import read_own_meter
from tongdian.metering.fields import OWN_READING
from tongdian.metering.queries.own import meters_of_customer, own_meter, own_meters, with_last
from tongdian.metering.rules import READ, UNITS
from tongdian.network.rules import Utility
from tongdian.parties.models import Customer
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import attempt, form_page, guarded


@require_safe
@guarded()
def meters(request: HttpRequest) -> HttpResponse:
    """Their meters, each with what was read last."""
    rows = with_last(own_meters(request.user, legal_day(timezone.now())))
    shown = [(row, last, figure, UNITS[Utility(row.meter.utility)]) for row, last, figure in rows]
    return render(request, "metering/own.html", {"rows": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded()
def read(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Send in what one of them shows today."""
    now = timezone.now()
    place = own_meter(request.user, id_, legal_day(now))
    meter = place.meter
    form = FieldsForm(
        OWN_READING, request.POST or None, scope=Scope(request.user, meter.organisation, legal_day(now))
    )
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = form.cleaned_data

        def do() -> Any:
            return read_own_meter(viewer=request.user, meter=meter, at=now, **asked)

        if attempt(form, do) is not None:
            messages.success(request, gettext("Your reading is kept; the next bill is made by it."))
            return redirect("my-meters")
    return form_page(
        request,
        form,
        title=gettext("Send in your reading"),
        within=f"{meter.code} · {place.usage_point.place.name}",
        crumb=(gettext("My meters"), reverse("my-meters")),
    )


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The meters by which a customer is supplied, with what was read last and what is to be read next."""
    if not request.user.has_perm("metering.read", customer.organisation):
        return None
    today = legal_day(timezone.now())
    rows = with_last(meters_of_customer(customer, today))
    first = today.replace(day=1)
    if not rows:
        return None
    return {
        "meters": [(row, last, figure, last is None or last.on < first) for row, last, figure in rows],
        "may_read": request.user.has_perm(READ.name, customer.organisation),
    }
