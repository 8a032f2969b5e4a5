"""What belongs together on one page: the points that a virtual meter counts, and those of a route."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongdian.metering import queries
from tongdian.metering.registers import ROUTES, VIRTUAL_METERS
from tongdian.metering.rules import EDIT
from tongdian.registers.pages.guarding import guarded

MONTHS = 24


@require_safe
@guarded("metering.read")
def virtual_meter(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A virtual meter with its points."""
    one = VIRTUAL_METERS.find(request.user, id_)
    context = {
        "one": one,
        "parts": one.parts.select_related("usage_point__place").order_by("-in_force", "usage_point__code"),
        "may_edit": request.user.has_perm(EDIT.name, one.organisation),
    }
    return render(request, "metering/virtual_meter.html", context)


@require_safe
@guarded("metering.read")
def route(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A route with its published days, and its points as they are walked to, each with its last reading."""
    one = ROUTES.find(request.user, id_)
    context = {
        "one": one,
        "months": one.months.order_by("-month", "-version")[:MONTHS],
        "stops": queries.stops(one),
        "may_edit": request.user.has_perm(EDIT.name, one.organisation),
    }
    return render(request, "metering/route.html", context)
