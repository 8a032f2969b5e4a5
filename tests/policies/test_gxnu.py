"""师政后勤〔2016〕4号 as it answers, article by article, with the arithmetic of each amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.policies.conftest import Ask
from tongdian.policy import Pack, PaperOptions, Range, Refusal
from tongdian.policy.refusals import BadInput, CalculationRefused, InterpretationNotChosen, NotInForce


def lines(answer, name):
    """Every value of one line, in order."""
    return [line.value for line in answer.lines if line.name == name]


# --- 8 and 10: papers ---
def test_a_contractor_brings_three_papers_and_may_be_asked_for_more(ask_gxnu: Ask) -> None:
    papers = ask_gxnu("application-papers", "2026-03-02", user="construction").value
    assert isinstance(papers, PaperOptions)
    assert [paper.id for paper in papers.papers] == [
        "usage-approval-form",
        "works-contract",
        "contractor-identity",
    ]
    assert not papers.closed  # 8(1) ends in 等


def test_the_list_of_8_3_is_not_closed_either_for_it_does_not_say_only(ask_gxnu: Ask) -> None:
    assert not ask_gxnu("application-papers", "2026-03-02", user="staff").value.closed
    assert ask_gxnu(
        "application-papers", "2026-03-02", take={"open-paper-list": "closed"}, user="staff"
    ).value.closed


# --- 9: deposits ---
@pytest.mark.parametrize(
    ("contract", "low", "high"),
    [
        ("0.01", 3000, 5000),
        ("100000", 3000, 5000),  # 含 10 万元
        ("100000.01", 10000, 30000),
        ("300000", 10000, 30000),  # 含 30 万元
        ("300000.01", 30000, 50000),
        ("1000000", 30000, 50000),  # 含 100 万元
    ],
)
def test_on_2_march_2026_a_contract_falls_in_its_band_of_9_1(
    ask_gxnu: Ask, contract: str, low: int, high: int
) -> None:
    assert ask_gxnu("construction-deposit", "2026-03-02", contract=contract).value == Range(
        Decimal(low), Decimal(high)
    )


def test_above_a_million_the_deposit_is_5_percent_of_the_total_cost_and_stops_at_100000(
    ask_gxnu: Ask,
) -> None:
    def deposit(cost: str) -> Decimal:
        return ask_gxnu("construction-deposit", "2026-03-02", contract="1500000", total_cost=cost).value

    assert deposit("1500000") == 75000  # × 5 %
    assert deposit("2000000") == 100000  # the cap is just met
    assert deposit("2400000") == 100000  # 120,000 is capped


def test_above_a_million_the_total_cost_is_asked_for_and_not_replaced_by_the_contract_price(
    ask_gxnu: Ask,
) -> None:
    with pytest.raises(BadInput, match="total_cost"):
        ask_gxnu("construction-deposit", "2026-03-02", contract="1500000")


def test_the_answer_says_band_article_and_day(ask_gxnu: Ask) -> None:
    said = ask_gxnu("construction-deposit", "2026-03-02", contract="150000").say("zh")
    assert "施工保证金 10,000–30,000 元" in said
    assert "在 10 万（不含）至 30 万（含）档" in said
    assert "师政后勤〔2016〕4号 第九条（一）" in said
    assert "按 2026-03-02 有效版本" in said


def test_exactly_one_month_of_training_is_short_unless_the_university_reads_it_as_long(ask_gxnu: Ask) -> None:
    long = {"deposit-exactly-one-month": "long"}
    assert ask_gxnu("training-deposit", "2026-03-02", months="1").value == Range(Decimal(300), Decimal(1000))
    assert ask_gxnu("training-deposit", "2026-03-02", take=long, months="1").value == Range(
        Decimal(1000), Decimal(5000)
    )


def test_nothing_is_answered_for_the_last_day_of_2015(ask_gxnu: Ask) -> None:
    with pytest.raises(NotInForce):
        ask_gxnu("staff-card-deposit", "2015-12-31")
    assert ask_gxnu("staff-card-deposit", "2016-01-01").value == 20


# --- 10(5): the expansion fee ---
def test_fifty_kva_more_cost_15000_only_where_upstream_is_rebuilt(ask_gxnu: Ask) -> None:
    request = {"applied": "2026-03-02", "before_kva": "100", "added_kva": "50"}
    assert (
        ask_gxnu("expansion-fee", "2026-03-02", **request, upstream_rebuilt="true").value == 15000
    )  # 50 × 300
    assert ask_gxnu("expansion-fee", "2026-03-02", **request, upstream_rebuilt="false").value == 0


# --- 15(2) and 21: meters ---
def test_the_university_still_pays_on_the_day_two_years_are_full(ask_gxnu: Ask) -> None:
    fault = {"user": "staff", "cause": "natural_damage", "two_years_on": "2026-03-02"}
    assert (
        ask_gxnu("meter-replacement-payer", "2026-03-02", **fault, faulted_on="2026-03-02").value
        == "university"
    )
    assert ask_gxnu("meter-replacement-payer", "2026-03-03", **fault, faulted_on="2026-03-03").value == "user"


def test_a_replaced_meter_adds_each_meter_by_its_own_multiplier(ask_gxnu: Ask) -> None:
    answer = ask_gxnu(
        "replaced-meter",
        "2026-03-31",
        meter=[
            {
                "fitted_on": "2020-05-01",
                "opening": "800",
                "closing": "812.4",
                "digits": 6,
                "multiplier": 40,
                "in_place": False,
            },
            {
                "fitted_on": "2026-03-12",
                "opening": "0",
                "closing": "25.5",
                "digits": 6,
                "multiplier": 60,
                "in_place": True,
            },
        ],
    )
    assert answer.value == 496 + 1530  # 12.4 × 40 and 25.5 × 60


def test_a_misread_meter_is_not_taken_for_a_register_that_turned(ask_gxnu: Ask) -> None:
    # 000950 misread after 010015 would be a turn of 990,935 on six digits, over half the register
    with pytest.raises(CalculationRefused, match="misreading"):
        ask_gxnu(
            "replaced-meter",
            "2026-03-31",
            meter=[
                {
                    "fitted_on": "2020-05-01",
                    "opening": "10015",
                    "closing": "950",
                    "digits": 6,
                    "multiplier": 1,
                    "rolled": True,
                    "in_place": True,
                }
            ],
        )


def test_estimates_do_not_chain_and_a_lower_reading_is_given_back(ask_gxnu: Ask) -> None:
    answer = ask_gxnu(
        "estimate-then-actual",
        "2026-05-31",
        opening="1000",
        closing="1150",
        multiplier="1",
        last_actual_used="120",
        last_billed_used="150",
        period=[{"until": "2026-03-31"}, {"until": "2026-04-30"}],
    )
    assert lines(answer, "billed") == [120, 120]  # the last bill, 150, was an estimate itself
    assert answer.value == -90  # 150 used, 240 billed


# --- 21 and 47(2): the bill ---
def works_at_yucai(start: str = "2026-03-01") -> dict:
    item = {"item": "e1", "start": start, "before_kwh": "1000", "now_kwh": "1500", "power_multiplier": "1"}
    return {"category": "construction", "campus": "yucai", "read_on": "2026-03-31", "power": [item]}


def test_works_at_yucai_pay_5_percent_loss_once(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("bill", "2026-03-31", **works_at_yucai())
    assert answer.value == Decimal("425.25")  # 500 × 1.05 = 525 kWh × (0.80 + 0.01): no adder for loss


def test_works_at_yucai_pay_it_twice_only_if_the_university_chooses_so(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("bill", "2026-03-31", take={"loss-double-charge": "both"}, **works_at_yucai())
    assert answer.value == Decimal("441.00")  # 525 × (0.80 + 0.03 + 0.01)
    assert answer.interpretations["loss-double-charge"] == "both"


def test_no_bill_is_made_at_a_price_nobody_entered(ask_gxnu: Ask) -> None:
    with pytest.raises(CalculationRefused, match="electricity-price"):
        ask_gxnu("bill", "2026-03-31", **works_at_yucai(start="2020-12-31"))


def test_a_price_change_on_1_june_splits_the_tiers_where_usage_stood(ask_gxnu: Ask) -> None:
    answer = ask_gxnu(
        "residential-electricity",
        "2026-06-30",
        take={"residential-price-category": "annual_tiers"},
        months="12",
        segment=[
            {"start": "2026-05-16", "year": "2026", "reached": "3050", "used": "100", "loss": "0.05"},
            {"start": "2026-06-01", "year": "2026", "reached": "3050", "used": "1300.37", "loss": "0.05"},
        ],
    )
    # 3,050 + 105 = 3,155: 70 kWh below 3,120 at 0.5283, 35 above at 0.5783
    # 3,155 + 1,365.39 = 4,520.39: 1,285 below 4,440 at 0.5895, 80.39 above at 0.8395
    assert lines(answer, "amount") == [
        Decimal("36.98"),
        Decimal("20.24"),
        0,
        0,
        Decimal("757.51"),
        Decimal("67.49"),
    ]
    assert answer.value == Decimal("882.22")


def test_behind_the_master_meter_the_shared_price_is_the_default(ask_gxnu: Ask) -> None:
    used = {"start": "2026-03-01", "year": "2026", "reached": "3000", "used": "5000"}
    assert ask_gxnu("residential-electricity", "2026-03-31", months="12", segment=[used]).value == Decimal(
        "2745.50"
    )


# --- 47: construction ---
def test_the_gap_of_a_master_meter_is_shared_to_the_fen_and_adds_up(ask_gxnu: Ask) -> None:
    units = [
        {"account": "a", "used": "600", "own": "480"},
        {"account": "b", "used": "400", "own": "320"},
        {"account": "c", "used": "200", "own": "160"},
    ]
    answer = ask_gxnu("apportionment", "2026-03-31", charged="1000", unit=units)
    # 1,000 - 960 = 40, by 6 : 4 : 2 it is 20, 13.333…, 6.666…; the odd fen: largest remainder
    assert lines(answer, "part") == [20, Decimal("13.33"), Decimal("6.67")]
    assert answer.value == 1000


def test_sub_meters_above_the_master_stop_the_sharing(ask_gxnu: Ask) -> None:
    units = [{"account": "a", "used": "600", "own": "480"}, {"account": "b", "used": "600", "own": "480"}]
    with pytest.raises(CalculationRefused, match="check the meters first"):
        ask_gxnu("apportionment", "2026-03-31", charged="900", unit=units)


def test_a_groups_share_becomes_the_total_its_units_divide(ask_gxnu: Ask) -> None:
    answer = ask_gxnu(
        "nested-apportionment",
        "2026-03-31",
        charged="1000",
        group=[
            {
                "group_account": "east",
                "group_used": "750",
                "group_own": "600",
                "unit": [
                    {"account": "a", "used": "300", "own": "240"},
                    {"account": "b", "used": "300", "own": "240"},
                ],
            },
            {
                "group_account": "west",
                "group_used": "250",
                "group_own": "200",
                "unit": [{"account": "c", "used": "200", "own": "160"}],
            },
        ],
    )
    assert lines(answer, "group_share") == [150, 50]  # 200 by 3 : 1
    assert lines(answer, "payable") == [375, 375, 250]  # 750 in halves; 250


def test_small_works_refuse_until_10_percent_or_10_permille_is_confirmed(ask_gxnu: Ask) -> None:
    work = {"settled_on": "2026-03-02", "metered": "false", "total_cost": "30000"}
    with pytest.raises(InterpretationNotChosen, match="small-works-rate"):
        ask_gxnu("small-works", "2026-03-02", **work)
    assert ask_gxnu("small-works", "2026-03-02", take={"small-works-rate": "percent"}, **work).value == 3000
    assert ask_gxnu("small-works", "2026-03-02", take={"small-works-rate": "permille"}, **work).value == 300


def test_a_fen_above_30000_costs_less_because_the_whole_cost_takes_the_next_rate(ask_gxnu: Ask) -> None:
    work = {"settled_on": "2026-03-02", "metered": "false"}
    permille = {"small-works-rate": "permille"}
    assert (
        ask_gxnu("small-works", "2026-03-02", take=permille, **work, total_cost="30000.01").value == 240
    )  # × 8‰
    assert (
        ask_gxnu("small-works", "2026-03-02", take=permille, **work, total_cost="4000").value == 50
    )  # 40, the least is 50


# --- 51: training ---
def test_exactly_one_month_of_a_course_is_charged_by_the_month(ask_gxnu: Ask) -> None:
    course = {
        "start": "2026-03-02",
        "persons": "30",
        "months": "1",
        "days_over": "0",
        "month_days": "31",
        "chosen": "8",
    }
    assert ask_gxnu("training-charge", "2026-04-01", **course).value == 240  # 30 × 8
    daily = {"exactly-one-month-charge": "daily"}
    assert ask_gxnu("training-charge", "2026-04-01", take=daily, **course).value == 930  # 30 × 31 × 1


# --- 64: the late fee ---
def late(until: str, **more: object) -> dict:
    # due Monday 2 March 2026: 3–6, 9–13, 16–20 and 23 March are fifteen working days
    return {"utility": "electricity", "principal": "1000", "due": "2026-03-02", "until": until, **more}


def test_the_late_fee_starts_the_day_after_the_fifteenth_working_day(ask_gxnu: Ask) -> None:
    assert ask_gxnu("late-fee", "2026-03-23", **late("2026-03-23")).value == 0
    assert ask_gxnu("late-fee", "2026-03-24", **late("2026-03-24")).value == 3  # 1,000 × 3‰


def test_a_part_payment_lowers_the_principal_from_the_day_after_it(ask_gxnu: Ask) -> None:
    paid = [{"paid_on": "2026-03-28", "paid": "400"}]
    answer = ask_gxnu("late-fee", "2026-04-02", **late("2026-04-02", payment=paid))
    assert answer.value == 24  # 1,000 × 5 days (24–28 March) + 600 × 5 days, × 3‰


def test_the_fee_passes_the_principal_on_day_334_unless_capped(ask_gxnu: Ask) -> None:
    debt = {"utility": "electricity", "principal": "1000", "due": "2022-03-02", "until": "2023-02-20"}
    answer = ask_gxnu("late-fee", "2023-02-20", **debt)
    assert (answer.value, lines(answer, "passes_principal")) == (1002, [True])
    assert ask_gxnu("late-fee", "2023-02-20", take={"late-fee-cap": "principal"}, **debt).value == 1000


# --- 68 ---
def test_a_reward_is_50_to_500_yuan(ask_gxnu: Ask) -> None:
    assert ask_gxnu("whistle-blower-reward", "2026-03-02").value == Range(Decimal(50), Decimal(500))
    with pytest.raises(BadInput):
        ask_gxnu("whistle-blower-reward", "2026-03-02", chosen="500.01")


# --- the whole pack ---
def test_every_price_in_the_pack_is_marked_as_an_example(gxnu: Pack) -> None:
    prices = [rule for rule in gxnu.rules.values() if rule.kind == "table" and rule.rule != "register-size"]
    assert len(prices) == 9
    assert all(rule.example and "EXAMPLE – NOT OFFICIAL" in rule.note.en for rule in prices)  # type: ignore[attr-defined,union-attr]


def test_every_line_and_input_of_every_sheet_has_a_title_in_both_languages(gxnu: Pack, nea: Pack) -> None:
    untitled = [
        f"{rule.rule}.{name}"
        for pack in (gxnu, nea)
        for rule in pack.rules.values()
        if rule.kind == "sheet"
        for version in rule.versions
        for name in rule.sheet(
            pack, version, {key: next(iter(pack.interpretations[key].options)) for key in rule.needed(pack)}
        ).types  # type: ignore[attr-defined]
        if name not in rule.titles  # type: ignore[attr-defined]
    ]
    assert untitled == []


def test_a_refusal_speaks_both_languages(ask_gxnu: Ask) -> None:
    with pytest.raises(Refusal) as refused:
        ask_gxnu("small-works", "2026-03-02", settled_on="2026-03-02", metered="false", total_cost="30000")
    assert "尚未选定" in refused.value.say("zh")
    assert "has not been chosen" in refused.value.say("en")
