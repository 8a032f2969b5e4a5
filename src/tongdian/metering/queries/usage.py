"""What was used at a usage point between two readings, or what is missing to say it.

师政后勤〔2016〕4号 21(1): (this reading - last reading) x multiplier, each meter by its own readings and
multiplier where one was replaced. Missing is never zero: a usage with something missing has no quantity.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Q

from tongdian.metering.models import Meter, MeterInstallation, MeterReading
from tongdian.metering.queries.meters import figure, ran
from tongdian.metering.rules import UsageMissing
from tongdian.network.models import UsagePoint
from tongdian.policy.words import Words


@dataclass(frozen=True)
class UsageSegment:
    """Between two readings of one meter that follow each other. `register` is in units of its register,
    `quantity` in kWh or m³: the register's times the multiplier, exact."""

    meter: Meter
    before: MeterReading
    now: MeterReading
    register: Decimal
    multiplier: Decimal
    quantity: Decimal

    @property
    def turned(self) -> bool:
        """Whether the register ran full between the two."""
        return self.now.turned

    @property
    def qualities(self) -> tuple[str, str]:
        """How far each of the two is what the register showed."""
        return self.before.quality, self.now.quality


@dataclass(frozen=True)
class NotRead:
    """A meter that hung there was not read on a day on which it had to be."""

    meter: Meter
    on: dt.date

    @property
    def words(self) -> Words:
        """What is missing, for a person."""
        return Words(f"{self.meter} 在 {self.on} 没有示数", f"{self.meter} has no reading of {self.on}")


@dataclass(frozen=True)
class NothingHung:
    """No meter hung there from one day to another."""

    first_on: dt.date
    until_on: dt.date

    @property
    def words(self) -> Words:
        """What is missing, for a person."""
        return Words(
            f"{self.first_on} 至 {self.until_on} 没有装表",
            f"no meter hung there from {self.first_on} to {self.until_on}",
        )


@dataclass(frozen=True)
class RanBackwards:
    """A register showed less than before, and nobody said that it turned: one of the two is wrong."""

    meter: Meter
    on: dt.date

    @property
    def words(self) -> Words:
        """What is wrong, for a person."""
        return Words(
            f"{self.meter} 在 {self.on} 的示数小于上次", f"{self.meter} showed less on {self.on} than before"
        )


@dataclass(frozen=True)
class PointUsage:
    """What a usage point used from the reading of one day to the reading of another, in parts that follow
    each other, the oldest first; or what is missing."""

    point: UsagePoint
    first_on: dt.date
    last_on: dt.date
    segments: Sequence[UsageSegment]
    missing: Sequence[NotRead | NothingHung | RanBackwards]

    @property
    def quantity(self) -> Decimal:
        """The sum of the parts, kWh or m³. Raises UsageMissing where something is."""
        if self.missing:
            raise UsageMissing(point=self.point, what=[one.words for one in self.missing])
        return sum((part.quantity for part in self.segments), Decimal(0))


def usage_of(point: UsagePoint, first_day: dt.date, last_day: dt.date) -> PointUsage:
    """What a usage point used from the reading of `first_day` to that of `last_day`: a meter that came
    or went between them counts from its first to its final reading, and each reading between cuts."""
    return usages_of([point], first_day, last_day)[point.pk]


def usages_of(
    points: Iterable[UsagePoint], first_day: dt.date, last_day: dt.date
) -> Mapping[Any, PointUsage]:
    """The same for many points, by their keys, in two questions."""
    wanted = {point.pk: point for point in points}
    hung, read = _hung_and_read(wanted, first_day, last_day)
    return {key: _usage(point, hung.get(key, []), read, first_day, last_day) for key, point in wanted.items()}


def usages_since(since: Mapping[UsagePoint, dt.date], until: dt.date) -> Mapping[Any, PointUsage | None]:
    """What each point used from its own day to its last reading on or before `until`, by their keys, in two
    questions; None where it was not read after its day."""
    wanted = {point.pk: point for point in since}
    if not wanted:
        return {}
    hung, read = _hung_and_read(wanted, min(since.values()), until)
    found: dict[Any, PointUsage | None] = {}
    for point, first_day in since.items():
        places = [
            one for one in hung.get(point.pk, []) if one.removed_on is None or one.removed_on > first_day
        ]
        days = [
            row.on
            for one in places
            for row in read.get(one.meter_id, [])
            if max(one.fitted_on, first_day) < row.on <= (one.removed_on or until)
        ]
        last = max(days, default=first_day)
        here = [one for one in places if one.fitted_on < last]
        found[point.pk] = _usage(point, here, read, first_day, last) if days else None
    return found


def _hung_and_read(
    points: Mapping[Any, UsagePoint], first_day: dt.date, last_day: dt.date
) -> tuple[Mapping[Any, list[MeterInstallation]], Mapping[Any, list[MeterReading]]]:
    """What hung at points between two days, by point, and its readings that count, by meter."""
    places = MeterInstallation.objects.filter(
        Q(in_place__endswith=None) | Q(in_place__endswith__gt=first_day),
        usage_point__in=list(points),
        in_place__startswith__lt=last_day,
    )
    hung: dict[Any, list[MeterInstallation]] = defaultdict(list)
    for row in places.select_related("meter").order_by("in_place"):
        hung[row.usage_point_id].append(row)
    meters = {row.meter_id: row.meter for rows in hung.values() for row in rows}
    return hung, _readings(meters, first_day, last_day)


def _readings(
    meters: Mapping[Any, Meter], first_day: dt.date, last_day: dt.date
) -> Mapping[Any, list[MeterReading]]:
    """The readings that count of each meter, by day."""
    rows = MeterReading.objects.filter(meter__in=list(meters), on__gte=first_day, on__lte=last_day)
    newest = rows.order_by("meter", "on", "-version").distinct("meter", "on")
    found: dict[Any, list[MeterReading]] = defaultdict(list)
    for row in newest:
        if row.value is not None:
            row.meter = meters[row.meter_id]
            found[row.meter_id].append(row)
    return found


def _usage(
    point: UsagePoint,
    hung: Sequence[MeterInstallation],
    read: Mapping[Any, Sequence[MeterReading]],
    first_day: dt.date,
    last_day: dt.date,
) -> PointUsage:
    segments: list[UsageSegment] = []
    missing: list[NotRead | NothingHung | RanBackwards] = []
    reached = first_day
    for place in hung:
        begins, ends = max(place.fitted_on, first_day), min(place.removed_on or last_day, last_day)
        if begins > reached:
            missing.append(NothingHung(reached, begins))
        rows = [row for row in read.get(place.meter_id, []) if begins <= row.on <= ends]
        days = {row.on for row in rows}
        missing += [NotRead(place.meter, day) for day in (begins, ends) if day not in days]
        parts = [_segment(place.meter, before, now) for before, now in pairwise(rows)]
        missing += [RanBackwards(place.meter, part.now.on) for part in parts if part.register < 0]
        segments += [part for part in parts if part.register >= 0]
        reached = ends
    if reached < last_day:
        missing.append(NothingHung(reached, last_day))
    return PointUsage(point, first_day, last_day, segments, missing)


def _segment(meter: Meter, before: MeterReading, now: MeterReading) -> UsageSegment:
    register = ran(figure(before), figure(now), turned=now.turned, meter=meter)
    return UsageSegment(meter, before, now, register, meter.multiplier, register * meter.multiplier)
