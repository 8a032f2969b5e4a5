"""The calendar by year, counting working days, and days changed here with their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian import bounded_days
from tongdian.allowed import NotAllowed
from tongdian.calendar import Calendar, noting, read_arrangement, year_view
from tongdian.plain_text import whole
from tongdian.policy.calendars import local_days
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.regions import divisions, known_region
from tongdian.rulebook import actions, queries
from tongdian.rulebook.forms import CalendarChangeForm, PublishedYearForm
from tongdian.rulebook.models import CalendarChange
from tongdian.rulebook.pages.reading import page
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.spoken import reader_language

REASONS = {
    "weekday": _("working day"),
    "weekend": _("weekend"),
    "holiday": _("public holiday"),
    "make_up": _("weekend worked in exchange"),
    "override": _("changed here or by a regulation"),
}
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)


@dataclass(frozen=True)
class DayCell:
    """One day of a month."""

    on: dt.date
    reason: str
    label: str
    short: str
    address: str
    is_today: bool


@dataclass(frozen=True)
class MonthCard:
    """One month of the year."""

    title: str
    working_days: int
    weeks: tuple[tuple[DayCell | None, ...], ...]


@dataclass(frozen=True)
class DayCount:
    """What a calculator was asked, and its answer or refusal."""

    values: dict[str, str]
    value: str = ""
    said: str = ""
    refusal: str = ""


@require_safe
@unchanged
@page
def calendar(request: HttpRequest) -> HttpResponse:
    """A year in a region, by the published calendar or that of one regulation, with the working days
    counted and every change with its source."""
    language, today = reader_language(), timezone.localdate()
    region = request.GET.get("region", "").strip()
    counting = {one.id: one for one in queries.readable_packs()[0] if one.head.calendar is not None}
    chosen = counting.get(request.GET.get("pack", ""))
    days = chosen.calendar if chosen else queries.calendar()
    years = range(days.first_day.year, days.official_through.year + 1)
    year = _year(request.GET.get("year", ""), years, today.year)
    may_change = request.user.has_perm("rulebook.edit_calendar")
    context: dict[str, Any] = {
        "years": list(reversed(years)),
        "year": year,
        "previous": year - 1 if year - 1 in years else None,
        "next": year + 1 if year + 1 in years else None,
        "region": region,
        "pack": chosen.id if chosen else "",
        "packs": [(one.id, f"{one.number} {one.title.say(language)}") for one in counting.values()],
        "regions": _regions(days, language),
        "weekdays": WEEKDAYS,
        "may_change": may_change,
        "through": days.official_through.isoformat(),
        "changes": queries.calendar_changes(),
        "waiting": queries.waiting_changes(),
        "missing": queries.missing_year(today),
        "local": [(day, days.waits(day.on)) for day in local_days(chosen.head) if _is_of(day.on, year, days)]
        if chosen
        else [],
        "added": _add(request, days, region, today),
        "between": _between(request, days, region, today),
    }
    try:
        place = known_region(region)
        view = year_view(days, year, region=place)
    except Refusal as refusal:
        context["refusal"] = refusal.say(language)
        return render(request, "rulebook/calendar.html", context, status=422)
    with noting() as lacks:  # the whole year
        days.working_days_between(dt.date(year, 1, 1), dt.date(year, 12, 31), region=place)
    context["lacks"] = lacks.words.say(language)
    context["working_days"] = view.working_days
    context["months"] = [
        MonthCard(
            str(MONTHS[month.number - 1]),
            month.working_days,
            tuple(
                tuple(_cell(day, language, region, today, may_change) if day else None for day in week)
                for week in month.weeks
            ),
        )
        for month in view.months
    ]
    context["special"] = [_cell(day, language, region, today, may_change) for day in view.special_days]
    return render(request, "rulebook/calendar.html", context)


def _is_of(on: dt.date, year: int, days: Calendar) -> bool:
    return on.year == year or days.waits(on)


def _year(text: str, years: range, present: int) -> int:
    return min(max(whole(text) or present, years[0]), years[-1])


def _cell(day: Any, language: str, region: str, today: dt.date, may_change: bool) -> DayCell:
    name = day.name.say(language)
    label = f"{_said(day.on)} · {name} · {REASONS[day.reason.value]}"
    address = f"{reverse('calendar-change')}?on={day.on}&region={region}" if may_change else ""
    is_plain = day.reason.value in ("weekday", "weekend")
    short = "" if is_plain else _short(day, name, language)
    return DayCell(day.on, day.reason.value, label, short, address, day.on == today)


def _short(day: Any, name: str, language: str) -> str:
    """What fits into a small square: 班 on a weekend that is worked, else the holiday's name."""
    if day.is_working:
        return gettext("work")
    return name if language == "zh" and len(name) <= 3 else gettext("rest")


def _said(day: dt.date) -> str:
    return gettext("%(day)s (%(weekday)s)") % {"day": day, "weekday": WEEKDAYS[day.weekday()]}


def _regions(days: Calendar, language: str) -> list[tuple[str, str]]:
    """Regions with days or holidays of their own, by their names."""
    own = {one.place for one in days.published.local} | {one.region for one in days.overrides}
    codes = sorted(code.ljust(6, "0") for code in own if code)
    named = {one.code: one.name_en if language == "en" else one.name for one in divisions()}
    listed = [(code, f"{code} {named.get(code, '')}".strip()) for code in dict.fromkeys(codes)]
    return [("", gettext("The whole country")), *listed]


