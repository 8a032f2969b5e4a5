"""Working days against the published arrangements, and what no override may break."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.calendar import (
    BeyondPublishedCalendar,
    DayReason,
    NegativeCount,
    NotARegion,
    Override,
    OverridesDisagree,
    ReversedDates,
    YearDoesNotFollow,
    YearHasOtherDates,
    official_calendar,
    published_years,
    region_prefix,
)
from tongdian.policy.words import Words

calendar = official_calendar()
GUANGXI, GUILIN, GUANGDONG = "450000", "450300", "440000"
SAN_YUE_SAN = Words("三月三", "Sanyuesan festival")


def rest(day: date, region: str = GUANGXI) -> Override:
    return Override(on=day, is_working=False, name=SAN_YUE_SAN, source="桂政办发", region=region)


days = st.dates(date(2004, 1, 1), date(2025, 5, 1))  # 600 days later is still published
counts = st.integers(0, 200)


# Dated sentences


def test_a_make_up_saturday_uses_up_a_working_day():
    due_on = calendar.add_working_days(date(2021, 9, 30), 5)
    assert due_on == date(2021, 10, 13)  # holiday 1–7; 8, 9 (Sat, worked), 11, 12, 13 are days 1–5


def test_fifteen_working_days_over_the_spring_festival_of_2022():
    due_on = calendar.add_working_days(date(2022, 1, 28), 15)
    # worked: Sat 29, Sun 30 January; holiday 31–6; 7–11, 14–18 and 21–23 February are 3–15
    assert due_on == date(2022, 2, 23)


def test_a_due_date_may_fall_on_a_worked_saturday():
    due_on = calendar.add_working_days(date(2021, 4, 30), 3)
    assert due_on == date(2021, 5, 8)  # holiday 1–5 May; 6, 7 and Saturday 8 are days 1–3


def test_the_extended_spring_festival_of_2020_counts_as_it_was_published():
    due_on = calendar.add_working_days(date(2020, 1, 23), 5)
    assert due_on == date(2020, 2, 7)  # holiday extended to 2 February; 3–7 February are days 1–5


def test_the_day_of_acceptance_is_not_counted_unless_agreed():
    wednesday = date(2026, 3, 4)
    assert calendar.add_working_days(wednesday, 1) == date(2026, 3, 5)
    assert calendar.add_working_days(wednesday, 1, count_day_zero=True) == wednesday


def test_an_application_on_a_sunday_starts_counting_on_monday_either_way():
    sunday = date(2026, 3, 1)
    assert calendar.add_working_days(sunday, 2) == date(2026, 3, 3)
    assert calendar.add_working_days(sunday, 2, count_day_zero=True) == date(2026, 3, 3)


def test_a_use_on_monday_must_be_applied_for_three_working_days_before():
    # GXNU 29: before Monday 9 March 2026 the working days are Friday 6, Thursday 5, Wednesday 4
    assert calendar.working_day_before(date(2026, 3, 9), 3) == date(2026, 3, 4)


def test_working_days_before_a_holiday_step_over_it():
    # before Friday 2021-10-08: the holiday 1–7, then Thursday 30 September, Wednesday 29
    assert calendar.working_day_before(date(2021, 10, 8), 2) == date(2021, 9, 29)


def test_neighbouring_working_days_skip_weekends_and_holidays():
    assert calendar.next_working_day(date(2021, 9, 30)) == date(2021, 10, 8)
    assert calendar.previous_working_day(date(2021, 10, 8)) == date(2021, 9, 30)
    assert calendar.previous_working_day(date(2021, 10, 11)) == date(2021, 10, 9)  # worked Sat


def test_thirty_calendar_days_ending_on_a_rest_day_move_to_the_next_working_day():
    # 2021-09-01 + 30 = Friday 2021-10-01, a holiday to the 7th; the 8th is worked (民法典 203)
    assert calendar.end_of_calendar_days(date(2021, 9, 1), 30) == date(2021, 10, 8)
    assert calendar.end_of_calendar_days(date(2021, 9, 1), 29) == date(2021, 9, 30)


def test_a_month_from_the_31st_ends_with_the_month():
    # 2022-01-31 + 1 month = Monday 2022-02-28; + 3 months = Saturday 30 April, rest to 4 May
    assert calendar.end_of_months(date(2022, 1, 31), 1) == date(2022, 2, 28)
    assert calendar.end_of_months(date(2022, 1, 31), 3) == date(2022, 5, 5)
    assert calendar.end_of_months(date(2020, 12, 15), 24) == date(2022, 12, 15)


@pytest.mark.parametrize(
    ("day", "working", "reason", "zh"),
    [
        (date(2021, 10, 9), True, DayReason.MAKE_UP, "国庆节"),
        (date(2021, 10, 2), False, DayReason.HOLIDAY, "国庆节"),
        (date(2021, 10, 10), False, DayReason.WEEKEND, "双休日"),
        (date(2021, 10, 12), True, DayReason.WEEKDAY, "工作日"),
    ],
)
def test_a_day_says_why_it_is_worked_or_not(day, working, reason, zh):
    found = calendar.day(day)
    assert (found.is_working, found.reason, found.name.zh) == (working, reason, zh)


# Regions


def test_sanyuesan_is_a_rest_day_in_guangxi_and_a_working_day_elsewhere():
    local = calendar.with_overrides([rest(date(2021, 4, 14)), rest(date(2021, 4, 15))])
    tuesday = date(2021, 4, 13)
    assert local.add_working_days(tuesday, 1) == date(2021, 4, 14)
    assert local.add_working_days(tuesday, 1, region=GUANGDONG) == date(2021, 4, 14)
    assert local.add_working_days(tuesday, 1, region=GUILIN) == date(2021, 4, 16)
    assert local.day(date(2021, 4, 14), region=GUILIN).source == "桂政办发"


def test_a_city_may_work_on_a_day_its_province_rests():
    working = Override(
        on=date(2021, 4, 14),
        is_working=True,
        name=Words("抗洪", "flood duty"),
        source="市通知",
        region=GUILIN,
    )
    local = calendar.with_overrides([rest(date(2021, 4, 14)), working])
    assert local.is_working_day(date(2021, 4, 14), region="450311")
    assert not local.is_working_day(date(2021, 4, 14), region="450100")
    assert local.day(date(2021, 4, 14), region="450311").name.zh == "抗洪"


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("", ""),
        ("450000", "45"),
        ("45", "45"),
        ("450300", "4503"),
        ("450311", "450311"),
        ("450311001002", "450311"),
    ],
)
def test_a_region_code_is_read_without_its_filling(code, prefix):
    assert region_prefix(code) == prefix


@pytest.mark.parametrize("code", ["4503x0", "450", "桂林市", " 450300"])
def test_a_text_that_is_no_region_code_is_refused(code):
    with pytest.raises(NotARegion):
        calendar.add_working_days(date(2021, 4, 13), 1, region=code)


def test_two_opposite_corrections_of_one_day_are_refused():
    opposite = Override(on=date(2021, 4, 14), is_working=True, name=SAN_YUE_SAN, source="误录", region="45")
    with pytest.raises(OverridesDisagree, match="误录"):
        calendar.with_overrides([rest(date(2021, 4, 14)), opposite])


# Bounds


def test_a_due_date_past_the_published_years_is_refused_not_guessed():
    last = calendar.official_through
    with pytest.raises(BeyondPublishedCalendar) as refused:
        calendar.add_working_days(last, 1)
    assert str(last) in refused.value.say("zh")


def test_days_before_2004_are_refused():
    with pytest.raises(BeyondPublishedCalendar):
        calendar.working_days_between(date(2003, 12, 31), date(2004, 1, 5))
    with pytest.raises(BeyondPublishedCalendar):
        calendar.working_day_before(date(2004, 1, 5), 50)
    with pytest.raises(BeyondPublishedCalendar):
        calendar.day(date(2003, 12, 31))
    with pytest.raises(BeyondPublishedCalendar):
        calendar.with_overrides([rest(date(1999, 1, 4))])


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(ReversedDates):
        calendar.working_days_between(date(2021, 9, 2), date(2021, 9, 1))


def test_a_negative_number_of_days_is_refused():
    with pytest.raises(NegativeCount):
        calendar.add_working_days(date(2021, 9, 1), -1)


def test_a_year_published_after_the_library_can_be_added_with_its_notice():
    years = published_years()
    number = years.last_year + 1
    new_year = date(number, 1, 1)
    # a notice may reach back: its holiday begins on the last day of December
    eve = new_year - timedelta(days=1)
    name = Words("元旦", "New Year's Day")
    longer = calendar.with_published(
        years.with_year(number, rests={eve: name, new_year: name}, make_ups={}, source="国办发明电")
    )
    assert longer.official_through == date(number, 12, 31)
    assert longer.day(new_year).source == "国办发明电"
    assert not longer.is_working_day(eve)
    with pytest.raises(YearDoesNotFollow):
        years.with_year(number + 1, rests={}, make_ups={}, source="")
    with pytest.raises(YearHasOtherDates):
        years.with_year(number, rests={date(2020, 1, 1): name}, make_ups={}, source="")


# Properties


@given(days, counts)
def test_counting_what_was_added_gives_it_back(start, n):
    assert calendar.working_days_between(start, calendar.add_working_days(start, n)) == n


@given(days, st.integers(0, 300))
def test_adding_what_was_counted_reaches_the_last_working_day(start, length):
    end = start + timedelta(days=length)
    n = calendar.working_days_between(start, end)
    reached = calendar.add_working_days(start, n)
    assert reached <= end
    assert n == 0 or reached == calendar.previous_working_day(end + timedelta(days=1))


@given(days, counts, st.integers(1, 50))
def test_more_working_days_end_strictly_later(start, n, more):
    assert calendar.add_working_days(start, n) < calendar.add_working_days(start, n + more)


@given(days, counts, st.integers(1, 50))
def test_a_later_start_never_ends_earlier(start, n, later):
    moved = start + timedelta(days=later)
    assert calendar.add_working_days(start, n) <= calendar.add_working_days(moved, n)


@given(days, st.integers(0, 300), st.integers(0, 300))
def test_neighbouring_intervals_add_up(start, one, other):
    middle, end = start + timedelta(days=one), start + timedelta(days=one + other)
    assert calendar.working_days_between(start, end) == calendar.working_days_between(
        start, middle
    ) + calendar.working_days_between(middle, end)


@given(days, st.integers(1, 100))
def test_counting_backwards_is_the_inverse_of_counting_forwards(day, n):
    working_day = calendar.next_working_day(day)
    ahead = calendar.add_working_days(working_day, n)
    assert calendar.working_day_before(ahead, n) == working_day


@given(days, st.booleans())
def test_an_override_changes_exactly_its_day(day, is_working):
    changed = calendar.with_overrides(
        [Override(on=day, is_working=is_working, name=SAN_YUE_SAN, source="测试", region=GUANGXI)]
    )
    around = [day + timedelta(days=shift) for shift in (-8, -1, 1, 8)]
    assert changed.is_working_day(day, region=GUILIN) is is_working
    for other in around:
        if calendar.first_day <= other:
            assert changed.is_working_day(other, region=GUILIN) == calendar.is_working_day(other)
    assert changed.is_working_day(day, region=GUANGDONG) == calendar.is_working_day(day)
    assert list(changed.rows()) == list(calendar.rows())


def test_the_running_count_rises_by_one_on_working_days_only():
    before = 0
    for day, reached, _ in calendar.rows():
        assert reached - before == calendar.is_working_day(day)
        before = reached
    assert day == calendar.official_through


def test_equal_calendars_have_the_same_hash_and_changed_ones_do_not():
    one = calendar.with_overrides([rest(date(2021, 4, 14)), rest(date(2021, 4, 15))])
    same = calendar.with_overrides([rest(date(2021, 4, 15)), rest(date(2021, 4, 14))])
    assert one.content_hash == same.content_hash != calendar.content_hash


def test_a_long_limit_over_the_end_of_the_published_years_says_what_can_be_told():
    """From Sunday 29 November 2026 the 32nd working day lies in 2027, of which no notice is out: 30 November
    and 1 to 31 December have 1 + 23 working days, so 8 are left, and 8 days after 31 December is the 8th."""
    with pytest.raises(BeyondPublishedCalendar) as refused:
        official_calendar().add_working_days(date(2026, 11, 29), 32)
    for said in (refused.value.words.zh, refused.value.words.en):
        for fact in ("2026-12-31", "24", "8", "2027-01-08", "2027"):
            assert fact in said
    assert "国务院办公厅" in refused.value.words.zh
