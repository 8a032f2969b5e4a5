"""国能综通监管〔2021〕37号 as it answers: limits, steps, papers, classes, measured time."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.policies.conftest import Ask
from tongdian.policy import Pack
from tongdian.policy.kinds.checklist import PaperNotAllowed, refuse_extra
from tongdian.policy.refusals import CalculationRefused, NotApplicable, NotInForce

STAGES = {
    "low_voltage": {"acceptance": 1, "supply_plan_reply": 3, "meter_installation": 2},
    "high_voltage_single": {
        "acceptance": 1,
        "supply_plan_reply": 10,
        "design_review": 3,
        "interim_inspection": 2,
        "completion_inspection": 3,
        "meter_installation": 3,
    },
    "high_voltage_dual": {
        "acceptance": 1,
        "supply_plan_reply": 20,
        "design_review": 3,
        "interim_inspection": 2,
        "completion_inspection": 3,
        "meter_installation": 3,
    },
}
SUMS = {"low_voltage": 6, "high_voltage_single": 22, "high_voltage_dual": 32}


def line(answer: Any, name: str) -> Any:
    """The first value of one line."""
    return next(found.value for found in answer.lines if found.name == name)


# --- limits ---
@pytest.mark.parametrize("customer", STAGES)
def test_the_stages_of_a_class_add_up_to_its_summed_limit(ask_nea: Ask, customer: str) -> None:
    # 1 + 3 + 2 = 6; 1 + 10 + 3 + 2 + 3 + 3 = 22; 1 + 20 + 3 + 2 + 3 + 3 = 32
    limits = {
        stage: ask_nea("connection-stage-limit", "2021-03-29", **{"class": customer}, stage=stage).value
        for stage in STAGES[customer]
    }
    assert limits == STAGES[customer]
    summed = ask_nea("connection-summed-limit", "2021-03-29", **{"class": customer}).value
    assert sum(limits.values()) == summed == SUMS[customer]


@pytest.mark.parametrize(
    ("day", "limit"), [("2020-12-31", 25), ("2021-01-01", 20), ("2021-12-31", 20), ("2022-01-01", 15)]
)
def test_the_three_zero_limit_tightens_on_1_january_of_its_target_year(
    ask_nea: Ask, day: str, limit: int
) -> None:
    assert ask_nea("connection-end-to-end-limit", day, **{"class": "three_zero"}).value == limit


@pytest.mark.parametrize(
    ("day", "limit"), [("2021-12-31", 25), ("2022-01-01", 20), ("2022-12-31", 20), ("2023-01-01", 15)]
)
def test_or_on_the_day_after_the_deadline_if_that_reading_is_chosen(
    ask_nea: Ask, day: str, limit: int
) -> None:
    take = {"year-end-deadline": "after_deadline"}
    assert ask_nea("connection-end-to-end-limit", day, take=take, **{"class": "three_zero"}).value == limit


@pytest.mark.parametrize("reading", ["from_target_year", "after_deadline"])
@pytest.mark.parametrize("day", ["2021-06-01", "2022-06-01", "2023-06-01"])
def test_the_limit_sheets_use_is_the_one_the_ledger_sets(ask_nea: Ask, day: str, reading: str) -> None:
    take = {"year-end-deadline": reading}
    for customer in ("residential", "three_zero"):
        by_span = ask_nea("connection-end-to-end-limit", day, take=take, **{"class": customer}).value
        assert ask_nea("connection-limit", day, take=take, **{"class": customer}).value == by_span
    for customer in SUMS:
        by_sum = ask_nea("connection-summed-limit", day, **{"class": customer}).value
        assert ask_nea("connection-limit", day, take=take, **{"class": customer}).value == by_sum


@pytest.mark.parametrize(("voltage", "limit"), [("0.38", 5), ("1", 5), ("10", 10), ("20", 10)])
def test_approvals_take_5_days_at_low_voltage_and_10_up_to_20_kv(
    ask_nea: Ask, voltage: str, limit: int
) -> None:
    assert ask_nea("approval-limit", "2021-03-29", voltage=voltage).value == limit


def test_for_35_kv_the_ledger_gives_no_number_and_none_is_made_up(ask_nea: Ask) -> None:
    with pytest.raises(NotApplicable):
        ask_nea("approval-limit", "2021-03-29", voltage="35")


@pytest.mark.parametrize(
    ("customer", "steps"),
    [
        ("residential", 2),
        ("three_zero", 2),
        ("low_voltage", 3),
        ("high_voltage_single", 6),
        ("high_voltage_dual", 6),
    ],
)
def test_a_connection_takes_two_two_three_or_six_steps(ask_nea: Ask, customer: str, steps: int) -> None:
    assert ask_nea("connection-steps", "2021-03-29", **{"class": customer}).value == steps


# --- papers ---
def test_a_low_voltage_customer_brings_two_papers_and_may_not_be_asked_for_a_third(ask_nea: Ask) -> None:
    answer = ask_nea("application-papers", "2021-03-29", voltage="low", stage="acceptance")
    assert [paper.id for paper in answer.value.papers] == ["identity-document", "proof-of-premises"]
    with pytest.raises(PaperNotAllowed, match="Annex 1/24"):
        refuse_extra(answer, "project-approval")


def test_the_third_paper_at_high_voltage_is_the_projects_approval(ask_nea: Ask) -> None:
    answer = ask_nea("application-papers", "2021-03-29", voltage="high", stage="acceptance")
    assert [paper.id for paper in answer.value.papers] == [
        "identity-document",
        "proof-of-premises",
        "project-approval",
    ]
    assert answer.value.closed  # indicator 14 forbids any addition


# --- classes and zero investment ---
def test_a_small_firm_of_160_kw_in_the_country_is_three_zero_from_2022(ask_nea: Ask) -> None:
    firm = {"kind": "small_micro", "capacity": "160", "area": "rural"}
    assert ask_nea("customer-class", "2021-12-31", **firm).value == "low_voltage"  # the bound is 100 kW
    assert ask_nea("zero-investment", "2021-12-31", **firm).value == "not_required"
    assert ask_nea("customer-class", "2022-01-01", **firm).value == "three_zero"
    assert ask_nea("zero-investment", "2022-01-01", **firm).value == "grid_pays"


@pytest.mark.parametrize(
    ("year", "area", "capacity"),
    list(product(["2020", "2021", "2022"], ["urban", "rural"], ["100", "100.1", "160", "160.1"])),
)
def test_wherever_a_small_firm_is_three_zero_the_grid_pays(
    ask_nea: Ask, year: str, area: str, capacity: str
) -> None:
    firm = {"kind": "small_micro", "capacity": capacity, "area": area}
    three_zero = ask_nea("customer-class", f"{year}-06-01", **firm).value == "three_zero"
    assert three_zero == (ask_nea("zero-investment", f"{year}-06-01", **firm).value == "grid_pays")


def test_low_voltage_connection_to_160_kw_binds_from_2022(ask_nea: Ask) -> None:
    assert ask_nea("low-voltage-connection-limit", "2022-01-01").value == 160
    with pytest.raises(NotInForce):
        ask_nea("low-voltage-connection-limit", "2021-12-31")


# --- measured time ---
def case(
    customer: str, applied: str, energised: str, *stages: tuple[str, str, str], **more: Any
) -> dict[str, Any]:
    events = [
        {"seq": n, "stage": stage, "opened": opened, "closed": closed}
        for n, (stage, opened, closed) in enumerate(stages, 1)
    ]
    return {
        "region": "450300",
        "class": customer,
        "applied": applied,
        "energised": energised,
        "event": events,
        **more,
    }


def test_fifteen_working_days_in_march_2022_are_within_and_sixteen_are_not(ask_nea: Ask) -> None:
    # 2–4, 7–11, 14–18, 21 and 22 March are fifteen; the day of application is not counted
    on_time = ask_nea("connection-time", "2022-03-01", **case("three_zero", "2022-03-01", "2022-03-22"))
    late = ask_nea("connection-time", "2022-03-01", **case("three_zero", "2022-03-01", "2022-03-23"))
    assert (on_time.value, line(on_time, "within")) == (15, True)
    assert (late.value, line(late, "within")) == (16, False)


def test_the_sum_may_be_kept_while_a_stage_is_late(ask_nea: Ask) -> None:
    stages = [
        ("acceptance", "2021-03-01", "2021-03-02"),  # 1
        ("supply_plan_reply", "2021-03-02", "2021-03-04"),  # 2 of 3
        ("meter_installation", "2021-03-04", "2021-03-09"),  # 5, 8, 9 March: 3 of 2
    ]
    given = case("low_voltage", "2021-03-01", "2021-03-09", *stages)
    answer = ask_nea("connection-time", "2021-03-01", **given)
    assert (answer.value, line(answer, "limit"), line(answer, "within")) == (6, 6, False)
    sum_only = ask_nea("connection-time", "2021-03-01", take={"stage-or-sum": "sum_only"}, **given)
    assert line(sum_only, "within")


@pytest.mark.parametrize("customer", STAGES)
def test_each_stage_limit_of_the_sheet_is_the_ledgers(ask_nea: Ask, nea: Pack, customer: str) -> None:
    # a Monday far from holidays, so that n working days are easy to name
    days = [
        f"2022-06-{day:02}"
        for day in (6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 27, 28, 29, 30)
    ]
    days += ["2022-07-01", "2022-07-04", "2022-07-05"]
    for stage, limit in STAGES[customer].items():
        for used, kept in ((limit, True), (limit + 1, False)):
            given = case(customer, "2022-06-06", "2022-07-05", (stage, days[0], days[used]))
            answer = ask_nea("connection-time", "2022-06-06", **given)
            assert line(answer, "stages_within") == kept, (stage, used)


def test_force_majeure_excepts_a_three_zero_case_and_is_counted_apart(ask_nea: Ask) -> None:
    given = case("three_zero", "2022-03-01", "2022-03-23", force_majeure=3)
    answer = ask_nea("connection-time", "2022-03-01", **given)
    assert (answer.value, line(answer, "within"), line(answer, "exempt")) == (16, False, True)
    subtracted = ask_nea("connection-time", "2022-03-01", take={"force-majeure": "subtract_days"}, **given)
    assert (subtracted.value, line(subtracted, "within"), line(subtracted, "exempt")) == (
        13,
        True,
        False,
    )  # 16 - 3


def test_a_case_past_the_published_calendar_is_refused_not_guessed(ask_nea: Ask) -> None:
    with pytest.raises(CalculationRefused, match="published calendar"):
        ask_nea("connection-time", "2026-12-01", **case("three_zero", "2026-12-01", "2027-01-15"))


def test_one_late_case_in_100000_fails_the_standard_however_good_the_average(ask_nea: Ask) -> None:
    counts = {"cases": "100000", "excepted": "0", "within": "99999", "total_days": "500000", "limit": "20"}
    answer = ask_nea("share-within-limit", "2021-12-31", **counts)
    assert f"{answer.value:f}" == "0.9999"  # 0.99999 cut down: it must not show as 100 %
    assert not line(answer, "met")
    assert line(
        ask_nea("share-within-limit", "2021-12-31", take={"every-case": "average"}, **counts), "met"
    )  # 5 <= 20
