"""师政后勤〔2016〕4号 28, 29, 34: what is not taught in by the course timetable may not use water or electricity."""

import datetime as dt

import pytest

from tests.agreements import spreadsheets as sheets
from tests.cases.conftest import at
from tests.supply.school import govern, place
from tests.supply.test_hours import hours, permit
from tongdian.agreements.actions import importing
from tongdian.calendar import official_calendar
from tongdian.registers.fields import BadValue
from tongdian.supply.actions.days import move_school_day
from tongdian.supply.actions.lessons import end_lesson, enter_lesson
from tongdian.supply.models import CourseLesson
from tongdian.supply.refusing import DayToldAlready, LessonElsewhere, NoTimetable

pytestmark = pytest.mark.django_db
HEADINGS = (
    "课程安排编号", "地点编号", "用作", "课程或用途", "星期", "开始", "结束", "首日", "末日", "周次",
)  # fmt: skip


def lesson(school, *, code="2026S-1", weekday="2", on="2026-02-20", where=None, **more):
    """Calculus on Tuesdays from 8:00 to 9:40, entered before the spring term of 23 February to 28 June."""
    usual = {
        "use": "teaching", "title": "高等数学", "starts": "08:00", "ends": "09:40", "weeks": "every",
        "first_on": dt.date(2026, 2, 23), "last_on": dt.date(2026, 6, 28),
    }  # fmt: skip
    return enter_lesson(
        viewer=school.officer, organisation=school.campus, place=where or school.room, code=code, weekday=weekday,
        at=at(on), **usual | more,
    )  # fmt: skip


def use(where, day, clock):
    """How the classroom may be used at a moment, by 28."""
    one = next(one for one in hours(where, day) if one.rule.rule == "premises-use")
    moment = dt.datetime.fromisoformat(f"{day} {clock}")
    return one, one.at(moment), one.why(moment)


def held_on(school, *days):
    """Whether the lesson stands on each day, by the timetable of use."""
    return [len(use(school.room, day, "08:30")[0].lessons) == 1 for day in days]


# ------------------------------------------------------------- 28
def test_28_a_classroom_may_be_used_while_it_is_taught_in_and_not_afterwards(school):
    given = lesson(school)
    one, stretch, why = use(school.room, "2026-03-03", "08:30")  # a Tuesday
    assert (stretch.state, one.cite(stretch), one.lesson_of(stretch)) == ("allowed", ("28",), given)
    assert why.value == "allowed"
    _, after, why = use(school.room, "2026-03-03", "09:40")
    assert (after.state, why.value, why.cite) == ("not_allowed", "not_allowed", ("28",))


def test_34_a_venue_goes_by_the_course_timetable_in_teaching_hours(school):
    govern(school, school.stadium, "venue-use")
    lesson(school, where=school.stadium)
    uses = [one for one in hours(school.stadium, "2026-03-03") if one.rule.rule == "venue-use"]
    said = [uses[0].at(dt.datetime(2026, 3, 3, hour)).state for hour in (9, 11, 19)]
    assert said == ["allowed", "not_allowed", "allowed"]  # outside teaching hours 35 speaks of the supply


def test_a_permit_stands_before_the_lesson_where_both_hold(school):
    lesson(school)
    given = permit(school, school.room, "teaching", "2026-03-03 08:00", "2026-03-03 12:00", purpose="补课")
    one, stretch, _ = use(school.room, "2026-03-03", "08:30")
    assert one.permit_of(stretch) == given


# ------------------------------------------------------------- which days
def test_a_lesson_is_held_on_its_weekday_from_its_first_to_its_last_day(school):
    lesson(school)
    assert held_on(school, "2026-02-24", "2026-03-04", "2026-06-23", "2026-06-30") == [
        True,
        False,
        True,
        False,
    ]


def test_odd_and_even_weeks_count_from_the_week_of_the_first_day(school):
    """23 February 2026 is a Monday: week 1 has Tuesday 24 February, week 2 Tuesday 3 March."""
    lesson(school, weeks="odd")
    assert held_on(school, "2026-02-24", "2026-03-03", "2026-03-10") == [True, False, True]
    CourseLesson.objects.update(weeks="even")
    assert held_on(school, "2026-02-24", "2026-03-03", "2026-03-10") == [False, True, False]


def test_on_a_public_holiday_nothing_is_taught(school):
    lesson(school, weekday="5")  # 1 May 2026 is a Friday
    assert held_on(school, "2026-04-24", "2026-05-01") == [True, False]


