"""What was used against what is allowed: what registers ran while a place had no supply, or nobody was permitted to use it.

The quantity between two timed readings is set against the hours of each timetable that governs the place
(`policy/outside.py`), never spread over them. Points behind a switch that protects from fire or keeps somebody alive are
left out: what hangs there runs at all hours.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.calendar import SHANGHAI, legal_day
from tongdian.metering.models import Meter
from tongdian.metering.queries import TimedUsage, standing_timed, timed_usages
from tongdian.network.models import Place, UsagePoint
from tongdian.policy.outside import JudgedSpan, MeteredSpan, UseVerdict, judged
from tongdian.policy.timetables import PlacedStretch
from tongdian.supply.models import SupplySwitch
from tongdian.supply.queries.hours import PlaceHours, hours_of, zone
from tongdian.supply.queries.timetables import place_timetables
from tongdian.supply.rules import SwitchProtection

A_DAY = dt.timedelta(days=1)
MOST_PLACES = 200  # with timed readings, on one page


@dataclass(frozen=True)
class JudgedUsage:
    """What ran between two timed readings, and how it stands by the hours."""

    usage: TimedUsage
    judged: JudgedSpan

    @property
    def first(self) -> dt.datetime:
        """The first of the two moments, on the clock of the place."""
        return self.judged.span.first

    @property
    def until(self) -> dt.datetime:
        """The second of them."""
        return self.judged.span.until

    @property
    def quantity(self) -> Decimal:
        """KWh or m³."""
        return self.usage.quantity


@dataclass(frozen=True)
class PointUse:
    """What a usage point used through some days, set against one timetable of its place, the oldest first."""

    point: UsagePoint
    hours: PlaceHours
    usages: Sequence[JudgedUsage]

    @property
    def findings(self) -> list[UsedOutside]:
        """What was used outside, together as long as no open hour lies between."""
        found: list[list[JudgedUsage]] = []
        for one in self.usages:
            if one.judged.verdict != UseVerdict.OUTSIDE or one.quantity <= 0:
                continue
            if found and self._is_shut(found[-1][-1].until, one.first):
                found[-1].append(one)
            else:
                found.append([one])
        return [UsedOutside(self.point, self.hours, several) for several in found]

    def _is_shut(self, first: dt.datetime, until: dt.datetime) -> bool:
        """Whether the place is closed from one moment to another without a gap."""
        if first == until:
            return True
        span = MeteredSpan(first, until, Decimal(0))
        [one] = judged(
            [span], self.hours.stretches, closed=self.hours.rule.closed, partly=self.hours.rule.partly
        )
        return one.verdict == UseVerdict.OUTSIDE


@dataclass(frozen=True)
class UsedOutside:
    """A finding: from one moment to another a point used something while its place was closed by a timetable."""

    point: UsagePoint
    hours: PlaceHours
    usages: Sequence[JudgedUsage]

    @property
    def first(self) -> dt.datetime:
        """The first moment at which a register was read, on the clock of the place."""
        return self.usages[0].first

    @property
    def until(self) -> dt.datetime:
        """The last of them."""
        return self.usages[-1].until

    @property
    def quantity(self) -> Decimal:
        """The sum of what ran between the moments, kWh or m³."""
        return sum((one.quantity for one in self.usages), Decimal(0))

    @property
    def meters(self) -> list[Meter]:
        """Those that were read."""
        return list({one.usage.meter.pk: one.usage.meter for one in self.usages}.values())

    @property
    def stretches(self) -> list[PlacedStretch]:
        """The closed stretches in which it was used, in order."""
        return list(dict.fromkeys(one for usage in self.usages for one in usage.judged.closed))

    @property
    def cite(self) -> tuple[str, ...]:
        """The clauses that close the place then, each once."""
        return tuple(dict.fromkeys(one for stretch in self.stretches for one in self.hours.cite(stretch)))

    @property
    def instant(self) -> dt.datetime:
        """The first moment, with its zone: with point and timetable it names the finding."""
        return self.usages[0].usage.before.read_at


def used_at(places: Iterable[Place], *, first: dt.date, last: dt.date) -> list[PointUse]:
    """What the points of places used from `first` to `last`, set against each timetable that governs their place; those
    without two timed readings are left out. A handful of questions, however many places."""
    known = {one.pk: one for one in places}
    guarded = SupplySwitch.objects.exclude(protects=SwitchProtection.NOTHING).values("usage_point")
    points = list(
        UsagePoint.objects.filter(place__in=known).exclude(pk__in=guarded).order_by("place", "code")
    )
    usages = timed_usages(points, first=first, last=last)
    here: dict[Any, list[UsagePoint]] = defaultdict(list)
    for point in points:
        if usages[point.pk]:
            point.place = known[point.place_id]
            here[point.place_id].append(point)
    if not here:
        return []
    # what ran across midnight is judged by the hours of both days
    hours = hours_of([known[key] for key in here], first=first - A_DAY, last=last + A_DAY)
    return [
        PointUse(point, one, _judged(one, usages[point.pk]))
        for key, several in here.items()
        for one in hours[key]
        for point in several
    ]


def _judged(hours: PlaceHours, usages: Sequence[TimedUsage]) -> list[JudgedUsage]:
    clock = zone(hours.pack)
    # the second counts: a figure of 22:00:30 is one of the half minute after hours
    spans = [
        MeteredSpan(
            one.before.read_at.astimezone(clock).replace(tzinfo=None),
            one.now.read_at.astimezone(clock).replace(tzinfo=None),
            one.quantity,
        )
        for one in usages
    ]
    found = judged(spans, hours.stretches, closed=hours.rule.closed, partly=hours.rule.partly)
    return [JudgedUsage(usage, one) for usage, one in zip(usages, found, strict=True)]


def used_outside(viewer: Any, *, first: dt.date, last: dt.date) -> tuple[list[UsedOutside], bool]:
    """What was used outside hours from `first` to `last` at the places that a viewer sees, the latest first; and whether
    there are more places than were looked at."""
    begins = dt.datetime.combine(first, dt.time(), SHANGHAI)
    ends = dt.datetime.combine(last + A_DAY, dt.time(), SHANGHAI)
    read = standing_timed().filter(read_at__gte=begins - A_DAY, read_at__lte=ends + A_DAY)
    governed = place_timetables(viewer).filter(in_force__overlap=(first, last + A_DAY))
    rows = Place.objects.filter(
        pk__in=governed.values("place"), usage_points__meters_here__meter__in=read.values("meter")
    )
    places = list(rows.select_related("organisation").distinct().order_by("code")[: MOST_PLACES + 1])
    uses = used_at(places[:MOST_PLACES], first=first, last=last)
    found = [
        one for use in uses for one in use.findings if one.until.date() >= first and one.first.date() <= last
    ]
    return sorted(found, key=lambda one: (one.first, one.point.code), reverse=True), len(places) > MOST_PLACES


def finding_at(point: UsagePoint, rule: str, instant: dt.datetime) -> UsedOutside | None:
    """The finding of a usage point by a timetable that begins at an instant; None where there is none."""
    day = legal_day(instant)
    for use in used_at([point.place], first=day, last=day):
        if use.point.pk == point.pk and use.hours.rule.rule == rule:
            found = next((one for one in use.findings if one.instant == instant), None)
            if found is not None:
                return found
    return None
