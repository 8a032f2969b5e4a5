"""Meters of the demonstration: one at each point that is supplied, read at the end of each month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from psycopg.types.range import DateRange

from tongdian.agreements.models import Agreement
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.chronicle import DemoCase
from tongdian.demo.estate import Spot
from tongdian.demo.organisations import GRID_PACK
from tongdian.metering.actions.looking import look_at
from tongdian.metering.actions.routes import publish_route_month
from tongdian.metering.actions.timed import read_meter_at
from tongdian.metering.findings import EnteredReading
from tongdian.metering.models import Meter, MeterInstallation, MeterReading, ReadingRoute, RoutePoint
from tongdian.metering.rules import MeterKind, MeterOwner, Quality, Wiring
from tongdian.network.actions import add_usage_point
from tongdian.network.models import Place, UsagePoint
from tongdian.network.rules import Utility

MONTHS = 25
READ_FOR_THE_LAST_TIME = frozenset({"read-together", "read-final"})
# A day's use of a place of that kind, in kWh and m³.
A_DAY = {"flat": (6, 0.4), "shop": (28, 0.8), "room": (35, 0.3), "site": (120, 6), "premises": (400, 5)}
LESSONS_OVER = 10  # hours after noon
SUMMER = {6: 1.5, 7: 1.9, 8: 1.9, 9: 1.5, 12: 1.3, 1: 1.5, 2: 1.3}


@dataclass(frozen=True)
class FinalReading:
    """The day on which a case that goes on had the meters of a place read for the last time."""

    case: str
    on: dt.date


def final_readings(made: Iterable[DemoCase]) -> dict[Any, FinalReading]:
    """By place, of the cases whose stages of final readings are all done."""
    found = {}
    for one in made:
        stages = one.plan.walk.wording.stages
        reading = [key for key, stage in stages.items() if stage.effect in READ_FOR_THE_LAST_TIME]
        if one.case.place_id and reading and not one.case.ending and all(one.is_done(key) for key in reading):
            day = max(legal_day(one.closed[key]) for key in reading)
            found[one.case.place_id] = FinalReading(one.case.number, day)
    return found


def fit_meters(
    spots: Iterable[Spot],
    random: Random,
    viewer: Any,
    at: dt.datetime,
    finals: Mapping[Any, FinalReading] = MappingProxyType({}),
) -> None:
    """Fit and read a meter wherever somebody is supplied today under a university's regulation; for the
    last time where a case had it read so."""
    spots = list(spots)
    meters: list[Meter] = []
    places: list[MeterInstallation] = []
    readings: list[MeterReading] = []
    ends = month_ends(legal_day(at))
    current = {row.usage_point_id: row for row in Agreement.objects.filter(in_force__contains=legal_day(at))}
    for spot in spots:
        for point in spot.points:
            agreement = current.get(point.pk)
            if agreement is None or spot.pack == GRID_PACK:
                continue
            meter = _meter(spot, point, len(meters) + 1)
            since = max(agreement.first_on, ends[0])
            meters.append(meter)
            places.append(
                MeterInstallation(
                    meter=meter, usage_point=point, in_place=DateRange(since, None), fitted_by_id=viewer.pk
                )
            )
            read = _readings(meter, spot, since, ends, random, viewer)
            final = finals.get(spot.place.pk)
            readings += _with_final(read, final, viewer) if final is not None else read
    Meter.objects.bulk_create(meters)
    MeterInstallation.objects.bulk_create(places)
    MeterReading.objects.bulk_create(readings, batch_size=5_000)
    _put_in_store({spot.house.pk: spot for spot in spots}.values())
    _walk(places, viewer, ends[-1], at)
    newest = [
        EnteredReading.of(row) for row in readings if row.on == ends[-1] or row.quality == Quality.FINAL
    ]
    look_at(newest, at=at, by=viewer.pk)


def _put_in_store(spots: Iterable[Spot]) -> None:
    """A few meters of each house that hang nowhere yet: the numbers that the forms of stages have as examples,
    so that a case can be worked on to its end."""
    Meter.objects.bulk_create(
        Meter(
            organisation=spot.house,
            code=f"{code}{number or ''}",
            utility=utility,
            kind=MeterKind.ORDINARY,
            multiplier=Decimal(1),
            digits=Decimal(6),
            decimals=Decimal(2),
            owner=MeterOwner.SUPPLIER,
            wiring=Wiring.LOW_LOW if utility == Utility.POWER else "",
            is_demo=True,
        )
        for spot in spots
        for code, utility in (
            (("4530000123", Utility.POWER),)
            if spot.pack == GRID_PACK
            else (("D0412", Utility.POWER), ("S0412", Utility.WATER))
        )
        for number in range(4)
    )


def _walk(places: Iterable[MeterInstallation], viewer: Any, last: dt.date, at: dt.datetime) -> None:
    """Each house's meters of one utility are read on one route; its days of the month are published (19)."""
    routes: dict[tuple[Any, str], ReadingRoute] = {}
    points: list[RoutePoint] = []
    for place in places:
        meter = place.meter
        key = (meter.organisation_id, meter.utility)
        if key not in routes:
            name = "电表" if meter.utility == Utility.POWER else "水表"
            routes[key] = ReadingRoute.objects.create(
                organisation=meter.organisation,
                code=f"{meter.organisation.short}-{meter.code[0]}",
                name=f"{meter.organisation.name}{name}",
            )
        points.append(RoutePoint(route=routes[key], usage_point=place.usage_point, position=len(points) + 1))
    RoutePoint.objects.bulk_create(points)
    for route in routes.values():
        publish_route_month(
            viewer=viewer, reading_route=route, read_on=last, bill_on=last + dt.timedelta(days=3), at=at
        )


