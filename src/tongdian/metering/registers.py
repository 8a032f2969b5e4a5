"""The register of meters."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from tongdian.bounded_days import read as read_day
from tongdian.metering import queries
from tongdian.metering.actions.filling import fill_in_reading
from tongdian.metering.actions.intervals import take_intervals_back
from tongdian.metering.actions.looking import validate_reading
from tongdian.metering.actions.meters import add_meter, change_meter, fit_meter, remove_meter, take_down_meter
from tongdian.metering.actions.parts import (
    add_virtual_meter,
    change_virtual_meter,
    count_point,
    leave_point_out,
    meter_apart,
    meter_behind,
    remove_virtual_meter,
)
from tongdian.metering.actions.readings import correct_reading, read_meter, take_reading_back
from tongdian.metering.actions.routes import (
    add_reading_route,
    change_reading_route,
    publish_route_month,
    put_on_route,
    remove_reading_route,
    take_off_route,
)
from tongdian.metering.actions.timed import read_meter_at, take_timed_reading_back
from tongdian.metering.entries import METER, ROUTE, VIRTUAL
from tongdian.metering.models import (
    Meter,
    MeterInstallation,
    ReadingRoute,
    RoutePoint,
    VirtualMeter,
    VirtualPart,
)
from tongdian.metering.rules import NoSuchMeter, NoSuchRoute, NoSuchVirtualMeter
from tongdian.network.registers import UTILITY
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Day, Number, Text


def _where(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The usage point at which each hangs now."""
    rows = MeterInstallation.objects.filter(meter__in=[one.pk for one in things], in_place__endswith=None)
    found = dict(rows.values_list("meter_id", "usage_point__code"))
    return {one.pk: {"usage_point": found.get(one.pk, "")} for one in things}


def _last_reading(meter: Meter) -> Words | None:
    row = queries.standing(meter).last()
    if row is None:
        return None
    said = f"{queries.figure(row):f} ({row.on})"
    return Words(f"上次 {said}", f"last {said}")


def _reading_of(meter: Meter, asked: Mapping[str, str]) -> Mapping[str, Any]:
    """What stands of the day that is to be corrected."""
    try:
        row = queries.standing(meter).filter(on=read_day(asked["on"])).first() if asked.get("on") else None
    except Refusal:
        row = None
    if row is None:
        return {}
    return {"value": row.value, "quality": row.quality, "turned": row.turned}


METERS = Register(
    name="meters",
    model=Meter,
    title=Words("计量表", "Meters"),
    one=Words("计量表", "a meter"),
    api=("A meter and where it hangs.", "The meters that you see."),
    fields=METER,
    reads="metering.read",
    rows=queries.meters,
    unknown=NoSuchMeter,
    add=add_meter,
    change=change_meter,
    remove=remove_meter,
    deeds=(
        FurtherAction(
            slug="read",
            action=read_meter,
            title=Words("录入抄见数", "Enter a reading"),
            said=Words("抄见数已保存。", "The reading is kept."),
            note=_last_reading,
            as_typed={"raw": "value"},
        ),
        FurtherAction(
            slug="correct",
            action=correct_reading,
            title=Words("更正抄见数", "Correct a reading"),
            said=Words("已更正；更正前后均可查看。", "The reading is corrected; both stay readable."),
            stands=_reading_of,
            as_typed={"raw": "value"},
        ),
        FurtherAction(
            slug="fill-in",
            action=fill_in_reading,
            title=Words("推算未抄示数", "Fill in a figure not read"),
            said=Words("已按规定推算。", "The figure is filled in as the rules have it."),
        ),
        FurtherAction(
            slug="validate",
            action=validate_reading,
            title=Words("重新校验抄见数", "Validate a reading again"),
            said=Words("已重新校验。", "The reading was looked at again."),
        ),
        FurtherAction(
            slug="take-back",
            action=take_reading_back,
            title=Words("作废抄见数", "Take a reading back"),
            said=Words("已作废；仍可查看。", "The reading counts no more; it stays readable."),
        ),
        FurtherAction(
            slug="read-at",
            action=read_meter_at,
            title=Words("录入定时抄见数", "Enter a timed reading"),
            said=Words("定时抄见数已保存。", "The timed reading is kept."),
        ),
        FurtherAction(
            slug="take-back-at",
            action=take_timed_reading_back,
            title=Words("作废定时抄见数", "Take a timed reading back"),
            said=Words("已作废；仍可查看。", "The reading counts no more; it stays readable."),
        ),
        FurtherAction(
            slug="take-back-intervals",
            action=take_intervals_back,
            title=Words("作废区间用量", "Take interval data back"),
            said=Words("已作废；仍可查看。", "The day's intervals count no more; they stay readable."),
        ),
        FurtherAction(
            slug="behind",
            action=meter_behind,
            title=Words("设为分表", "Meter it behind a master"),
            said=Words("已设为分表。", "It is metered behind the master."),
        ),
        FurtherAction(
            slug="apart",
            action=meter_apart,
            title=Words("解除分表", "Meter it apart"),
            said=Words("已解除。", "It is metered apart."),
        ),
        FurtherAction(
            slug="fit",
            action=fit_meter,
            title=Words("装表", "Fit the meter"),
            said=Words("已装表。", "The meter is fitted."),
        ),
        FurtherAction(
            slug="take-down",
            action=take_down_meter,
            title=Words("拆表", "Remove the meter"),
            said=Words("已拆表。", "The meter is removed."),
        ),
    ),
    filters=(
        Filter(
            Text(
                "q",
                Words("表号或用电（水）点", "Meter number or usage point"),
                optional=True,
                most=60,
                api="part of its number, or of the code of the usage point at which it hangs",
            ),
            lambda rows, text: rows.filter(
                Q(code__icontains=text)
                | Q(
                    pk__in=MeterInstallation.objects.filter(
                        in_place__endswith=None, usage_point__code__icontains=text
                    ).values("meter")
                )
            ),
        ),
        UTILITY,
        Filter(METER["kind"].open()),
    ),
    derived=(
        Text("usage_point", Words("装于", "Hangs at"), optional=True, most=40, api="code of the usage point"),
    ),
    derive=_where,
    at="meters/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("meter", args=[one.pk]),
)


