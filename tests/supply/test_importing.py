"""The school year and the switches come in by spreadsheet, as the course timetable does: a row is tried by the action
itself, each refused cell is named, and a file changes nothing that is there."""

import datetime as dt

import pytest

from tests.agreements import spreadsheets as sheets
from tests.cases.conftest import at
from tests.supply.school import YEAR, tell
from tongdian.agreements.actions import importing
from tongdian.agreements.actions.importing import NothingToStore
from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import ChangedSince
from tongdian.network.models import UsagePoint
from tongdian.supply.actions.days import change_school_day
from tongdian.supply.importing import SwitchesStay
from tongdian.supply.models import SchoolDay, SchoolFact, SupplySwitch
from tongdian.supply.queries import calendars_of
from tongdian.supply.refusing import DayToldAlready

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(school, viewer):
    """Who may import, enter the school's days and operate switches."""
    return viewer("officer", "chief", at=school.campus)


def heads(kind):
    return [one.title.zh for one in KINDS[kind].columns(None)]


def staged(school, clerk, kind, *rows, when="2026-07-01"):
    return importing.stage(
        viewer=clerk, organisation=school.campus, kind=kind, content=sheets.workbook(heads(kind), *rows),
        file_name="表.xlsx", at=at(when),
    )  # fmt: skip


def fates(brought):
    return [one.fate for one in brought.rows.order_by("number")]


def reasons(brought):
    return [one.reasons[0][1] if one.reasons else "" for one in brought.rows.order_by("number")]


def stretch(fact, value, first_on, last_on):
    """A row as `heads("school-facts")` has it: what, is, from, last, basis."""
    return fact, value, first_on, last_on, YEAR


def vacation_on(school, *days):
    told = calendars_of([school.campus], first=dt.date(2026, 7, 1), last=dt.date(2027, 8, 31))[
        school.campus.pk
    ].told
    return [told.get(dt.date.fromisoformat(day), {}).get("vacation") for day in days]


def test_a_school_year_comes_in_one_file(school, clerk):
    assert heads("school-facts") == ["项目", "内容", "自何日起", "至（含）", "依据"]
    brought = staged(
        school, clerk, "school-facts",
        stretch("寒暑假", "学期中", "2026-08-31", "2027-01-16"), stretch("寒暑假", "寒假", "2027-01-17", "2027-02-28"),
        stretch("teaching_from", "8:00", "2026-08-31", "2027-01-16"),
    )  # fmt: skip
    assert fates(brought) == ["new", "new", "new"], reasons(brought)
    assert vacation_on(school, "2026-09-01") == [None]  # a preview keeps nothing
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    assert vacation_on(school, "2026-09-01", "2027-01-16", "2027-01-17", "2027-03-01") == [
        "none",
        "none",
        "winter",
        None,
    ]
    assert (
        SchoolFact.objects.get(fact="teaching_from", in_force__startswith=dt.date(2026, 8, 31)).value
        == "08:00"
    )


def test_each_refused_stretch_is_named_with_its_reason_and_nothing_is_half_stored(school, clerk):
    brought = staged(
        school, clerk, "school-facts",
        stretch("寒暑假", "春假", "2026-08-31", "2027-01-16"),  # no such word
        stretch("项目外", "1", "2026-08-31", "2027-01-16"),  # nothing asks it
        stretch("寒暑假", "学期中", "2026-08-31", "2026-08-01"),  # ends before it begins
        stretch("寒暑假", "学期中", "2026-06-01", "2026-06-30"),  # these days have come
        stretch("寒暑假", "学期中", "2026-02-30", "2026-06-30"),  # no such day
        stretch("寒暑假", "寒假", "2026-07-13", "2026-08-30"),  # told already, otherwise
        stretch("寒暑假", "暑假", "2026-07-13", "2026-08-30"),  # told already, and the same
    )  # fmt: skip
    assert fates(brought) == ["refused"] * 6 + ["same"], reasons(brought)
    assert "2026-07-01 起更改" in reasons(brought)[3]
    assert "导入不更改此项" in reasons(brought)[5]
    before = SchoolFact.objects.count()
    with pytest.raises(NothingToStore):
        importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    assert SchoolFact.objects.count() == before


