"""Meters as a viewer sees them: where they hang, and what was read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from tongdian.metering.models import Meter, MeterInstallation, MeterReading, ReadingRoute, RouteMonth
from tongdian.metering.rules import NoSuchMeter, Quality, size_of
from tongdian.network.models import UsagePoint
from tongdian.parties.permissions import seen


def meters(viewer: Any) -> QuerySet[Meter]:
    """Every meter that the viewer sees."""
    return Meter.objects.filter(seen(viewer, "metering.read")).select_related("organisation")


def meter(viewer: Any, id_: UUID | str) -> Meter:
    """One meter. Raises NoSuchMeter."""
    found = meters(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchMeter
    return found


def reading_routes(viewer: Any) -> QuerySet[ReadingRoute]:
    """Every route that the viewer sees."""
    return ReadingRoute.objects.filter(seen(viewer, "metering.read")).select_related("organisation")


def published_days(routes: Iterable[ReadingRoute]) -> Mapping[Any, RouteMonth]:
    """The latest days that are published of each route, by its key."""
    rows = RouteMonth.objects.filter(route__in=[one.pk for one in routes])
    return {row.route_id: row for row in rows.order_by("route", "-month", "-version").distinct("route")}


@dataclass(frozen=True)
class RouteStop:
    """A point of a route, with what hangs there and when that was read last."""

    point: UsagePoint
    meter: Meter | None
    last: MeterReading | None


def stops(route: ReadingRoute) -> list[RouteStop]:
    """The points of a route in the order in which they are walked to, in three questions."""
    points = [
        row.usage_point for row in route.points.select_related("usage_point__place").order_by("position")
    ]
    rows = MeterInstallation.objects.filter(usage_point__in=points, in_place__endswith=None)
    hung = {row.usage_point_id: row.meter for row in rows.select_related("meter")}
    newest = MeterReading.objects.filter(meter=OuterRef("meter"), on=OuterRef("on")).order_by("-version")
    read = MeterReading.objects.filter(meter__in=list(hung.values()), pk=Subquery(newest.values("pk")[:1]))
    kept = read.exclude(value=None).order_by("meter", "-on").distinct("meter")
    last = {row.meter_id: row for row in kept}
    return [
        RouteStop(point, meter, last.get(meter.pk) if meter else None)
        for point in points
        for meter in [hung.get(point.pk)]
    ]


def installations(meter: Meter) -> QuerySet[MeterInstallation]:
    """Where a meter hung, the latest first."""
    rows = MeterInstallation.objects.filter(meter=meter).order_by("-in_place")
    return rows.select_related("usage_point", "usage_point__place", "fitted_by", "removed_by")


def hangs(meter: Meter) -> MeterInstallation | None:
    """Where a meter hangs now."""
    return installations(meter).filter(in_place__endswith=None).first()


def where(meter: Meter, on: dt.date) -> MeterInstallation | None:
    """Where a meter hung on a day, the day of its removal among them."""
    rows = installations(meter).filter(in_place__startswith__lte=on)
    return next((row for row in rows if row.removed_on is None or on <= row.removed_on), None)


def at_point(point: UsagePoint, on: dt.date) -> MeterInstallation | None:
    """The meter at a usage point on a day."""
    rows = MeterInstallation.objects.filter(usage_point=point, in_place__contains=on)
    return rows.select_related("meter", "meter__organisation").first()


def standing(meter: Meter) -> QuerySet[MeterReading]:
    """The readings of a meter that count, by day: of each day the newest version, if it has a value."""
    newest = MeterReading.objects.filter(meter=OuterRef("meter"), on=OuterRef("on")).order_by("-version")
    rows = MeterReading.objects.filter(meter=meter, pk=Subquery(newest.values("pk")[:1]))
    return rows.exclude(value=None).select_related("meter").order_by("on")


def versions(meter: Meter, on: dt.date) -> list[MeterReading]:
    """Everything that was said of a day, the newest first."""
    return list(MeterReading.objects.filter(meter=meter, on=on).select_related("by").order_by("-version"))


@dataclass(frozen=True)
class MeteredStretch:
    """Between two readings of a meter, in units of its register."""

    before: MeterReading
    now: MeterReading
    used: Decimal


def stretches(meter: Meter) -> list[MeteredStretch]:
    """What the register ran from reading to reading while the meter hung at one point, the oldest
    first: over its end where it turned, and without the multiplier (21(1))."""
    rows, found = list(standing(meter)), []
    for place in installations(meter).order_by("in_place"):
        last = place.removed_on
        here = [row for row in rows if row.on >= place.fitted_on and (last is None or row.on <= last)]
        for before, now in pairwise(here):
            found.append(
                MeteredStretch(before, now, ran(figure(before), figure(now), turned=now.turned, meter=meter))
            )
    return found


def ran(before: Decimal, now: Decimal, *, turned: bool, meter: Meter) -> Decimal:
    """How far a register ran from one figure to another."""
    return now - before + (size_of(int(meter.digits)) if turned else 0)


def figure(reading: MeterReading) -> Decimal:
    """What the register of its meter showed, with as many decimals as that has; of a reading that counts."""
    assert reading.value is not None
    return shown(reading.value, reading.meter)


def shown(value: Decimal, meter: Meter) -> Decimal:
    """A figure with as many decimals as the register of a meter has."""
    return round(value, int(meter.decimals))


def final_reading_on(case: str) -> dt.date | None:
    """The day of the last final reading that the case of a number took and that counts; none: it took none."""
    rows = MeterReading.objects.filter(case=case, quality=Quality.FINAL, value__isnull=False)
    newer = MeterReading.objects.filter(
        meter=OuterRef("meter"), on=OuterRef("on"), version__gt=OuterRef("version")
    )
    last: dt.date | None = rows.filter(~Exists(newer)).aggregate(last=Max("on"))["last"]
    return last