def _add(request: HttpRequest, days: Calendar, region: str, today: dt.date) -> DayCount:
    values = {"from": request.GET.get("from", "") or today.isoformat(), "n": request.GET.get("n", "") or "5"}
    try:
        start, count = _date(values["from"]), int(values["n"])
        day = days.add_working_days(start, count, region=known_region(region))
    except Refusal as refusal:
        return DayCount(values, refusal=refusal.say(reader_language()))
    except (ValueError, OverflowError):
        return DayCount(values, refusal=gettext("Give a day and a whole number of working days."))
    said = ngettext(
        "%(n)s working day after %(start)s, which itself is not counted",
        "%(n)s working days after %(start)s, which itself is not counted",
        count,
    ) % {"n": count, "start": start}
    return DayCount(values, value=_said(day), said=said)


def _between(request: HttpRequest, days: Calendar, region: str, today: dt.date) -> DayCount:
    values = {
        "start": request.GET.get("start", "") or today.replace(day=1).isoformat(),
        "end": request.GET.get("end", "") or today.isoformat(),
    }
    try:
        start, end = _date(values["start"]), _date(values["end"])
        count = days.working_days_between(start, end, region=known_region(region))
    except Refusal as refusal:
        return DayCount(values, refusal=refusal.say(reader_language()))
    except ValueError:
        return DayCount(values, refusal=gettext("Give two days."))
    value = ngettext("%(n)s working day", "%(n)s working days", count) % {"n": count}
    said = gettext("after %(start)s, up to and including %(end)s") % {"start": start, "end": end}
    return DayCount(values, value=value, said=said)


def _date(text: str) -> dt.date:
    return bounded_days.checked(dt.date.fromisoformat(text))


@require_http_methods(["GET", "HEAD", "POST"])
@page
def publish(request: HttpRequest) -> HttpResponse:
    """Add the next year from its notice: first shown as it was read, then kept."""
    if not request.user.has_perm("rulebook.edit_calendar"):
        raise PermissionDenied
    following = queries.calendar().official_through.year + 1
    form = PublishedYearForm(request.POST or None, initial={"year": request.GET.get("year") or following})
    read, kept = None, False
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            read = read_arrangement(typed["text"], year=typed["year"])
            if "keep" in request.POST:
                actions.publish_year(**typed, by=request.user, at=timezone.now())
                kept = True
        except NotAllowed:
            raise PermissionDenied from None
        except Refusal as refusal:
            form.add_error(None, refusal.say(reader_language()))
            read = None
    if kept:
        said = gettext("The working days of %(year)s are added, with their source and your name.")
        messages.success(request, said % {"year": typed["year"]})
        return redirect(f"{reverse('calendar')}?year={typed['year']}")
    context = {
        "form": form,
        "rests": _listed(read.rests) if read else [],
        "make_ups": _listed(read.make_ups) if read else [],
        "entered": queries.entered_years(),
        "through": queries.calendar().official_through,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "rulebook/calendar_year.html", context, status=status)


def _listed(days: Mapping[dt.date, Words]) -> list[tuple[dt.date, str]]:
    language = reader_language()
    return [(day, days[day].say(language)) for day in sorted(days)]


@require_http_methods(["GET", "HEAD", "POST"])
@page
def change(request: HttpRequest) -> HttpResponse:
    """Make a day one of rest or of work here, or as published again; with its source."""
    if not request.user.has_perm("rulebook.edit_calendar"):
        raise PermissionDenied
    initial = {
        "on": request.GET.get("on", ""),
        "region": request.GET.get("region", ""),
        "kind": request.GET.get("kind", "rest"),
        "name_zh": request.GET.get("name_zh", ""),
        "name_en": request.GET.get("name_en", ""),
    }
    form = CalendarChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (made := _change(request, form)):
        said = gettext("The day is changed, with its source and your name.")
        if made in queries.waiting_changes():
            said = gettext(
                "Kept. It has come already: the change counts when another administrator confirms it."
            )
        messages.success(request, said)
        return redirect(_year_of(made))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "rulebook/calendar_change.html", {"form": form}, status=status)


@require_POST
@page
def confirm(request: HttpRequest, change: UUID) -> HttpResponse:
    """Let another's change of a day that had come count."""
    one = get_object_or_404(CalendarChange, pk=change)
    try:
        actions.confirm_change(change=one, by=request.user, at=timezone.now())
    except NotAllowed:
        raise PermissionDenied from None
    except Refusal as refusal:
        messages.error(request, refusal.say(reader_language()))
    else:
        messages.success(request, gettext("Confirmed: from now on it counts."))
    return redirect(_year_of(one))


def _year_of(change: CalendarChange) -> str:
    return f"{reverse('calendar')}?year={change.on.year}&region={change.region}"


def _change(request: HttpRequest, form: Any) -> CalendarChange | None:
    typed = form.cleaned_data
    try:
        return actions.change_calendar(
            on=typed["on"],
            region=typed["region"],
            kind=typed["kind"],
            name=Words(typed["name_zh"], typed["name_en"]),
            source=typed["source"],
            by=request.user,
            at=timezone.now(),
        )
    except NotAllowed:
        raise PermissionDenied from None
    except Refusal as refusal:
        form.add_error(None, refusal.say(reader_language()))
        return None
