"""The papers of a run as they are carried around: in the order in which routes of reading are walked, then by
place; a stack for each route and for each building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
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
    """The bills of a run that are carried around together: of a route, or of the places in a building, campus
    or area. `id` is that of the route or of the place."""

    id: UUID
    name: str
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
        building=Coalesce("account__place__parent", "account__place"),
        is_delivered=Exists(BillDelivery.objects.filter(bill=OuterRef("pk"))),
    )
    if within is not None:
        rows = rows.filter(Q(route=within) | Q(building=within))
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


def stacks(viewer: Any, run: BillingRun) -> tuple[list[Stack], list[Stack]]:
    """What a run's papers are divided into: by routes, those that are on one; by buildings, all of them."""
    rows = papers(viewer, run).order_by()
    routes, buildings = _counted(rows.exclude(route=None), "route"), _counted(rows, "building")
    return [
        Stack(one.pk, f"{one.code} {one.name}", *routes[one.pk])
        for one in ReadingRoute.objects.filter(pk__in=routes).order_by("code")
    ], [
        Stack(one.pk, one.name, *buildings[one.pk])
        for one in Place.objects.filter(pk__in=buildings).order_by(Length("code"), "code")
    ]


def _counted(rows: QuerySet[Any], by: str) -> dict[UUID, tuple[int, int]]:
    """How many bills there are of each, and how many were not delivered."""
    counted = rows.values(by).annotate(
        bills=Count("pk"), undelivered=Count("pk", filter=Q(is_delivered=False))
    )
    return {row[by]: (row["bills"], row["undelivered"]) for row in counted}
