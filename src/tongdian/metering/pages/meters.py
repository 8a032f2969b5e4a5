"""One meter on one page: where it hangs, what was read, what ran between."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from tongdian.bounded_days import read as read_day
from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.models import Meter, MeterReading
from tongdian.metering.registers import METERS
from tongdian.metering.rules import EDIT, READ, UNITS
from tongdian.network.rules import Utility
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import spoken

SHOWN = 25  # readings on the page


@require_safe
@guarded("metering.read")
def meter(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One meter."""
    one = METERS.find(request.user, id_)
    ran = queries.stretches(one)
    used = {stretch.now.pk: stretch.used * one.multiplier for stretch in ran}
    readings = list(queries.standing(one).select_related("by", "meter").order_by("-on")[: SHOWN + 1])
    _tell(one, readings)
    unit = UNITS[Utility(one.utility)]
    here = queries.hangs(one)
    today = legal_day(timezone.now())
    context = {
        "meter": one,
        "unit": unit,
        "here": here,
        "masters": queries.masters_above(here.usage_point, today) if here else (),
        "parts": queries.parts_of(here.usage_point, today) if here else (),
        "installations": queries.installations(one),
        "readings": [(row, queries.figure(row), used.get(row.pk)) for row in readings[:SHOWN]],
        "is_more": len(readings) > SHOWN,
        "corrected": set(one.readings.filter(version__gt=1).values_list("on", flat=True)),
        "chart": _chart(ran[-24:], one, unit) if len(ran) > 1 else None,
        "has_intervals": one.interval_days.exists(),
        "may_edit": request.user.has_perm(EDIT.name, one.organisation),
        "may_read": request.user.has_perm(READ.name, one.organisation),
    }
    return render(request, "metering/meter.html", context)


@require_safe
@guarded("metering.read")
def reading(request: HttpRequest, id_: UUID, day: str) -> HttpResponse:
    """What was said of a day, with every correction."""
    one, on = METERS.find(request.user, id_), _day(day)
    said = queries.versions(one, on)
    if not said:
        raise Http404
    _tell(one, said)
    context = {
        "meter": one,
        "on": on,
        "versions": said,
        "may_read": request.user.has_perm(READ.name, one.organisation),
        "why": _why(said[0].looked),  # type: ignore[attr-defined]
    }
    return render(request, "metering/reading.html", context)


def _tell(one: Meter, rows: list[MeterReading]) -> None:
    """Beside each reading how it was found by whoever looked at it, and its method in words."""
    looked = queries.findings_of(rows)
    named = queries.words_of(one.organisation, rows[0].on, "method") if rows else {}
    for row in rows:
        row.looked = looked[row.pk]  # type: ignore[attr-defined]
        row.how = spoken(named[row.method]) if row.method in named else row.method  # type: ignore[attr-defined]


def _why(looked: queries.LookedAt | None) -> str:
    """By what something was found: use, what was to be expected, the rule and its article."""
    if looked is None or not looked.findings:
        return ""
    return str(queries.explained(looked.validation).say(get_language() or "zh"))


def _chart(ran: list[queries.MeteredStretch], one: Meter, unit: str) -> dict[str, Any]:
    """What was used from reading to reading, times the multiplier."""
    return {
        "title": gettext("Used from reading to reading (%(unit)s)") % {"unit": unit},
        "labels": [stretch.now.on.isoformat() for stretch in ran],
        "series": [[gettext("Used"), [float(stretch.used * one.multiplier) for stretch in ran]]],
    }


def _day(text: str) -> Any:
    try:
        return read_day(text)
    except Refusal:
        raise Http404 from None
