"""The duty room: what is open now, who permitted it, why it closes again, and what opens and closes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.policy.timetables import PlacedStretch
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.saying import Cite, cites
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.models import CourseLesson, Permit, SupplyStop
from tongdian.supply.queries import PlaceHours, stopping
from tongdian.supply.rules import READ
from tongdian.supply.saying import MomentShown, look, moment_shown

A_DAY = dt.timedelta(days=1)
MOST_PLACES = 500
NEXT_CHANGES, MOST_CHANGES = 8, 40  # at once, and folded behind them
LOOKS = ("permitted", "open", "closed", "unknown")


@dataclass(frozen=True)
class ChangeShown:
    """Places open, close or change at a local moment by one line, one permit or one lesson: to what, and why."""

    at: dt.datetime
    hours: PlaceHours
    state: str
    look: str
    cites: list[Cite]
    permit: Permit | None
    lesson: CourseLesson | None
    ended: Permit | None  # the permit that ends then
    places: list[Place]


@require_safe
@guarded(READ.name)
def duty_room(request: HttpRequest) -> HttpResponse:
    """Today, for who is on duty."""
    now = timezone.now()
    today = legal_day(now)
    rows = queries.place_timetables(request.user).filter(in_force__contains=today)
    places = list(
        Place.objects.filter(pk__in=rows.values("place")).select_related("organisation").order_by("code")[: MOST_PLACES + 1]
    )  # fmt: skip
    found = queries.hours_of(places[:MOST_PLACES], first=today, last=today + A_DAY)
    every = [one for place in places[:MOST_PLACES] for one in found[place.pk]]
    stops = stopping.stops_at(request.user, places[:MOST_PLACES], first=today, last=today)
    moments = [moment_shown(one, one.local(now), stops[one.place.pk]) for one in every]
    tiles = _tiles(moments)
    changes = _changes(every, now)
    context = {
        "now": now,
        "permitted": [one for one in moments if one.look == "permitted"],
        "stopped": _stopped(moments),
        "unknown": [one for one in moments if one.look == "unknown"],
        "counts": {name: sum(look_ == name for *_, look_ in tiles) for name in LOOKS},
        "changes": changes[:NEXT_CHANGES],
        "later": changes[NEXT_CHANGES:MOST_CHANGES],
        "tiles": tiles,
        "is_more": len(places) > MOST_PLACES,
    }
    return render(request, "supply/duty_room.html", context)


def _stopped(moments: list[MomentShown]) -> list[tuple[SupplyStop, str, list[Place]]]:
    """Each stop that holds now, in words, with the places that it concerns."""
    found: dict[tuple[SupplyStop, str], dict[Place, None]] = {}
    for one in moments:
        for stop in one.stops:
            found.setdefault(stop, {})[one.hours.place] = None
    return [(stop, said, list(places)) for (stop, said), places in found.items()]


def _changes(every: list[PlaceHours], now: dt.datetime) -> list[ChangeShown]:
    """What opens, closes or changes until the end of tomorrow, the soonest first: places that do the same together."""
    found: dict[Any, ChangeShown] = {}
    for hours in every:
        for one in hours.stretches:
            if one.first <= hours.local(now) or hours.before(one) is None or hours.run(one)[0] != one:
                continue  # midnight alone opens and closes nothing
            permit = hours.permit_of(one) if one.permit else None
            lesson = hours.lesson_of(one) if one.permit and permit is None else None
            ended = hours.permit_before(one)
            key = (
                one.first,
                hours.rule.rule,
                one.state,
                hours.cite(one),
                permit and (permit.case_id or permit.purpose),
                lesson and lesson.title,
                ended and (ended.case_id or ended.purpose),
            )
            change = found.setdefault(key, _change(hours, one, permit, lesson, ended))
            change.places.append(hours.place)
    return sorted(found.values(), key=lambda one: (one.at, one.hours.rule.rule))


def _change(
    hours: PlaceHours,
    one: PlacedStretch,
    permit: Permit | None,
    lesson: CourseLesson | None,
    ended: Permit | None,
) -> ChangeShown:
    return ChangeShown(
        at=one.first,
        hours=hours,
        state=say(hours.state(one)),
        look=look(hours, one),
        cites=cites(hours.pack, hours.cite(one), reader_language()),
        permit=permit,
        lesson=lesson,
        ended=ended,
        places=[],
    )


def _tiles(moments: list[MomentShown]) -> list[tuple[Place, list[MomentShown], str]]:
    """A tile for each place, with how it stands: as its first timetable has it, that of supply. Where that closes it,
    whether it might be used is not said."""
    by_place: dict[Any, list[MomentShown]] = {}
    for one in moments:
        by_place.setdefault(one.hours.place, []).append(one)
    return [
        (place, several[:1] if several[0].look == "closed" else several, several[0].look)
        for place, several in by_place.items()
    ]
