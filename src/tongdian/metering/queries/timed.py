"""What registers showed at moments, and what ran between two that follow each other (21(1))."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongdian.calendar import SHANGHAI, legal_day
from tongdian.metering.models import Meter, MeterInstallation, TimedReading
from tongdian.metering.queries.meters import ran
from tongdian.network.models import UsagePoint


@dataclass(frozen=True)
class TimedUsage:
    """Between two timed readings of one meter that follow each other while it hung at one point: `quantity` in kWh or
    m³, the register's difference times the multiplier, exact. Below nothing, one of the two is wrong."""

    point: UsagePoint
    meter: Meter
    before: TimedReading
    now: TimedReading
    quantity: Decimal


def standing_timed() -> QuerySet[TimedReading]:
    """The timed readings that count: of each moment the newest version, if it has a value."""
    newer = TimedReading.objects.filter(
        meter=OuterRef("meter"), read_at=OuterRef("read_at"), version__gt=OuterRef("version")
    )
    return TimedReading.objects.filter(~Exists(newer), value__isnull=False)


def timed(meter: Meter) -> list[TimedReading]:
    """The timed readings of a meter that count, the oldest first."""
    return list(standing_timed().filter(meter=meter).order_by("read_at"))


def timed_usages(
    points: Iterable[UsagePoint], *, first: dt.date, last: dt.date
) -> Mapping[Any, list[TimedUsage]]:
    """What ran at each point between timed readings of which a part lies in the days from `first` to `last`, by the
    points' keys, the oldest first; in two questions."""
    known = {one.pk: one for one in points}
    begins = dt.datetime.combine(first, dt.time(), SHANGHAI)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), SHANGHAI)
    hung = list(
        MeterInstallation.objects.filter(
            Q(in_place__endswith=None) | Q(in_place__endswith__gte=first),
            usage_point__in=known,
            in_place__startswith__lte=last,
        ).select_related("meter")
    )
    # one reading before the days and one after them: what ran across their edges is told, too
    rows = standing_timed().filter(
        meter__in={one.meter_id for one in hung},
        read_at__gte=begins - dt.timedelta(days=1),
        read_at__lte=ends + dt.timedelta(days=1),
    )
    read: dict[Any, list[TimedReading]] = defaultdict(list)
    for row in rows.order_by("meter", "read_at"):
        read[row.meter_id].append(row)
    found: dict[Any, list[TimedUsage]] = {key: [] for key in known}
    for place in hung:
        here = [
            one
            for one in read[place.meter_id]
            if place.fitted_on <= legal_day(one.read_at)
            and (place.removed_on is None or legal_day(one.read_at) <= place.removed_on)
        ]
        for before, now in pairwise(here):
            if now.read_at <= begins or before.read_at >= ends:
                continue
            assert before.value is not None
            assert now.value is not None
            register = ran(before.value, now.value, turned=now.turned, meter=place.meter)
            found[place.usage_point_id].append(
                TimedUsage(
                    known[place.usage_point_id], place.meter, before, now, register * place.meter.multiplier
                )
            )
    for several in found.values():
        several.sort(key=lambda one: one.before.read_at)
    return found


def last_timed(meter: Meter, most: int) -> list[TimedReading]:
    """The newest timed readings of a meter that count, the newest first."""
    return list(standing_timed().filter(meter=meter).select_related("by").order_by("-read_at")[:most])
