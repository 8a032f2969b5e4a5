"""Histograms: what a province gets by adding its counties is what it would have counted itself."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.policy.measures import Histogram, merged


@st.composite
def histograms(draw):
    cases = draw(st.dictionaries(st.integers(-3, 400), st.integers(1, 30), max_size=8))
    within = {d: n for d, c in cases.items() if (n := draw(st.integers(0, c)))}
    return Histogram(
        dict(sorted(cases.items())), dict(sorted(within.items())), draw(st.integers(0, 9)),
        stood_still=draw(st.none() | st.integers(0, 9)),
    )  # fmt: skip


@given(histograms(), histograms(), histograms())
def test_adding_is_associative_and_commutative_and_nothing_changes_nothing(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Histogram() == a
    assert all(merged(order) == a + b + c for order in itertools.permutations([a, b, c]))


def test_how_many_stood_still_is_not_known_where_a_part_does_not_say():
    counted_before = Histogram({3: 2}, {3: 2})
    assert (Histogram({5: 1}, stood_still=1) + counted_before).stood_still is None
    assert (
        Histogram({5: 1}, stood_still=1) + Histogram(exempt=2)
    ).stood_still == 1  # of no case there is none
    assert Histogram.of_plain(counted_before.plain()).stood_still is None
    assert Histogram.of_plain(Histogram({5: 1}, stood_still=0).plain()).stood_still == 0


@given(histograms(), histograms())
def test_totals_of_a_sum_are_sums_of_totals(a, b):
    assert (a + b).total == a.total + b.total
    assert (a + b).total_within == a.total_within + b.total_within
    assert (a + b).exempt == a.exempt + b.exempt


@given(histograms(), st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank_on_the_list_of_all_days(histogram, hundredths):
    days = sorted(d for d, n in histogram.cases.items() for _ in range(n))
    rank = -(-len(days) * hundredths // 100)  # ⌈n·p/100⌉, from 1
    assert histogram.percentile(hundredths) == (days[rank - 1] if days else None)


@given(histograms(), st.integers(0, 6))
def test_a_share_is_rounded_down_and_one_means_all(histogram, places):
    share = histogram.share(places)
    if not histogram.total:
        assert share is None
        return
    exact, tick = Fraction(histogram.total_within, histogram.total), Fraction(1, 10**places)
    assert Fraction(share) <= exact < Fraction(share) + tick
    assert (share == 1) == histogram.complete
    assert share == share.quantize(Decimal(1).scaleb(-places))


@pytest.mark.parametrize("hundredths", [0, 101, -1])
def test_a_percentile_outside_1_to_100_is_a_mistake(hundredths):
    with pytest.raises(ValueError, match=r"1\.\.100"):
        Histogram({1: 1}).percentile(hundredths)


def test_the_mean_is_rounded_half_up_and_of_none_there_is_none():
    assert Histogram({1: 1, 2: 7}).mean() == Decimal("1.88")  # (1 + 14) / 8 = 1.875
    assert Histogram().mean() is None


def test_all_means_all_so_one_undecided_case_is_not_all():
    assert Histogram({3: 2}, {3: 2}).complete
    assert not Histogram({3: 2}, {3: 2}, undecided=1).complete
    assert not Histogram({3: 2}, {3: 2}, late_open=1).complete


def test_a_case_that_is_late_and_open_is_in_the_share_and_in_no_percentile():
    one = Histogram({3: 1, 5: 1}, {3: 1, 5: 1}, late_open=2)
    assert (one.total, f"{one.share()}", one.percentile(100)) == (4, "0.5000", 5)
