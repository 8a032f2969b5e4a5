"""师政后勤〔2016〕4号 29, 35, 39: may this place have power at this moment, and why: the kernel's answer over the school's
days, the timetables of the place, and the permits."""

import datetime as dt

import pytest

from tests.cases.conftest import at
from tests.supply.school import moment, place, tell
from tongdian.policy.timetables import DayNotTold
from tongdian.supply import queries
from tongdian.supply.actions.days import move_school_day
from tongdian.supply.actions.permits import grant_permit

pytestmark = pytest.mark.django_db


def hours(where, first, last=None):
    """How a place stands, by each of its timetables."""
    day = dt.date.fromisoformat(first)
    return queries.hours_of([where], first=day, last=dt.date.fromisoformat(last) if last else day)[where.pk]


def permit(school, where, kind, first, until, **given):
    usual = {"purpose": "期末复习", "permitted_by": "", "paper": ""}
    return grant_permit(
        viewer=school.officer, place=where, permit=kind, first_at=moment(first), until_at=moment(until),
        at=at("2026-03-02"), **usual | given,
    )  # fmt: skip


def test_the_lecture_hall_closes_on_friday_evening_by_article_35_3(school):
    (hall,) = hours(school.hall, "2026-03-06")
    said = [(f"{one.first:%H:%M}", one.state, hall.cite(one)) for one in hall.stretches]
    # Friday in term: Thursday night to 08:00 is closed, teaching hours are not, from 18:00 it is closed again
    assert said == [
        ("00:00", "stopped", ("35(3)",)),
        ("08:00", "supplied", ("35",)),
        ("18:00", "stopped", ("35(3)",)),
    ]


def test_the_page_says_what_the_kernel_answers_at_every_quarter_of_an_hour(school):
    tell_and = hours(school.hall, "2026-03-05", "2026-03-09")
    for one in tell_and:
        moments = [dt.datetime(2026, 3, 5) + dt.timedelta(minutes=15 * n) for n in range(5 * 96)]
        assert [one.at(when).state for when in moments] == [one.why(when).value for when in moments]


def test_a_day_nobody_told_is_not_guessed(school):
    (hall,) = hours(school.hall, "2026-08-30", "2026-08-31")
    assert list(hall.lacking) == [dt.date(2026, 8, 31)]
    assert hall.at(dt.datetime(2026, 8, 31, 12)) is None
    with pytest.raises(DayNotTold):
        hall.why(dt.datetime(2026, 8, 31, 12))


def test_a_place_that_no_timetable_governs_has_none(school):
    assert hours(place(school, "YS-X", "无名楼"), "2026-03-06") == []


def test_a_permit_opens_the_room_it_names_for_its_time_only(school):
    given = permit(school, school.room, "fixed_room", "2026-06-22 22:30", "2026-06-23 00:00")
    supply = next(one for one in hours(school.room, "2026-06-22") if one.rule.rule == "premises-supply")
    night = supply.at(dt.datetime(2026, 6, 22, 23))
    assert (night.state, night.permit, supply.permit_of(night)) == ("supplied", "fixed_room", given)
    assert supply.cite(night) == ("29",)
    following = next(one for one in hours(school.room, "2026-06-23") if one.rule.rule == "premises-supply")
    assert following.at(dt.datetime(2026, 6, 23, 0)).state == "stopped"


def test_a_saturday_that_the_school_works_is_a_working_day(school):
    before = hours(school.stadium, "2026-03-14")[0].at(dt.datetime(2026, 3, 14, 10))
    assert before.state == "stopped"  # a Saturday, 35(2)
    move_school_day(
        viewer=school.officer,
        organisation=school.campus,
        on=dt.date(2026, 3, 14),
        is_working=True,
        reason="运动会调课",
        at=at("2026-03-02"),
    )
    moved = hours(school.stadium, "2026-03-14")[0]
    assert moved.at(dt.datetime(2026, 3, 14, 10)).state == "supplied"
    assert moved.why(dt.datetime(2026, 3, 14, 10)).value == "supplied"


def test_hours_of_a_season_stand_between_those_of_the_year(school):
    tell(school, "teaching_from", "07:30", "2026-04-01", "2026-04-30", when="2026-03-02")
    known = queries.calendars_of([school.campus], first=dt.date(2026, 3, 31), last=dt.date(2026, 5, 1))
    told = known[school.campus.pk].told
    assert told[dt.date(2026, 3, 31)]["teaching_from"] == "08:00"
    assert told[dt.date(2026, 4, 1)]["teaching_from"] == "07:30"
    assert told[dt.date(2026, 5, 1)]["teaching_from"] == "08:00"  # what was told of the days behind it stays


def test_what_a_campus_says_itself_counts_before_what_the_university_says(school):
    from tests.cases.conftest import organisation
    from tongdian.supply.models import SchoolFact

    annex = organisation("campus", "分部", "FB", parent=school.campus)
    SchoolFact.objects.create(
        organisation=annex, fact="teaching_from", value="07:30", in_force=("2026-04-01", None), reason="分部作息",
        last_on=dt.date(2026, 4, 30),
    )  # fmt: skip
    known = queries.calendars_of([annex, school.campus], first=dt.date(2026, 4, 1), last=dt.date(2026, 4, 1))
    assert known[annex.pk].told[dt.date(2026, 4, 1)]["teaching_from"] == "07:30"
    assert known[annex.pk].told[dt.date(2026, 4, 1)]["vacation"] == "none"
    assert known[school.campus.pk].told[dt.date(2026, 4, 1)]["teaching_from"] == "08:00"
