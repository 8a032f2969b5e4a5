"""Half-open periods: nothing is counted twice and nothing falls between two."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.calendar import (
    EmptyPeriod,
    NoSuchPartOfYear,
    Period,
    PeriodStillOpen,
    half_year,
    half_year_of,
    merge,
    month,
    month_of,
    quarter,
    quarter_of,
    tile,
    year,
)

DAY = timedelta(days=1)
starts = st.dates(date(2020, 1, 1), date(2021, 12, 31))
periods = st.builds(
    lambda start, length: Period(start, start + timedelta(days=length)), starts, st.integers(1, 400)
)
open_or_closed = periods | st.builds(Period, starts)


def days_of(period: Period, until: date = date(2024, 1, 1)) -> set[date]:
    end = period.end or until
    return {period.start + timedelta(days=n) for n in range((end - period.start).days)}


def test_people_see_the_last_day_and_the_program_stores_the_day_after_it():
    half = Period.from_inclusive(date(2021, 1, 1), date(2021, 6, 30))
    assert half == half_year(2021, 1)
    assert half.end == date(2021, 7, 1)
    assert half.last_day == date(2021, 6, 30)
    assert half.days == 181  # 31 + 28 + 31 + 30 + 31 + 30


def test_a_day_belongs_to_the_later_of_two_neighbours():
    boundary = date(2021, 7, 1)
    assert boundary not in half_year(2021, 1)
    assert boundary in half_year(2021, 2)


def test_a_period_without_a_day_is_refused():
    with pytest.raises(EmptyPeriod):
        Period(date(2021, 1, 1), date(2021, 1, 1))
    with pytest.raises(EmptyPeriod):
        Period.from_inclusive(date(2021, 1, 2), date(2021, 1, 1))


def test_an_open_period_has_no_length():
    with pytest.raises(PeriodStillOpen):
        _ = Period(date(2021, 1, 1)).days
    assert Period(date(2021, 1, 1)).is_open
    assert Period(date(2021, 1, 1)).last_day is None


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 6, 30), date(2024, 12, 31)])
def test_every_day_lies_in_its_own_half_quarter_and_month(day):
    for part in (half_year_of(day), quarter_of(day), month_of(day)):
        assert day in part


def test_halves_quarters_and_months_tile_the_year():
    whole = year(2024)
    assert tile([half_year(2024, 1), half_year(2024, 2)], whole)
    assert tile([quarter(2024, number) for number in (4, 2, 3, 1)], whole)
    assert tile([month(2024, number) for number in range(1, 13)], whole)
    assert not tile([quarter(2024, number) for number in (1, 2, 3)], whole)
    assert not tile([half_year(2024, 1), half_year(2024, 1), half_year(2024, 2)], whole)


def test_a_year_has_no_third_half():
    with pytest.raises(NoSuchPartOfYear):
        half_year(2021, 3)


@given(open_or_closed, open_or_closed)
def test_an_intersection_holds_the_days_of_both(one, other):
    both = one.intersect(other)
    assert (days_of(both) if both else set()) == days_of(one) & days_of(other)
    assert one.overlaps(other) == (both is not None)


@given(open_or_closed, open_or_closed)
def test_what_is_outside_and_what_is_inside_tile_the_period(one, other):
    pieces = list(one.minus(other))
    both = one.intersect(other)
    assert tile([*pieces, both] if both else pieces, one)


@given(open_or_closed, st.lists(starts, max_size=6))
def test_cutting_a_period_loses_and_doubles_no_day(period, cuts):
    pieces = period.cut_at(cuts)
    assert tile(pieces, period)
    assert len(pieces) == 1 + len({cut for cut in cuts if cut in period and cut != period.start})


@given(st.lists(open_or_closed, max_size=8))
def test_merging_keeps_the_days_and_joins_neighbours(several):
    merged = merge(several)
    assert set().union(*map(days_of, merged)) == set().union(*map(days_of, several))
    for one, other in itertools.pairwise(merged):
        assert one.end is not None
        assert one.end < other.start
