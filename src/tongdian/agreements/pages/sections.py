"""What agreements tell on the pages of places and customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.agreements import queries
from tongdian.agreements.pages.agreeing import shown_agreements
from tongdian.network.models import Place
from tongdian.network.queries import points_at
from tongdian.parties.models import Customer
from tongdian.parties.queries import shown_name
from tongdian.shell.search import Hit

MOST, FOUND = 100, 10


def at_place(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """Who is supplied at a place, since when, and the points that are free."""
    if not request.user.has_perm("agreements.read"):
        return None
    rows = list(queries.at_place(request.user, place)[:MOST])
    today = timezone.localdate()
    taken = {row.usage_point_id for row in rows if today in row.in_force}
    may_sign = request.user.has_perm("agreements.sign", place.organisation)
    free = [point for point in points_at(request.user, place) if point.pk not in taken]
    if not rows and not (free and may_sign):
        return None
    return {"agreement_rows": shown_agreements(request, rows), "free_points": free if may_sign else []}


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Where a customer is and was supplied."""
    rows = list(queries.of_customer(request.user, customer)[:MOST])
    return {"agreement_rows": shown_agreements(request, rows)} if rows else None


def found_agreements(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The agreements in whose number these characters stand."""
    if not request.user.has_perm("agreements.read"):
        return []
    hits = [
        Hit(
            f"{one.number} {shown_name(request.user, one.customer)}",
            reverse("agreement", args=[one.pk]),
            one.usage_point.place.name,
        )
        for one in queries.numbered(request.user, wanted)[:FOUND]
    ]
    return [(gettext("Agreements"), hits)]
