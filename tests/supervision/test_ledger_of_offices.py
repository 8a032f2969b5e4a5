"""Whose a task of the ledger is: note 1's companies, regional offices, and offices below the province by their plans."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import adopt_group, at, d, department
from tests.supervision.test_counting import said, task
from tests.supervision.test_pages import page
from tests.supervision.test_revising import in_force, plan_cells
from tongdian.supervision.actions import conditions
from tongdian.supervision.models import TaskReport
from tongdian.supervision.queries import filings, tasks
from tongdian.supervision.refusing import BeforeTheDocument, TaskGoesOn
from tongdian.supervision.rules import TaskStanding

DAY = "2021-11-30"


def pack_of(nation):
    return conditions.form_for(nation.province, "plan", d(DAY)).pack


def own(nation, name, day=DAY):
    every = tasks.tasks_of(getattr(nation, name), pack_of(nation), as_of=d(day))
    return {one.clause.id: one for one in every if one.is_own}


def test_a_grid_company_has_the_suppliers_tasks_and_no_others(nation, viewer):
    """附件1/注1 counts the companies themselves among 各供电企业."""
    adopt_group(nation, viewer)
    assert set(own(nation, "group")) == set(own(nation, "supplier"))
    assert not set(own(nation, "group")) & {"附件1/2", "附件1/17", "附件1/56"}


def test_nobody_is_late_with_the_tasks_of_others(nation):
    every = tasks.tasks_of(nation.nea, pack_of(nation), as_of=d(DAY))
    assert {one.standing for one in every} == {TaskStanding.OTHERS}


def test_a_county_is_late_with_what_its_own_accepted_plan_breaks_down_to_it(nation, client):
    """附件1/17 is the provincial departments'. Before a plan of the county was accepted it is listed as not broken
    down, and the page says whose arrangement that is."""
    assert own(nation, "yanshan")["附件1/17"].standing == TaskStanding.UNDIVIDED
    said_so = page(client, nation.who["yanshan"].officer, f"/supervision/tasks/?as_of={DAY}")
    assert "tasks-below-the-province" in said_so
    assert own(nation, "province")["附件1/17"].standing == TaskStanding.OVERDUE
    in_force(nation, "yanshan", "city", plan_cells(nation))
    assert own(nation, "yanshan")["附件1/17"].standing == TaskStanding.OVERDUE
    assert own(nation, "yanshan", "2021-04-19")["附件1/17"].standing == TaskStanding.UNDIVIDED  # as it was


def test_the_nation_sees_its_regional_offices_below(nation, viewer):
    """附件1/52 has them report to the Administration, and 附件1/56 is theirs alone; they file no plan."""
    adopt_group(nation, viewer)
    below = {one.clause.id: one for one in tasks.tasks_below(nation.nea, pack_of(nation), as_of=d(DAY))}
    assert [office.short for office, _ in below["附件1/56"].each] == ["NFJ"]
    assert {office.short for office, _ in below["附件1/52"].each} == {"GXT", "NFJ", "JT"}
    city = {one.clause.id: one for one in tasks.tasks_below(nation.city, pack_of(nation), as_of=d(DAY))}
    assert [office.short for office, _ in city["附件1/56"].each] == []


def test_both_days_of_coordination_stand_on_the_ledger(nation, client):
    said_so = page(client, nation.who["province"].officer, f"/supervision/tasks/?as_of={DAY}")
    row = said_so.split("附件1/51</a>")[1].split("</tr>")[0]
    assert "2020-12-31" in row
    assert "2021-04-30" in row


# ------------------------------------------------------------- what is said of tasks
def test_what_goes_on_is_never_done(nation):
    with pytest.raises(TaskGoesOn):
        said(nation, "附件1/57", "done", "2021-06-01", paper="桂能〔2021〕9号")
    TaskReport.objects.create(  # as it was entered before that was refused
        organisation=nation.province, pack="nea-2021-37", clause="附件1/57", on=d("2021-06-01"), state="done",
        text="已推广", paper="桂能〔2021〕9号", at=at("2021-06-01"),
    )  # fmt: skip
    assert task(nation, "附件1/57", "2021-06-02").standing == TaskStanding.ONGOING


def test_nothing_is_said_for_a_day_on_which_the_document_bound_nobody(nation):
    with pytest.raises(BeforeTheDocument):
        said(nation, "附件1/54", "done", "2019-12-31", paper="桂政办〔2019〕1号")


def test_the_day_claimed_and_the_day_recorded_stand_apart(nation, client):
    TaskReport.objects.create(
        organisation=nation.province, pack="nea-2021-37", clause="附件1/54", on=d("2021-04-28"), state="done",
        text="已纳入", paper="桂政办〔2021〕5号", at=at("2021-09-01"),
    )  # fmt: skip
    one = task(nation, "附件1/54", DAY)
    assert (one.done_on, one.recorded_on) == (d("2021-04-28"), d("2021-09-01"))
    said_so = page(client, nation.who["province"].officer, f"/supervision/tasks/?as_of={DAY}")
    row = said_so.split("附件1/54</a>")[1].split("</tr>")[0]
    assert "2021-09-01" in row


# ------------------------------------------------------------- who is expected opens
def test_a_supplier_that_adopted_nothing_here_is_expected_and_its_plan_opens(nation, client):
    """The letter binds every supplier (通知/2(1)), whether it works with this program or not."""
    local = department("supplier", "雁山地方供电公司", "DF", "450311")
    officer = nation.who["regional"].officer
    form = conditions.form_for(nation.supplier, "plan", d(DAY))
    expected = filings.expected_below(form, nation.regional, "once", as_of=d(DAY))
    assert local in [one.organisation for one in expected]
    said_so = page(client, officer, "/supervision/expected/plan/once/?office=NFJ")
    for one in expected:
        address = f"/supervision/returns/{one.organisation.pk}/plan/once/"
        assert address in said_so
        page(client, officer, address)
    page(client, nation.who["qixing"].officer, f"/supervision/returns/{local.pk}/plan/once/", 404)


def test_beside_each_that_has_not_filed_stands_the_reminder(nation, client):
    said_so = page(client, nation.who["city"].officer, "/supervision/expected/annex-3/2026-H1/?office=GLS")
    assert "whom=YSQ" in said_so
    assert "whom=QXQ" in said_so
    copy = page(client, nation.who["regional"].officer, "/supervision/expected/annex-3/2026-H1/?office=NFJ")
    assert "whom=" not in copy  # it gets a copy, and the province files to the nation


def test_a_page_for_another_office_says_whose_it_is(nation, client):
    said_so = page(client, nation.who["qixing"].officer, "/supervision/?office=YSQ")
    assert "YSQ" in said_so
    assert 'role="status"' in said_so
