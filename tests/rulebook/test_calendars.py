"""One calendar at every door: a pack's, with its region's days and what an administrator entered."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from django.test import Client

from tests.policy.dutch_pack import write_dutch
from tongdian.calendar import SHANGHAI
from tongdian.policy.loading import load_pack
from tongdian.rulebook import actions, queries
from tongdian.rulebook.models import Revision

pytestmark = pytest.mark.django_db
POLICIES = Path(__file__).parents[2] / "policies"
NOVEMBER = dt.datetime(2026, 11, 28, 9, tzinfo=SHANGHAI)
REST_2027 = '- {on: 2027-04-09, region: "450000", name: {zh: 三月三, en: Sanyuesan}, source: 例}\n'


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A user's own shelf."""
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    return tmp_path


def university(shelf, **changes):
    """The university's pack on that shelf, with words of its pack.yaml changed."""
    folder = shutil.copytree(POLICIES / "gxnu-2016-4", shelf / "gxnu-2016-4")
    head = folder / "pack.yaml"
    text = head.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    head.write_text(text, encoding="utf-8")
    return folder


def workdays(path, **asked):
    return Client(headers={"Accept-Language": "en"}).get(f"/api/v1/workdays/{path}", asked).json()


# --- one answer ----------------------------------------------------------------------------------


def test_a_foreign_pack_shows_its_own_calendar_and_no_other_page_changes(shelf, client):
    published = text_of(client.get("/calendar/?year=2011"))
    write_dutch(shelf)
    with_it = client.get("/calendar/?year=2011")
    title = "Wabo 2010 General provisions on environmental permits"
    assert text_of(with_it).replace(f" {title}", "") == published  # it can be chosen, and changes nothing
    assert "Good Friday" not in with_it.content.decode()
    dutch = client.get("/calendar/?year=2011&pack=permit-2010")
    # 260 weekdays; 22 and 25 April, 5 May and 26 December rest, 30 April is a Saturday
    assert "2011 · 256 个工作日" in text_of(dutch)
    assert "Good Friday" in dutch.content.decode()


def test_the_api_counts_by_the_calendar_of_a_pack(shelf):
    write_dutch(shelf)
    easter = {"start": "2011-04-20", "n": 5}
    # 21, 26, 27, 28, 29 April: Good Friday and Easter Monday rest
    assert workdays("add", **easter, pack="permit-2010")["end"] == "2011-04-29"
    assert workdays("add", **easter)["end"] == "2011-04-27"
    assert workdays("days/2011-04-25", pack="permit-2010")["name"]["en"] == "Easter Monday"
    spring = {"start": "2021-04-13", "n": 1}
    assert workdays("add", **spring, pack="gxnu-2016-4")["end"] == "2021-04-16"  # its own region
    assert workdays("add", **spring, region="450300")["end"] == "2021-04-14"
    assert workdays("add", **spring, pack="permit-2010")["code"] == "beyond-own-calendar"


def test_what_an_administrator_entered_counts_for_every_pack_that_follows_the_published_years(viewer):
    actions.change_calendar(
        on=dt.date(2026, 12, 24),
        region="450000",
        kind="rest",
        name=queries.Words("停工", "closed"),
        source="通知",
        by=viewer("administrator"),
        at=NOVEMBER,
    )
    for asked in ({}, {"pack": "nea-2021-37"}, {"pack": "gxnu-2016-4"}):
        asked |= {"start": "2026-12-23", "n": 1, "region": "450300"}
        assert workdays("add", **asked)["end"] == "2026-12-25"
    nea = queries.pack("nea-2021-37")
    assert nea.workdays.of("450300").add(dt.date(2026, 12, 23), 1, count_day_zero=False) == dt.date(
        2026, 12, 25
    )
    assert nea.workdays.after(dt.date(2026, 12, 23), 1) == dt.date(2026, 12, 24)  # the whole country


def test_an_administrator_enters_for_everybody_what_one_regulation_says(viewer):
    # 14 April 2021 is the university's pack's day of rest, and a working day as published
    change = actions.change_calendar(
        on=dt.date(2021, 4, 14),
        region="450000",
        kind="rest",
        name=queries.Words("三月三", "Sanyuesan"),
        source="通知",
        by=viewer("administrator"),
        at=NOVEMBER,
    )
    actions.confirm_change(change=change, by=viewer("administrator", "another"), at=NOVEMBER)
    spring = {"start": "2021-04-13", "n": 1, "region": "450300"}
    assert workdays("add", **spring, pack="nea-2021-37")["end"] == "2021-04-15"
    assert workdays("add", **spring, pack="gxnu-2016-4")["end"] == "2021-04-16"  # its 15 April, too


