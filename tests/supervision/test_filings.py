"""Returns by items 1 to 3 of the letter: who files to whom, when, what must agree, and what a level above sees."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, filed
from tongdian.allowed import NotAllowed
from tongdian.registers.action import ChangedMeanwhile
from tongdian.states import CannotFollow
from tongdian.supervision.actions import filing
from tongdian.supervision.models import ReturnStep
from tongdian.supervision.printing import paper_of
from tongdian.supervision.queries import filings, offices
from tongdian.supervision.queries.cells import differences
from tongdian.supervision.queries.merging import merged
from tongdian.supervision.refusing import (
    AbsentBelowChanged,
    BadCell,
    BlankWithoutReason,
    ChecksFail,
    LockedAbove,
    MissingBelow,
    NotAFiler,
    NotOpenYet,
    OwnVersion,
    PeriodClosed,
    ReturnLocked,
)
from tongdian.supervision.refusing.bundles import NotTheReceiver
from tongdian.supervision.rules import ReturnState

H1 = "2021-H1"


def annex_3(nation, day="2021-07-10"):
    return filing.form_for(nation.province, "annex-3", d(day))


def state(nation, name, form="annex-3", period=H1, day="2021-12-31"):
    asked = filing.form_for(getattr(nation, name), form, d(day))
    return filings.standing(asked, getattr(nation, name), period, as_of=d(day)).state


# ------------------------------------------------------------- 通知/3: who, to whom, when
def test_a_province_files_to_the_nation_with_a_copy_to_its_regional_office(nation):
    form = annex_3(nation)
    assert offices.receiver(form, nation.province, d("2021-07-10")) == nation.nea
    assert offices.copied_to(form, nation.province, d("2021-07-10")) == [nation.regional]
    assert offices.receiver(form, nation.city, d("2021-07-10")) == nation.province
    assert offices.receiver(form, nation.yanshan, d("2021-07-10")) == nation.city
    assert offices.filers_below(form, nation.city, d("2021-07-10")) == [nation.qixing, nation.yanshan]


def test_a_supplier_files_its_plan_to_the_regional_office_by_15_may_and_no_return(nation):
    plan = filing.form_for(nation.supplier, "plan", d("2021-04-01"))
    assert offices.receiver(plan, nation.supplier, d("2021-04-01")) == nation.regional
    assert plan.period(nation.supplier, "once").due == d("2021-05-15")
    assert plan.period(nation.province, "once").due == d("2021-04-30")
    with pytest.raises(NotAFiler):
        filing.fill_in(
            viewer=nation.who["supplier"].clerk, organisation=nation.supplier, form="annex-3", period=H1,
            cells={}, at=at("2021-07-10"),
        )  # fmt: skip


def test_the_first_half_is_due_on_15_july_and_january_reports_the_whole_year(nation):
    form = annex_3(nation)
    due = {one.key: one.due for one in form.periods(first=d("2021-01-01"), last=d("2022-12-31"))}
    # 15 January 2021 would be of 2020, before the letter of 29 March 2021: its form is in force from then on
    assert due["2021-H1"] == d("2021-07-15")
    assert due["2021"] == d("2022-01-15")
    assert due["2022-H1"] == d("2022-07-15")
    year = form.period(nation.province, "2021")
    assert (year.first, year.last) == (d("2021-01-01"), d("2021-12-31"))


def test_the_day_itself_is_in_time_and_the_next_is_late(nation):
    cells = cells_of(annex_3(nation), **benefits(120, 30, 4, 6))
    for name, day in (("qixing", "2021-07-15"), ("yanshan", "2021-07-16")):
        filed(nation, name, "annex-3", H1, cells, day)
    rows = filings.expected_below(annex_3(nation), nation.city, H1, as_of=d("2021-07-20"))
    assert [(one.first_filed_on, one.is_on_time) for one in rows] == [
        (d("2021-07-15"), True),
        (d("2021-07-16"), False),
    ]
    rates = filings.rates_of(rows)
    assert (rates.expected, rates.received, rates.on_time, rates.rate) == (2, 2, 1, 100)


def test_an_empty_form_sent_in_time_makes_no_later_one_timely(nation):
    """Sent back before it was accepted and filed anew after 15 July: late. Opened again after it was accepted:
    it was there in time."""
    cells = cells_of(annex_3(nation), **benefits(1))
    officer = nation.who["city"].officer
    for name, accepted_first in (("qixing", False), ("yanshan", True)):
        version = filed(nation, name, "annex-3", H1, cells, "2021-07-14")
        if accepted_first:
            accepted(nation, "city", version, "2021-07-15")
        filing.send_back(
            viewer=officer, office=nation.city, version=version, reason="少报一户", at=at("2021-07-16")
        )
        filed(nation, name, "annex-3", H1, cells, "2021-07-20")
    qixing, yanshan = filings.expected_below(annex_3(nation), nation.city, H1, as_of=d("2021-07-20"))
    assert (qixing.first_filed_on, qixing.is_on_time) == (d("2021-07-20"), False)
    assert (yanshan.first_filed_on, yanshan.is_on_time) == (d("2021-07-14"), True)


def test_the_chasing_list_is_what_is_missing_as_of_a_day(nation):
    filed(nation, "qixing", "annex-3", H1, cells_of(annex_3(nation), **benefits(1)), "2021-07-15")
    before = filings.expected_below(annex_3(nation), nation.city, H1, as_of=d("2021-07-14"))
    after = filings.expected_below(annex_3(nation), nation.city, H1, as_of=d("2021-07-16"))
    assert [one.state for one in before] == [ReturnState.MISSING, ReturnState.MISSING]
    assert [(one.state, one.is_overdue(d("2021-07-16"))) for one in after] == [
        (ReturnState.SUBMITTED, False), (ReturnState.MISSING, True),
    ]  # fmt: skip
    assert filings.rates_of(after).rate == 50


def test_nothing_is_filed_before_its_period_is_over_nor_after_it_closed_without_leave(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    with pytest.raises(NotOpenYet):
        filed(nation, "yanshan", "annex-3", H1, cells, "2021-06-30")
    with transaction.atomic(), pytest.raises(PeriodClosed):
        filed(nation, "qixing", "annex-3", H1, cells, "2021-08-16")
    filing.allow_late(
        viewer=nation.who["city"].officer, office=nation.city, organisation=nation.qixing, form="annex-3", period=H1,
        until=d("2021-08-31"), reason="汛期停电", at=at("2021-08-17"),
    )  # fmt: skip
    newest = filings.standing(annex_3(nation), nation.qixing, H1, as_of=d("2021-08-17")).newest
    filing.submit(viewer=nation.who["qixing"].officer, version=newest, at=at("2021-08-31"))
    assert state(nation, "qixing") == ReturnState.SUBMITTED


# ------------------------------------------------------------- cells and checks
def test_nought_blank_and_not_applicable_differ(nation):
    form = annex_3(nation)
    who = nation.who["yanshan"]
    cells = cells_of(form, **benefits(0))
    del cells["energy"]
    version = filing.fill_in(
        viewer=who.clerk,
        organisation=nation.yanshan,
        form="annex-3",
        period=H1,
        cells=cells,
        at=at("2021-07-10"),
    )
    with pytest.raises(BlankWithoutReason, match=r"增加售电量|more energy sold"):
        filing.review(viewer=who.officer, version=version, at=at("2021-07-10"))
    cells["energy"] = {c: {"value": "", "why": "表计未抄"} for c in benefits(0)}
    again = filing.fill_in(
        viewer=who.clerk,
        organisation=nation.yanshan,
        form="annex-3",
        period=H1,
        cells=cells,
        at=at("2021-07-10"),
    )
    assert again.cells["energy"]["total"] == {"status": "M", "source": "entered", "why": "表计未抄"}
    assert again.cells["beneficiaries"]["total"]["value"] == "0"
    filing.review(viewer=who.officer, version=again, at=at("2021-07-10"))


def test_the_total_must_be_the_sum_of_its_columns(nation):
    cells = cells_of(annex_3(nation), **(benefits(120, 30, 4, 6) | {"total": 161}))  # 120 + 30 + 4 + 6 = 160
    with pytest.raises(ChecksFail, match=r"合计不等于|not the sum"):
        filed(nation, "yanshan", "annex-3", H1, cells, "2021-07-10")


def test_the_year_is_no_less_than_its_first_half(nation):
    cells = cells_of(annex_3(nation), **benefits(10))
    accepted(nation, "city", filed(nation, "yanshan", "annex-3", H1, cells, "2021-07-10"), "2021-07-11")
    with pytest.raises(ChecksFail, match=r"上半年|first half"):
        filed(nation, "yanshan", "annex-3", "2021", cells_of(annex_3(nation), **benefits(9)), "2022-01-10")
    filed(nation, "yanshan", "annex-3", "2021", cells_of(annex_3(nation), **benefits(10)), "2022-01-10")


def test_a_value_of_another_type_is_refused_by_its_cell(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["beneficiaries"]["residents"] = {"value": "十二"}
    with pytest.raises(BadCell) as refused:
        filed(nation, "yanshan", "annex-3", H1, cells, "2021-07-10")
    assert "受益户数" in refused.value.say("zh")
    with pytest.raises(BadCell):
        filed(nation, "yanshan", "annex-3", H1, {"nowhere": {"total": {"value": "1"}}}, "2021-07-10")


# ------------------------------------------------------------- a level above
def test_a_level_files_the_sum_of_those_below_and_names_who_is_missing(nation):
    form = annex_3(nation)
    first = filed(nation, "qixing", "annex-3", H1, cells_of(form, **benefits(100, 20)), "2021-07-10")
    accepted(nation, "city", first, "2021-07-11")
    with pytest.raises(ChecksFail, match=r"下级|below"):
        filed(nation, "city", "annex-3", H1, cells_of(form, **benefits(101, 20)), "2021-07-12")
    with transaction.atomic(), pytest.raises(MissingBelow) as refused:
        filed(nation, "city", "annex-3", H1, cells_of(form, **benefits(100, 20)), "2021-07-12")
    assert "雁山区电力主管部门" in refused.value.say("zh")
    filed(
        nation, "city", "annex-3", H1, cells_of(form, **benefits(100, 20)), "2021-07-12",
        absent=[{"organisation": "YSQ", "why": "机构合并，数据下月补报"}],
    )  # fmt: skip
    assert state(nation, "city") == ReturnState.SUBMITTED


def test_who_is_missing_of_a_part_is_missing_of_the_whole(nation):
    """The city goes without Yanshan: so do the province over it and the nation, on form and paper."""
    form = annex_3(nation)
    first = filed(nation, "qixing", "annex-3", H1, cells_of(form, **benefits(100)), "2021-07-10")
    accepted(nation, "city", first, "2021-07-11")
    why = "机构合并，数据下月补报"
    city = filed(
        nation, "city", "annex-3", H1, cells_of(form, **benefits(100)), "2021-07-12",
        absent=[{"organisation": "YSQ", "why": why}],
    )  # fmt: skip
    accepted(nation, "province", city, "2021-07-13")
    together = merged(form, nation.province, H1, as_of=d("2021-07-13"))
    assert [(one.name.zh, one.of.zh, one.why) for one in together.further] == [
        ("雁山区电力主管部门", "桂林市电力主管部门", why)
    ]
    province = filed(nation, "province", "annex-3", H1, cells_of(form, **benefits(100)), "2021-07-14")
    assert province.absent == [{"organisation": "YSQ", "why": why, "of": "GLS"}]
    accepted(nation, "nea", province, "2021-07-15")
    above = merged(form, nation.nea, H1, as_of=d("2021-07-15"))
    assert [(one.name.zh, one.of.zh) for one in above.further] == [
        ("雁山区电力主管部门", "桂林市电力主管部门")
    ]
    here = filings.standing(form, nation.province, H1, as_of=d("2021-07-15"))
    (note,) = paper_of(here, province).notes[:1]
    assert "雁山区电力主管部门" in note


def test_a_version_filled_in_before_somebody_below_was_missing_is_written_anew(nation):
    form = annex_3(nation)
    first = filed(nation, "qixing", "annex-3", H1, cells_of(form, **benefits(100)), "2021-07-10")
    accepted(nation, "city", first, "2021-07-11")
    who = nation.who["province"]
    version = filing.fill_in(
        viewer=who.clerk, organisation=nation.province, form="annex-3", period=H1,
        cells=cells_of(form, **benefits(100)), absent=[{"organisation": "GLS", "why": "尚未报送"}],
        at=at("2021-07-11"),
    )  # fmt: skip
    city = filed(
        nation, "city", "annex-3", H1, cells_of(form, **benefits(100)), "2021-07-12",
        absent=[{"organisation": "YSQ", "why": "补报"}],
    )  # fmt: skip
    accepted(nation, "province", city, "2021-07-13")
    filing.review(viewer=who.officer, version=version, at=at("2021-07-13"))
    with pytest.raises(AbsentBelowChanged):
        filing.submit(viewer=who.officer, version=version, at=at("2021-07-13"))


def test_what_is_added_up_above_is_not_opened_below(nation):
    form = annex_3(nation)
    versions = [
        filed(nation, name, "annex-3", H1, cells_of(form, **benefits(5)), "2021-07-10")
        for name in ("qixing", "yanshan")
    ]
    for one in versions:
        accepted(nation, "city", one, "2021-07-11")
    filed(nation, "city", "annex-3", H1, cells_of(form, **benefits(10)), "2021-07-12")  # 5 + 5
    with pytest.raises(LockedAbove):
        filing.send_back(
            viewer=nation.who["city"].officer,
            office=nation.city,
            version=versions[0],
            reason="重报",
            at=at("2021-07-13"),
        )


def test_a_correction_is_another_version_that_shows_its_differences(nation):
    form = annex_3(nation)
    first = filed(nation, "yanshan", "annex-3", H1, cells_of(form, **benefits(5)), "2021-07-10")
    accepted(nation, "city", first, "2021-07-11")
    officer = nation.who["city"].officer
    filing.send_back(
        viewer=officer, office=nation.city, version=first, reason="少报一户", at=at("2021-07-12")
    )
    cells = cells_of(form, **benefits(5))
    cells["beneficiaries"]["residents"]["value"] = cells["beneficiaries"]["total"]["value"] = "6"
    second = filed(nation, "yanshan", "annex-3", H1, cells, "2021-07-13")
    found = [
        (line.key, column, a["value"], b["value"]) for line, column, a, b in differences(form, first, second)
    ]
    assert found == [("beneficiaries", "residents", "5", "6"), ("beneficiaries", "total", "5", "6")]
    assert second.number == 2
    first.refresh_from_db()
    assert first.cells["beneficiaries"]["residents"]["value"] == "5"


# ------------------------------------------------------------- states and hands
def test_states_follow_each_other_and_what_lies_above_is_not_written_anew(nation):
    form = annex_3(nation)
    who = nation.who["yanshan"]
    version = filing.fill_in(
        viewer=who.clerk, organisation=nation.yanshan, form="annex-3", period=H1,
        cells=cells_of(form, **benefits(1)), at=at("2021-07-10"),
    )  # fmt: skip
    with pytest.raises(CannotFollow):
        filing.submit(viewer=who.officer, version=version, at=at("2021-07-10"))
    filing.review(viewer=who.officer, version=version, at=at("2021-07-10"))
    filing.submit(viewer=who.officer, version=version, at=at("2021-07-10"))
    with pytest.raises(ReturnLocked):
        filing.fill_in(
            viewer=who.clerk,
            organisation=nation.yanshan,
            form="annex-3",
            period=H1,
            cells={},
            at=at("2021-07-11"),
        )
    filing.withdraw(viewer=who.officer, version=version, reason="漏报", at=at("2021-07-11"))
    with pytest.raises(CannotFollow):
        filing.accept(
            viewer=nation.who["city"].officer, office=nation.city, version=version, at=at("2021-07-11")
        )


def test_a_second_person_reviews_and_the_database_says_so_too(nation):
    officer = nation.who["yanshan"].officer
    version = filing.fill_in(
        viewer=officer, organisation=nation.yanshan, form="annex-3", period=H1,
        cells=cells_of(annex_3(nation), **benefits(1)), at=at("2021-07-10"),
    )  # fmt: skip
    with pytest.raises(OwnVersion):
        filing.review(viewer=officer, version=version, at=at("2021-07-10"))
    with transaction.atomic(), pytest.raises(IntegrityError, match="who filled it in does not review it"):
        ReturnStep.objects.create(
            organisation=nation.yanshan,
            version=version,
            number=1,
            what="reviewed",
            at=at("2021-07-10"),
            by=officer,
        )


def test_only_whom_it_is_filed_to_accepts_or_returns(nation):
    version = filed(nation, "yanshan", "annex-3", H1, cells_of(annex_3(nation), **benefits(1)), "2021-07-10")
    with pytest.raises(NotTheReceiver):
        filing.accept(
            viewer=nation.who["province"].officer,
            office=nation.province,
            version=version,
            at=at("2021-07-11"),
        )
    with pytest.raises(NotAllowed):
        filing.accept(
            viewer=nation.who["yanshan"].officer, office=nation.city, version=version, at=at("2021-07-11")
        )


def test_every_step_that_the_table_does_not_name_is_refused_by_the_database(nation):
    """All pairs: from each state to each step, what FOLLOWS allows and nothing else."""
    from tongdian.supervision.rules import FOLLOWS, Step

    ways = {
        ReturnState.DRAFT: [],
        ReturnState.REVIEWED: ["reviewed"],
        ReturnState.REWORK: ["rework"],
        ReturnState.SUBMITTED: ["reviewed", "submitted"],
        ReturnState.WITHDRAWN: ["reviewed", "submitted", "withdrawn"],
        ReturnState.ACCEPTED: ["reviewed", "submitted", "accepted"],
        ReturnState.RETURNED: ["reviewed", "submitted", "returned"],
    }
    who = nation.who["yanshan"]
    tried = 0
    for state_, way in ways.items():
        for wanted in Step.values:
            version = filing.fill_in(
                viewer=who.clerk, organisation=nation.yanshan, form="annex-3", period=f"{2030 + tried // 2}"
                if tried % 2 else f"{2030 + tried // 2}-H1", cells={}, at=at("2021-07-10"),
            )  # fmt: skip
            tried += 1
            for number, what in enumerate(way, 1):
                step(nation, version, number, what)
            if ReturnState(wanted) in FOLLOWS[state_]:
                step(nation, version, len(way) + 1, wanted)
            else:
                with transaction.atomic(), pytest.raises(IntegrityError, match="is not"):
                    step(nation, version, len(way) + 1, wanted)
    assert tried == 42  # seven states, six steps


def step(nation, version, number, what):
    ReturnStep.objects.create(
        organisation=nation.yanshan, version=version, number=number, what=what,
        to=nation.city if what == "submitted" else None, reason="试", at=at("2021-07-10"),
        by=nation.who["yanshan"].officer,
    )  # fmt: skip


def test_two_who_write_at_once_are_told(nation):
    who = nation.who["yanshan"]
    given = {
        "organisation": nation.yanshan,
        "form": "annex-3",
        "period": H1,
        "cells": {},
        "at": at("2021-07-10"),
    }
    filing.fill_in(viewer=who.clerk, begun_from=0, **given)
    with pytest.raises(ChangedMeanwhile):
        filing.fill_in(viewer=who.officer, begun_from=0, **given)


def test_a_question_on_a_cell_is_answered_with_the_return(nation):
    version = filed(nation, "yanshan", "annex-3", H1, cells_of(annex_3(nation), **benefits(1)), "2021-07-10")
    question = filing.ask(
        viewer=nation.who["city"].officer, office=nation.city, version=version, row="saved", column="residents",
        text="与决算不符？", answer_by=d("2021-07-20"), at=at("2021-07-12"),
    )  # fmt: skip
    said = filing.answer_question(
        viewer=nation.who["yanshan"].clerk, question=question, text="决算单 3 号", at=at("2021-07-13")
    )
    assert version.questions.get().answer == said
