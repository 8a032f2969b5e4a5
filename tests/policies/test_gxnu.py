"""师政后勤〔2016〕4号 as it answers, article by article, with the arithmetic of each amount."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.policies.conftest import POLICIES, Ask, asking
from tongdian.bulk import rate
from tongdian.policy import Pack, PaperOptions, Range, Refusal, load_pack
from tongdian.policy.interpretations import rules_by_interpretation
from tongdian.policy.process import Process, slips_of
from tongdian.policy.refusals import (
    BadInput,
    CalculationRefused,
    InterpretationNotChosen,
    NotInForce,
    OptionNotUsed,
)
from tongdian.policy.rule_files import with_stages


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


def test_8_3_names_one_paper_and_says_neither_and_the_like_nor_only(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("application-papers", "2026-03-02", user="staff")
    assert answer.value.closed  # silent-paper-list: as_listed
    assert "等" not in answer.say_value("zh")
    assert ask_gxnu("application-papers", "2026-03-02", user="shop").say_value("zh").endswith("等")  # 8(2)
    # the two kinds of list are read apart
    both = {"open-paper-list": "closed", "silent-paper-list": "open"}
    assert ask_gxnu("application-papers", "2026-03-02", take=both, user="shop").value.closed
    assert not ask_gxnu("application-papers", "2026-03-02", take=both, user="staff").value.closed


def test_8_4_lists_no_paper_for_the_approval_is_the_offices_own(ask_gxnu: Ask) -> None:
    assert ask_gxnu("application-papers", "2026-03-02", user="other").value.papers == ()


@pytest.mark.parametrize("change", ["stop_supply", "change_of_use", "move_out"])
def test_no_list_of_article_10_prints_and_the_like(ask_gxnu: Ask, change: str) -> None:
    assert "等" not in ask_gxnu("change-papers", "2026-03-02", change=change).say_value("zh")


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
    item = {
        "item": "e1",
        "start": start,
        "until": "2026-03-31",
        "before_kwh": "1000",
        "now_kwh": "1500",
        "power_multiplier": "1",
    }
    return {"category": "construction", "campus": "yucai", "read_on": "2026-03-31", "power": [item]}


def test_works_at_yucai_pay_5_percent_loss_once(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("bill", "2026-03-31", **works_at_yucai())
    assert answer.value == Decimal("425.25")  # 500 × 1.05 = 525 kWh × (0.80 + 0.01): no adder for loss


def test_works_at_yucai_pay_it_twice_only_if_the_university_chooses_so(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("bill", "2026-03-31", take={"loss-double-charge": "both"}, **works_at_yucai())
    assert answer.value == Decimal("441.00")  # 525 × (0.80 + 0.03 + 0.01)
    assert answer.interpretations["loss-double-charge"] == "both"


def test_no_bill_is_made_at_a_price_nobody_entered(ask_gxnu: Ask) -> None:
    with pytest.raises(CalculationRefused, match="Electricity prices"):
        ask_gxnu("bill", "2026-03-31", **works_at_yucai(start="2020-12-31"))
    with pytest.raises(CalculationRefused) as caught:
        ask_gxnu("bill", "2026-03-31", **works_at_yucai(start="2020-12-31"))
    assert caught.value.say("zh").startswith("“电价（基本单价和附加单价）”中没有这一天、这些键的行")


def flat(**more: object) -> dict:
    item = {"item": "e1", "before_kwh": "0", "power_multiplier": "1", **more}
    return {"category": "staff", "campus": "yucai", "read_on": "2026-06-30", "power": [item]}


def test_an_item_over_a_price_change_is_refused_and_told_what_to_do(ask_gxnu: Ask) -> None:
    # 16 May to 30 June, 200 kWh: at the May price alone it would be 115.82
    with pytest.raises(CalculationRefused, match="cut it in two"):
        ask_gxnu("bill", "2026-06-30", **flat(start="2026-05-16", until="2026-06-30", now_kwh="200"))
    new = {"price-change-mid-period": "new_price_for_all"}
    at_once = flat(start="2026-05-16", until="2026-06-30", now_kwh="200")
    assert ask_gxnu("bill", "2026-06-30", take=new, **at_once).value == Decimal("118.06")  # 200 × 0.5903


def test_a_period_does_not_begin_after_it_was_read(ask_gxnu: Ask) -> None:
    with pytest.raises(CalculationRefused, match="out of order"):
        ask_gxnu("bill", "2026-06-30", **flat(start="2026-07-01", until="2026-06-30", now_kwh="200"))


def test_the_bill_and_residential_electricity_say_one_sum(ask_gxnu: Ask) -> None:
    # staff, 100 kWh in March 2026: 100 × (0.5491 + 0.03) = 57.91 (21(2))
    march = {"start": "2026-03-01", "until": "2026-03-31"}
    bill = flat(**march, now_kwh="100") | {"read_on": "2026-03-31"}
    used = {**march, "year": "2026", "reached": "0", "used": "100"}
    whole = ask_gxnu("residential-electricity", "2026-03-31", months="12", segment=[used])
    assert ask_gxnu("bill", "2026-03-31", **bill).value == whole.value == Decimal("57.91")
    with pytest.raises(CalculationRefused, match="residential-electricity"):  # one place for tiers
        ask_gxnu("bill", "2026-03-31", take={"residential-price-category": "annual_tiers"}, **bill)


def test_a_price_change_on_1_june_splits_the_tiers_where_usage_stood(ask_gxnu: Ask) -> None:
    answer = ask_gxnu(
        "residential-electricity",
        "2026-06-30",
        take={"residential-price-category": "annual_tiers"},
        months="12",
        segment=[
            {"start": "2026-05-16", "until": "2026-05-31", "year": "2026", "reached": "3050", "used": "100"},
            {"start": "2026-06-01", "until": "2026-06-30", "year": "2026", "reached": "3050", "used": "1300"},
        ],
    )
    # 3,050 + 100 = 3,150: 70 kWh below 3,120 at 0.5283 + 0.03, 30 above at 0.05 more
    # 3,150 + 1,300 = 4,450: 1,290 below 4,440 at 0.5395 + 0.05 + 0.03, 10 above at 0.8695
    assert lines(answer, "amount") == [
        Decimal("39.08"),
        Decimal("18.25"),
        0,
        0,
        Decimal("799.16"),
        Decimal("8.70"),
    ]
    assert answer.value == Decimal("865.19")


def test_behind_the_master_meter_the_shared_price_is_the_default(ask_gxnu: Ask) -> None:
    used = {"start": "2026-03-01", "until": "2026-03-31", "year": "2026", "reached": "3000", "used": "5000"}
    answer = ask_gxnu("residential-electricity", "2026-03-31", months="12", segment=[used])
    assert answer.value == Decimal("2895.50")  # 5,000 × 0.5791


# --- nothing missing becomes money ---
@pytest.mark.parametrize(
    ("rule", "given", "why"),
    [
        ("bill", {"category": "staff", "campus": "yucai", "read_on": "2026-03-31"}, "no item to bill"),
        ("unmetered-use", {"category": "staff", "campus": "yucai", "start": "2026-03-01"}, "neither"),
        ("temporary-use", {"category": "staff", "campus": "yucai", "start": "2026-03-01"}, "neither"),
        (
            "small-works",
            {"settled_on": "2026-03-02", "metered": "true", "total_cost": "30000"},
            "metered charge is missing",
        ),
        (
            "quota-excess",
            {
                "kind": "guard_room",
                "month_start": "2026-03-01",
                "used_kwh": "75.5",
                "used_m3": "0",
                "unused_kwh": "0",
                "unused_m3": "0",
            },
            "exactly one approved quota",
        ),
    ],
)
def test_what_is_missing_is_refused_and_never_nothing_or_everything(
    ask_gxnu: Ask, rule: str, given: dict, why: str
) -> None:
    take = {"small-works-rate": "permille"} if rule == "small-works" else {}
    with pytest.raises(CalculationRefused, match=why):
        ask_gxnu(rule, "2026-03-31", take=take, **given)


def test_a_contract_of_0_is_no_contract(ask_gxnu: Ask) -> None:
    with pytest.raises(BadInput):
        ask_gxnu("construction-deposit", "2026-03-02", contract="0")


def test_no_input_of_money_quota_or_usage_has_a_default(gxnu: Pack) -> None:
    silent = [
        f"{rule.rule}.{name}"
        for rule in gxnu.rules.values()
        if rule.kind == "sheet"
        for inputs in rule.describe_inputs(gxnu).values()  # type: ignore[attr-defined]
        for name, declared in inputs.items()
        if declared["unit"] is not None and declared["default"] is not None
    ]
    assert silent == []


def test_works_without_a_meter_pay_the_5_percent_of_those_with_one(ask_gxnu: Ask) -> None:
    # 10 kW × 100 h = 1,000 kWh × 1.05 × (0.80 + 0.01) = 850.50 (47(2))
    crane = [{"device": "crane", "capacity": "10", "run_hours": "100"}]
    works = {"category": "construction", "campus": "yucai", "start": "2026-03-01", "appliance": crane}
    assert ask_gxnu("temporary-use", "2026-03-31", **works).value == Decimal("850.50")
    metered = works_at_yucai()
    metered["power"][0] |= {"now_kwh": "2000"}
    assert ask_gxnu("bill", "2026-03-31", **metered).value == Decimal("850.50")


def test_the_time_of_use_runs_over_midnight_by_the_clock(ask_gxnu: Ask) -> None:
    night = {"number": "1", "begun": "2026-03-02T22:30+08:00", "ended": "2026-03-03T02:15+08:00"}
    minutes = {"number": "2", "begun": "2026-03-03T00:00Z", "ended": "2026-03-03T08:20+08:00"}
    answer = ask_gxnu("hours-of-use", "2026-03-31", spell=[night, minutes])
    # 22:30 to 02:15 is 3.75 hours, 08:00 to 08:20 in China a third of one: 4.0833, 4.08 (16, 50(2), 52)
    assert answer.value == Decimal("4.08")
    assert answer.cite == ("16", "50(2)", "52")


def test_no_adders_for_shops_is_alike_wherever_a_shop_is_charged(ask_gxnu: Ask) -> None:
    take = {"resold-power-adders": "no_adders_for_shops"}
    stall = {
        "start": "2026-03-01",
        "power": "1",
        "water_flow": "0",
        "hours_a_day": "10",
        "last": "2026-03-10",
    }
    assert ask_gxnu("unmetered-stall", "2026-03-31", take=take, **stall).value == 80  # 100 kWh × 0.80
    let = {"start": "2026-03-01", "power": "1", "last": "2026-03-01"}
    assert ask_gxnu("let-premises-use", "2026-03-31", take=take, **let).value == Decimal("9.60")  # 12 × 0.80


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


def test_the_doubt_of_the_first_band_stops_no_works_that_do_not_fall_into_it(ask_gxnu: Ask) -> None:
    # 47(3): "能计量的按计量收取"; the second band is 8‰, whoever confirms the first: 40,000 × 8‰ = 320
    metered = {"settled_on": "2026-03-02", "metered": "true", "total_cost": "20000"}
    reading = [{"meter": "A1", "charge": "12.30"}]
    by_meter = ask_gxnu("small-works", "2026-03-02", **metered, reading=reading)
    assert (str(by_meter.value), "small-works-rate" in by_meter.interpretations) == ("12.30", False)
    second = {"settled_on": "2026-03-02", "metered": "false", "total_cost": "40000"}
    assert ask_gxnu("small-works", "2026-03-02", **second).value == 320


def test_a_file_of_small_works_leaves_out_only_those_in_doubt(gxnu: Pack, tmp_path: Path) -> None:
    works = tmp_path / "work.csv"
    works.write_text(
        "work,settled_on,metered,total_cost\nfirst,2026-03-02,false,30000\nsecond,2026-03-02,false,30000.01\n"
    )
    readings = tmp_path / "reading.csv"
    readings.write_text("work,meter,charge\n")
    run = rate(
        gxnu,
        "small-works",
        {"work": works, "reading": readings},
        out=tmp_path / "out",
        on=dt.date(2026, 3, 2),
    )
    assert run.counts["work"] == 1
    (refused,) = run.refusals
    assert refused.key == "first"
    assert "small-works-rate" in refused.reason.en


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
def course(start: str, last: str) -> dict:
    return {"start": start, "last": last, "persons": "30", "chosen": "8"}


def test_exactly_one_month_of_a_course_is_charged_by_the_month(ask_gxnu: Ask) -> None:
    month = course("2026-03-02", "2026-04-01")
    assert ask_gxnu("training-charge", "2026-04-01", **month).value == 240  # 30 × 8
    daily = {"exactly-one-month-charge": "daily"}
    assert ask_gxnu("training-charge", "2026-04-01", take=daily, **month).value == 930  # 30 × 31 × 1


def test_30_days_from_2_february_are_a_month_and_two_days_and_not_900_yuan(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("training-charge", "2026-03-03", **course("2026-02-02", "2026-03-03"))
    assert (lines(answer, "months"), lines(answer, "days_over")) == ([1], [2])
    assert answer.value == Decimal("255.48")  # 240 + 240 × 2 / 31


@pytest.mark.parametrize(
    ("start", "last", "months", "days"),
    [
        ("2026-01-31", "2026-02-28", 1, 0),  # 民法典 202: no 31 February, so the month's last day
        ("2026-01-30", "2026-03-01", 1, 1),
        ("2024-01-31", "2024-02-29", 1, 0),
        ("2026-02-28", "2026-03-27", 1, 0),
        ("2026-12-15", "2027-01-14", 1, 0),
        ("2026-03-01", "2026-03-30", 0, 30),
        ("2026-03-01", "2026-03-31", 1, 0),
    ],
)
def test_a_month_of_a_course_runs_to_the_day_before_the_same_day(
    ask_gxnu: Ask, start: str, last: str, months: int, days: int
) -> None:
    answer = ask_gxnu("training-charge", start, **course(start, last))
    assert (lines(answer, "months"), lines(answer, "days_over")) == ([months], [days])


# --- 64: the late fee ---
def late(until: str, **more: object) -> dict:
    # due Monday 2 March 2026: 3–6, 9–13, 16–20 and 23 March are fifteen working days
    return {"utility": "electricity", "principal": "1000", "due": "2026-03-02", "until": until, **more}


def test_what_is_paid_beyond_the_principal_pays_the_fee(ask_gxnu: Ask) -> None:
    paid = {"payment": [{"paid_on": "2026-03-28", "paid": "1200"}]}
    answer = ask_gxnu("late-fee", "2026-04-02", **late("2026-04-02", **paid))
    # 1,000 owed for 24–28 March: 5 × 3‰ = 15, of the 200 beyond it; 185 are too much
    assert (answer.value, lines(answer, "to_pay"), lines(answer, "overpaid")) == (15, [0], [185])


def test_a_due_date_on_a_rest_day_moves_to_the_next_working_day(ask_gxnu: Ask) -> None:
    sunday = late("2025-04-01", due="2025-03-02", principal="30000")
    moved = ask_gxnu("late-fee", "2025-04-01", **sunday)
    # due Monday 3 March: 4–7, 10–14, 17–21 and 24 March are fifteen; 25 March to 1 April are 8 days
    assert moved.value == 720  # 30,000 × 8 × 3‰
    stays = ask_gxnu("late-fee", "2025-04-01", take={"payment-due-on-rest-day": "not_moved"}, **sunday)
    assert stays.value == 990  # the fifteenth is 21 March: 11 days


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
    plain = ("register-size", "reading-methods", "payment-allocation", "one-off-charges")
    plain += ("deposit-nature", "payment-forms", "objection-silence")
    prices = [rule for rule in gxnu.rules.values() if rule.kind == "table" and rule.rule not in plain]
    assert len(prices) == 14
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


# --- what is probably a slip ---
def test_a_contract_below_1_000_yuan_asks_whether_it_was_meant_in_ten_thousands(ask_gxnu: Ask) -> None:
    slip = ask_gxnu("construction-deposit", "2026-03-02", contract="999.99")
    assert slip.value == Range(Decimal(3000), Decimal(5000))  # told, and never refused
    assert slip.say("zh").endswith("是否为万元？")
    assert "units of 10,000?" in slip.to_json()["warnings"][0]["en"]
    assert ask_gxnu("construction-deposit", "2026-03-02", contract="1000").warnings == ()


def test_10_000_kva_ask_whether_va_were_meant(ask_gxnu: Ask) -> None:
    known = {"applied": "2026-03-02", "before_kva": "0", "upstream_rebuilt": "true"}
    slip = ask_gxnu("expansion-fee", "2026-03-02", **known, added_kva="10000")
    assert (slip.value, len(slip.warnings)) == (3_000_000, 1)
    assert ask_gxnu("expansion-fee", "2026-03-02", **known, added_kva="9999.99").warnings == ()


# --- sentences ---
def test_a_share_below_one_per_cent_is_said_in_per_mille_and_stays_a_number(ask_gxnu: Ask) -> None:
    """47(3) prints 8‰ and 6‰; whoever reads 0.008 misreads it."""
    second = ask_gxnu("small-works-second-rate", "2026-03-02")
    assert (second.say_value("zh"), second.to_json()["value"]) == ("8‰", "0.008")
    assert ask_gxnu("small-works-third-rate", "2026-03-02").say_value("en") == "6‰"


def test_works_by_the_meter_name_no_share(ask_gxnu: Ask) -> None:
    work = {"settled_on": "2026-03-02", "total_cost": "40000"}
    reading = [{"meter": "m", "charge": "12"}]
    assert "比例" not in ask_gxnu("small-works", "2026-03-02", **work, metered="true", reading=reading).say(
        "zh"
    )
    assert "比例 8‰" in ask_gxnu("small-works", "2026-03-02", **work, metered="false").say("zh")


def test_a_row_is_named_by_its_titles(ask_gxnu: Ask) -> None:
    hour = ask_gxnu("time-of-use-hour", "2022-03-01", clock="18")
    assert hour.say("zh").startswith("分时时段 高峰（示例数据，非官方）；起始小时 18；")
    assert hour.to_json()["value"] == "peak"
    price = ask_gxnu("electricity-price", "2022-03-01", category="construction")
    assert "用户类别 施工" in price.say("zh")
    assert "class of user construction" in price.say("en")


APPLIANCE = [{"device": "a", "power": "5", "hours": "8"}]


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("unmetered-use", {"category": "commercial", "campus": "yucai", "appliance": APPLIANCE}),
        ("let-premises-use", {"power": "10", "last": "2018-03-03"}),
        ("unmetered-stall", {"power": "1.5", "water_flow": "0", "hours_a_day": "8", "last": "2018-03-10"}),
    ],
)
def test_50_to_52_are_in_force_from_2016_and_only_the_price_is_missing(
    ask_gxnu: Ask, rule: str, given: dict
) -> None:
    with pytest.raises(Refusal, match="Electricity prices") as refused:
        ask_gxnu(rule, "2018-03-31", start="2018-03-01", **given)
    assert not isinstance(refused.value, NotInForce)


# --- interpretations ---
def test_every_interpretation_of_both_packs_is_accounted_for(gxnu: Pack, nea: Pack) -> None:
    for pack in (gxnu, nea):
        rules = rules_by_interpretation(pack)
        idle = [
            key
            for key, one in pack.interpretations.items()
            if not (rules[key] or one.waits or one.wording is not None or one.fixed is not None)
        ]
        assert idle == []


def test_no_interpretation_waits_for_an_area_that_is_built(gxnu: Pack, nea: Pack) -> None:
    built = {
        "parties",
        "cases",
        "connections",
        "notices",
        "agreements",
        "metering",
        "accounts",
        "billing",
        "supervision",
    }
    for pack in (gxnu, nea):
        assert {key for key, one in pack.interpretations.items() if built & set(one.waits)} == set()


NAMED = [  # gxnu.md §4: those that belong to what runs today
    "deposit-discretion",
    "deposit-gap",
    "change-approver",
    "temporary-stop",
    "meter-relocation-procedure",
    "efficiency-grade",
    "approval-or-filing",
    "legal-person-id",
    "replacement-cost-precedence",
    "bill-rounding",
    "price-change-mid-period",
    "payment-due-on-rest-day",
    "day-zero",
]


@pytest.mark.parametrize("key", NAMED)
def test_what_was_decorative_decides_now(gxnu: Pack, key: str) -> None:
    assert rules_by_interpretation(gxnu)[key]


def test_an_interpretation_that_the_rule_does_not_use_is_refused_by_name(ask_gxnu: Ask) -> None:
    with pytest.raises(OptionNotUsed) as refused:
        ask_gxnu("shop-deposit", "2026-03-02", take={"deposit-discretion": "lowest"})
    assert "deposit-discretion" in refused.value.say("zh")
    assert "shop-deposit-range=officer_chooses|lowest" in refused.value.say("zh")
    with pytest.raises(OptionNotUsed, match="uses none"):
        ask_gxnu("staff-card-deposit", "2026-03-02", take={"deposit-discretion": "lowest"})


def test_a_process_takes_the_readings_of_its_papers_too(ask_gxnu: Ask) -> None:
    taken = ask_gxnu("shop-application", "2026-03-02", take={"open-paper-list": "closed"})
    assert taken.interpretations["open-paper-list"] == "closed"


def test_the_officer_may_be_held_to_the_lowest_deposit_or_let_out_of_the_band(ask_gxnu: Ask) -> None:
    def deposit(option: str, **more: str) -> object:
        take = {"deposit-discretion": option}
        return ask_gxnu("construction-deposit", "2026-03-02", take=take, contract="150000", **more).value

    assert deposit("officer_chooses") == Range(Decimal(10000), Decimal(30000))
    assert deposit("lowest") == 10000
    assert deposit("leave_the_band", chosen="40000") == 40000


# --- what counts as done ---
@pytest.mark.parametrize("clause", ["8", "8(1)", "8(2)", "8(3)", "8(4)", "10", "10(1)", "46", "52", "66"])
def test_a_clause_that_opens_stops_or_restores_supply_waits_for_nothing(gxnu: Pack, clause: str) -> None:
    one = gxnu.clauses[clause]
    assert one.is_alive
    assert not one.planned


def test_a_clause_is_done_in_part_while_a_stage_of_its_process_waits(gxnu: Pack) -> None:
    waits: dict[str, Any] = {"shop-application": SimpleNamespace(planned_areas=("disclosure",))}
    assert with_stages(gxnu.clauses["8(2)"], waits).planned == ("disclosure",)


def test_no_stage_is_done_by_hand_for_want_of_its_area(gxnu: Pack) -> None:
    waiting = {
        (name, area)
        for name, rule in gxnu.rules.items()
        if isinstance(rule, Process)
        for area in rule.planned_areas
    }
    assert not waiting


def test_no_clause_of_the_university_waits_for_anything(gxnu: Pack) -> None:
    assert {area for clause in gxnu.clauses.values() for area in clause.planned} == set()
    assert {area for one in gxnu.interpretations.values() for area in one.waits} == set()


# --- examples ---
@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("dormitory-quota", {}),
        ("electricity-price", {"category": "staff"}),
        ("bill", works_at_yucai()),
        ("let-premises-use", {"start": "2026-03-01", "power": "1", "last": "2026-03-01"}),
    ],
)
def test_what_rests_on_an_example_says_so(ask_gxnu: Ask, rule: str, given: dict) -> None:
    answer = ask_gxnu(rule, "2026-03-31", **given)
    assert answer.is_example
    assert "（示例数据，非官方）" in answer.say("zh")
    assert answer.to_json()["is_example"]


def test_one_invented_price_marks_the_sum_and_not_what_was_read(ask_gxnu: Ask) -> None:
    marked = {line.name: line.is_example for line in ask_gxnu("bill", "2026-03-31", **works_at_yucai()).lines}
    assert (marked["power_base"], marked["power_due"], marked["total"]) == (True, True, True)
    assert (marked["power_used"], marked["power_billed"], marked["loss_rate"]) == (False, False, False)


def test_what_the_regulation_itself_says_is_no_example(ask_gxnu: Ask) -> None:
    answer = ask_gxnu("training-charge", "2026-04-01", **course("2026-03-02", "2026-04-01"))
    assert not answer.is_example
    assert "示例" not in answer.say("zh")


def test_a_bill_cites_the_articles_that_acted(ask_gxnu: Ask) -> None:
    march = flat(start="2026-03-01", until="2026-03-31", now_kwh="100") | {"read_on": "2026-03-31"}
    assert ask_gxnu("bill", "2026-03-31", **march).cite == ("21", "21(1)", "21(2)")
    assert ask_gxnu("bill", "2026-03-31", **works_at_yucai()).cite[3:] == ("23", "47(2)")
    yanshan = works_at_yucai() | {"campus": "yanshan"}
    assert ask_gxnu("bill", "2026-03-31", **yanshan).cite[3:] == ("23",)


@pytest.mark.parametrize(
    ("place", "cited"),
    [
        (
            {"kind": "guard_room", "approval": [{"approved_on": "2026-01-05", "approved_kwh": "60"}]},
            ("21", "26"),
        ),
        ({"kind": "student_room", "resident": [{"student": "a", "lived": "31"}]}, ("21", "27")),
    ],
)
def test_a_quota_cites_the_article_of_its_own_kind_of_room(ask_gxnu: Ask, place: dict, cited: tuple) -> None:
    used = {
        "month_start": "2026-03-01",
        "used_kwh": "90",
        "used_m3": "9",
        "unused_kwh": "0",
        "unused_m3": "0",
    }
    assert ask_gxnu("quota-excess", "2026-03-31", **used, **place).cite == cited


@pytest.mark.parametrize(("category", "cited"), [("staff", ("16",)), ("revenue", ("16", "25", "51"))])
def test_use_without_a_meter_cites_51_only_of_what_earns_revenue(
    ask_gxnu: Ask, category: str, cited: tuple
) -> None:
    kettle = {"device": "1", "power": "2", "hours": "10"}
    use = {"start": "2026-03-01", "category": category, "campus": "yanshan", "appliance": [kettle]}
    assert ask_gxnu("unmetered-use", "2026-03-31", **use).cite == cited


def test_a_line_says_the_word_it_chose_by_its_title(ask_gxnu: Ask) -> None:
    works = {"settled_on": "2026-03-02", "metered": "false", "total_cost": "40000"}
    (basis,) = [line for line in ask_gxnu("small-works", "2026-03-02", **works).lines if line.name == "basis"]
    assert (basis.value, basis.say("zh")) == ("second_band", "按第二档比例")
    room = {"kind": "student_room", "month_start": "2026-03-01", "used_kwh": "90", "used_m3": "0"}
    room |= {"unused_kwh": "0", "unused_m3": "0", "resident": [{"student": "a", "lived": "31"}]}
    (paid,) = [one for one in ask_gxnu("quota-excess", "2026-03-31", **room).lines if one.name == "category"]
    assert paid.say("zh") == "学生公寓"  # as the table of prices calls it


def test_a_contract_of_15_yuan_is_asked_back_on_the_case_too(gxnu: Pack) -> None:
    """15 was probably 15万; 150,000 is not asked back, nor is what nobody said yet."""
    wording = gxnu.rules["construction-application"].versions[0]
    assert [one.zh for one in slips_of(gxnu, wording, {"contract": Decimal(15)})] == [
        "合同总价不足1000元，是否为万元？"
    ]
    assert slips_of(gxnu, wording, {"contract": Decimal(150000)}) == []
    assert slips_of(gxnu, wording, {}) == []
    expansion = gxnu.rules["commercial-expansion"].versions[0]
    assert [one.en for one in slips_of(gxnu, expansion, {"added_kva": Decimal(50000)})] == [
        "10,000 kVA or more are added: were VA entered as kVA?"
    ]


# --- 26, 27: the price of what is beyond a quota ---
ROOM = {
    "kind": "guard_room",
    "month_start": "2026-06-01",
    "used_kwh": "30",
    "used_m3": "0",
    "unused_kwh": "0",
    "unused_m3": "0",
    "approval": [{"approved_on": "2026-01-01", "approved_kwh": "20"}],
}


def test_26_what_guards_use_beyond_their_quota_has_the_residents_price_or_the_shops(ask_gxnu: Ask) -> None:
    # 10 kWh × (0.5603 + 0.03) = 5.90, or × 0.84 = 8.40
    assert ask_gxnu("quota-excess", "2026-06-30", **ROOM).value == Decimal("5.90")
    take = {"guard-excess-price": "commercial_price"}
    assert ask_gxnu("quota-excess", "2026-06-30", take=take, **ROOM).value == Decimal("8.40")


def test_26_a_guard_room_has_no_residents_and_a_student_room_no_approval(ask_gxnu: Ask) -> None:
    for given in (
        ROOM | {"resident": [{"student": "a", "lived": "30"}]},
        ROOM | {"kind": "student_room", "resident": [{"student": "a", "lived": "30"}]},
    ):
        with pytest.raises(Refusal, match="neither the other's"):
            ask_gxnu("quota-excess", "2026-06-30", **given)


def test_17_nobody_knows_on_which_side_of_a_change_within_the_month_the_excess_lies(tmp_path: Path) -> None:
    """The price of June as if it came on the 15th: refused, unless the new price is taken for all of it."""
    folder = tmp_path / "gxnu-2016-4"
    shutil.copytree(POLICIES / "gxnu-2016-4", folder)
    prices = folder / "billing.yaml"
    prices.write_text(
        prices.read_text(encoding="utf-8").replace("2026-06-01", "2026-06-15"), encoding="utf-8"
    )
    ask = asking(load_pack(folder, run_tests=False))
    with pytest.raises(Refusal, match="price changed within the month"):
        ask("quota-excess", "2026-06-30", **ROOM)
    assert ask("quota-excess", "2026-06-30", **(ROOM | {"used_kwh": "20"})).value == 0
