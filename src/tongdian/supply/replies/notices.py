"""供电供水时间告示: the hours of a place through a month or a week as a sheet for its door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from tongdian.connections.printing import hotlines
from tongdian.documents import PostedDay, PostedTimetable, SupplyHoursSheet
from tongdian.network.models import Place
from tongdian.policy.hours import clock_of
from tongdian.policy.timetables import PlacedStretch
from tongdian.policy.words import Words
from tongdian.qr_codes import qr_code
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.models import Permit, SupplyStop
from tongdian.supply.queries import PlaceHours, local, stopping
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.rules import NOT_TOLD
from tongdian.supply.saying import COMMA, days_shown, parts_of, stop_words

MOST_SAID = 40  # permits and stops on a sheet
PERMITTED = Words("{from_}至{until}：{title}，{purpose}", "{from_} to {until}: {title}, {purpose}")
AND_MORE = Words("另有 {many} 项，见网页。", "{many} more stand on the page.")
BETWEEN = Words("；", "; ")
TOGETHER = Words("可以用电用水（有供应且允许使用）", "May be used (supplied, and its use permitted)")
NOT_USABLE = Words("不可使用", "not at all")


def hours_sheet(
    viewer: object, place: Place, *, first: dt.date, last: dt.date, on: dt.date
) -> SupplyHoursSheet:
    """The sheet of a place from `first` to `last`, as things stand, dated `on`. It is in Chinese, the text in force;
    English labels are the printer's. Raises NoTimetable."""
    with override("zh-hans"):
        return _sheet(viewer, place, first, last, on)


def _sheet(viewer: object, place: Place, first: dt.date, last: dt.date, on: dt.date) -> SupplyHoursSheet:
    governing = queries.hours_of([place], first=first, last=last)[place.pk]
    if not governing:
        raise NoTimetable(place=place.name, day=first)
    stops = stopping.stops_at(viewer, [place], first=first, last=last)[place.pk]
    address = f"{settings.PUBLIC_ADDRESS}{reverse('place-supply', args=[place.pk])}?month={first:%Y-%m}"
    return SupplyHoursSheet(
        number="",
        issuer=place.organisation.name,
        issued_on=on,
        hotlines=hotlines(place.organisation),
        is_demo=place.is_demo,
        place=place.name,
        first_on=first,
        last_on=last,
        timetables=(
            *([_together(governing, stops, first, last)] if len(governing) > 1 else []),
            *(
                PostedTimetable(title=say(one.kind.title), days=tuple(_days(one, stops, first, last)))
                for one in governing
            ),
        ),
        exceptions=tuple(_exceptions(governing, stops, first, last)),
        address=address,
        code=qr_code(address),
    )


def _together(
    governing: list[PlaceHours], stops: list[SupplyStop], first: dt.date, last: dt.date
) -> PostedTimetable:
    """When the place may be used: it is supplied, and its use is permitted. The timetables stand below, each with its
    articles."""
    by_day = [{row.day: row for row in _days(one, stops, first, last)} for one in governing]
    days = []
    for day in sorted(set.intersection(*(set(one) for one in by_day))):
        if any(day in one.lacking for one in governing):
            said = say(NOT_TOLD)
        else:
            shared = set.intersection(*(_open_minutes(one, day) for one in governing))
            said = say(COMMA).join(_spans(sorted(shared))) or say(NOT_USABLE)
        days.append(replace(by_day[0][day], hours=said, cite="", remark=""))
    return PostedTimetable(title=say(TOGETHER), days=tuple(days))


def _open_minutes(hours: PlaceHours, day: dt.date) -> set[int]:
    return {
        minute
        for one, since, until in parts_of(hours, day)
        if hours.is_open(one)
        for minute in range(since, until)
    }


def _spans(minutes: list[int]) -> list[str]:
    """Minutes that follow each other, together: `08:00–18:00`."""
    edges = [one for at, one in enumerate(minutes) if not at or minutes[at - 1] != one - 1]
    ends = [one + 1 for at, one in enumerate(minutes) if at + 1 == len(minutes) or minutes[at + 1] != one + 1]
    return [f"{clock_of(since)}–{clock_of(until)}" for since, until in zip(edges, ends, strict=True)]


def _days(hours: PlaceHours, stops: list[SupplyStop], first: dt.date, last: dt.date) -> Iterator[PostedDay]:
    for one in days_shown(hours, stops):
        if first <= one.day <= last:
            parts = [] if one.lacking else [part for part, *_ in parts_of(hours, one.day)]
            yield PostedDay(
                day=one.day,
                weekday=one.weekday,
                is_rest=one.is_rest,
                hours=one.said,
                cite=one.lacking or _cites(hours, parts),
                remark=say(BETWEEN).join(
                    said for said in (one.moved, *_permitted(hours, parts), one.stopped) if said
                ),
            )


def _cites(hours: PlaceHours, parts: list[PlacedStretch]) -> str:
    """The articles of a day's open parts, each once; of one that is closed all day, those that close it."""
    shown = [one for one in parts if hours.is_open(one)] or parts
    every = dict.fromkeys(clause for one in shown for clause in hours.cite(one))
    return hours.pack.say_cite(tuple(every), reader_language())


def _permitted(hours: PlaceHours, parts: list[PlacedStretch]) -> list[str]:
    """What a day's permits are for, and its lessons, each once."""
    said: dict[str, None] = {}
    for one in parts:
        permit = hours.permit_of(one) if one.permit else None
        lesson = hours.lesson_of(one) if one.permit and permit is None else None
        if permit is not None:
            said[permit.purpose] = None
        elif lesson is not None:
            said[lesson.title] = None
    return list(said)


def _exceptions(
    governing: list[PlaceHours], stops: list[SupplyStop], first: dt.date, last: dt.date
) -> Iterator[str]:
    """The permits that hold on some of the days, then the stops, so many at most and how many more there are."""
    held: dict[Permit, PlaceHours] = {}
    for hours in governing:
        for permit in hours.permits:
            begins, ends = local(hours.pack, permit.first_at), local(hours.pack, permit.ends_at)
            if begins.date() <= last and ends.date() >= first:
                held.setdefault(permit, hours)
    said = [
        _permit_said(permit, hours) for permit, hours in sorted(held.items(), key=lambda one: one[0].first_at)
    ]
    said += [f"{stop_words(one)} · {one.cite}" for one in stops]
    yield from said[:MOST_SAID]
    if len(said) > MOST_SAID:
        yield say(AND_MORE.fill(many=len(said) - MOST_SAID))


def _permit_said(permit: Permit, hours: PlaceHours) -> str:
    title = say(hours.rule.permits[permit.permit].title)
    said = PERMITTED.fill(
        from_=f"{local(hours.pack, permit.first_at):%m-%d %H:%M}",
        until=f"{local(hours.pack, permit.ends_at):%m-%d %H:%M}",
        title=title,
        purpose=permit.purpose,
    )
    cite = hours.pack.say_cite(tuple(permit.cite), reader_language())
    return " · ".join(part for part in (say(said), cite, permit.paper) if part)
