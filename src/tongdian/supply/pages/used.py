"""Use against hours: what was used while a place was closed, on a day of everything seen, and of one place with a chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.bounded_days import read as read_day
from tongdian.calendar import legal_day
from tongdian.metering.rules import UNITS
from tongdian.network import queries as network
from tongdian.network.rules import Utility
from tongdian.policy.outside import UseVerdict
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.saying import Cite, cites
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.queries import PointUse, UsedOutside
from tongdian.supply.rules import READ
from tongdian.supply.sections import finding_sections

A_DAY = dt.timedelta(days=1)
COLOURS = {UseVerdict.ALLOWED: "#1c4f82", UseVerdict.OUTSIDE: "#b5533c", UseVerdict.UNDECIDED: "#6b7480"}


@dataclass(frozen=True)
class FindingShown:
    """A finding with its unit, what closes the place, and what may be done with it."""

    finding: UsedOutside
    unit: str
    timetable: str
    states: str
    cites: list[Cite]
    sections: list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class UseShown:
    """A point's use on a day against one timetable: a chart, the rows it is drawn from, and the findings."""

    use: PointUse
    unit: str
    timetable: str
    chart: dict[str, Any]
    rows: list[tuple[Any, str]]
    findings: list[FindingShown]
    undecided: int
    data_id: str


@require_safe
@guarded(READ.name)
def used_outside(request: HttpRequest) -> HttpResponse:
    """What was used outside hours on a day, wherever the viewer sees it."""
    day = _day(request)
    found, is_more = queries.used_outside(request.user, first=day, last=day)
    context = {"findings": _shown(request, found), "is_more": is_more, **_days(day)}
    return render(request, "supply/used_outside.html", context)


@require_safe
@guarded(READ.name)
def lately(request: HttpRequest) -> HttpResponse:
    """What was used outside hours yesterday and today: a part of the duty room, asked behind the page."""
    today = legal_day(timezone.now())
    found, is_more = queries.used_outside(request.user, first=today - A_DAY, last=today)
    return render(
        request, "supply/used_findings.html", {"findings": _shown(request, found), "is_more": is_more}
    )


@require_safe
@guarded(READ.name)
def place_use(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What the points of a place used on a day, reading by reading, each coloured by its verdict."""
    place, day = network.place(request.user, id_), _day(request)
    found = queries.used_at([place], first=day, last=day)
    uses = [_use(request, one, day, f"use-data-{n}") for n, one in enumerate(found, 1)]
    context = {"place": place, "way": network.way_to(place), "uses": uses, **_days(day)}
    return render(request, "supply/place_use.html", context)


def _day(request: HttpRequest) -> dt.date:
    text = request.GET.get("day", "")
    if not text:
        return legal_day(timezone.now()) - A_DAY  # the last that is over
    try:
        return read_day(text)
    except Refusal:
        raise Http404 from None


def _days(day: dt.date) -> dict[str, Any]:
    return {"day": day, "before": day - A_DAY, "after": day + A_DAY}


def _shown(request: HttpRequest, findings: Iterable[UsedOutside]) -> list[FindingShown]:
    language = reader_language()
    return [
        FindingShown(
            finding=one,
            unit=UNITS[Utility(one.point.utility)],
            timetable=say(one.hours.kind.title),
            states=", ".join(dict.fromkeys(say(one.hours.state(stretch)) for stretch in one.stretches)),
            cites=cites(one.hours.pack, one.cite, language),
            sections=finding_sections.of(request, one),
        )
        for one in findings
    ]


def _use(request: HttpRequest, use: PointUse, day: dt.date, data_id: str) -> UseShown:
    words = {
        UseVerdict.ALLOWED: gettext("In open hours"),
        UseVerdict.OUTSIDE: gettext("Outside hours"),
        UseVerdict.UNDECIDED: gettext("Hours change between"),
    }
    unit, timetable = UNITS[Utility(use.point.utility)], say(use.hours.kind.title)
    labels = [_between(one.first, one.until, day) for one in use.usages]
    verdicts = [one.judged.verdict for one in use.usages]
    chart = {
        "title": gettext("%(point)s by %(timetable)s (%(unit)s)")
        % {"point": use.point.code, "timetable": timetable, "unit": unit},
        "labels": labels,
        "colours": list(COLOURS.values()),
        "counted": unit,
        "series": [
            [words[kind], [float(one.quantity) if one.judged.verdict == kind else 0 for one in use.usages]]
            for kind in UseVerdict
        ],
        "shaded": _shut(use),
    }
    findings = [one for one in use.findings if one.until.date() >= day and one.first.date() <= day]
    return UseShown(
        use=use,
        unit=unit,
        timetable=timetable,
        chart=chart,
        rows=[(one, words[one.judged.verdict]) for one in use.usages],
        findings=_shown(request, findings),
        undecided=sum(one == UseVerdict.UNDECIDED for one in verdicts),
        data_id=data_id,
    )


def _shut(use: PointUse) -> list[tuple[int, int, str]]:
    """Runs of readings between which the place was closed all the time: the first and last of each, and how it stood."""
    verdicts = [one.judged.verdict for one in use.usages]
    runs = groupby(range(len(verdicts)), key=lambda at: verdicts[at] == UseVerdict.OUTSIDE)
    several = [list(places) for is_shut, places in runs if is_shut]
    return [(one[0], one[-1], say(use.hours.state(use.usages[one[0]].judged.closed[0]))) for one in several]


def _between(first: dt.datetime, until: dt.datetime, day: dt.date) -> str:
    """08:00–09:00; with the day where it is another."""
    said = [f"{one:%H:%M}" if one.date() == day else f"{one:%m-%d %H:%M}" for one in (first, until)]
    return "–".join(said)
