"""Cutting a period: its segments tile it and keep the usage, whatever changes inside."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.policy.segments import Segment, Stretch, StretchesDoNotTile, UsageTooFine, cut, year_starts

MAY, JULY = date(2026, 5, 1), date(2026, 7, 1)


def test_a_price_that_changes_inside_a_month_splits_the_usage_by_days() -> None:
    found = cut([Stretch(MAY, JULY, D("610.00"), "m1")], {"price": [date(2026, 6, 1)]}, start=MAY, end=JULY)
    # 31 of 61 days: 610 × 31 / 61 = 310
    assert found == (
        Segment(MAY, date(2026, 6, 1), D("310.00"), "m1", (), split_by_days=True),
        Segment(date(2026, 6, 1), JULY, D("300.00"), "m1", ("price",), split_by_days=True),
    )


def test_a_reading_on_the_day_of_the_change_needs_no_splitting() -> None:
    june = date(2026, 6, 1)
    found = cut(
        [Stretch(MAY, june, D("400"), "m1"), Stretch(june, JULY, D("210"), "m1")],
        {"price": [june]},
        start=MAY,
        end=JULY,
    )
    assert [(s.usage, s.causes, s.split_by_days) for s in found] == [
        (D(400), (), False),
        (D(210), ("price",), False),
    ]


def test_a_replaced_meter_begins_a_segment() -> None:
    found = cut(
        [Stretch(MAY, date(2026, 5, 20), D("12.5"), "old"), Stretch(date(2026, 5, 20), JULY, D("40"), "new")],
        start=MAY,
        end=JULY,
    )
    assert [(s.meter, s.usage, s.causes) for s in found] == [
        ("old", D("12.5"), ()),
        ("new", D(40), ("meter",)),
    ]


def test_a_credit_is_split_like_the_charge_it_takes_back() -> None:
    charge, credit = (
        cut([Stretch(MAY, JULY, D(u), "m")], {"year": [date(2026, 5, 8)]}, start=MAY, end=JULY)
        for u in ("100.01", "-100.01")
    )
    assert [s.usage for s in credit] == [-s.usage for s in charge]


def test_a_gap_between_stretches_is_refused_with_its_day() -> None:
    with pytest.raises(StretchesDoNotTile) as refused:
        cut(
            [Stretch(MAY, date(2026, 5, 20), D(1)), Stretch(date(2026, 5, 21), JULY, D(1))],
            start=MAY,
            end=JULY,
        )
    assert refused.value.facts["day"] == date(2026, 5, 20)


@pytest.mark.parametrize(
    "stretches",
    [
        [],
        [Stretch(MAY, JULY, D(1)), Stretch(MAY, JULY, D(1))],
        [Stretch(MAY, date(2026, 6, 30), D(1))],
        [Stretch(MAY, date(2026, 7, 2), D(1))],
    ],
)
def test_stretches_that_do_not_fill_the_period_are_refused(stretches: list[Stretch]) -> None:
    with pytest.raises(StretchesDoNotTile):
        cut(stretches, start=MAY, end=JULY)


def test_a_usage_finer_than_bills_keep_is_refused() -> None:
    with pytest.raises(UsageTooFine):
        cut([Stretch(MAY, JULY, D("1.001"))], start=MAY, end=JULY)


def test_tier_years_begin_inside_the_period_only() -> None:
    assert year_starts(date(2025, 12, 15), date(2026, 1, 15)) == (date(2026, 1, 1),)
    assert year_starts(date(2026, 1, 1), date(2026, 2, 1)) == ()
    assert year_starts(date(2026, 5, 1), date(2027, 6, 1), month=6) == (date(2026, 6, 1),)


DAYS = st.integers(0, 400).map(lambda n: MAY + timedelta(days=n))
USAGE = st.decimals(D(-99999), D(99999), places=2)


@given(
    st.lists(st.tuples(st.integers(1, 60), USAGE), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(["price", "year", "agreement"]), st.lists(DAYS, max_size=5)),
)
def test_segments_tile_the_period_and_keep_every_stretch_s_usage(
    lengths: list[tuple[int, D]], cuts: dict[str, list[date]]
) -> None:
    stretches, day = [], MAY
    for n, (length, usage) in enumerate(lengths):
        stretches.append(Stretch(day, day + timedelta(days=length), usage, f"m{n}"))
        day += timedelta(days=length)
    found = cut(stretches, cuts, start=MAY, end=day)  # type: ignore[arg-type]
    assert [s.start for s in found] == [MAY, *(s.end for s in found[:-1])]
    assert found[-1].end == day
    for stretch in stretches:
        inside = [s for s in found if stretch.start <= s.start < stretch.end]
        assert sum(s.usage for s in inside) == stretch.usage
        assert all(s.usage * stretch.usage >= 0 for s in inside)  # no part goes against the whole
    starts = {s.start for s in found}
    assert all(d in starts for listed in cuts.values() for d in listed if MAY < d < day)
