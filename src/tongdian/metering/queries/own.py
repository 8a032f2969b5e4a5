"""The meters of customers, as they see them themselves and as their page has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from tongdian.agreements.models import Agreement
from tongdian.metering.models import Meter, MeterInstallation, MeterReading
from tongdian.metering.queries.meters import shown
from tongdian.metering.rules import NoSuchMeter
from tongdian.parties.models import Customer


def _hanging(agreements: QuerySet[Agreement], on: dt.date) -> QuerySet[MeterInstallation]:
    supplied = agreements.filter(in_force__contains=on).values("usage_point")
    rows = MeterInstallation.objects.filter(in_place__contains=on, usage_point__in=supplied)
    return rows.select_related("meter__organisation", "usage_point__place").order_by("usage_point__code")


def own_meters(viewer: Any, on: dt.date) -> QuerySet[MeterInstallation]:
    """Where the meters hang by which a customer who is signed in is supplied on a day."""
    return _hanging(Agreement.objects.filter(customer__account=viewer.pk), on)


def own_meter(viewer: Any, id_: UUID | str, on: dt.date) -> MeterInstallation:
    """One of them, by the meter. Raises NoSuchMeter."""
    found = own_meters(viewer, on).filter(meter__pk=id_).first()
    if found is None:
        raise NoSuchMeter
    return found


def meters_of_customer(customer: Customer, on: dt.date) -> QuerySet[MeterInstallation]:
    """Where the meters hang by which a customer is supplied on a day."""
    return _hanging(Agreement.objects.filter(customer=customer), on)


def meters_at_points(points: Iterable[UUID]) -> dict[UUID, Meter]:
    """The meters that hang at usage points now, by those, in one question."""
    rows = MeterInstallation.objects.filter(in_place__endswith=None, usage_point__in=list(points))
    return {row.usage_point_id: row.meter for row in rows.select_related("meter")}


def with_last(rows: QuerySet[MeterInstallation]) -> list[tuple[MeterInstallation, MeterReading | None, Any]]:
    """Each with the reading of its meter that counts last and its figure, in two questions."""
    hung = list(rows)
    meters: dict[UUID, Meter] = {row.meter_id: row.meter for row in hung}
    newest = MeterReading.objects.filter(meter=OuterRef("meter"), on=OuterRef("on")).order_by("-version")
    read = MeterReading.objects.filter(meter__in=list(meters), pk=Subquery(newest.values("pk")[:1]))
    last = {row.meter_id: row for row in read.exclude(value=None).order_by("meter", "-on").distinct("meter")}
    return [
        (row, one, shown(one.value, row.meter) if one and one.value is not None else None)
        for row in hung
        for one in [last.get(row.meter_id)]
    ]
