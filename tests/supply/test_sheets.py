"""供电供水时间告示: the hours of a place through a month or a week, each with its article, for its door."""

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from tests.supply.school import place
from tests.supply.test_feeds import restored, stopped  # noqa: F401  # a fixture
from tests.supply.test_hours_pages import office  # noqa: F401  # a fixture
from tests.supply.test_lessons import lesson
from tests.supply.test_permits import applied, approved
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.replies.notices import hours_sheet

pytestmark = pytest.mark.django_db
MARCH = {"first": dt.date(2026, 3, 1), "last": dt.date(2026, 3, 31), "on": dt.date(2026, 3, 2)}


def by_day(paper):
    return {one.day: one for one in paper.timetables[0].days}


def test_each_day_stands_there_with_its_hours_and_its_article(school):
    approved(school, applied(school))
    paper = hours_sheet(school.officer, school.hall, **MARCH)
    assert len(by_day(paper)) == 31
    evening = by_day(paper)[dt.date(2026, 3, 6)]
    assert evening.hours == "08:00–18:00，19:00–22:00（许可）"
    assert "第三十五条（三）" in evening.cite
    assert evening.remark  # what the permit is for
    assert evening.weekday == "五"
    (permit,) = paper.exceptions
    assert "03-06 19:00至03-06 22:00" in permit
    assert paper.address.endswith(f"/places/{school.hall.pk}/supply/?month=2026-03")


def test_a_place_that_is_supplied_and_not_always_to_be_used_says_first_when_it_may_be_used(school):
    """28 and 29: a classroom is supplied until evening study ends, and in teaching hours used only where it is taught in."""
    lesson(school)  # Tuesdays from 8:00 to 9:40
    paper = hours_sheet(school.officer, school.room, **MARCH)
    both, supply, use = ({row.day.day: row.hours for row in one.days} for one in paper.timetables)
    assert paper.timetables[0].title.startswith("可以用电用水")
    tuesday, wednesday, saturday = ((both[day], supply[day], use[day]) for day in (3, 4, 7))
    assert tuesday == (
        "08:00–09:40，18:00–22:30",
        "08:00–22:30",
        "00:00–08:00，08:00–09:40（许可），18:00–24:00",
    )
    assert wednesday[0] == "18:00–22:30"
    assert saturday == ("不可使用", "停止供应", "00:00–24:00")


def test_a_day_that_nobody_told_is_said_so_and_not_closed(school):
    paper = hours_sheet(
        school.officer,
        school.hall,
        first=dt.date(2026, 9, 1),
        last=dt.date(2026, 9, 30),
        on=dt.date(2026, 8, 1),
    )
    assert {one.hours for one in by_day(paper).values()} == {"没有录入"}


def test_a_stop_and_its_return_stand_on_the_sheet(stopped):  # noqa: F811
    restored(stopped)
    paper = hours_sheet(stopped.officer, stopped.hall, **MARCH)
    marked = [day.day for day, one in by_day(paper).items() if "已停供（电）" in one.remark]
    assert marked == [5, 6]
    assert any("自 2026-03-05 起停供，2026-03-07 起恢复 · 第六条" in one for one in paper.exceptions)


def test_a_place_without_a_timetable_has_no_sheet(office, school):  # noqa: F811
    other = place(school, "YS-X", "仓库")
    with pytest.raises(NoTimetable):
        hours_sheet(school.officer, other, **MARCH)
    assert office.get(f"/places/{other.pk}/supply/sheet/?month=2026-03").status_code == 404


def test_the_sheet_is_a_pdf_of_a_month_or_a_week(office, school):  # noqa: F811
    page = f"/places/{school.hall.pk}/supply/"
    assert f"{page}sheet/?month=2026-03" in office.get(f"{page}?month=2026-03").content.decode()
    month = office.get(f"{page}sheet/?month=2026-03")
    assert month["Content-Type"] == "application/pdf"
    printed = "".join(
        "".join(one.extract_text() for one in PdfReader(io.BytesIO(month.content)).pages).split()
    )
    assert "供电供水时间告示" in printed
    assert "2026年3月31日" in printed
    assert "第三十五条（三）" in printed
    week = office.get(f"{page}sheet/?week=2026-03-02")
    printed = "".join(
        "".join(one.extract_text() for one in PdfReader(io.BytesIO(week.content)).pages).split()
    )
    assert "2026年3月8日" in printed
    assert "03-09" not in printed
    for wrong in ("week=2026-03-03", "week=x", "week=0000-01-01", "month=2026-13"):
        assert office.get(f"{page}sheet/?{wrong}").status_code == 404
