"""When lessons take place: the course timetable laid over the school's days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.calendar import BeyondPublishedCalendar
from tongdian.parties.permissions import seen
from tongdian.policy.hours import minute_of
from tongdian.policy.kinds.timetable import of_date
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.supply.models import CourseLesson
from tongdian.supply.queries.days import SchoolCalendar
from tongdian.supply.rules import READ, LessonWeeks

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HeldLesson:
    """A lesson of one day, by the clock of the place."""

    lesson: CourseLesson
    first: dt.datetime
    until: dt.datetime


def lessons(viewer: Any) -> QuerySet[CourseLesson]:
    """Every lesson that the viewer sees."""
    where = seen(viewer, READ.name, region="place__region")
    return CourseLesson.objects.filter(where).select_related("place", "organisation")


def lessons_of(
    places: Collection[UUID], *, first: dt.date, last: dt.date
) -> Mapping[UUID, list[CourseLesson]]:
    """The lessons of places in some of the days, by place."""
    rows = CourseLesson.objects.filter(place__in=places, first_on__lte=last, last_on__gte=first)
    found: dict[UUID, list[CourseLesson]] = defaultdict(list)
    for row in rows.order_by("code", "id"):
        found[row.place_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class HeldDays:
    """The days on which a lesson is held, and those of which nobody can say it yet, with the reason."""

    held: Sequence[HeldLesson]
    unknown: Mapping[dt.date, Refusal]


def held_days(
    lesson: CourseLesson, pack: Pack, calendar: SchoolCalendar, *, first: dt.date, last: dt.date
) -> HeldDays:
    """The days of a lesson from `first` to `last`.

    On a moved day the lessons of the weekday are held that it stands for; on a public holiday, and where the school
    rests, none are. Where the year's holidays are not published yet, a day on which it would be held is unknown.
    """
    held: list[HeldLesson] = []
    unknown: dict[dt.date, Refusal] = {}
    day = max(first, lesson.first_on, lesson.entered_on)
    while day <= min(last, lesson.last_on):
        midnight = dt.datetime.combine(day, dt.time())
        try:
            if _is_held_on(lesson, pack, calendar, day):
                starts, ends = (dt.timedelta(minutes=minute_of(one)) for one in (lesson.starts, lesson.ends))
                held.append(HeldLesson(lesson, midnight + starts, midnight + ends))
        except BeyondPublishedCalendar as refused:
            unknown[day] = refused
        day += A_DAY
    return HeldDays(held, unknown)


def _is_held_on(lesson: CourseLesson, pack: Pack, calendar: SchoolCalendar, day: dt.date) -> bool:
    moved = calendar.moved.get(day)
    weekday = (moved.as_weekday if moved is not None else "") or str(day.isoweekday())
    if weekday != lesson.weekday or (moved is not None and not moved.is_working):
        return False
    monday = lesson.first_on - dt.timedelta(days=lesson.first_on.weekday())
    is_odd = (day - monday).days // 7 % 2 == 0  # the first week is odd
    if lesson.weeks != LessonWeeks.EVERY and is_odd != (lesson.weeks == LessonWeeks.ODD):
        return False
    return moved is not None or not of_date(pack, day)["holiday"]
