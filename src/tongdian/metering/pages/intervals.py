"""Interval data of a meter: how complete a month is, what is missing from when until when, and how a day ran."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tongdian.bounded_days import read as read_day
from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.models import IntervalDay, Meter
from tongdian.metering.queries.intervals import NOT_METERED, DayCompleteness, MonthCompleteness
from tongdian.metering.registers import METERS
from tongdian.metering.rules import READ, IntervalQuality
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("metering.read")
def intervals(request: HttpRequest, id_: UUID) -> HttpResponseBase:
    """A month of a channel, and one of its days; posted, the month is taken along as a file."""
    one = METERS.find(request.user, id_)
    zone, channels = queries.zone_of_meters(one.organisation), queries.channels_of(one)
    today = legal_day(timezone.now(), zone)
    channel = request.GET.get("channel") or next(iter(channels), "")
    if channel and channel not in channels:
        raise Http404
    first = _month(request.GET.get("month", ""), one, channel, today)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    found = queries.completeness(one, channel, first=first, last=last, until=today, zone=zone)
    if request.method == "POST":
        title = f"{one.code}-{channel}-{first:%Y-%m}"
        lines = _lines(found, zone)
        return as_file(
            request, of="interval-data", title=title, lines=lines, query=f"{one.code} {channel} {first:%Y-%m}"
        )
    day = _shown_day(found, request.GET.get("day", ""))
    context = {
        "meter": one,
        "channel": channel,
        "channels": channels,
        "month": first,
        "before": first - dt.timedelta(days=1),
        "after": last + dt.timedelta(days=1) if last < today else None,
        "found": found,
        "missing": found.expected - found.received,
        "share": (found.received * 1000 // found.expected) / Decimal(10)
        if found.expected
        else None,  # down: 100 is all
        "day": day,
        "runs": _runs(one, day, zone),
        "chart": _chart(day, zone),
        "heat": _heat(found, zone, channel),
        "most": _most(found, zone),
        "decimals": _decimals(found),
        "versions": _versions(one, channel, day),
        "unit": next((each.row.unit for each in found.days if each.row), ""),
        "may_import": request.user.has_perm("agreements.import", one.organisation),
        "may_read": request.user.has_perm(READ.name, one.organisation),
    }
    return render(request, "metering/intervals.html", context)


def _month(said: str, one: Meter, channel: str, today: dt.date) -> dt.date:
    """The first of the month that is asked for; else of the newest of which something was told."""
    if said:
        try:
            found: dt.date = read_day(f"{said}-01")
        except Refusal:
            raise Http404 from None
        return found
    rows = IntervalDay.objects.filter(meter=one, channel=channel)
    newest = rows.order_by("-on").values_list("on", flat=True).first()
    return (newest or today).replace(day=1)


def _shown_day(found: MonthCompleteness, said: str) -> DayCompleteness | None:
    told = [each for each in found.days if each.row is not None]
    return next((each for each in told if each.on.isoformat() == said), told[-1] if told else None)


def _runs(one: Meter, day: DayCompleteness | None, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What is said of the intervals of a day, from when until when."""
    if day is None or day.row is None:
        return []
    minutes, organisation = day.row.minutes, one.organisation
    said = []
    for run in queries.intervals_of(day.row).runs:
        said.append(
            {
                "begins": queries.begin_of(day.on, run.first - 1, minutes, zone),
                "ends": queries.begin_of(day.on, run.last, minutes, zone),
                "quality": IntervalQuality(run.quality),
                "method": queries.method_said(organisation, day.on, run.method),
                "reason": run.reason,
            }
        )
    return said


