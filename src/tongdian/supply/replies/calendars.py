"""The hours of a place, or of what stands in it, as iCalendar (RFC 5545).

An event is a part of a day in which the place is open by one of its timetables, or a stop of its supply; days of which
nobody told how they are stand there as such, never as closed. Each keeps its UID from one reading to the next. DESCRIPTION
says which rule spoke, and by which permit or lesson; URL leads to the whole reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from icalendar import Calendar, Event, vDuration

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.policy.hours import MINUTES, clock_of
from tongdian.policy.timetables import PlacedStretch
from tongdian.policy.words import Words
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.models import CalendarFeed, SupplyStop
from tongdian.supply.queries import PlaceHours, feeds, stopping, zone
from tongdian.supply.rules import MOST_ROWS, NOT_TOLD
from tongdian.supply.saying import parts_of, stop_words, stopped_on, stopped_said

A_DAY = dt.timedelta(days=1)
MONTHS_AHEAD = 3
READ_AGAIN = dt.timedelta(hours=1)
MAKER = "-//Tongdian//supply//ZH"
BY_PERMIT = Words("（许可：{what}）", " (permit: {what})")
FOR_LESSON = Words("（{what}）", " ({what})")
UNDER = Words("依据 {cite}", "Under {cite}")
UNTIL_FURTHER = Words("至恢复为止", "until it is restored")


def days_of_feed(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day of a feed: last month, this one, and three to come. Whole months, so that an event does
    not begin otherwise from one day to the next."""
    first = (today.replace(day=1) - A_DAY).replace(day=1)
    month = today.month - 1 + MONTHS_AHEAD + 1
    return first, dt.date(today.year + month // 12, month % 12 + 1, 1) - A_DAY


def calendar_of(feed: CalendarFeed, at: dt.datetime) -> bytes:
    """What a subscription gives at an instant, in its own language. A handful of questions, however many places."""
    with override("zh-hans" if feed.language == "zh" else "en"):
        first, last = days_of_feed(legal_day(at))
        places = feeds.places_read(feed, first, last, most=MOST_ROWS)
        hours = queries.hours_of(places, first=first, last=last)
        stops = stopping.stops_at(feed.account, places, first=first, last=last)
        calendar = Calendar()
        calendar.add("VERSION", "2.0")
        calendar.add("PRODID", MAKER)
        calendar.add("METHOD", "PUBLISH")
        calendar.add("X-WR-CALNAME", feed.place.name)
        calendar.add("NAME", feed.place.name)
        calendar.add("REFRESH-INTERVAL", vDuration(READ_AGAIN), parameters={"VALUE": "DURATION"})
        for place in places:
            of_place = stops[place.pk]
            for event in _events(place, hours[place.pk], of_place, (first, last)):
                event.add("DTSTAMP", at.astimezone(dt.UTC))
                event.add("TRANSP", "TRANSPARENT")  # it fills nobody's day
                event.add("LOCATION", place.name)
                calendar.add_component(event)
        calendar.add_missing_timezones(first_date=first, last_date=last)
        text: bytes = calendar.to_ical()
        return text


def _events(
    place: Place, governing: Iterable[PlaceHours], stops: list[SupplyStop], days: tuple[dt.date, dt.date]
) -> Iterator[Event]:
    for hours in governing:
        for day in sorted(hours.days):
            if day <= days[1]:
                yield from _of_day(place, hours, day, stopped_on(stops, day))
        yield from _not_told(place, hours)
    for stop in stops:
        yield _stop(place, stop, days)


def _of_day(place: Place, hours: PlaceHours, day: dt.date, stops: list[SupplyStop]) -> Iterator[Event]:
    for one, first, until in parts_of(hours, day):
        if not hours.is_open(one):
            continue
        event = Event()
        event.add("UID", f"{place.pk}-{hours.rule.rule}-{day:%Y%m%d}-{first:04}@tongdian")
        if until - first == MINUTES:
            event.add("DTSTART", day)
            event.add("DTEND", day + A_DAY)
        else:
            midnight = dt.datetime.combine(day, dt.time(), zone(hours.pack))
            event.add("DTSTART", midnight + dt.timedelta(minutes=first))
            event.add("DTEND", midnight + dt.timedelta(minutes=until))
        said = f"{place.name} {say(hours.state(one))}{_by_what(hours, one)}"
        event.add("SUMMARY", f"{said} · {stopped_said(stops)}" if stops else said)
        event.add("DESCRIPTION", "\n".join(_why(hours, one, stops)))
        query = f"?month={day:%Y-%m}&at={day.isoformat()}T{clock_of(first)}#reason"
        event.add("URL", f"{settings.PUBLIC_ADDRESS}{reverse('place-supply', args=[place.pk])}{query}")
        yield event


def _by_what(hours: PlaceHours, one: PlacedStretch) -> str:
    if not one.permit:
        return ""
    permit = hours.permit_of(one)
    if permit is not None:
        return say(BY_PERMIT.fill(what=permit.purpose))
    lesson = hours.lesson_of(one)
    return say(FOR_LESSON.fill(what=lesson.title)) if lesson is not None else ""


def _why(hours: PlaceHours, one: PlacedStretch, stops: list[SupplyStop]) -> Iterator[str]:
    language = reader_language()
    yield say(hours.kind.title)
    yield say(UNDER.fill(cite=hours.pack.say_cite(hours.cite(one), language)))
    permit = hours.permit_of(one) if one.permit else None
    if permit is not None:
        case = permit.case.number if permit.case is not None else ""
        yield " ".join(
            part
            for part in (say(hours.rule.permits[one.permit].title), permit.purpose, permit.paper, case)
            if part
        )
    for stop in stops:
        yield stop_words(stop)


def _not_told(place: Place, hours: PlaceHours) -> Iterator[Event]:
    """The days of which nobody told, those that follow each other within a month together."""
    left = sorted(hours.lacking)
    while left:
        first = last = left.pop(0)
        while left and left[0] == last + A_DAY and left[0].month == first.month:
            last = left.pop(0)
        event = Event()
        event.add("UID", f"{place.pk}-{hours.rule.rule}-{first:%Y%m%d}-untold@tongdian")
        event.add("DTSTART", first)
        event.add("DTEND", last + A_DAY)
        event.add("SUMMARY", f"{place.name} {say(hours.rule.title)} {say(NOT_TOLD)}")
        event.add("DESCRIPTION", say(hours.lacking[first]))
        yield event


def _stop(place: Place, stop: SupplyStop, days: tuple[dt.date, dt.date]) -> Event:
    """Without its ground: what somebody owes stands in no calendar."""
    end = getattr(stop, "end", None)
    event = Event()
    event.add("UID", f"{place.pk}-stop-{stop.pk}@tongdian")
    event.add("DTSTART", stop.on)
    event.add("DTEND", max(end.on if end is not None else days[1] + A_DAY, stop.on + A_DAY))
    event.add("SUMMARY", f"{place.name} {stopped_said([stop])}")
    event.add(
        "DESCRIPTION", stop_words(stop) if end is not None else f"{stop_words(stop)} {say(UNTIL_FURTHER)}"
    )
    return event
