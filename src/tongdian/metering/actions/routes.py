"""Routes of reading, the points on them, and the days on which they are read and billed, as published (19)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max

from tongdian.metering.entries import OFF_ROUTE, ON_ROUTE, ROUTE
from tongdian.metering.fields import PUBLISHING
from tongdian.metering.models import ReadingRoute, RouteMonth, RoutePoint
from tongdian.metering.rules import EDIT, BilledBeforeRead, NotOnRoute, OnRoute, PublishedAlready
from tongdian.network.models import UsagePoint
from tongdian.registers.action import action, must_be_free, put, removal


@action("add-reading-route", may=EDIT, within="organisation", fields=ROUTE)
def add_reading_route(
    *, viewer: Any, organisation: Any, code: str, at: dt.datetime, **given: Any
) -> ReadingRoute:
    """Enter a route. Raises CodeTaken."""
    must_be_free(ReadingRoute, code=code, organisation=organisation)
    return ReadingRoute.objects.create(organisation=organisation, code=code, **given)


@action(
    "change-reading-route",
    may=EDIT,
    within="reading_route.organisation",
    fields=ROUTE.changing,
    of="reading_route",
)
def change_reading_route(
    *, viewer: Any, reading_route: ReadingRoute, code: str, at: dt.datetime, **given: Any
) -> ReadingRoute:
    """Correct a route. Raises CodeTaken."""
    must_be_free(ReadingRoute, but=reading_route, code=code, organisation=reading_route.organisation)
    return put(reading_route, code=code, **given)


remove_reading_route = removal(change_reading_route)


@action("put-on-route", may=EDIT, within="reading_route.organisation", fields=ON_ROUTE)
def put_on_route(
    *, viewer: Any, reading_route: ReadingRoute, usage_point: UsagePoint, at: dt.datetime
) -> RoutePoint:
    """A usage point is read on a route, after those that are on it. Raises OnRoute."""
    ReadingRoute.objects.select_for_update(of=("self",)).get(pk=reading_route.pk)
    standing = RoutePoint.objects.filter(usage_point=usage_point).select_related("route").first()
    if standing is not None:
        raise OnRoute(point=usage_point, route=standing.route)
    last = RoutePoint.objects.filter(route=reading_route).aggregate(last=Max("position"))["last"] or 0
    return RoutePoint.objects.create(route=reading_route, usage_point=usage_point, position=last + 1)


@action("take-off-route", may=EDIT, within="reading_route.organisation", fields=OFF_ROUTE)
def take_off_route(
    *, viewer: Any, reading_route: ReadingRoute, usage_point: UsagePoint, at: dt.datetime
) -> ReadingRoute:
    """A usage point is read on the route no more. Raises NotOnRoute."""
    row = RoutePoint.objects.filter(route=reading_route, usage_point=usage_point).first()
    if row is None:
        raise NotOnRoute(point=usage_point, route=reading_route)
    row.delete()
    return reading_route


@action("publish-route-month", may=EDIT, within="reading_route.organisation", fields=PUBLISHING)
def publish_route_month(
    *,
    viewer: Any,
    reading_route: ReadingRoute,
    read_on: dt.date,
    bill_on: dt.date,
    at: dt.datetime,
    reason: str = "",
) -> RouteMonth:
    """Publish on which days a route is read and billed, for the month in which it is read. Another day for
    a month that was published is said with its reason. Raises BilledBeforeRead, PublishedAlready."""
    if bill_on < read_on:
        raise BilledBeforeRead(read=read_on, bill=bill_on)
    ReadingRoute.objects.select_for_update(of=("self",)).get(pk=reading_route.pk)
    month = read_on.replace(day=1)
    said = RouteMonth.objects.filter(route=reading_route, month=month).order_by("-version").first()
    if said is not None and (said.read_on, said.bill_on) == (read_on, bill_on):
        return said
    if said is not None and not reason.strip():
        raise PublishedAlready(route=reading_route, read=said.read_on, bill=said.bill_on)
    return RouteMonth.objects.create(
        route=reading_route,
        month=month,
        version=said.version + 1 if said else 1,
        read_on=read_on,
        bill_on=bill_on,
        reason=reason,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
