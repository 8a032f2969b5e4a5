"""Where the shell leads to in agreements; what they add to the pages of places and customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongdian.agreements import queries
from tongdian.agreements.pages.agreeing import shown_agreements
from tongdian.network.models import Place as NetworkPlace
from tongdian.network.queries import points_at
from tongdian.network.sections import add_place_section
from tongdian.parties.models import Customer
from tongdian.parties.sections import add_customer_section
from tongdian.web.navigation import Place, register

MOST = 100

register(
    Place(
        title=_("Agreements"),
        url_name="agreements",
        icon="file-text",
        order=35,
        permission="agreements.read",
        also=("agreement", "agreement-*"),
    )
)
register(
    Place(
        title=_("Imports"),
        url_name="imports",
        icon="table",
        order=80,
        permission="agreements.import",
        also=("import", "import-*"),
    )
)


def _at_place(request: HttpRequest, place: NetworkPlace) -> dict[str, Any] | None:
    if not request.user.has_perm("agreements.read"):
        return None
    rows = list(queries.at_place(request.user, place)[:MOST])
    today = timezone.localdate()
    taken = {row.usage_point_id for row in rows if today in row.in_force}
    may_sign = request.user.has_perm("agreements.sign", place.organisation)
    free = [point for point in points_at(request.user, place) if point.pk not in taken]
    if not rows and not (free and may_sign):
        return None
    return {
        "agreement_rows": shown_agreements(request, rows),
        "free_points": free if may_sign else [],
    }


def _of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    rows = list(queries.of_customer(request.user, customer)[:MOST])
    return {"agreement_rows": shown_agreements(request, rows)} if rows else None


add_place_section("agreements/at_place.html", _at_place, order=10)
add_customer_section("agreements/of_customer.html", _of_customer, order=10)
