"""The course timetable: lessons entered, and ended early. What decided of days that have come stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.registers.action import action, must_be_free, put
from tongdian.supply.entries import LESSON
from tongdian.supply.models import CourseLesson
from tongdian.supply.queries.timetables import kinds_by_code
from tongdian.supply.refusing import DayToldAlready, LessonElsewhere, NoTimetable
from tongdian.supply.rules import EDIT

BEFORE = Words("须晚于 {other}", "it is after {other}")


@action("enter-lesson", may=EDIT, within="organisation", fields=LESSON)
def enter_lesson(
    *,
    viewer: Any,
    organisation: Organisation,
    code: str,
    at: dt.datetime,
    is_demo: bool = False,
    **given: Any,
) -> CourseLesson:
    """Enter a lesson. It counts from today on, also where the term began before.

    Raises CodeTaken, BadValue, LessonElsewhere, NoTimetable.
    """
    must_be_free(CourseLesson, code=code, organisation=organisation)
    lesson = CourseLesson(
        organisation=organisation, code=code, entered_on=legal_day(at), is_demo=is_demo, **given
    )
    must_be_a_lesson(lesson)
    lesson.save(force_insert=True)
    return lesson


@action("end-lesson", may=EDIT, within="lesson.organisation", fields=LESSON.changing, of="lesson")
def end_lesson(*, viewer: Any, lesson: CourseLesson, last_on: dt.date, at: dt.datetime) -> CourseLesson:
    """Let a lesson end on another day, which has not passed, nor has the one on which it was to end.

    Raises DayToldAlready, BadValue.
    """
    yesterday = legal_day(at) - dt.timedelta(days=1)
    if min(last_on, lesson.last_on) < yesterday:
        raise DayToldAlready(day=min(last_on, lesson.last_on), today=legal_day(at)).about("last_on")
    if last_on < lesson.first_on:
        raise LESSON["last_on"].bad(BEFORE, other=lesson.first_on)
    return put(lesson, last_on=last_on)


def must_be_a_lesson(lesson: CourseLesson) -> None:
    """What a lesson is to be, by whichever door it comes. Raises BadValue, LessonElsewhere, NoTimetable."""
    if lesson.ends <= lesson.starts:
        raise LESSON["ends"].bad(BEFORE, other=lesson.starts)
    if lesson.last_on < lesson.first_on:
        raise LESSON["last_on"].bad(BEFORE, other=lesson.first_on)
    place: Place = lesson.place
    if place.organisation_id != lesson.organisation_id:
        raise LessonElsewhere(place=place.name, organisation=lesson.organisation.name)
    day = max(lesson.first_on, lesson.entered_on)
    kinds = kinds_by_code(place.organisation, day)
    governed = [
        kinds[row.kind].rule for row in place.timetables.filter(in_force__contains=day) if row.kind in kinds
    ]
    if not any(lesson.use in rule.permits for rule in governed):
        raise NoTimetable(place=place.name, day=day).about("place")