def test_a_spring_whose_local_rest_days_nobody_entered_is_warned_about(client):
    spring = {"start": "2024-04-10", "n": 1, "region": "450300"}
    assert "2024 in 450000 (Sanyuesan)" in workdays("add", **spring)["warnings"][0]["en"]
    assert workdays("add", **spring | {"start": "2024-05-10"})["warnings"] == []
    assert "未录入地区 450000 在2024年的地方放假日" in text_of(
        client.get("/calendar/?year=2024&region=450300")
    )


# --- days of a year to come ----------------------------------------------------------------------


def test_a_rest_day_of_2027_waits_and_breaks_nothing(shelf, client):
    university(shelf, **{"charges_by:": f"{REST_2027}charges_by:"})
    assert client.get("/calendar/").status_code == 200
    page = text_of(client.get("/calendar/?pack=gxnu-2016-4&region=450300"))
    assert "2027-04-09 三月三 待该年安排公布" in page
    assert (
        workdays("add", start="2021-04-13", n=1, region="450300", pack="gxnu-2016-4")["end"] == "2021-04-16"
    )
    assert client.get("/packs/gxnu-2016-4/").status_code == 200


def test_a_case_keeps_its_rules_but_not_an_old_calendar(shelf):
    first = university(shelf)
    old = queries.pack("gxnu-2016-4").content_hash
    actions.install_pack(folder=first, at=NOVEMBER)
    shutil.rmtree(first)
    later = university(shelf, **{"2021-04-15": "2021-04-16"})
    assert load_pack(later, run_tests=False).content_hash != old
    days = queries.pack_at("gxnu-2016-4", old).calendar
    assert not days.is_working_day(dt.date(2021, 4, 16), region="450300")
    assert days.is_working_day(dt.date(2021, 4, 15), region="450300")


def test_an_encoding_kept_before_calendars_were_named_counts_by_the_published_one(shelf):
    folder = university(shelf, **{"calendar: CN\n": ""})
    folder.rename(shelf / "gone")
    files = {
        file.relative_to(shelf / "gone").as_posix(): file.read_text(encoding="utf-8")
        for file in (shelf / "gone").rglob("*")
        if file.is_file()
    }
    shutil.rmtree(shelf / "gone")
    Revision.objects.create(at=NOVEMBER, content_hash="0" * 64, pack="gxnu-2016-4", files=files)
    monday = dt.date(2026, 11, 30)
    days = queries.revision_pack(Revision.objects.get(content_hash="0" * 64)).calendar
    assert days.next_working_day(monday) == dt.date(2026, 12, 1)
    assert not days.is_working_day(dt.date(2021, 4, 14), region="450300")
    assert queries.pack_at("gxnu-2016-4", "0" * 64).calendar.next_working_day(monday) == dt.date(2026, 12, 1)


def test_last_days_are_laid_out_anew_when_a_pack_s_days_change(shelf):
    before = queries.calendars_hash()
    university(shelf, **{"2021-04-15": "2021-04-16"})
    assert queries.calendars_hash() != before


# --- a pack that cannot be read ------------------------------------------------------------------


def test_one_unreadable_pack_hides_no_other_and_tells_no_path(shelf):
    folder = write_dutch(shelf)
    (folder / "clauses.yaml").write_text("chapters: [\n", encoding="utf-8")
    program = Client(headers={"Accept-Language": "en"})
    listed = program.get("/api/v1/packs")
    assert listed.status_code == 200
    assert {one["id"] for one in listed.json()} == {
        "electricity-supply-1996",
        "electricity-supply-2024",
        "gxnu-2016-4",
        "nea-2021-37",
    }
    alone = program.get("/api/v1/packs/permit-2010")
    assert alone.status_code == 503
    assert alone.json()["detail"].startswith("permit-2010/clauses.yaml, line 2:")
    for address in ("/api/v1/packs/permit-2010", "/packs/permit-2010/", "/packs/"):
        assert str(shelf) not in program.get(address).content.decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pack_of_one_language_is_shown_in_both(shelf, language):
    write_dutch(shelf)
    reader = Client(headers={"Accept-Language": language})
    for address, title in (
        ("", "General provisions on environmental permits"),
        ("clauses/3.9", "The authority decides within working days."),
        ("rules/receipt/", "Confirmation of receipt"),
        ("rules/waited/", "Working days waited"),
        ("rules/permit/", "Confirmation"),
    ):
        page = reader.get(f"/packs/permit-2010/{address}")
        assert page.status_code == 200
        assert title in text_of(page)
