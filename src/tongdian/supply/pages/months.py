"""The calendar of a month: of one place, and of what stands in it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian import bounded_days
from tongdian.bounded_days import FIRST, LAST
from tongdian.calendar import legal_day
from tongdian.connections.printing import printed_paper
from tongdian.documents.printing import Language
from tongdian.network import queries as network
from tongdian.network.models import Place
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.models import PlaceTimetable
from tongdian.supply.queries import feeds, stopping
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.replies.notices import hours_sheet
from tongdian.supply.rules import EDIT, MOST_ROWS, PERMIT, READ
from tongdian.supply.saying import days_shown, moment_shown, stop_words

A_DAY = dt.timedelta(days=1)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def month_asked(request: HttpRequest) -> dt.date:
    """The first day of the month that an address asks for, else of this one. Raises Http404."""
    text = request.GET.get("month", "")
    if not text:
        return legal_day(timezone.now()).replace(day=1)
    found = _MONTH.fullmatch(text)
    if found is None or not FIRST.year < int(found[1]) < LAST.year:
        raise Http404
    return dt.date(int(found[1]), int(found[2]), 1)


def _days_asked(request: HttpRequest) -> tuple[dt.date, dt.date]:
    """The week from a Monday that an address asks for, else its month: first and last day. Raises Http404."""
    text = request.GET.get("week", "")
    if not text:
        asked = _months(month_asked(request))
        return asked["first"], asked["last"]
    try:
        monday = bounded_days.read(text)
    except Refusal:
        raise Http404 from None
    if monday is None or monday.weekday():
        raise Http404
    return monday, monday + 6 * A_DAY


@require_safe
@guarded(READ.name)
def sheet(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A month or a week of a place as a notice sheet (PDF) for its door."""
    place = network.place(request.user, id_)
    first, last = _days_asked(request)
    try:
        paper = hours_sheet(request.user, place, first=first, last=last, on=legal_day(timezone.now()))
    except NoTimetable:
        raise Http404 from None
    language: Language = "en" if reader_language() == "en" else "zh"
    reply = HttpResponse(printed_paper(paper, language=language), content_type="application/pdf")
    reply["Content-Disposition"] = f'inline; filename="{place.code}-{first}.pdf"'
    return reply


def _moment(request: HttpRequest, first: dt.date, last: dt.date) -> dt.datetime | None:
    """The local moment that is asked about, if it lies in the month."""
    text = request.GET.get("at", "")
    if not _AT.fullmatch(text):
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if first <= found.date() <= last else None


def _months(first: dt.date) -> dict[str, Any]:
    return {
        "first": first,
        "last": (first + 31 * A_DAY).replace(day=1) - A_DAY,
        "before": f"{first - A_DAY:%Y-%m}",
        "after": f"{first + 31 * A_DAY:%Y-%m}",
    }


@require_safe
@guarded(READ.name)
def month(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A month of one place by each of its timetables, day by day, with the reason of a moment."""
    place = network.place(request.user, id_)
    asked = _months(month_asked(request))
    governing = queries.hours_of([place], first=asked["first"], last=asked["last"] + A_DAY)[place.pk]
    at = _moment(request, asked["first"], asked["last"])
    today = legal_day(timezone.now())
    own, has_parts = _timetables(place, asked["first"], asked["last"], today)
    stops = stopping.stops_at(request.user, [place], first=asked["first"], last=asked["last"])[place.pk]
    context = {
        "place": place,
        "way": network.way_to(place),
        **asked,
        "timetables": [
            (one, say(one.kind.title), [day for day in days_shown(one, stops) if day.day <= asked["last"]]) for one in governing
        ],
        "moments": [moment_shown(one, at, stops) for one in governing] if at else [],
        "at": at,
        "today": today,
        "monday": today - today.weekday() * A_DAY,
        "stops": [(one, stop_words(one)) for one in stops],
        "permits": queries.permits(request.user).filter(
            place=place, first_at__date__lte=asked["last"], until_at__date__gte=asked["first"]
        ).order_by("first_at"),
        "rows": own,
        "has_parts": has_parts,
        "may_edit": request.user.has_perm(EDIT.name, place.organisation),
        "may_permit": request.user.has_perm(PERMIT.name, place.organisation),
    }  # fmt: skip
    return render(request, "supply/month.html", context)


MOST_OWN = 20  # timetables of one place: a pack has fewer


def _timetables(
    place: Place, first: dt.date, last: dt.date, today: dt.date
) -> tuple[list[PlaceTimetable], bool]:
    """The entries of a place that govern it today, and whether any governs what stands in it: one question."""
    rows = PlaceTimetable.objects.filter(
        place__ancestors__contains=[place.pk], in_force__overlap=(min(first, today), max(last, today) + A_DAY)
    ).order_by(Case(When(place=place, then=0), default=1), "rule", "in_force")[: MOST_OWN + 1]
    found = list(rows)
    own = [one for one in found if one.place_id == place.pk]
    now_ = [one for one in own if one.in_force.lower <= today and (one.in_force.upper or dt.date.max) > today]
    return now_, len(found) > len(own)


@require_safe
@guarded(READ.name)
def now(request: HttpRequest, id_: UUID) -> HttpResponse:
    """How a place stands now by each of its timetables, and why: a part of the place's page."""
    place = network.place(request.user, id_)
    at = timezone.now()
    today = legal_day(at)
    governing = queries.hours_of([place], first=today, last=today + A_DAY)[place.pk]
    stops = stopping.stops_at(request.user, [place], first=today, last=today)[place.pk]
    cooling = queries.air_conditioning(place, at)
    context = {
        "moments": [moment_shown(one, one.local(at), stops) for one in governing],
        "cooling": cooling,
        "cooling_said": cooling.answer.say(reader_language()) if cooling and cooling.answer else "",
    }
    return render(request, "supply/now.html", context)


@require_safe
@guarded(READ.name)
def building(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A month of everything in a place that a timetable governs: a row each, a column a day."""
    place = network.place(request.user, id_)
    asked = _months(month_asked(request))
    seen = feeds.governed_below(place, asked["first"], asked["last"]).filter(
        pk__in=network.places(request.user).values("pk")
    )
    parts = list(seen.select_related("organisation").order_by("code")[: MOST_ROWS + 1])
    stops = stopping.stops_at(request.user, parts[:MOST_ROWS], first=asked["first"], last=asked["last"])
    found = queries.hours_of(parts[:MOST_ROWS], first=asked["first"], last=asked["last"] + A_DAY)
    context = {
        "place": place,
        "way": network.way_to(place),
        **asked,
        "columns": [asked["first"] + n * A_DAY for n in range((asked["last"] - asked["first"]).days + 1)],
        "lines": [
            (
                part,
                say(one.kind.title),
                [day for day in days_shown(one, stops[part.pk]) if day.day <= asked["last"]],
            )
            for part in parts[:MOST_ROWS]
            for one in found[part.pk]
        ],
        "is_more": len(parts) > MOST_ROWS,
        "today": legal_day(timezone.now()),
    }
    return render(request, "supply/building.html", context)
