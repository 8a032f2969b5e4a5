"""The duty room, a place's month and the queue of permits, as the energy office sees them."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cases.conftest import at
from tests.supply.school import govern, moment, place, tell
from tests.supply.test_hours import hours, permit
from tests.supply.test_permits import applied, approved
from tongdian.network.models import Place

pytestmark = pytest.mark.django_db
QUESTIONS = 15  # of a page of staff


@pytest.fixture
def office(client, school):
    """Signed in as the energy office."""
    client.force_login(school.officer)
    return client


def test_the_month_shows_the_kernels_answer_with_its_article_and_the_permit(office, school):
    approved(school, applied(school))
    page = office.get(f"/places/{school.hall.pk}/supply/?month=2026-03&at=2026-03-06T20:00").content.decode()
    (hall,) = hours(school.hall, "2026-03-06")
    why = hall.why(dt.datetime(2026, 3, 6, 20))
    assert why.reason("zh") in page
    assert "08:00–18:00，19:00–22:00（许可）" in page
    assert "之后" in page
    assert page.count("第三十五条（三）") > 2
    assert page.count('class="day-bar"') == 31
    widths = re.findall(r'<rect class="\w+" x="\d+" y="0" width="(\d+)"', page)
    assert sum(map(int, widths)) == 31 * 24 * 60  # the days of a month tile


def test_a_day_that_nobody_told_is_shown_as_missing(office, school):
    page = office.get(f"/places/{school.hall.pk}/supply/?month=2026-09").content.decode()
    assert page.count("没有录入") == 30
    assert "请先录入校历和作息时间" in page


def test_a_month_that_is_none_is_not_found(office, school):
    for text in ("2026-13", "x", "0000-01", "2026-1"):
        assert office.get(f"/places/{school.hall.pk}/supply/?month={text}").status_code == 404
    for text in ("2026-02-30T10:00", "x", "2027-01-01T10:00"):
        found = office.get(f"/places/{school.hall.pk}/supply/?month=2026-03&at={text}")
        assert found.status_code == 200
        assert 'id="reason"' not in found.content.decode()


def test_a_building_shows_what_stands_in_it(office, school):
    room = place(school, "YS-J102", "教学楼 102")
    Place.objects.filter(pk=room.pk).update(ancestors=[school.dormitory.pk, room.pk], parent=school.dormitory)
    room.refresh_from_db()
    govern(school, room, "premises-supply premises=classroom")
    page = office.get(f"/places/{school.dormitory.pk}/supply/parts/?month=2026-03").content.decode()
    assert "教学楼 102" in page
    assert page.count('class="day-bar"') == 31


def test_the_duty_room_says_what_is_open_who_permitted_it_and_why_it_closes(office, school, monkeypatch):
    from tongdian.supply.pages import duty

    approved(school, applied(school))
    monkeypatch.setattr(duty.timezone, "now", lambda: moment("2026-03-06 20:00"))
    page = office.get("/supply/").content.decode()
    assert "特殊情况" in page
    assert "第三十五条（三）" in page
    assert "03-06 22:00" in page
    assert re.search(r"<dt>经许可开通</dt><dd>1</dd>", page)


def test_pages_of_supply_ask_few_questions_however_many_places(office, school):
    for number in range(12):
        one = place(school, f"YS-R{number}", f"教室 {number}")
        govern(school, one, "premises-supply premises=classroom", first_on="2026-01-01")
        govern(school, one, "premises-use premises=classroom", first_on="2026-01-01")
    tell(school, "vacation", "none", "2026-08-31", "2026-12-31", when="2026-03-01")
    addresses = (
        "/supply/",
        f"/places/{school.hall.pk}/supply/",
        f"/places/{school.hall.pk}/",
        "/supply/permits/",
    )
    for address in addresses:
        office.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert office.get(address).status_code == 200
        assert len(asked) <= QUESTIONS, (address, len(asked))


def test_the_queue_counts_what_waits_and_what_holds(office, school):
    applied(school)
    permit(school, school.room, "fixed_room", "2026-06-22 22:30", "2026-06-22 23:30")
    page = office.get("/supply/permits/").content.decode()
    assert "待我审批" in page
    assert school.hall.name in page
    later = office.get("/supply/permits/?state=over").content.decode()
    assert later


def test_a_permit_is_withdrawn_on_its_page_with_the_reason(office, school):
    from django.utils import timezone

    from tongdian.supply.models import Permit, PermitEnd

    now = timezone.now()
    row = Permit.objects.create(
        organisation=school.campus, place=school.room, pack="gxnu-2016-4", permit="fixed_room", first_at=now,
        until_at=now + dt.timedelta(hours=2), purpose="复习", cite=["29"], at=at("2026-03-02"), by=school.officer,
    )  # fmt: skip
    assert office.post(f"/supply/permits/{row.pk}/withdraw/", {"reason": ""}).status_code == 422
    form = office.get(f"/supply/permits/{row.pk}/withdraw/").content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    told = {"reason": "考场改期", **({"seen": seen[1]} if seen else {})}
    assert office.post(f"/supply/permits/{row.pk}/withdraw/", told).status_code == 302
    assert PermitEnd.objects.get().reason == "考场改期"
    assert "考场改期" in office.get(f"/supply/permits/{row.pk}/").content.decode()
