"""Points are metered behind a master, and count in virtual meters, from a day on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from psycopg.types.range import DateRange

from tongdian.metering import queries
from tongdian.metering.entries import BEHIND, COUNTING, LEAVING_OUT, NO_LONGER, VIRTUAL
from tongdian.metering.models import Meter, SubMetering, VirtualMeter, VirtualPart
from tongdian.metering.rules import (
    EDIT,
    CountsAlready,
    GoesInCircles,
    HasMaster,
    NotBehind,
    NotInPlace,
    OtherUtilityBehind,
)
from tongdian.network.models import UsagePoint
from tongdian.registers.action import action, must_be_free, put, removal


@action("meter-behind", may=EDIT, within="meter.organisation", fields=BEHIND)
def meter_behind(
    *, viewer: Any, meter: Meter, master: UsagePoint, on: dt.date, at: dt.datetime
) -> SubMetering:
    """The usage point at which a meter hangs is metered behind another from a day on.

    Raises NotInPlace, OtherUtilityBehind, HasMaster, GoesInCircles.
    """
    point = _point_of(meter, on)
    if point.utility != master.utility:
        raise OtherUtilityBehind(point=point, master=master)
    _hold_all()
    time = DateRange(on, None)
    for row in SubMetering.objects.filter(part=point, in_force__overlap=time).select_related("master"):
        raise HasMaster(point=point, master=row.master, day=row.in_force.lower)
    _must_not_close_a_circle(point, master, time)
    return SubMetering.objects.create(master=master, part=point, in_force=time)


def _point_of(meter: Meter, on: dt.date) -> UsagePoint:
    place = queries.where(meter, on)
    if place is None:
        raise NotInPlace(meter=meter, day=on)
    return place.usage_point


def _hold_all() -> None:
    """Of two who together would close a circle the second waits, and sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('metering.sub_metering'))")


def _must_not_close_a_circle(point: UsagePoint, master: UsagePoint, time: DateRange) -> None:
    """Whatever stands above the master at any time from then on is not the point. Raises GoesInCircles."""
    above, waiting = set(), [master.pk]
    while waiting:
        key = waiting.pop()
        if key == point.pk:
            raise GoesInCircles(point=point, master=master)
        if key not in above:
            above.add(key)
            rows = SubMetering.objects.filter(part=key, in_force__overlap=time)
            waiting += list(rows.values_list("master_id", flat=True))


@action("meter-apart", may=EDIT, within="meter.organisation", fields=NO_LONGER)
def meter_apart(*, viewer: Any, meter: Meter, on: dt.date, at: dt.datetime) -> SubMetering:
    """The usage point at which a meter hangs is metered behind no other from a day on.

    Raises NotInPlace, NotBehind.
    """
    point = _point_of(meter, on)
    row = SubMetering.objects.filter(part=point, in_force__endswith=None).first()
    if row is None or on <= row.in_force.lower:
        raise NotBehind(point=point, day=on)
    return put(row, in_force=DateRange(row.in_force.lower, on))


@action("add-virtual-meter", may=EDIT, within="organisation", fields=VIRTUAL)
def add_virtual_meter(
    *, viewer: Any, organisation: Any, code: str, at: dt.datetime, **given: Any
) -> VirtualMeter:
    """Enter a virtual meter. Raises CodeTaken."""
    must_be_free(VirtualMeter, code=code, organisation=organisation)
    return VirtualMeter.objects.create(organisation=organisation, code=code, **given)


@action(
    "change-virtual-meter",
    may=EDIT,
    within="virtual_meter.organisation",
    fields=VIRTUAL.changing,
    of="virtual_meter",
)
def change_virtual_meter(
    *, viewer: Any, virtual_meter: VirtualMeter, code: str, at: dt.datetime, **given: Any
) -> VirtualMeter:
    """Correct a virtual meter. Raises CodeTaken."""
    must_be_free(VirtualMeter, but=virtual_meter, code=code, organisation=virtual_meter.organisation)
    return put(virtual_meter, code=code, **given)


remove_virtual_meter = removal(change_virtual_meter)


@action("count-point", may=EDIT, within="virtual_meter.organisation", fields=COUNTING)
def count_point(
    *,
    viewer: Any,
    virtual_meter: VirtualMeter,
    usage_point: UsagePoint,
    on: dt.date,
    at: dt.datetime,
    is_taken_away: bool = False,
) -> VirtualPart:
    """A usage point counts for a virtual meter, or against it, from a day on.

    Raises OtherUtilityBehind, CountsAlready.
    """
    if usage_point.utility != virtual_meter.utility:
        raise OtherUtilityBehind(point=usage_point, master=virtual_meter)
    VirtualMeter.objects.select_for_update(of=("self",)).get(pk=virtual_meter.pk)
    time = DateRange(on, None)
    rows = VirtualPart.objects.filter(virtual_meter=virtual_meter, usage_point=usage_point)
    for row in rows.filter(in_force__overlap=time):
        raise CountsAlready(point=usage_point, meter=virtual_meter, day=row.in_force.lower)
    return VirtualPart.objects.create(
        virtual_meter=virtual_meter, usage_point=usage_point, is_taken_away=is_taken_away, in_force=time
    )


@action("leave-point-out", may=EDIT, within="virtual_meter.organisation", fields=LEAVING_OUT)
def leave_point_out(
    *, viewer: Any, virtual_meter: VirtualMeter, usage_point: UsagePoint, on: dt.date, at: dt.datetime
) -> VirtualPart:
    """A usage point counts no more for a virtual meter, from a day on. Raises NotBehind."""
    rows = VirtualPart.objects.select_for_update(of=("self",))
    row = rows.filter(virtual_meter=virtual_meter, usage_point=usage_point, in_force__endswith=None).first()
    if row is None or on <= row.in_force.lower:
        raise NotBehind(point=usage_point, day=on)
    return put(row, in_force=DateRange(row.in_force.lower, on))