def _chart(day: DayCompleteness | None, zone: ZoneInfo) -> dict[str, Any] | None:
    """The quantities of a day; where one is missing the line has a gap."""
    if day is None or day.row is None or day.row.values is None:
        return None
    title = gettext("Quantities of %(day)s (%(unit)s)") % {"day": day.on.isoformat(), "unit": day.row.unit}
    values = [None if value is None else float(value) for value in day.row.values]
    labels = [
        f"{queries.begin_of(day.on, place, day.row.minutes, zone):%H:%M}" for place in range(len(values))
    ]
    guessed = [
        [run.first - 1, run.last - 1, gettext("Not metered")]
        for run in queries.intervals_of(day.row).runs
        if run.quality in NOT_METERED
    ]
    return {
        "title": title,
        "labels": labels,
        "series": [[day.row.channel, values]],
        "shaded": guessed,
        "lines": True,
        "fractions": True,
    }


def _heat(found: MonthCompleteness, zone: ZoneInfo, channel: str) -> dict[str, Any] | None:
    """The quantities of a month, a row a day; a day of another length than most has its own columns as they come."""
    told = [day for day in found.days if day.row is not None]
    if not told:
        return None
    longest = max(found.days, key=lambda day: day.expected)
    minutes = (longest.row or told[0].row).minutes  # type: ignore[union-attr]
    return {
        "days": [f"{day.on:%m-%d}" for day in found.days],
        "times": [
            f"{queries.begin_of(longest.on, place, minutes, zone):%H:%M}" for place in range(longest.expected)
        ],
        "rows": [
            [None if value is None else float(value) for value in (day.row.values or ())]
            if day.row
            else [None] * day.expected
            for day in found.days
        ],
        "addresses": [_address(channel, day.on) if day.row else "" for day in found.days],
        "unit": told[0].row.unit if told[0].row else "",
        "missing": gettext("Missing"),
    }


def _address(channel: str, on: dt.date) -> str:
    return (
        "?" + urlencode({"channel": channel, "month": f"{on:%Y-%m}", "day": on.isoformat()}) + "#quantities"
    )


def _most(found: MonthCompleteness, zone: ZoneInfo) -> dict[str, Any] | None:
    """The greatest quantity of a month, and when it began: the first where several are as great."""
    best: tuple[Decimal, IntervalDay, int] | None = None
    for day in found.days:
        for place, value in enumerate((day.row.values or ()) if day.row else ()):
            if day.row and value is not None and (best is None or value > best[0]):
                best = value, day.row, place
    if best is None:
        return None
    value, row, place = best
    return {"value": value, "begins": queries.begin_of(row.on, place, row.minutes, zone), "unit": row.unit}


def _decimals(found: MonthCompleteness) -> int:
    """So many that no day's total loses one, and all stand below each other."""
    exponents = [day.total.normalize().as_tuple().exponent for day in found.days if day.total]
    return max([0, *(-one for one in exponents if isinstance(one, int))])


def _versions(one: Meter, channel: str, day: DayCompleteness | None) -> list[IntervalDay]:
    """What was said of the day before, the newest first."""
    if day is None:
        return []
    rows = IntervalDay.objects.filter(meter=one, channel=channel, on=day.on)
    return list(rows.select_related("by").order_by("-version"))


def _lines(found: MonthCompleteness, zone: ZoneInfo) -> Iterator[list[str | Decimal]]:
    """Every interval of a month: when it begins and ends, its quantity and quality; what is missing is empty."""
    yield [
        gettext("From"),
        gettext("Until"),
        gettext("Quantity"),
        gettext("Unit"),
        gettext("Quality"),
        gettext("Method"),
        gettext("Reason"),
    ]
    for day in found.days:
        if day.row is None:
            continue
        told = queries.intervals_of(day.row)
        for place, (value, (letter, method, reason)) in enumerate(zip(told.values, told.each(), strict=True)):
            begins, ends = (queries.begin_of(day.on, place + n, told.minutes, zone) for n in (0, 1))
            yield [
                f"{begins:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}", "" if value is None else value.normalize() + 0,
                told.unit, letter, method, reason,
            ]  # fmt: skip
