"""One meter on one page: where it hangs, what was read, what ran between; and the forms for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.bounded_days import read as read_day
from tongdian.metering import queries
from tongdian.metering.actions.meters import fit_meter, take_down_meter
from tongdian.metering.actions.readings import correct_reading, read_meter
from tongdian.metering.models import Meter
from tongdian.metering.registers import METERS
from tongdian.metering.rules import EDIT, READ
from tongdian.network.rules import Utility
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit

SHOWN = 60  # readings on the page
UNITS = {Utility.POWER: "kWh", Utility.WATER: "m³"}


@require_safe
@guarded("metering.read")
def meter(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One meter."""
    one = METERS.find(request.user, id_)
    ran = queries.stretches(one)
    used = {stretch.now.pk: stretch.used * one.multiplier for stretch in ran}
    readings = list(queries.standing(one).select_related("by").order_by("-on")[: SHOWN + 1])
    unit = UNITS[Utility(one.utility)]
    context = {
        "meter": one,
        "unit": unit,
        "here": queries.hangs(one),
        "installations": queries.installations(one),
        "readings": [(row, used.get(row.pk)) for row in readings[:SHOWN]],
        "is_more": len(readings) > SHOWN,
        "corrected": set(one.readings.filter(version__gt=1).values_list("on", flat=True)),
        "chart": _chart(ran[-24:], one, unit) if len(ran) > 1 else None,
        "may_edit": request.user.has_perm(EDIT.name, one.organisation),
        "may_read": request.user.has_perm(READ.name, one.organisation),
    }
    return render(request, "metering/meter.html", context)


@require_safe
@guarded("metering.read")
def reading(request: HttpRequest, id_: UUID, day: str) -> HttpResponse:
    """What was said of a day, with every correction."""
    one, on = METERS.find(request.user, id_), _day(day)
    said = queries.versions(one, on)
    if not said:
        raise Http404
    may_read = request.user.has_perm(READ.name, one.organisation)
    return render(
        request, "metering/reading.html", {"meter": one, "on": on, "versions": said, "may_read": may_read}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("metering.read_meters")
def read(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter a reading."""
    return _form(request, id_, read_meter, _("Enter a reading"), lambda one: gettext("The reading is kept."))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("metering.read_meters")
def correct(request: HttpRequest, id_: UUID, day: str) -> HttpResponse:
    """Put another figure in the place of one."""
    one, on = METERS.find(request.user, id_), _day(day)
    said = queries.versions(one, on)
    if not said:
        raise Http404
    values = {name: getattr(said[0], name) for name in ("on", "value", "quality", "turned", "method")}
    return _form(
        request,
        id_,
        correct_reading,
        _("Correct a reading"),
        lambda one: gettext("The reading is corrected; both stay readable."),
        values,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("metering.edit")
def fit(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Hang it at a usage point."""
    return _form(request, id_, fit_meter, _("Fit the meter"), lambda row: gettext("The meter is fitted."))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("metering.edit")
def take_down(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Remove it from where it hangs."""
    return _form(
        request, id_, take_down_meter, _("Remove the meter"), lambda row: gettext("The meter is removed.")
    )


def _form(
    request: HttpRequest,
    id_: UUID,
    deed: Action[Any, Any],
    title: Any,
    said: Callable[[Any], str],
    values: dict[str, Any] | None = None,
) -> HttpResponse:
    one: Meter = METERS.find(request.user, id_)
    organisation = must_edit(request, deed, {deed.at: one})
    form = FieldsForm(
        deed.fields, request.POST or None, scope=Scope(request.user, organisation), values=values or {}
    )
    made = done(request, form, deed, meter=one)
    if made is not None:
        messages.success(request, said(made))
        return redirect("meter", one.pk)
    crumb = (one.code, f"/meters/{one.pk}/")
    return form_page(request, form, title=title, within=f"{one.code} · {one.organisation}", crumb=crumb)


def _chart(ran: list[queries.Stretch], one: Meter, unit: str) -> dict[str, Any]:
    """What was used from reading to reading, times the multiplier."""
    return {
        "title": gettext("Used from reading to reading (%(unit)s)") % {"unit": unit},
        "labels": [stretch.now.on.isoformat() for stretch in ran],
        "series": [[gettext("Used"), [float(stretch.used * one.multiplier) for stretch in ran]]],
    }


def _day(text: str) -> Any:
    try:
        return read_day(text)
    except Refusal:
        raise Http404 from None