def test_moved_days_come_in_by_file_and_are_undone_while_they_are_to_come(school, clerk):
    assert heads("school-days") == ["日期", "上班上课", "上星期几的课", "依据"]
    brought = staged(
        school, clerk, "school-days",
        ("2026-10-10", "是", "星期五", YEAR), ("2026-11-12", "否", "", "校庆"), ("2026-06-30", "否", "", "已过"),
    )  # fmt: skip
    assert fates(brought) == ["new", "new", "refused"], reasons(brought)
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    moved = {one.on: (one.is_working, one.as_weekday) for one in SchoolDay.objects.all()}
    assert moved == {dt.date(2026, 10, 10): (True, "5"), dt.date(2026, 11, 12): (False, "")}
    brought.refresh_from_db()
    importing.undo(viewer=clerk, brought=brought, at=at("2026-07-02"))
    assert not SchoolDay.objects.exists()


def test_what_has_come_or_was_changed_since_is_not_undone(school, clerk):
    brought = staged(
        school, clerk, "school-days", ("2026-10-10", "是", "", YEAR), ("2026-11-12", "否", "", "校庆")
    )
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    brought.refresh_from_db()
    with pytest.raises(DayToldAlready):
        importing.undo(viewer=clerk, brought=brought, at=at("2026-10-12"))
    assert SchoolDay.objects.count() == 2
    change_school_day(
        viewer=clerk,
        moved=SchoolDay.objects.get(on=dt.date(2026, 10, 10)),
        is_working=False,
        reason="改",
        at=at("2026-07-03"),
    )
    with pytest.raises(ChangedSince):
        importing.undo(viewer=clerk, brought=brought, at=at("2026-07-04"))
    assert SchoolDay.objects.count() == 2


def test_a_school_year_is_undone_and_what_stood_before_counts_again(school, clerk):
    tell(school, "vacation", "none", "2026-08-31", "2027-01-16", when="2026-06-01")
    brought = staged(school, clerk, "school-facts", stretch("寒暑假", "寒假", "2027-01-10", "2027-02-28"))
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    assert vacation_on(school, "2027-01-09", "2027-01-10") == ["none", "winter"]
    brought.refresh_from_db()
    importing.undo(viewer=clerk, brought=brought, at=at("2026-07-02"))
    assert vacation_on(school, "2027-01-09", "2027-01-10", "2027-01-20") == ["none", "none", None]


# ---------------------------------------------------------------- switches
def a_switch(code, *, point="TL-D", **more):
    """A row by its headings; what is not named is left empty."""
    given = {"开关编号": code, "用电（水）点编号": point, "设备地址（IP）": "127.0.0.9"} | more
    return tuple(given.get(one, "") for one in heads("switches"))


COIL = {"从站号": "1", "线圈号": "3"}
METER = {
    "通信协议": "DL/T 645 电表继电器",
    "端口": "8899",
    "电表通信地址": "202603000417",
    "电表密码": "02123456",
}


@pytest.fixture
def points(school, settings):
    settings.SWITCH_NETWORKS = ["127.0.0.0/8"]
    for code in ("TL-D", "TL-D2"):
        UsagePoint.objects.create(place=school.hall, utility="power", code=code)
    return school


def test_switches_of_both_protocols_come_in_one_file(points, clerk):
    brought = staged(
        points, clerk, "switches",
        a_switch("K1", **COIL), a_switch("D1", point="TL-D2", **METER),
        a_switch("K2", **COIL),  # the same coil
        a_switch("D2", **METER | {"电表通信地址": "2026"}), a_switch("D3", **METER | {"电表密码": ""}),
        a_switch("K3", **COIL | {"设备地址（IP）": "10.0.0.1"}), a_switch("K4", point="NONE", **COIL),
    )  # fmt: skip
    assert fates(brought) == ["new", "new", *["refused"] * 5], reasons(brought)
    assert "K1" in reasons(brought)[2]
    assert not SupplySwitch.objects.exists()
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    relay = SupplySwitch.objects.get(code="D1")
    from tongdian.personal import decrypt

    assert (relay.protocol, relay.meter_address, decrypt(relay.password)) == (
        "dlt645",
        "202603000417",
        "02123456",
    )
    assert SupplySwitch.objects.get(code="K1").coil == 3
    assert not [
        one for one in brought.rows.all() if "3456" in f"{one.cells}{one.values}{one.changes}{one.reasons}"
    ]
    brought.refresh_from_db()
    with pytest.raises(SwitchesStay):
        importing.undo(viewer=clerk, brought=brought, at=at("2026-07-02"))


def test_a_file_changes_no_switch_that_is_there(points, clerk):
    brought = staged(points, clerk, "switches", a_switch("K1", **COIL))
    importing.confirm(viewer=clerk, brought=brought, at=at("2026-07-01", 10))
    again = staged(points, clerk, "switches", a_switch("K1", **COIL))
    other = staged(points, clerk, "switches", a_switch("K1", **COIL | {"线圈号": "4"}))
    assert (fates(again), fates(other)) == (["same"], ["refused"])
