"""The papers of a run as they are carried around: a stack for each route of reading, in the order in which it is
walked; places on no route by what they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce, Length

from tongdian.billing import queries
from tongdian.billing.models import BillDelivery, BillingRun
from tongdian.metering.models import ReadingRoute, RoutePoint
from tongdian.network.models import Place

# A place has a point of each utility, maybe on two routes: its paper goes along once.
_POINT = RoutePoint.objects.filter(usage_point__place=OuterRef("account__place")).order_by(
    "route__code", "position"
)


@dataclass(frozen=True, slots=True)
class Stack:
    """The bills of a run that are carried around together: on a route, or where nobody made one, of the places
    in `name`. `id` is that of the route or the place."""

    id: UUID
    name: str
    on_route: bool
    bills: int
    undelivered: int


def papers(
    viewer: Any, run: BillingRun, *, within: UUID | None = None, undelivered: bool = False
) -> QuerySet[Any]:
    """The bills of a run that count and that the viewer sees, in the order in which they are carried around;
    `within` of one stack; `undelivered`: that have not reached the customer."""
    rows = queries.bills(viewer).filter(run=run, cancellation=None)
    rows = rows.annotate(
        route=Subquery(_POINT.values("route")[:1]),
        route_code=Subquery(_POINT.values("route__code")[:1]),
        step=Subquery(_POINT.values("position")[:1]),
        stack=Coalesce("route", "account__place__parent", "account__place", output_field=UUIDField()),
        is_delivered=Exists(BillDelivery.objects.filter(bill=OuterRef("pk"))),
    )
    if within is not None:
        rows = rows.filter(stack=within)
    if undelivered:
        rows = rows.filter(is_delivered=False)
    # of 3-2 and 3-10, the shorter is the lower number
    return rows.order_by(
        F("route_code").asc(nulls_last=True),
        "step",
        Length("account__place__parent__code"),
        "account__place__parent__code",
        Length("account__place__code"),
        "account__place__code",
        "account__number",
        "number",
    )


def stacks(viewer: Any, run: BillingRun) -> list[Stack]:
    """What a run's papers are divided into, routes first."""
    counted = (
        papers(viewer, run)
        .order_by()
        .values("stack", "route")
        .annotate(bills=Count("pk"), undelivered=Count("pk", filter=Q(is_delivered=False)))
    )
    rows = {row["stack"]: row for row in counted}
    routes = ReadingRoute.objects.filter(pk__in=[row["route"] for row in rows.values() if row["route"]])
    places = Place.objects.filter(pk__in=rows.keys()).order_by(Length("code"), "code")
    named = [(one.pk, f"{one.code} {one.name}", True) for one in routes.order_by("code")]
    named += [(one.pk, one.name, False) for one in places]
    return [
        Stack(id_, name, on_route, rows[id_]["bills"], rows[id_]["undelivered"])
        for id_, name, on_route in named
    ]
