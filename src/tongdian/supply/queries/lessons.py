"""When lessons take place: the course timetable laid over the school's days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.parties.permissions import seen
from tongdian.policy.hours import minute_of
from tongdian.policy.kinds.timetable import of_date
from tongdian.policy.packs import Pack
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


def held_days(
    lesson: CourseLesson, pack: Pack, calendar: SchoolCalendar, *, first: dt.date, last: dt.date
) -> Iterator[HeldLesson]:
    """The days of a lesson from `first` to `last`.

    On a moved day the lessons of the weekday are held that it stands for; on a public holiday, and where the school
    rests, none are.
    """
    day = max(first, lesson.first_on, lesson.entered_on)
    while day <= min(last, lesson.last_on):
        if _is_held_on(lesson, pack, calendar, day):
            midnight = dt.datetime.combine(day, dt.time())
            yield HeldLesson(
                lesson,
                midnight + dt.timedelta(minutes=minute_of(lesson.starts)),
                midnight + dt.timedelta(minutes=minute_of(lesson.ends)),
            )
        day += A_DAY


def _is_held_on(lesson: CourseLesson, pack: Pack, calendar: SchoolCalendar, day: dt.date) -> bool:
    moved = calendar.moved.get(day)
    weekday = (moved.as_weekday if moved is not None else "") or str(day.isoweekday())
    if weekday != lesson.weekday or (moved is not None and not moved.is_working):
        return False
    if moved is None and of_date(pack, day)["holiday"]:
        return False
    monday = lesson.first_on - dt.timedelta(days=lesson.first_on.weekday())
    is_odd = (day - monday).days // 7 % 2 == 0  # the first week is odd
    return lesson.weeks == LessonWeeks.EVERY or is_odd == (lesson.weeks == LessonWeeks.ODD)
