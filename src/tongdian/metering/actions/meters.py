"""Meters are entered, fitted at usage points and removed from them, with what they showed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from psycopg.types.range import DateRange

from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.actions.readings import read_on
from tongdian.metering.entries import INSTALLATION, METER, REMOVAL
from tongdian.metering.models import Meter, MeterInstallation, MeterReading
from tongdian.metering.rules import (
    EDIT,
    FitsNoMore,
    InPlaceAlready,
    MeterDayToCome,
    NotInPlace,
    OnlyPowerIsWired,
    OtherUtilityMetered,
    PointHasMeter,
    Quality,
)
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.registers.action import action, must_be_free, put, removal

WIDTH = ("digits", "decimals", "multiplier", "utility")


@action("add-meter", may=EDIT, within="organisation", fields=METER)
def add_meter(
    *,
    viewer: Any,
    organisation: Organisation,
    code: str,
    utility: str,
    at: dt.datetime,
    wiring: str = "",
    is_demo: bool = False,
    **given: Any,
) -> Meter:
    """Enter a meter. Raises CodeTaken, OnlyPowerIsWired."""
    _must_be_wired(utility, wiring)
    must_be_free(Meter, code=code, organisation=organisation)
    return Meter.objects.create(
        organisation=organisation, code=code, utility=utility, wiring=wiring, is_demo=is_demo, **given
    )


@action("change-meter", may=EDIT, within="meter.organisation", fields=METER.changing, of="meter")
def change_meter(
    *, viewer: Any, meter: Meter, code: str, at: dt.datetime, wiring: str = "", **given: Any
) -> Meter:
    """Correct a meter; what its readings rest on stands once there is one. Raises CodeTaken,
    OnlyPowerIsWired, FitsNoMore."""
    _must_be_wired(meter.utility, wiring)
    must_be_free(Meter, but=meter, code=code, organisation=meter.organisation)
    if MeterReading.objects.filter(meter=meter).exists():
        for name in WIDTH:
            if name in given and given[name] != getattr(meter, name):
                raise FitsNoMore(what=METER[name].title).about(name)
    put(meter, code=code, wiring=wiring, **given)
    return meter


remove_meter = removal(change_meter)


@action("fit-meter", may=EDIT, within="meter.organisation", fields=INSTALLATION)
def fit_meter(
    *,
    viewer: Any,
    meter: Meter,
    usage_point: UsagePoint,
    on: dt.date,
    value: Decimal,
    at: dt.datetime,
    case: str = "",
) -> MeterInstallation:
    """Hang a meter at a usage point from a day on, with its first reading.

    Raises MeterDayToCome, OtherUtilityMetered, InPlaceAlready, PointHasMeter, and what a reading does.
    """
    if on > legal_day(at):
        raise MeterDayToCome(day=on).about("on")
    if meter.utility != usage_point.utility:
        raise OtherUtilityMetered(
            meter=meter,
            its=Utility(meter.utility).label,
            point=usage_point,
            wanted=Utility(usage_point.utility).label,
        )
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    time = DateRange(on, None)
    for row in MeterInstallation.objects.filter(meter=meter, in_place__overlap=time):
        raise InPlaceAlready(meter=meter, point=row.usage_point, day=row.fitted_on)
    for row in MeterInstallation.objects.filter(usage_point=usage_point, in_place__overlap=time):
        raise PointHasMeter(meter=row.meter, point=usage_point, day=row.fitted_on)
    made = MeterInstallation.objects.create(
        meter=meter, usage_point=usage_point, in_place=time, fitted_by_id=getattr(viewer, "pk", None)
    )
    read_on(viewer, meter, on=on, value=value, quality=Quality.ACTUAL, at=at, case=case, is_first=True)
    return made


@action("take-down-meter", may=EDIT, within="meter.organisation", fields=REMOVAL)
def take_down_meter(
    *,
    viewer: Any,
    meter: Meter,
    on: dt.date,
    value: Decimal,
    reason: str,
    at: dt.datetime,
    turned: bool = False,
    case: str = "",
) -> MeterInstallation:
    """Remove a meter from where it hangs, with its final reading.

    Raises MeterDayToCome, NotInPlace, and what a reading does.
    """
    if on > legal_day(at):
        raise MeterDayToCome(day=on).about("on")
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    row = queries.hangs(meter)
    if row is None or on <= row.fitted_on:
        raise NotInPlace(meter=meter, day=on)
    read_on(viewer, meter, on=on, value=value, quality=Quality.FINAL, at=at, turned=turned, case=case)
    put(
        row,
        in_place=DateRange(row.fitted_on, on),
        removed_by_id=getattr(viewer, "pk", None),
        removal_reason=reason,
    )
    return row


def _must_be_wired(utility: str, wiring: str) -> None:
    if wiring and utility != Utility.POWER:
        raise OnlyPowerIsWired
