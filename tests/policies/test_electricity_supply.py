"""What misuse and theft of electricity cost by the two editions of the national rules, each on its own days; what nobody here
has read is never guessed."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.policy import load_pack
from tongdian.policy.refusals import InterpretationNotChosen, NotInForce, Refusal

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@pytest.fixture(scope="module")
def old():
    return load_pack(POLICIES / "electricity-supply-1996")


@pytest.fixture(scope="module")
def new():
    return load_pack(POLICIES / "electricity-supply-2024")


def test_102_theft_of_unknown_time_is_180_days_of_12_hours_paid_for_and_three_times_besides(old):
    told = {"supply": "power", "connected": True, "time_found": False, "price": "0.80", "device": [{"item": "a", "capacity": "3"}]}  # fmt: skip
    answer = old.answer("theft-charge", on=dt.date(2024, 5, 31), given=told)
    # 180 x 12 h x 3 kW = 6,480 kWh x 0.80 = 5,184.00; three times 15,552.00
    lines = {line.name: line.value for line in answer.lines}
    assert (lines["kwh"], lines["owed"], lines["penalty"]) == (
        Decimal(6480), Decimal("5184.00"), Decimal("15552.00"),
    )  # fmt: skip
    assert answer.value == Decimal("20736.00")
    assert "第一百零二条" in answer.say("zh") or "102" in answer.say("zh")
    assert dict(answer.interpretations)["text-not-seen"] == "secondary_pages"


def test_the_edition_of_the_day_decides_and_the_other_refuses(old, new):
    told = {"hours": 100, "price": "0.80", "most_times": 3, "multiple": 2, "device": [{"item": "a", "capacity": 3}]}  # fmt: skip
    with pytest.raises(NotInForce):
        new.answer("theft-charge", on=dt.date(2024, 5, 31), given=told, take={"text-at-hand": "at_hand"})
    answer = new.answer("theft-charge", on=dt.date(2024, 6, 1), given=told, take={"text-at-hand": "at_hand"})
    assert answer.value == Decimal("720.00")  # 240.00 + 2 x 240.00
    with pytest.raises(NotInForce):
        old.answer(
            "theft-charge", on=dt.date(2024, 6, 1),
            given={"supply": "power", "connected": True, "time_found": False, "price": 1, "device": [{"item": "a", "capacity": 1}]},
        )  # fmt: skip


def test_of_2024_nothing_is_calculated_before_an_administrator_has_the_text(new):
    told = {"hours": 100, "price": "0.80", "most_times": 3, "multiple": 2, "device": [{"item": "a", "capacity": 3}]}  # fmt: skip
    with pytest.raises(InterpretationNotChosen):
        new.answer("theft-charge", on=dt.date(2026, 3, 2), given=told)


def test_of_2024_a_multiple_above_the_highest_is_refused(new):
    told = {"hours": 100, "price": "0.80", "most_times": 3, "multiple": "3.01", "device": [{"item": "a", "capacity": 3}]}  # fmt: skip
    with pytest.raises(Refusal, match="above the highest"):
        new.answer("theft-charge", on=dt.date(2026, 3, 2), given=told, take={"text-at-hand": "at_hand"})


@given(
    capacity=st.decimals("0.001", "1000", places=3),
    price=st.decimals("0.0001", "10", places=4),
    days=st.integers(180, 3660),
)
def test_the_penalty_is_three_times_what_is_paid_back_to_the_fen(old, capacity, price, days):
    told = {
        "supply": "lighting", "connected": True, "time_found": False, "assumed_days": days, "price": price,
        "device": [{"item": "a", "capacity": capacity}],
    }  # fmt: skip
    lines = {
        line.name: line.value for line in old.answer("theft-charge", on=dt.date(2020, 1, 1), given=told).lines
    }
    assert lines["penalty"] == 3 * lines["owed"]
    assert lines["owed"] == round_half_up(round_half_up(capacity * days * 6) * price)


def round_half_up(value):
    from decimal import ROUND_HALF_UP

    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
