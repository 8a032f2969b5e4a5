"""Amounts are exact, rounded by name, shared to the last fen and written as a bank expects."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.money import (
    MoreThanAFen,
    NegativeShare,
    NotAnAmount,
    NothingToShareBy,
    Rounding,
    TooLargeForWords,
    allocate,
    fen_of_yuan,
    fen_rounded,
    format_yuan,
    in_capitals,
    round_to,
    yuan_of_fen,
)

fen = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


# Rounding


@pytest.mark.parametrize(
    ("yuan", "half_up", "down", "up"),
    [
        ("0.005", 1, 0, 1),
        ("0.0049", 0, 0, 1),
        ("-0.005", -1, 0, -1),
        ("1590.084", 159008, 159008, 159009),
        ("3180.168", 318017, 318016, 318017),
        ("-2.675", -268, -267, -268),
        ("7", 700, 700, 700),
    ],
)
def test_the_three_ways_of_rounding_at_half_a_fen(yuan, half_up, down, up):
    amount = Decimal(yuan)
    assert fen_rounded(amount, Rounding.HALF_UP) == half_up
    assert fen_rounded(amount, Rounding.DOWN) == down
    assert fen_rounded(amount, Rounding.UP) == up


def test_twice_an_amount_is_rounded_once():
    difference = Decimal("1590.084")
    # the published case: 3180.168 → 3180.17; doubling the rounded 1590.08 would give 3180.16
    assert fen_rounded(difference * 2) == 318017
    assert 2 * fen_rounded(difference) == 318016


def test_an_amount_rounded_away_is_zero_without_a_sign():
    assert str(round_to(Decimal("-0.001"), 2)) == "0.00"
    assert round_to(Decimal("1250"), -2) == Decimal("1300")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.sampled_from(Rounding))
def test_a_reversal_rounds_to_the_opposite(amount, mode):
    assert fen_rounded(amount.copy_negate(), mode) == -fen_rounded(amount, mode)


@given(fen)
def test_fen_to_yuan_and_back_is_the_same(amount):
    assert fen_of_yuan(yuan_of_fen(amount)) == amount


def test_thirty_eight_digits_pass_unchanged():
    most = Decimal("9" * 36 + ".99")
    assert yuan_of_fen(fen_of_yuan(most)) == most


@pytest.mark.parametrize("yuan", ["0.005", "-1.001", "1e-9"])
def test_less_than_a_fen_is_refused_where_only_fen_may_stand(yuan):
    with pytest.raises(MoreThanAFen):
        fen_of_yuan(Decimal(yuan))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_not_a_number_is_not_an_amount(value):
    for read in (fen_of_yuan, fen_rounded):
        with pytest.raises(NotAnAmount):
            read(Decimal(value))


# Sharing


def test_a_hundred_fen_among_three_give_the_odd_one_to_the_first():
    assert allocate(100, [1, 1, 1]) == (34, 33, 33)


def test_the_largest_remainder_comes_first():
    # 10 × 3/16 = 1.875, × 5/16 = 3.125, × 8/16 = 5.0: the unit left over goes to the first
    assert allocate(10, [3, 5, 8]) == (2, 3, 5)


def test_weights_may_be_exact_fractions_of_a_kilowatt_hour():
    assert allocate(100, [Decimal("0.1"), Decimal("0.2")]) == (33, 67)
    assert allocate(7, [Fraction(1, 3), Fraction(2, 3)]) == (2, 5)


def test_nothing_shared_is_nothing_for_everyone():
    assert allocate(0, [2, 0, 1]) == (0, 0, 0)


@pytest.mark.parametrize(("total", "given"), [(100, []), (100, [0, 0]), (0, [])])
def test_nobody_to_share_among_is_refused(total, given):
    with pytest.raises(NothingToShareBy):
        allocate(total, given)


@pytest.mark.parametrize(("total", "given"), [(-1, [1]), (5, [3, -1])])
def test_a_negative_amount_or_weight_is_refused(total, given):
    with pytest.raises(NegativeShare):
        allocate(total, given)


@given(st.integers(0, 10**15), weights)
def test_shares_always_add_up_and_stay_within_one_of_exact(total, by):
    shares = allocate(total, by)
    assert sum(shares) == total
    for share, weight in zip(shares, by, strict=True):
        assert abs(share - Fraction(total * weight, sum(by))) < 1


@given(st.integers(0, 10**6), weights)
def test_whoever_used_more_never_bears_less(total, by):
    ordered = sorted(zip(by, allocate(total, by), strict=True))
    shares = [share for weight, share in ordered]
    for (light, one), (heavy, other) in itertools.pairwise(ordered):
        assert light == heavy or one <= other, shares


# Writing


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # the six examples of 《正确填写票据和结算凭证的基本规定》
        (140950, "人民币壹仟肆佰零玖元伍角"),
        (600714, "人民币陆仟零柒元壹角肆分"),
        (168032, "人民币壹仟陆佰捌拾元叁角贰分"),
        (10700053, "人民币壹拾万零柒仟元伍角叁分"),
        (1640902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32504, "人民币叁佰贰拾伍元零肆分"),
        # and the ends
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角"),
        (1000000, "人民币壹万元整"),
        (100000000000000, "人民币壹万亿元整"),
        (120000000000000, "人民币壹万贰仟亿元整"),
        (1000500000, "人民币壹仟万零伍仟元整"),
        (-30000, "人民币负叁佰元整"),
    ],
)
def test_an_amount_in_capitals(amount, words):
    assert in_capitals(amount) == words


def test_an_amount_too_large_to_read_aloud_is_refused():
    with pytest.raises(TooLargeForWords):
        in_capitals(10**18)


DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(words: str) -> int:
    """An independent reader of 大写."""
    text = words.removeprefix("人民币").removesuffix("整")
    sign = -1 if text.startswith("负") else 1
    yuan, _, rest = text.removeprefix("负").rpartition("元")
    cents = 0
    for name, value in (("角", 10), ("分", 1)):
        if name in rest:
            cents += DIGITS[rest[rest.index(name) - 1]] * value
    total = group = digit = 0
    for mark in yuan:
        if mark in DIGITS:
            digit = DIGITS[mark]
        elif mark in PLACES:
            group, digit = group + digit * PLACES[mark], 0
        elif mark == "万":
            total, group, digit = total + (group + digit) * 10**4, 0, 0
        elif mark == "亿":
            total, group, digit = (total + group + digit) * 10**8, 0, 0
    return sign * ((total + group + digit) * 100 + cents)


@given(st.integers(-(10**17), 10**17))
def test_capitals_read_back_as_the_same_amount(amount):
    words = in_capitals(amount)
    assert read_back(words) == amount
    assert "零零" not in words


@pytest.mark.parametrize(
    ("amount", "shown"), [(123450, "¥1,234.50"), (-123450, "−¥1,234.50"), (0, "¥0.00"), (-5, "−¥0.05")]
)
def test_an_amount_is_shown_with_a_true_minus(amount, shown):
    assert format_yuan(amount) == shown
