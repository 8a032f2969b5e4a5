"""The meters that the rows of a file name, by number or by the usage point at which they hung."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.metering.models import Meter, MeterInstallation
from tongdian.network.models import UsagePoint
from tongdian.policy.words import Words

UNKNOWN_METER = Words("没有登记此表号", "no meter in the register has this number")


def find_meters(rows: Sequence[Candidate], job: Job) -> dict[str, Meter]:
    """Those of the organisation that these rows name, by number, kept for the job."""
    codes = {row.get("meter") for row in rows}
    meters = {one.code: one for one in Meter.objects.filter(organisation=job.organisation, code__in=codes)}
    job.table("meters").update(meters)
    return meters


def resolve_meters(rows: Sequence[Candidate], job: Job) -> dict[str, Meter]:
    """The same; where a row names no meter but a usage point, the one that hung there on its day is put in its place."""
    meters = find_meters(rows, job)
    said = {row.get("meter") for row in rows} | {row.get("point") for row in rows}
    points = UsagePoint.objects.filter(
        place__organisation=job.organisation, code__in=said - {""} - set(meters)
    )
    job.table("points").update({one.code: one for one in points})
    hung: dict[str, list[MeterInstallation]] = {}
    for place in MeterInstallation.objects.filter(usage_point__in=points).select_related(
        "meter", "usage_point"
    ):
        hung.setdefault(place.usage_point.code, []).append(place)
    for row in rows:
        on = dt.date.fromisoformat(row.get("on"))
        for place in hung.get(row.get("meter"), ()):
            if place.fitted_on <= on and (place.removed_on is None or on < place.removed_on):
                row.values["meter"] = place.meter.code
                meters[place.meter.code] = place.meter
    job.table("meters").update(meters)
    return meters


def find_hung(meters: Iterable[Meter], job: Job) -> None:
    """Where these meters hung, kept for the job."""
    hung = job.table("hung")
    rows = MeterInstallation.objects.filter(meter__in=list(meters))
    for place in rows.select_related("usage_point"):
        hung.setdefault(place.meter_id, {})[place.pk] = place


def hung_on(meter: Meter, on: dt.date, job: Job) -> MeterInstallation | None:
    """Where a meter hung on a day, the day of its removal among them."""
    places: Mapping[Any, MeterInstallation] = job.table("hung").get(meter.pk, {})
    return next(
        (
            one
            for one in places.values()
            if one.fitted_on <= on and (one.removed_on is None or on <= one.removed_on)
        ),
        None,
    )


def meter_of(row: Candidate, job: Job) -> Meter | None:
    """The meter of a row; None, and the row refused, where the register has none of that number."""
    meter: Meter | None = job.table("meters").get(row.get("meter"))
    if meter is None:
        row.refuse("meter", UNKNOWN_METER)
    return meter
