"""What is metered behind what: a master less its parts (47(1)), and sums of points with signs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from psycopg.types.range import DateRange

from tongdian.metering.models import SubMetering, VirtualMeter, VirtualPart
from tongdian.metering.queries.usage import PointUsage, usages_of
from tongdian.metering.rules import PartsChanged
from tongdian.network.models import UsagePoint
from tongdian.parties.permissions import seen


def virtual_meters(viewer: Any) -> QuerySet[VirtualMeter]:
    """Every virtual meter that the viewer sees."""
    return VirtualMeter.objects.filter(seen(viewer, "metering.read")).select_related("organisation")


@dataclass(frozen=True)
class SignedUsage:
    """The usage of a point, added or taken away."""

    usage: PointUsage
    is_taken_away: bool

    @property
    def quantity(self) -> Decimal:
        """With its sign. Raises UsageMissing where something is missing."""
        return -self.usage.quantity if self.is_taken_away else self.usage.quantity


@dataclass(frozen=True)
class SummedUsage:
    """Usages of points with their signs: what a master's own consumers used, or a virtual meter counts."""

    terms: Sequence[SignedUsage]

    @property
    def quantity(self) -> Decimal:
        """The sum, kWh or m³, exact. Raises UsageMissing where any part of it is."""
        return sum((term.quantity for term in self.terms), Decimal(0))

    @property
    def missing(self) -> Sequence[Any]:
        """All that is missing to say it."""
        return [one for term in self.terms for one in term.usage.missing]


def parts_of(master: UsagePoint, on: dt.date) -> Sequence[UsagePoint]:
    """The points that are metered directly behind a point on a day."""
    rows = SubMetering.objects.filter(master=master, in_force__contains=on).select_related("part")
    return [row.part for row in rows.order_by("part__code")]


def own_usage(master: UsagePoint, first_day: dt.date, last_day: dt.date) -> SummedUsage:
    """47(1): what was used behind a master and behind none of its parts: the master's usage less theirs. A
    part that is a master itself is taken away whole. Raises PartsChanged where the parts of the two days are
    not the same: then the period is cut on the day of the change."""
    rows = SubMetering.objects.filter(master=master, in_force__overlap=DateRange(first_day, last_day))
    found = list(rows.select_related("part").order_by("part__code"))
    _must_hold_throughout(found, first_day, last_day)
    points = [master, *(row.part for row in found)]
    used = usages_of(points, first_day, last_day)
    return SummedUsage([SignedUsage(used[one.pk], one.pk != master.pk) for one in points])


def virtual_usage(meter: VirtualMeter, first_day: dt.date, last_day: dt.date) -> SummedUsage:
    """What a virtual meter counts from the readings of one day to those of another. Raises PartsChanged."""
    rows = VirtualPart.objects.filter(virtual_meter=meter, in_force__overlap=DateRange(first_day, last_day))
    found = list(rows.select_related("usage_point").order_by("usage_point__code"))
    _must_hold_throughout(found, first_day, last_day)
    used = usages_of([row.usage_point for row in found], first_day, last_day)
    return SummedUsage([SignedUsage(used[row.usage_point_id], row.is_taken_away) for row in found])


def _must_hold_throughout(rows: Sequence[Any], first_day: dt.date, last_day: dt.date) -> None:
    for row in rows:
        for day in (row.in_force.lower, row.in_force.upper):
            if day is not None and first_day < day < last_day:
                raise PartsChanged(what=row, day=day)


def masters_above(point: UsagePoint, on: dt.date) -> Sequence[UsagePoint]:
    """The points behind which a point is metered on a day, the nearest first."""
    found: list[UsagePoint] = []
    row = SubMetering.objects.filter(part=point, in_force__contains=on).select_related("master").first()
    while row is not None and row.master not in found:
        found.append(row.master)
        row = (
            SubMetering.objects.filter(part=row.master, in_force__contains=on)
            .select_related("master")
            .first()
        )
    return found


def tree_of(point: UsagePoint, on: dt.date) -> Mapping[Any, Sequence[UsagePoint]]:
    """All that is metered behind a point on a day, by the key of its master."""
    rows = SubMetering.objects.filter(in_force__contains=on, master__utility=point.utility)
    behind: dict[Any, list[UsagePoint]] = {}
    for row in rows.select_related("part").order_by("part__code"):
        behind.setdefault(row.master_id, []).append(row.part)
    found: dict[Any, Sequence[UsagePoint]] = {}
    waiting = [point.pk]
    while waiting:
        key = waiting.pop()
        if key in behind and key not in found:
            found[key] = behind[key]
            waiting += [one.pk for one in behind[key]]
    return found
