"""Article 5: units see to safe use and saving, and record what they did; article 7: their record stands on one page."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from tests.cases.conftest import at, organisation
from tests.conduct.conftest import recorded
from tongdian.allowed import NotAllowed
from tongdian.conduct.actions.education import enter_education, take_education_back
from tongdian.conduct.models import EducationRecord
from tongdian.conduct.queries import unit_named
from tongdian.conduct.rules import EducationOver, EducationToCome, NoSuchUnit
from tongdian.registers.fields import BadValue


@pytest.fixture
def secretary(campus, viewer):
    return viewer("clerk", "faculty-clerk", at=campus.faculty)


def taught(campus, who, day="2026-09-14", **more):
    given = {
        "topic": "safety", "title": "新生安全用电讲座", "text": "不私接电源，不用大功率电器", "paper": "签到表",
        "on": at(day).date(), "at": at("2026-09-15"),
    }  # fmt: skip
    return enter_education(viewer=who, organisation=campus.faculty, **given | more)


def test_5_a_unit_records_its_education_with_what_shows_it(campus, secretary):
    row = taught(campus, secretary, attended=180)
    assert (row.organisation, row.topic, row.attended) == (campus.faculty, "safety", 180)
    with pytest.raises(BadValue):  # nothing shows it
        taught(campus, secretary, paper="")
    with pytest.raises(EducationToCome):
        taught(campus, secretary, "2026-09-16")
    assert EducationRecord.objects.count() == 1


def test_a_unit_records_its_own_and_nobody_elses(campus, secretary, viewer):
    other = organisation("unit", "物理学院", "WULI", parent=campus.campus)
    stranger = viewer("clerk", "other-clerk", at=other)
    with pytest.raises(NotAllowed):
        taught(campus, stranger)
    row = taught(campus, secretary)
    with pytest.raises(NotAllowed):
        take_education_back(viewer=stranger, record=row, reason="x", at=at("2026-09-16"))


def test_what_was_wrongly_entered_stays_and_counts_for_nothing(campus, secretary, client):
    row = taught(campus, secretary)
    take_education_back(viewer=secretary, record=row, reason="重复登记", at=at("2026-09-16"))
    with pytest.raises(EducationOver):
        take_education_back(viewer=secretary, record=row, reason="x", at=at("2026-09-17"))
    assert EducationRecord.objects.count() == 1


def test_the_record_of_a_unit_is_read_by_its_own_people_and_by_the_offices_of_its_campus(
    campus, secretary, viewer
):
    """The list of acts leads the energy office to the unit; another faculty's clerk finds nothing there."""
    other = viewer("clerk", "other-clerk", at=organisation("unit", "物理学院", "WULI", parent=campus.campus))
    for who in (secretary, campus.officer, campus.technician):
        assert unit_named(who, "HUAX") == campus.faculty
    with pytest.raises(NoSuchUnit):
        unit_named(other, "HUAX")


def test_7_the_record_of_a_unit_stands_on_one_page(campus, secretary, client):
    today = timezone.localdate().isoformat()
    act = recorded(campus, today)
    taught(campus, secretary, today, attended=180, at=at(today))
    client.force_login(secretary)
    page = client.get("/conduct/units/HUAX/", headers={"accept-language": "en"}).content.decode()
    assert "新生安全用电讲座" in page
    assert "180 took part" in page
    assert act.number in page
    assert "Acts by month" in page
    assert client.get("/conduct/units/NONE/").status_code == 404
    assert "新生安全用电讲座" in client.get("/conduct/education/").content.decode()


def test_a_record_is_taken_back_on_its_page(campus, secretary, client):
    row = taught(campus, secretary)
    client.force_login(secretary)
    address = f"/conduct/education/{row.pk}/"
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(address).content.decode())[1]
    client.post(address, {"reason": "重复登记", "seen": seen})
    row.refresh_from_db()
    assert row.taken_back.reason == "重复登记"
