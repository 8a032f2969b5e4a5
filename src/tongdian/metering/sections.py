"""What metering adds to other areas' pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongdian.metering import queries
from tongdian.metering.models import MeterInstallation
from tongdian.network.models import Place


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
