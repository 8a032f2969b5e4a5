"""Interval data comes in: a better quantity fills what was missing or guessed, and none is overwritten unseen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.fields import INTERVALS_TAKEN_BACK
from tongdian.metering.models import IntervalDay, Meter, MeterInstallation
from tongdian.metering.queries.intervals import IntervalsOfDay, begin_of, intervals_in, runs_of
from tongdian.metering.rules import READ, IntervalQuality, MeterDayToCome, NotInPlace
from tongdian.network.rules import Utility
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.spoken import both, plain

RANKS = {letter: rank for rank, letter in enumerate(IntervalQuality.values)}


class NotMeteredByIt(Refusal):
    """Energy that a water meter is said to have counted."""

    says = Words(
        "{meter} 不是电表，不计量 {unit}。", "{meter} is no meter of electricity: it counts no {unit}."
    )
    field = "meter"


class IntervalsMissing(Refusal):
    """A day with more or fewer intervals than it has."""

    says = Words(
        "{day} 有 {expected} 个 {minutes} 分钟区间，文件给出 {told} 个。",
        "{day} has {expected} intervals of {minutes} minutes; {told} are told.",
    )


class IntervalToCome(Refusal):
    """Nothing is metered before it runs."""

    says = Words("{moment} 结束的区间还没有到。", "The interval that ends at {moment} has not come yet.")
    field = "on"


class IntervalStands(Refusal):
    """Another quantity as good as the one that stands."""

    says = Words(
        "{moment} 起的区间已有用量 {stands}（{quality}），文件为 {told}；如原数有误，请先作废当日区间用量。",
        "The interval from {moment} stands with {stands} ({quality}); the file has {told}. If what stands is wrong, take "
        "the day's intervals back first.",
    )
    status = 409


class IntervalsDiffer(Refusal):
    """A day told again in other intervals or another unit, which nobody converts unseen."""

    says = Words(
        "{day} 已按 {stands} 保存，文件为 {told}；请先作废当日区间用量。",
        "{day} stands in {stands}; the file has {told}. Take the day's intervals back first.",
    )
    status = 409


class NoIntervalsThatDay(Refusal):
    """Only what stands is taken back."""

    says = Words(
        "{meter} 的通道 {channel} 在 {day} 没有区间用量。",
        "{meter} has no intervals of channel {channel} on {day}.",
    )
    field = "on"
    status = 404


def must_be_keepable(
    meter: Meter,
    hung: MeterInstallation | None,
    on: dt.date,
    told: IntervalsOfDay,
    *,
    zone: ZoneInfo,
    at: dt.datetime,
) -> None:
    """Whichever door the day comes by. Raises NotMeteredByIt, MeterDayToCome, NotInPlace, IntervalsMissing,
    IntervalToCome."""
    if meter.utility != Utility.POWER:
        raise NotMeteredByIt(meter=meter, unit=told.unit)
    if on > legal_day(at, zone):
        raise MeterDayToCome(day=on).about("on")
    if hung is None:
        raise NotInPlace(meter=meter, day=on).about("on")
    expected = intervals_in(on, told.minutes, zone)
    if len(told.values) != expected:
        raise IntervalsMissing(day=on, expected=expected, minutes=told.minutes, told=len(told.values))
    last = next((place for place in reversed(range(expected)) if told.values[place] is not None), None)
    if last is not None and (ends := begin_of(on, last + 1, told.minutes, zone)) > at:
        raise IntervalToCome(moment=_said(ends))


def merged(stands: IntervalsOfDay, told: IntervalsOfDay, on: dt.date, zone: ZoneInfo) -> IntervalsOfDay:
    """Of each interval the better of two: metered before substituted before estimated before nothing. In whichever order
    days are told, the same stands in the end. Raises IntervalsDiffer, IntervalStands."""
    if (stands.minutes, stands.unit) != (told.minutes, told.unit):
        raise IntervalsDiffer(
            day=on, stands=f"{stands.minutes} min, {stands.unit}", told=f"{told.minutes} min, {told.unit}"
        )
    if stands == told:
        return stands
    values, each = list(stands.values), stands.each()
    for place, (value, said) in enumerate(zip(told.values, told.each(), strict=True)):
        mine, theirs = RANKS[each[place][0]], RANKS[said[0]]
        if theirs > mine:
            values[place], each[place] = value, said
        elif theirs == mine and value == values[place]:
            each[place] = max(each[place], said)  # of two ways of saying it one, whichever came first
        elif theirs == mine:
            raise IntervalStands(
                moment=_said(begin_of(on, place, told.minutes, zone)), stands=_figure(values[place]),
                quality=both(IntervalQuality(each[place][0]).label), told=_figure(value),
            )  # fmt: skip
    return IntervalsOfDay(stands.minutes, stands.unit, tuple(values), runs_of(each))


@action("take-intervals-back", may=READ, within="meter.organisation", fields=INTERVALS_TAKEN_BACK)
def take_intervals_back(
    *, viewer: Any, meter: Meter, on: dt.date, channel: str, reason: str, at: dt.datetime
) -> IntervalDay:
    """What was told of a day counts no more, and stays readable. Raises NoIntervalsThatDay."""
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    rows = [row for row in queries.newest_intervals([meter.pk], [on]) if row.channel == channel]
    if not rows or rows[0].values is None:
        raise NoIntervalsThatDay(meter=meter, channel=channel, day=on)
    return next_version(rows[0], None, reason=reason, at=at, viewer=viewer)


def next_version(
    row: IntervalDay, told: IntervalsOfDay | None, *, reason: str, at: dt.datetime, viewer: Any
) -> IntervalDay:
    """A further version of a day, kept; without anything told it takes the day back."""
    return IntervalDay.objects.create(
        meter_id=row.meter_id, channel=row.channel, on=row.on, version=row.version + 1,
        minutes=told.minutes if told else row.minutes, unit=told.unit if told else row.unit,
        values=list(told.values) if told else None, qualities=[list(run) for run in told.runs] if told else [],
        reason=reason, is_demo=row.is_demo, at=at, by_id=getattr(viewer, "pk", None),
    )  # fmt: skip


def _figure(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _said(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
