"""Article 5: units see to safe use and saving, and record what they did; article 7: their record stands on one page."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.conftest import at, english, organisation
from tests.conduct.conftest import closed, recorded
from tongdian.allowed import NotAllowed
from tongdian.conduct.actions.appealing import appeal_act
from tongdian.conduct.actions.education import enter_education, take_education_back
from tongdian.conduct.actions.recording import take_act_back
from tongdian.conduct.models import EducationRecord
from tongdian.conduct.queries import house_of, unit_named
from tongdian.conduct.rules import EducationOver, EducationToCome, NoSuchUnit
from tongdian.notices.queries import own_notices
from tongdian.registers.fields import BadValue

__all__ = ["english"]


pytestmark = pytest.mark.django_db


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


def test_5_the_record_of_an_office_is_read_by_the_other_office_of_its_campus(campus):
    assert unit_named(campus.officer, campus.centre.short) == campus.centre


def test_where_the_university_is_entered_as_a_campus_too_the_nearest_counts(campus, viewer):
    """雁山校区 stands in 广西师范大学, and both are of the kind campus: the energy office of 雁山 reads the record."""
    whole = organisation("campus", "广西师范大学", "GXNU", region="450311")
    campus.campus.parent, campus.campus.ancestors = whole, [whole.pk, campus.campus.pk]
    campus.campus.save()
    for one in (campus.energy, campus.centre, campus.faculty):
        one.ancestors = [whole.pk, campus.campus.pk, one.pk]
        one.save()
    assert house_of(campus.faculty) == campus.campus
    for who in (campus.officer, campus.technician):
        assert unit_named(type(who).objects.get(pk=who.pk), "HUAX") == campus.faculty


def test_5_the_energy_office_enters_what_it_held_for_a_unit_and_reads_what_the_unit_entered(
    campus, secretary, client
):
    taught(campus, secretary)
    row = taught(campus, campus.officer, title="节能办进学院宣讲")
    assert row.organisation == campus.faculty
    client.force_login(campus.officer)
    page = client.get("/conduct/units/HUAX/").content.decode()
    assert "新生安全用电讲座" in page
    assert "节能办进学院宣讲" in page
    assert "化学与药学学院" in client.get("/conduct/education/new/").content.decode()


def test_an_office_of_another_campus_does_neither(campus, viewer):
    yucai = organisation("campus", "育才校区", "YC", region="450305")
    office = organisation("office", "育才节能办", "YCJN", parent=yucai, fills=["energy-office"])
    stranger = viewer("officer", "yc-energy", at=office)
    with pytest.raises(NotAllowed):
        taught(campus, stranger)
    with pytest.raises(NoSuchUnit):
        unit_named(stranger, "HUAX")


def test_the_energy_office_does_not_appeal_for_a_unit(campus):
    act = recorded(campus, "2026-03-02")
    with pytest.raises(NotAllowed):
        appeal_act(viewer=campus.officer, act=act, reason="x", at=at("2026-03-03"))


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


# ---------------------------------------------------------------- what is served on a unit
def served(campus):
    """An act of Monday 2 March 2026, noticed on Tuesday the 3rd: five working days end on Tuesday the 10th."""
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    return act


def test_61_a_unit_is_told_of_the_notice_served_on_it_with_the_day_and_the_appeal(campus, secretary, client):
    above = campus.officer  # may record acts at the campus, and is no member of the unit
    act = served(campus)
    (notice,) = own_notices(secretary)
    client.force_login(secretary)
    page = client.get(f"/notices/{notice.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    for said in (act.number, "违章通知书", "整改通知书", "2026-03-10", "申诉", "自然光"):
        assert said in page, said
    assert not own_notices(above)


def test_the_home_page_of_a_unit_shows_what_waits_for_it(campus, secretary, english):
    act = served(campus)
    english.force_login(secretary)
    page = english.get("/").content.decode()
    assert act.number in page
    assert "to be put right by 2026-03-10" in page
    assert f"/conduct/acts/{act.number}/#appeals" in page
    assert "Nothing waits for you today" not in page
    appeal_act(viewer=secretary, act=act, reason="照片不是我们的房间", at=at("2026-03-04"))
    assert "Your appeal is being heard" in english.get("/").content.decode()


def test_what_is_over_or_taken_back_or_another_units_waits_for_nobody(campus, secretary, viewer, english):
    act = served(campus)
    other = viewer("clerk", "other-clerk", at=organisation("unit", "物理学院", "WULI", parent=campus.campus))
    english.force_login(other)
    assert act.number not in english.get("/").content.decode()
    take_act_back(viewer=campus.second, act=act, reason="登记有误", at=at("2026-03-05"))
    english.force_login(secretary)
    page = english.get("/").content.decode()
    assert act.number not in page
    assert "No notice waits for your unit." in page


def test_the_menu_of_a_unit_has_what_concerns_it_and_none_of_an_office_s_work(campus, secretary, english):
    english.force_login(secretary)
    page = english.get("/").content.decode()
    menu = page[page.index('id="navigation"') : page.index('class="shell-main"')]
    found = set(re.findall(r'<a href="(/[^"]*)"', menu))
    assert {"/conduct/", "/conduct/education/", reverse("permits"), "/services/"} <= found
    assert not {"/cases/", "/meters/", "/accounts/"} & found
    assert len(found) <= 15
