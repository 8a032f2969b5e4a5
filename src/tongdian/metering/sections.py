"""What metering adds to other areas' pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.models import MeterInstallation
from tongdian.metering.queries.own import meters_of_customer, with_last
from tongdian.metering.rules import READ
from tongdian.network.models import Place
from tongdian.parties.models import Customer


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


def meters_at(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The meters that hang at a place now, each with its last reading."""
    if not request.user.has_perm("metering.read", place.organisation):
        return None
    rows = MeterInstallation.objects.filter(usage_point__place=place, in_place__endswith=None)
    found = [
        (row, queries.standing(row.meter).last())
        for row in rows.select_related("meter", "usage_point").order_by("usage_point__code")
    ]
    return {"meters_here": found} if found else None
