"""A day that is worked, or rested, otherwise than its weekday says so on the calendar, with its reason."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from tests.cases.conftest import at, english
from tests.supply.test_hours import hours
from tongdian.supply.actions.days import move_school_day
from tongdian.supply.saying import days_shown

__all__ = ["english"]

pytestmark = pytest.mark.django_db


def named(school, day):
    """What the calendar calls a day of the lecture hall."""
    with override("zh-hans"):
        (hall,) = hours(school.hall, day)
        return next(one.moved for one in days_shown(hall) if one.day.isoformat() == day)


def test_a_make_up_saturday_a_holiday_and_a_plain_day(school):
    """国办发明电〔2025〕7号: 1 to 5 May 2026 are rested, Saturday 9 May is worked for it."""
    assert named(school, "2026-05-09").startswith("调休上班（")
    assert "劳动节" in named(school, "2026-05-01")
    assert named(school, "2026-05-12") == ""  # a Tuesday
    assert named(school, "2026-05-16") == ""  # a Saturday like any other


def test_a_day_that_the_school_moved_names_the_school_and_its_reason(school):
    move_school_day(
        viewer=school.officer, organisation=school.campus, on=dt.date(2026, 5, 16), is_working=True,
        reason="校运会调课", at=at("2026-03-02"),
    )  # fmt: skip
    assert named(school, "2026-05-16") == "上班（校内安排） 校运会调课"


def test_the_month_shows_it_and_the_duty_room_leads_to_the_moved_days(school, english):
    english.force_login(school.officer)
    page = english.get(f"/places/{school.hall.pk}/supply/?month=2026-05").content.decode()
    assert "worked in exchange" in page
    room = english.get("/supply/").content.decode()
    assert room.count('href="/supply/moved-days/"') == 2  # the menu, and beside the timetables