def _sums(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """What each counts now, as `A + B - C`."""
    rows = VirtualPart.objects.filter(virtual_meter__in=[one.pk for one in things], in_force__endswith=None)
    found: dict[Any, str] = {}
    for key, code, away in rows.order_by("is_taken_away", "usage_point__code").values_list(
        "virtual_meter_id", "usage_point__code", "is_taken_away"
    ):
        said = found.get(key, "")
        found[key] = f"{said} {'-' if away else '+'} {code}" if said or away else code
    return {one.pk: {"counts": found.get(one.pk, "").strip()} for one in things}


VIRTUAL_METERS = Register(
    name="virtual-meters",
    model=VirtualMeter,
    title=Words("虚拟表", "Virtual meters"),
    one=Words("虚拟表", "a virtual meter"),
    api=("A virtual meter and what it counts now.", "The virtual meters that you see."),
    fields=VIRTUAL,
    reads="metering.read",
    rows=queries.virtual_meters,
    unknown=NoSuchVirtualMeter,
    add=add_virtual_meter,
    change=change_virtual_meter,
    remove=remove_virtual_meter,
    deeds=(
        FurtherAction(
            slug="count",
            action=count_point,
            title=Words("计入用电（水）点", "Count a usage point"),
            said=Words("已计入。", "It counts."),
        ),
        FurtherAction(
            slug="leave-out",
            action=leave_point_out,
            title=Words("不再计入", "Leave a usage point out"),
            said=Words("已不再计入。", "It counts no more."),
        ),
    ),
    filters=(UTILITY,),
    derived=(
        Text(
            "counts", Words("计算式", "Counts"), optional=True, most=400, api="usage points with their signs"
        ),
    ),
    derive=_sums,
    at="virtual-meters/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("virtual-meter", args=[one.pk]),
)


def _days(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """How many points are on each, and the latest days that are published."""
    rows = RoutePoint.objects.filter(route__in=[one.pk for one in things]).values_list("route_id")
    counts = dict(rows.annotate(points=Count("pk")))
    days = queries.published_days(things)
    return {
        one.pk: {
            "points": counts.get(one.pk, 0),
            "read_on": days[one.pk].read_on if one.pk in days else None,
            "bill_on": days[one.pk].bill_on if one.pk in days else None,
        }
        for one in things
    }


ROUTES = Register(
    name="reading-routes",
    model=ReadingRoute,
    title=Words("抄表路线", "Routes of reading"),
    one=Words("抄表路线", "a route"),
    api=("A route with the days last published.", "The routes that you see, with the days last published."),
    fields=ROUTE,
    reads="metering.read",
    rows=queries.reading_routes,
    unknown=NoSuchRoute,
    add=add_reading_route,
    change=change_reading_route,
    remove=remove_reading_route,
    deeds=(
        FurtherAction(
            slug="publish",
            action=publish_route_month,
            title=Words("公布抄表计费日", "Publish its days"),
            said=Words("已公布。", "The days are published."),
        ),
        FurtherAction(
            slug="put-on",
            action=put_on_route,
            title=Words("加入用电（水）点", "Put a usage point on it"),
            said=Words("已加入。", "It is on the route."),
        ),
        FurtherAction(
            slug="take-off",
            action=take_off_route,
            title=Words("移出用电（水）点", "Take a usage point off"),
            said=Words("已移出。", "It is off the route."),
        ),
    ),
    derived=(
        Number("points", Words("点数", "Points"), low="0", high="100000", scale=0, api="usage points on it"),
        Day("read_on", Words("抄表日", "Read on"), optional=True, api="the day last published"),
        Day("bill_on", Words("计费日", "Billed on"), optional=True, api="the day last published"),
    ),
    derive=_days,
    at="reading-routes/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("reading-route", args=[one.pk]),
)
