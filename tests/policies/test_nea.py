"""国能综通监管〔2021〕37号 as it answers: limits, steps, papers, classes, measured time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.policies.conftest import Ask
from tongdian.calendar import Override, official_calendar
from tongdian.policy import Pack
from tongdian.policy.kinds.checklist import PaperNotAllowed, refuse_extra
from tongdian.policy.process.consistency import doubts_of, must_agree
from tongdian.policy.process.refusals import OfAnotherKind
from tongdian.policy.refusals import BadInput, CalculationRefused, NotApplicable, NotInForce
from tongdian.policy.words import Words

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


@pytest.mark.parametrize(
    ("year", "deadline"),  # after_deadline, 38 has until the end of 2020
    [
        ("2020", "from_target_year"),
        *product(["2021", "2022", "2023"], ["from_target_year", "after_deadline"]),
    ],
)
@pytest.mark.parametrize("scope", ["small_firms_within_bound", "all_within_bound"])
def test_whoever_is_under_three_zero_service_pays_nothing_however_its_scope_is_read(
    ask_nea: Ask, year: str, deadline: str, scope: str
) -> None:
    """附件1/1, 38: zero investment is one of the three noughts."""
    ways = product(["small_micro", "other"], ["urban", "rural"], ["100", "160"], ["low", "not_planned"])
    for kind, area, capacity, voltage in ways:
        given = {"kind": kind, "area": area, "capacity": capacity, "voltage": voltage}
        take = {"year-end-deadline": deadline, "three-zero-scope": scope}
        three_zero = ask_nea("customer-class", f"{year}-06-01", take=take, **given).value == "three_zero"
        pays = ask_nea("zero-investment", f"{year}-06-01", take=take, **given).value == "grid_pays"
        assert pays == three_zero, given


@pytest.mark.parametrize("process", ["high-voltage-single-connection", "high-voltage-dual-connection"])
def test_a_home_at_high_voltage_is_doubtful_where_the_voltage_decides_and_refused_where_it_does_not(
    nea: Pack, process: str
) -> None:
    """附件2-2/6(1): at acceptance no plan has fixed the voltage yet, so the reading by_voltage cannot refuse it."""
    on, told = dt.date(2022, 3, 1), {"capacity": "300", "customer_kind": "residential", "area": "urban"}

    def accept(option: str) -> None:
        taken = {"residential-at-high-voltage": option}
        rule: Any = nea.rules[process]
        wording = rule.version_on(on, rule.taken(nea, taken))
        must_agree(nea, wording, {}, told, stage="accept", on=on, taken=taken)

    accept("by_voltage")
    with pytest.raises(OfAnotherKind, match="residential"):
        accept("all_residents")


def test_low_voltage_connection_to_160_kw_binds_from_2022(ask_nea: Ask) -> None:
    assert ask_nea("low-voltage-connection-limit", "2022-01-01").value == 160
    with pytest.raises(NotInForce):
        ask_nea("low-voltage-connection-limit", "2021-12-31")


# --- measured time ---
VISITED = {
    "acceptance": "accept",
    "supply_plan_reply": "reply",
    "design_review": "review",
    "interim_inspection": "midway",
    "completion_inspection": "final",
    "meter_installation": "meter",
}


def case(
    customer: str, applied: str, ended: str | None, *visits: tuple[str, str, str], **more: Any
) -> dict[str, Any]:
    listed = [{"stage": stage, "opened": opened, "closed": closed} for stage, opened, closed in visits]
    return {
        "region": "450300",
        "class": customer,
        "applied": applied,
        "ended": ended,
        "visit": listed,
        **more,
    }


def in_two_steps(customer: str, applied: str, ended: str) -> dict[str, Any]:
    """A case judged end to end, accepted on its first day."""
    return case(customer, applied, ended, ("accept", applied, applied), ("energise", applied, ended))


def test_fifteen_working_days_in_march_2022_are_within_and_sixteen_are_not(ask_nea: Ask) -> None:
    # 2–4, 7–11, 14–18, 21 and 22 March are fifteen; the day of application is not counted
    on_time = ask_nea(
        "connection-time", "2022-06-30", **in_two_steps("three_zero", "2022-03-01", "2022-03-22")
    )
    late = ask_nea("connection-time", "2022-06-30", **in_two_steps("three_zero", "2022-03-01", "2022-03-23"))
    assert (on_time.value, line(on_time, "outcome")) == (15, "met")
    assert (late.value, line(late, "outcome")) == (16, "not_met")


def test_the_limit_is_that_of_the_day_of_application_and_not_of_the_end(ask_nea: Ask) -> None:
    # 附件1/4: 20 working days for 2021, 15 from 2022. 2021-12-31 to 2022-01-29 (a worked Saturday) are
    # 4–7, 10–14, 17–21, 24–28 and 29 January: 20
    given = in_two_steps("three_zero", "2021-12-31", "2022-01-29")
    answer = ask_nea("connection-time", "2022-06-30", **given)
    assert (answer.value, line(answer, "limit"), line(answer, "outcome")) == (20, 20, "met")
    by_end = ask_nea("connection-time", "2022-06-30", take={"case-crossing-year": "completion_date"}, **given)
    assert (line(by_end, "limit"), line(by_end, "outcome")) == (15, "not_met")


def test_a_stay_the_applicant_asked_for_takes_no_day_off_a_stage_and_is_told(ask_nea: Ask) -> None:
    """附件2-2/4(1) names the days of each stage and nothing to take out; only 6, 7, 22 and 34 except anything."""
    visits = [("accept", "2021-03-01", "2021-03-02"), ("reply", "2021-03-02", "2021-03-26")]
    stay = {"since": "2021-03-05", "until": "2021-03-25", "cause": "applicant-request"}
    given = case("high_voltage_single", "2021-03-01", None, *visits)
    given["stay"] = [{**stay, "confirmed_on": "2021-03-05"}]
    # acceptance 1; the reply 3–5, 8–12, 15–19 and 22–26 March: 18 of 10
    answer = ask_nea("connection-time", "2021-03-31", **given)
    assert (answer.value, line(answer, "outcome"), line(answer, "stood_still")) == (19, "not_met", True)
    taken_out = ask_nea("connection-time", "2021-03-31", take={"handling-time-stays": "deducted"}, **given)
    # 3, 4, 5 and 26 March: 4 of 10, and it is told all the same
    assert (taken_out.value, line(taken_out, "outcome")) == (5, "undecided")
    assert line(taken_out, "stood_still") is True


def test_the_sum_may_be_kept_while_a_stage_is_late(ask_nea: Ask) -> None:
    stages = [
        ("accept", "2021-03-01", "2021-03-02"),  # 1
        ("reply", "2021-03-02", "2021-03-04"),  # 2 of 3
        ("meter", "2021-03-04", "2021-03-09"),  # 5, 8, 9 March: 3 of 2
    ]
    given = case("low_voltage", "2021-03-01", "2021-03-09", *stages)
    answer = ask_nea("connection-time", "2021-06-30", **given)
    assert (answer.value, line(answer, "limit"), line(answer, "outcome")) == (6, 6, "not_met")
    assert line(answer, "stages_within") == "no"
    sum_only = ask_nea("connection-time", "2021-06-30", take={"stage-or-sum": "sum_only"}, **given)
    assert line(sum_only, "outcome") == "met"


def test_a_class_without_stage_limits_is_not_said_to_have_missed_them(ask_nea: Ask) -> None:
    """附件2-2/6 sets one limit for the whole; "every stage within its limit: no" was said of it (S2)."""
    answer = ask_nea(
        "connection-time", "2022-06-30", **in_two_steps("residential", "2022-03-01", "2022-03-08")
    )
    assert (line(answer, "stages_within"), line(answer, "outcome")) == ("not_applicable", "met")


@pytest.mark.parametrize("customer", STAGES)
def test_each_stage_is_held_to_the_limit_of_the_ledger(ask_nea: Ask, customer: str) -> None:
    # a Monday far from holidays, so that n working days are easy to name
    days = [
        f"2022-06-{day:02}"
        for day in (6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 27, 28, 29, 30)
    ]
    days += ["2022-07-01", "2022-07-04", "2022-07-05"]
    for stage, limit in STAGES[customer].items():
        for used, kept in ((limit, "yes"), (limit + 1, "no")):
            given = case(customer, "2022-06-06", "2022-07-05", (VISITED[stage], days[0], days[used]))
            answer = ask_nea("connection-time", "2022-07-31", **given)
            assert line(answer, "stages_within") == kept, (stage, used)


def test_a_stage_visited_twice_each_time_in_time_is_in_time_unless_visits_are_added(ask_nea: Ask) -> None:
    """Returned work is looked at again: 3 + 2 days of a stage that may take 3."""
    visits = [
        ("accept", "2022-06-06", "2022-06-07"),
        ("reply", "2022-06-07", "2022-06-10"),  # 8, 9, 10: 3 of 3
        ("reply", "2022-06-13", "2022-06-15"),  # 14, 15: 2 of 3
        ("meter", "2022-06-15", "2022-06-16"),
    ]
    answer = ask_nea(
        "connection-time", "2022-06-30", **case("low_voltage", "2022-06-06", "2022-06-16", *visits)
    )
    assert (answer.value, line(answer, "stages_within")) == (7, "yes")  # 1 + 3 + 2 + 1


def test_a_late_visit_is_not_undone_by_a_second_one(ask_nea: Ask) -> None:
    visits = [("reply", "2022-06-06", "2022-06-10"), ("reply", "2022-06-13", "2022-06-14")]  # 4 of 3, then 1
    answer = ask_nea("connection-time", "2022-06-30", **case("low_voltage", "2022-06-06", None, *visits))
    assert (line(answer, "stages_within"), line(answer, "outcome")) == ("no", "not_met")


def test_what_the_class_requires_and_nobody_recorded_is_undecided_never_nought(ask_nea: Ask) -> None:
    """附件2-2/5(1) names six stages; a case of ten months without one was "0 working days, met" (S1)."""
    nothing = ask_nea(
        "connection-time", "2022-06-30", **case("high_voltage_dual", "2021-03-01", "2022-01-10")
    )
    assert (line(nothing, "doubt"), line(nothing, "outcome")) == ("stage_missing", "undecided")


@pytest.mark.parametrize("visits", [[], ["accept"], ["energise"]])
def test_a_home_of_which_a_step_is_not_on_record_is_not_said_to_have_met_its_five_days(
    ask_nea: Ask, visits: list[str]
) -> None:
    """附件2-2/6: from application to energisation, and 附件1/15: a step that nobody recorded was made elsewhere."""
    steps = [(stage, "2022-03-01", "2022-03-02") for stage in visits]
    answer = ask_nea(
        "connection-time", "2022-03-31", **case("residential", "2022-03-01", "2022-03-03", *steps)
    )
    assert (answer.value, line(answer, "doubt"), line(answer, "outcome")) == (2, "stage_missing", "undecided")
    late = ask_nea("connection-time", "2022-03-31", **case("residential", "2022-03-01", "2022-03-09", *steps))
    assert (late.value, line(late, "outcome")) == (6, "not_met")  # six days are too many, however they went


@pytest.mark.parametrize(
    ("visits", "doubt"),
    [
        ([("accept", "2022-02-01", "2022-03-02")], "outside_the_case"),  # before the application
        ([("accept", "2022-03-01", "2022-03-02"), ("meter", "2022-03-08", "2022-03-11")], "outside_the_case"),
        ([("accept", "2022-03-01", "2022-03-03")] * 2, "stage_twice_at_once"),
        ([("review", "2022-03-01", "2022-03-02")], "stage_of_another_process"),
    ],
)
def test_stages_that_cannot_be_so_are_undecided(ask_nea: Ask, visits: Any, doubt: str) -> None:
    given = case("low_voltage", "2022-03-01", "2022-03-10", *visits)
    answer = ask_nea("connection-time", "2022-06-30", **given)
    assert (line(answer, "doubt"), line(answer, "outcome")) == (doubt, "undecided")


# --- open cases: 所有 means all ---
def test_a_home_that_waits_is_judged_on_the_day_it_is_asked_about(ask_nea: Ask) -> None:
    # 附件2-2/6: 5 working days. 2–5 March are 4, Monday the 8th is the fifth, the 9th one too many
    waits = case("residential", "2021-03-01", None)
    assert line(ask_nea("connection-time", "2021-03-08", **waits), "outcome") == "undecided"
    late = ask_nea("connection-time", "2021-03-09", **waits)
    assert (late.value, line(late, "outcome")) == (6, "not_met")


def test_who_withdrew_is_neither_connected_nor_late(ask_nea: Ask) -> None:
    gone = case("residential", "2021-03-01", "2021-06-01", ending="withdrawn")
    assert line(ask_nea("connection-time", "2021-06-30", **gone), "outcome") == "withdrawn"


# --- regions ---
def test_a_day_on_which_guangxi_rests_is_no_working_day_there(nea: Pack) -> None:
    """2021-04-12 to 04-20 in Guilin: 三月三 is the 14th and 15th (B2), so 13, 16, 19 and 20 are four."""
    guilin = Override(
        on=dt.date(2021, 4, 14), is_working=False, name=Words("三月三", "三月三"), source="t", region="450000"
    )
    days = [guilin, dataclasses.replace(guilin, on=dt.date(2021, 4, 15))]
    pack = nea.chosen(published=official_calendar().with_overrides(days))
    given = in_two_steps("residential", "2021-04-12", "2021-04-20")
    there = pack.answer("connection-time", on=dt.date(2021, 6, 30), given=given)
    assert (there.value, line(there, "outcome")) == (4, "met")
    beijing = pack.answer("connection-time", on=dt.date(2021, 6, 30), given=given | {"region": "110000"})
    assert (beijing.value, line(beijing, "outcome")) == (6, "not_met")


def test_a_region_is_a_code_that_exists(ask_nea: Ask) -> None:
    for region in ("桂林", "999999", "45"):
        with pytest.raises(BadInput):
            ask_nea(
                "connection-time",
                "2022-06-30",
                **case("residential", "2022-03-01", None) | {"region": region},
            )


# --- force majeure and stays: 附件2-2/6(1) ---
def stay(cause: str, since: str, until: str, **more: Any) -> dict[str, Any]:
    return {"stay": [{"cause": cause, "since": since, "until": until, **more}]}


def test_force_majeure_excepts_a_three_zero_case_and_is_counted_apart(ask_nea: Ask) -> None:
    # a storm from 9 March takes 10, 11 and 14 March of the sixteen days
    given = in_two_steps("three_zero", "2022-03-01", "2022-03-23") | stay(
        "force-majeure", "2022-03-09", "2022-03-14"
    )
    answer = ask_nea("connection-time", "2022-06-30", **given)
    assert (answer.value, line(answer, "outcome")) == (16, "exempt")
    subtracted = ask_nea("connection-time", "2022-06-30", take={"force-majeure": "subtract_days"}, **given)
    assert (subtracted.value, line(subtracted, "outcome")) == (13, "met")  # 16 - 3


@pytest.mark.parametrize(
    ("since", "until", "outcome"),
    [
        ("2022-03-21", "2022-03-24", "exempt"),  # the 14th of 15 days: the limit had not run out
        ("2022-03-22", "2022-03-24", "exempt"),  # its last day
        ("2022-03-23", "2022-03-25", "not_met"),  # it had
        ("2022-03-11", "2022-03-13", "not_met"),  # a Saturday and a Sunday took no working day
    ],
)
def test_what_excuses_took_a_working_day_and_began_in_time(
    ask_nea: Ask, since: str, until: str, outcome: str
) -> None:
    given = case("three_zero", "2022-03-01", "2022-03-31") | stay("force-majeure", since, until)
    assert line(ask_nea("connection-time", "2022-06-30", **given), "outcome") == outcome


def test_a_storm_that_nobody_confirmed_excuses_nothing(ask_nea: Ask) -> None:
    told = {"since": "2022-03-09", "until": "2022-03-14", "cause": "force-majeure"}
    late = case("three_zero", "2022-03-01", "2022-03-23")
    for confirmed_on, outcome in ((None, "not_met"), ("2022-03-20", "exempt"), ("2022-07-01", "not_met")):
        given = late | {"stay": [told | {"confirmed_on": confirmed_on}]}
        assert line(ask_nea("connection-time", "2022-06-30", **given), "outcome") == outcome


def test_what_the_applicant_asked_for_is_all_in_unless_it_is_read_otherwise(ask_nea: Ask) -> None:
    """附件2-2/6(1) excepts force majeure only (B1): a stay that was asked for stops no end-to-end clock."""
    given = in_two_steps("residential", "2021-03-01", "2021-03-12") | stay(
        "applicant-request", "2021-03-03", "2021-03-10"
    )
    answer = ask_nea("connection-time", "2021-06-30", **given)
    assert (answer.value, line(answer, "outcome")) == (9, "not_met")  # 2–5, 8–12 March
    less = ask_nea("connection-time", "2021-06-30", take={"end-to-end-all-in": "less_customer"}, **given)
    assert (less.value, line(less, "outcome")) == (4, "met")  # 9 - 5: the 4th, 5th and 8th to 10th


# --- steps: 附件1/5, 7 ---
@pytest.mark.parametrize(("visits", "kept"), [(["accept", "energise"], True), (["accept"], True)])
def test_a_home_takes_two_steps(ask_nea: Ask, visits: list[str], kept: bool) -> None:
    given = case(
        "residential", "2021-03-01", "2021-03-05", *((v, "2021-03-01", "2021-03-02") for v in visits)
    )
    answer = ask_nea("connection-time", "2021-06-30", **given)
    assert (line(answer, "steps"), line(answer, "steps_kept")) == (len(visits), kept)


def test_a_case_past_the_published_calendar_is_refused_not_guessed(ask_nea: Ask) -> None:
    with pytest.raises(CalculationRefused, match="published calendar"):
        ask_nea("connection-time", "2027-01-31", **case("three_zero", "2026-12-01", "2027-01-15"))


def test_one_late_case_in_100000_fails_the_standard_however_good_the_average(ask_nea: Ask) -> None:
    counts = {"indicator": "three_zero_2021", "cases": "100000", "excepted": "0", "within": "99999"}
    counts |= {"total_days": "500000", "limit": "20"}
    answer = ask_nea("share-within-limit", "2021-12-31", **counts)
    assert f"{answer.value:f}" == "0.9999"  # 0.99999 cut down: it must not show as 100 %
    assert not line(answer, "met")
    assert line(
        ask_nea("share-within-limit", "2021-12-31", take={"every-case": "average"}, **counts), "met"
    )  # 5 <= 20


# --- steps, papers and cost: 附件1/7, 24, 38 ---
BURDEN = {
    "region": "450305",
    "class": "low_voltage",
    "kind": "other",
    "area": "urban",
    "promised": "false",
    "capacity": "100",
    "applied": "2022-03-01",
    "ended": "2022-03-15",
    "steps": 2,
    "papers": 2,
    "listed": 2,
    "customer_paid": "0",
    "supplier_paid": "0",
}


@pytest.mark.parametrize(("beyond", "kept"), [("0", True), ("1", False), (None, True)])
def test_a_paper_fewer_at_one_stage_makes_up_for_none_beyond_the_list_of_another(
    ask_nea: Ask, beyond: str | None, kept: bool
) -> None:
    """附件1/24: each stage needs its own papers only; 4 + 2 + 2 + 0 are eight as 3 + 2 + 2 + 1 are."""
    given = {
        "region": "450305", "class": "high_voltage_single", "kind": "other", "area": "urban", "promised": "false",
        "capacity": "800", "applied": "2022-03-01", "ended": "2022-03-15", "steps": "6", "papers": "8", "listed": "8",
        "customer_paid": "0", "supplier_paid": "0", **({} if beyond is None else {"beyond": beyond}),
    }  # fmt: skip
    answer = ask_nea("connection-burden", "2022-03-31", **given)
    # where nobody said of which stage they were, nothing tells, and indicator 14 leaves it undecided
    assert (line(answer, "papers_kept"), line(answer, "by_stage")) == (kept, beyond is not None)


@pytest.mark.parametrize(
    ("papers", "listed", "kept"), [(2, 2, True), (2, 5, True), (5, 5, False), (2, 1, False)]
)
def test_a_file_s_own_list_of_papers_does_not_widen_the_ledger_s(
    ask_nea: Ask, papers: int, listed: int, kept: bool
) -> None:
    """附件1/24, 附件2-2/13: two at low voltage. A region may list fewer (26), and is then held to them."""
    answer = ask_nea("connection-burden", "2022-03-31", **BURDEN | {"papers": papers, "listed": listed})
    assert line(answer, "papers_kept") is kept


@pytest.mark.parametrize(("paid", "kept"), [("0", True), ("5000", False)])
def test_a_three_zero_customer_who_paid_is_never_kept(ask_nea: Ask, paid: str, kept: bool) -> None:
    given = BURDEN | {"class": "three_zero", "promised": "true", "customer_paid": paid}
    answer = ask_nea("connection-burden", "2022-03-31", **given)
    assert line(answer, "cost_kept") is kept


@pytest.mark.parametrize(
    ("customer", "kind"),
    [("residential", "small_micro"), ("residential", "other"), ("three_zero", "residential")],
)
def test_a_class_that_its_kind_contradicts_is_refused(ask_nea: Ask, customer: str, kind: str) -> None:
    with pytest.raises(CalculationRefused, match="contradict each other"):
        ask_nea("connection-burden", "2022-03-31", **BURDEN | {"class": customer, "kind": kind})


@pytest.mark.parametrize(
    ("reading", "classes"),
    [
        ("declared_kw", []),  # 170 kVA as 170 kW, above the 160 kW of low voltage
        ("power_factor", ["low_voltage"]),  # 170 × 0.9 = 153 kW
    ],
)
def test_kva_are_compared_with_kw_as_the_interpretation_says(nea: Pack, reading: str, classes: list) -> None:
    process = nea.rules["high-voltage-single-connection"]
    taken = process.taken(nea, {"kw-or-kva": reading})
    day = dt.date(2022, 3, 1)
    wording = process.version_on(day, taken)
    facts = {"capacity": Decimal(170), "customer_kind": "enterprise", "area": "urban", "promised": False}
    found = doubts_of(nea, wording, facts, on=day, taken=taken)
    assert [one.answer.value for one in found] == classes
    if found:
        assert "1 kVA = 0.9 kW" in found[0].words.zh


@pytest.mark.parametrize(
    ("indicator", "clause"),
    [
        ("low_voltage", "附件2-2/3(1)"),
        ("single_supply", "附件2-2/4(1)"),
        ("dual_supply", "附件2-2/5(1)"),
        ("residents", "附件2-2/6(1)"),
        ("three_zero", "附件2-2/7(1)"),
        ("three_zero_2021", "附件2-2/22(1)"),
        ("three_zero_2022", "附件2-2/34(1)"),
    ],
)
def test_a_share_cites_the_indicator_that_is_asked_about_and_no_other(
    ask_nea: Ask, indicator: str, clause: str
) -> None:
    counts = {"cases": "10", "excepted": "0", "within": "9", "total_days": "40", "limit": "5"}
    assert ask_nea("share-within-limit", "2021-12-31", indicator=indicator, **counts).cite == (clause,)
    with pytest.raises(BadInput, match="missing"):
        ask_nea("share-within-limit", "2021-12-31", **counts)
