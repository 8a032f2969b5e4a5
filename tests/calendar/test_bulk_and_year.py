"""Columns of dates give the scalar answers; the year page shows every day once."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.calendar import (
    BeyondPublishedCalendar,
    DayReason,
    Override,
    ReversedDates,
    official_calendar,
    year_view,
)
from tongdian.calendar.bulk import BulkCalendar
from tongdian.calendar.refusals import NotAColumnOfDays
from tongdian.policy.words import Words

calendar = official_calendar()
bulk = BulkCalendar(calendar)
intervals = st.lists(
    st.builds(
        lambda start, length: (start, start + timedelta(days=length)),
        st.dates(date(2004, 1, 1), date(2024, 12, 31)),
        st.integers(0, 700),
    ),
    max_size=50,
)


def columns(rows: list[tuple[date, date]]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.array([row[at] for row in rows], dtype="datetime64[D]") for at in (0, 1))


@given(intervals)
def test_a_column_gives_the_same_working_days_as_one_by_one(rows):
    starts, ends = columns(rows)
    expected = [calendar.working_days_between(start, end) for start, end in rows]
    assert bulk.working_days_between(starts, ends).tolist() == expected
    as_date32 = (starts.astype(np.int32), ends.astype(np.int32))
    assert bulk.working_days_between(*as_date32).tolist() == expected


def test_a_column_counts_the_local_rest_days_of_its_region():
    rests = Override(
        on=date(2021, 4, 14),
        is_working=False,
        name=Words("三月三", "Sanyuesan"),
        source="桂政办发",
        region="450000",
    )
    local = calendar.with_overrides([rests])
    starts, ends = columns([(date(2021, 4, 13), date(2021, 4, 16))])
    assert BulkCalendar(local).working_days_between(starts, ends).tolist() == [3]  # 14, 15, 16
    in_guilin = BulkCalendar(local, region="450300")
    assert in_guilin.working_days_between(starts, ends).tolist() == [2]


@pytest.mark.parametrize(
    ("start", "end", "refusal", "named"),
    [
        ("2003-12-31", "2020-01-02", BeyondPublishedCalendar, "2003-12-31"),
        ("2020-01-02", "2099-01-01", BeyondPublishedCalendar, "2099-01-01"),
        ("2020-01-02", "2020-01-01", ReversedDates, "2020-01-01"),
        ("NaT", "2020-01-01", BeyondPublishedCalendar, "NaT"),
        ("2020-01-01", "NaT", BeyondPublishedCalendar, "NaT"),
    ],
)
def test_a_column_refuses_and_names_what_one_date_would(start, end, refusal, named):
    good = (date(2020, 1, 1), date(2020, 1, 2))
    starts, ends = columns([good] * 3)
    starts[1], ends[1] = np.datetime64(start), np.datetime64(end)
    with pytest.raises(refusal, match=re.escape(named)):
        bulk.working_days_between(starts, ends)


def test_a_column_that_holds_no_days_is_refused():
    with pytest.raises(NotAColumnOfDays):
        bulk.working_days_between(np.array([1.5]), np.array([2.5]))
    with pytest.raises(NotAColumnOfDays):
        bulk.working_days_between(np.array([16000, 16001]), np.array([16002]))


def test_a_longer_column_than_one_chunk_has_no_seam():
    starts = np.datetime64("2010-01-01") + np.arange(100_000) % 5000
    ends = starts + 100
    found = bulk.working_days_between(starts, ends)
    # every 5,000 rows repeat, whatever chunk they fall into
    assert (found[:95_000] == found[5_000:]).all()


def test_the_arrays_are_the_rows():
    days, reached = bulk.columns()
    assert list(zip(days.tolist(), reached.tolist(), strict=True)) == [
        (day, by_end) for day, by_end, _ in calendar.rows()
    ]


def test_the_year_2021_has_250_working_days_and_shows_its_make_up_days():
    view = year_view(calendar, 2021)
    assert view.working_days == 250  # 261 weekdays − 18 in holidays + 7 worked weekend days
    make_ups = [day.on for day in view.special_days if day.reason is DayReason.MAKE_UP]
    assert make_ups == [
        date(2021, 2, 7),
        date(2021, 2, 20),
        date(2021, 4, 25),
        date(2021, 5, 8),
        date(2021, 9, 18),
        date(2021, 9, 26),
        date(2021, 10, 9),
    ]


def test_a_month_is_shown_in_whole_weeks_from_monday():
    march = year_view(calendar, 2026).months[2]
    assert all(len(week) == 7 for week in march.weeks)
    assert march.weeks[0][:6] == (None,) * 6  # 2026-03-01 is a Sunday
    shown = [day.on.day for week in march.weeks for day in week if day]
    assert shown == list(range(1, 32))
    assert march.working_days == 22


def test_a_year_that_is_not_published_has_no_page():
    with pytest.raises(BeyondPublishedCalendar):
        year_view(calendar, calendar.official_through.year + 1)
