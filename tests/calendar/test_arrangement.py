"""A year's notice, read as it is published, is what the calendar library says of that year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tongdian.calendar import (
    ArrangementContradictsItself,
    Calendar,
    HolidayMissing,
    Override,
    TooManyRestDays,
    UnreadableArrangement,
    official_calendar,
    published_years,
    read_arrangement,
)
from tongdian.policy.words import Words

NOTICE_2026 = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
NOTICE_2023 = """一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。"""
# what a notice for 2027 may look like: these days are invented
NOTICE_2027 = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月30日（周六）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。"""


@pytest.mark.parametrize(("year", "notice"), [(2026, NOTICE_2026), (2023, NOTICE_2023)], ids=["2026", "2023"])
def test_a_notice_gives_the_days_that_were_published(year, notice):
    read, published = read_arrangement(notice, year=year), published_years()
    eve = date(year - 1, 12, 31)
    of_year = {day for day in published.rests if day.year == year and day < date(year, 12, 30)}
    assert {day for day in read.rests if day != eve} == of_year
    assert set(read.make_ups) == {day for day in published.make_ups if day.year == year}


def test_the_eve_of_a_new_year_is_arranged_by_the_notice_of_that_year():
    assert read_arrangement(NOTICE_2023, year=2023).rests[date(2022, 12, 31)].zh == "元旦"


def test_the_same_year_may_be_written_a_day_a_line():
    read = read_arrangement(NOTICE_2026, year=2026)
    table = "day,kind,name\n" + "\n".join(
        [f"{day},rest,{name.zh}" for day, name in read.rests.items()]
        + [f"{day},班,{name.zh}" for day, name in read.make_ups.items()]
    )
    assert read_arrangement(table, year=2026) == read


@pytest.mark.parametrize(
    ("changed", "to", "refusal"),
    [
        ("1月4日（周日）上班", "1月4日（周六）上班", ArrangementContradictsItself),
        ("至3日（周六）放假调休，共3天", "至4日（周日）放假调休，共3天", ArrangementContradictsItself),
        ("5月9日（周六）上班", "5月8日（周五）上班", ArrangementContradictsItself),
        ("五、端午节：6月19日（周五）至21日（周日）放假，共3天。", "", HolidayMissing),
        (
            "10月1日（周四）至7日（周三）放假调休，共7天",
            "10月4日（周日）至7日（周三）放假，共4天",
            HolidayMissing,
        ),
        ("4月4日（周六）至6日（周一）", "4月31日至6日", UnreadableArrangement),
        ("4月4日（周六）至6日（周一）", "4月6日至4日", UnreadableArrangement),
    ],
)
def test_a_slip_of_the_pen_is_refused(changed, to, refusal):
    assert changed in NOTICE_2026
    with pytest.raises(refusal):
        read_arrangement(NOTICE_2026.replace(changed, to), year=2026)


@pytest.mark.parametrize("text", ["", "放假", "2026-01-01;rest;x", "2026-13-01,rest,元旦", "hello"])
def test_what_is_no_arrangement_is_refused(text):
    with pytest.raises((UnreadableArrangement, HolidayMissing)):
        read_arrangement(text, year=2026)


def test_a_rest_day_of_a_year_to_come_waits_until_that_year_is_published():
    following = published_years().last_year + 1
    day = date(2027, 3, 8)
    assert following == 2027
    local = Override(day, False, Words("三月三", "Sanyuesan"), "桂政办发", "450000")
    waiting = official_calendar().with_overrides([local])
    assert waiting.waits(day)
    assert waiting.add_working_days(date(2026, 12, 30), 1, region="450300") == date(2026, 12, 31)
    days = read_arrangement(NOTICE_2027, year=2027)
    years = published_years().with_year(2027, rests=days.rests, make_ups=days.make_ups, source="通知")
    known: Calendar = waiting.with_published(years)
    assert not known.waits(day)
    assert not known.is_working_day(day, region="450300")
    assert known.is_working_day(day, region="440000")
    # Thu 31 Dec is worked; 1–3 January rest; Monday the 4th is day 2
    assert known.add_working_days(date(2026, 12, 30), 2) == date(2027, 1, 4)


def test_a_table_with_more_days_of_rest_than_any_year_has_is_refused():
    rests = read_arrangement(NOTICE_2026, year=2026).rests
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    every = [f"{day},rest,{rests[day].zh if day in rests else '元旦'}" for day in days]
    with pytest.raises(TooManyRestDays, match="365"):
        read_arrangement("\n".join(every), year=2026)
