"""Who applies is offered the places that the service is about: for a permit those that a timetable governs."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.cases.conftest import english
from tests.supply.school import govern, place
from tongdian.connections import queries
from tongdian.connections.actions import start_draft
from tongdian.connections.entries import asked_of

__all__ = ["english"]

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 3, 2)


def offered(school, service, text):
    """What an applicant finds by a text, by name."""
    asked = queries.service_of(school.campus, service, ON)
    return [one.name for one in queries.public_places(school.campus, text, asked)]


def test_a_venue_is_offered_to_who_applies_for_its_use(school):
    """34 to 37: 田楼 is a building, and the venue that is applied for."""
    assert offered(school, "venue-use-permit", "田楼") == ["田楼报告厅"]
    assert offered(school, "venue-use-permit", "雁山") == ["雁山标准体育场", "雁山篮球场"]
    assert "教学楼 101" not in offered(school, "venue-use-permit", "教学楼")  # a classroom is no venue
    assert not offered(school, "shop-application", "田楼")  # a shop is not opened in a hall


def test_a_classroom_is_offered_for_work_at_night_and_not_the_hall(school):
    """29: teaching premises after hours."""
    assert offered(school, "premises-use-permit", "教学楼") == ["教学楼 101"]
    assert not offered(school, "premises-use-permit", "田楼")


def test_the_house_is_offered_whose_rooms_stay_in_the_holidays(school):
    """39: the permit names rooms, the application the house they are in."""
    room = place(school, "YS-S2-101", "二栋101", kind="room")
    house = place(school, "YS-S2", "二栋学生公寓")
    room.parent, room.ancestors = house, [house.pk, room.pk]
    room.save()
    govern(school, room, "dormitory-supply")
    assert offered(school, "holiday-stay", "二栋") == ["二栋101", "二栋学生公寓"]


def test_what_only_needs_consent_may_be_asked_for_anywhere_but_for_a_whole_campus(school):
    """62(4): no timetable says when renovating is allowed, so none has to govern the place."""
    place(school, "YS-WX", "文学楼")
    place(school, "YS-WXQ", "文学校区", kind="campus")
    assert offered(school, "renovation-permit", "文学") == ["文学楼"]


def test_the_days_of_a_permit_are_asked_once(school):
    """The first day of use is a fact of the process: the 起始日 of a supply is not asked besides."""
    names = {
        service: {
            one.name for one in asked_of(queries.service_of(school.campus, service, ON)).screens["what"]
        }
        for service in ("venue-use-permit", "temporary-use-application")
    }
    assert not {"from_on", "last_on"} & names["venue-use-permit"]
    assert {"from_on", "last_on"} <= names["temporary-use-application"]


def test_a_place_governed_no_longer_is_not_offered(school):
    old = place(school, "YS-OLD", "旧礼堂")
    govern(school, old, "venue-supply venue=tianlou_hall")
    old.timetables.update(in_force=(dt.date(2026, 1, 1), dt.date(2026, 2, 1)))
    assert not offered(school, "venue-use-permit", "旧礼堂")


def test_the_screen_offers_it_and_says_so_when_nothing_is_found(english, school):
    _draft, token = start_draft(organisation=school.campus, process="venue-use-permit", at=now())
    found = english.get(f"/apply/{token}/places/?q=田楼").content.decode()
    assert re.search(rf'name="place" value="{school.hall.pk}"', found)
    nothing = english.get(f"/apply/{token}/places/?q=火星").content.decode()
    assert "Nothing found" in nothing


def now():
    """The drafts of a browser are kept by the clock of the day."""
    from django.utils import timezone

    return timezone.now()


def test_programs_are_offered_the_same(client, school):
    asked = "/api/v1/offices/YS/places?q=田楼"
    assert client.get(f"{asked}&service=venue-use-permit").json() == [
        {"id": str(school.hall.pk), "name": "田楼报告厅"}
    ]
    assert client.get(asked).json() == []
    assert client.get(f"{asked}&service=no-such-service").status_code == 404