def test_a_moved_day_has_the_lessons_of_the_weekday_it_stands_for_and_a_day_off_has_none(school):
    lesson(school)
    for day, works, weekday in (
        ("2026-03-07", True, "2"),
        ("2026-03-10", False, ""),
        ("2026-03-17", True, "5"),
    ):
        move_school_day(
            viewer=school.officer, organisation=school.campus, on=dt.date.fromisoformat(day), is_working=works,
            as_weekday=weekday, reason="校运动会调课", at=at("2026-02-20"),
        )  # fmt: skip
    # a Saturday as a Tuesday, a Tuesday off, a Tuesday as a Friday
    assert held_on(school, "2026-03-07", "2026-03-10", "2026-03-17") == [True, False, False]


def test_where_the_holidays_of_a_year_are_not_published_the_day_is_unknown_and_the_days_before_are_told(
    client, school
):
    last = official_calendar().official_through  # 31 December
    lesson(
        school, weekday=str((last + dt.timedelta(days=1)).isoweekday()), first_on=last - dt.timedelta(days=60),
        last_on=last + dt.timedelta(days=30), on=f"{last.year}-10-01",
    )  # fmt: skip
    through = hours(school.room, f"{last.year}-12-01", f"{last.year + 1}-01-07")
    one = next(one for one in through if one.rule.rule == "premises-use")
    assert {held.first.weekday() for held in one.lessons} == {(last + dt.timedelta(days=1)).weekday()}
    assert max(held.first.date() for held in one.lessons) == last - dt.timedelta(days=6)
    assert last + dt.timedelta(days=1) in one.lacking
    client.force_login(school.officer)
    for month in (f"{last.year}-12", f"{last.year + 1}-01"):
        assert client.get(f"/places/{school.room.pk}/supply/?month={month}").status_code == 200
        assert client.get(f"/places/{school.room.pk}/supply/sheet/?month={month}").status_code == 200


def test_a_lesson_entered_late_makes_nothing_allowed_that_was_not(school):
    lesson(school, on="2026-03-05")
    assert held_on(school, "2026-03-03", "2026-03-10") == [False, True]


# ------------------------------------------------------------- entered and ended
def test_what_is_no_lesson_is_refused(school):
    with pytest.raises(BadValue, match="08:00"):
        lesson(school, ends="08:00")
    with pytest.raises(BadValue):
        lesson(school, last_on=dt.date(2026, 2, 22))
    with pytest.raises(BadValue):  # the auditorium's use is decided in a process
        lesson(school, use="hall_use")
    with pytest.raises(NoTimetable):  # no timetable of a student hall knows lessons
        lesson(school, where=school.dormitory)
    elsewhere = place(school, "YS-X1", "外单位楼")
    elsewhere.organisation = school.energy
    elsewhere.save()
    with pytest.raises((LessonElsewhere, BadValue)):
        lesson(school, where=elsewhere)
    assert not CourseLesson.objects.exists()


def test_a_lesson_ends_early_from_tomorrow_on_and_not_in_the_past(school):
    given = lesson(school)
    with pytest.raises(DayToldAlready):
        end_lesson(viewer=school.officer, lesson=given, last_on=dt.date(2026, 3, 1), at=at("2026-03-10"))
    end_lesson(viewer=school.officer, lesson=given, last_on=dt.date(2026, 3, 10), at=at("2026-03-10"))
    assert held_on(school, "2026-03-10", "2026-03-17") == [True, False]
    with pytest.raises(DayToldAlready):  # it has ended, and is not brought to life
        end_lesson(viewer=school.officer, lesson=given, last_on=dt.date(2026, 6, 28), at=at("2026-03-17"))


# ------------------------------------------------------------- a term in one file
def row(code, where="YS-J101", weekday="星期二", starts="08:00", ends="09:40", use="有教学任务"):
    return code, where, use, "高等数学", weekday, starts, ends, "2026-02-23", "2026-06-28", "每周"


def test_a_terms_timetable_comes_in_one_file_with_every_refused_cell_named(school, viewer):
    clerk = viewer("officer", "chief", at=school.campus)
    content = sheets.workbook(
        HEADINGS, row("L1"), row("L2", weekday="星期四", starts="8:00"), row("L3", where="YS-NONE"),
        row("L4", ends="07:00"), row("L5", where="YS-S1"), row("L1"),
    )  # fmt: skip
    brought = importing.stage(
        viewer=clerk, organisation=school.campus, kind="lessons", content=content, file_name="课表.xlsx",
        at=at("2026-02-20"),
    )  # fmt: skip
    assert [one.fate for one in brought.rows.order_by("number")] == [
        "new", "new", "refused", "refused", "refused", "refused",
    ]  # fmt: skip
    assert not CourseLesson.objects.exists()
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-02-20", 10))
    assert [one.starts for one in CourseLesson.objects.order_by("code")] == ["08:00", "08:00"]
    assert held_on(school, "2026-03-03", "2026-03-05", "2026-03-06") == [True, True, False]