def month_ends(today: dt.date) -> list[dt.date]:
    """The last days of the months before today's, the oldest first."""
    found, first = [], today.replace(day=1)
    for _ in range(MONTHS):
        first -= dt.timedelta(days=1)
        found.append(first)
        first = first.replace(day=1)
    return found[::-1]


def _meter(spot: Spot, point: UsagePoint, number: int) -> Meter:
    is_power = point.utility == Utility.POWER
    is_large = is_power and spot.capacity > 100
    return Meter(
        organisation=spot.house,
        code=f"{'D' if is_power else 'S'}{spot.house.short}{number:05d}",
        utility=point.utility,
        kind=MeterKind.CARD if is_power and spot.place.kind == "flat" else MeterKind.ORDINARY,
        multiplier=Decimal(40 if is_large else 1),
        digits=Decimal(6 if is_power else 5),
        decimals=Decimal(2 if is_power else 1),
        owner=MeterOwner.SUPPLIER,
        wiring=Wiring.LOW_LOW if is_power else "",
        seals=f"F{20_000 + number}",
        is_demo=True,
    )


def _readings(
    meter: Meter, spot: Spot, since: dt.date, ends: list[dt.date], random: Random, viewer: Any
) -> list[MeterReading]:
    power, water = A_DAY.get(str(spot.place.kind), (10, 0.5))
    a_day = (power if meter.utility == Utility.POWER else water) * random.uniform(0.5, 1.6)
    shown = Decimal(random.randint(0, 4_000))
    found, before = [], since
    for day in [since, *(end for end in ends if end > since)]:
        season = SUMMER.get(day.month, 1.0) if meter.utility == Utility.POWER else 1.0
        used = (day - before).days * a_day * season * random.uniform(0.85, 1.15)
        shown += round(Decimal(used) / meter.multiplier, int(meter.decimals))
        is_guess = day != since and random.random() < 0.01
        found.append(
            MeterReading(
                meter=meter,
                on=day,
                raw=str(shown),
                value=shown,
                quality=Quality.ESTIMATED if is_guess else Quality.ACTUAL,
                method="previous_usage" if is_guess else "",
                missed="not_at_home" if is_guess else "",
                reason="用户不在家" if is_guess else "",
                source=MeterReading.Source.TYPED,
                at=dt.datetime.combine(day, dt.time(16), SHANGHAI),
                by_id=viewer.pk,
            )
        )
        before = day
    return found


def _with_final(read: list[MeterReading], final: FinalReading, viewer: Any) -> list[MeterReading]:
    """Up to the final reading, which shows what the last two before it would have come to by its day."""
    before = [row for row in read if row.on < final.on]
    last, earlier = before[-1], before[-2] if len(before) > 1 else before[-1]
    assert last.value is not None  # the demonstration reads every meter
    assert earlier.value is not None
    a_day = (last.value - earlier.value) / max(1, (last.on - earlier.on).days)
    shown = last.value + round(a_day * (final.on - last.on).days, int(last.meter.decimals))
    reading = MeterReading(
        meter=last.meter,
        on=final.on,
        raw=str(shown),
        value=shown,
        quality=Quality.FINAL,
        case=final.case,
        source=MeterReading.Source.CASE,
        at=dt.datetime.combine(final.on, dt.time(16), SHANGHAI),
        by_id=viewer.pk,
    )
    return [*before, reading]


def read_by_the_hour(place: Place, viewer: Any, at: dt.datetime) -> None:
    """A meter of a room that was read every full hour since yesterday's noon, with lamps that were left on all night."""
    noon = dt.datetime.combine(legal_day(at) - dt.timedelta(days=1), dt.time(12), SHANGHAI)
    point = add_usage_point(
        viewer=viewer, place=place, utility=Utility.POWER, code=f"{place.code}-E", at=at, is_demo=True
    )
    meter = Meter.objects.create(
        organisation=place.organisation,
        code=f"D-{place.code}",
        utility=Utility.POWER,
        kind=MeterKind.REMOTE,
        multiplier=Decimal(1),
        digits=Decimal(6),
        decimals=Decimal(2),
        owner=MeterOwner.SUPPLIER,
        wiring=Wiring.LOW_LOW,
        is_demo=True,
    )
    hung = DateRange(legal_day(noon), None)
    MeterInstallation.objects.create(meter=meter, usage_point=point, in_place=hung, fitted_by_id=viewer.pk)
    shown = Decimal(412)
    for hour in range(20):
        moment = noon + dt.timedelta(hours=hour)
        if moment <= at:
            read_meter_at(viewer=viewer, meter=meter, read_at=moment, value=shown, at=at, is_demo=True)
        shown += Decimal("2.4") if hour < LESSONS_OVER else Decimal("1.1")
