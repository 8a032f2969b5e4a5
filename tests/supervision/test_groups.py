"""通知/2(4): the grid companies see that their suppliers at every level finish the work on time and in order."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.supervision.conftest import adopt_group, at, cells_of, d
from tongdian.allowed import NotAllowed
from tongdian.registers.fields import BadValue
from tongdian.supervision.actions import filing
from tongdian.supervision.actions.counting import report_task
from tongdian.supervision.actions.groups import remind_supplier
from tongdian.supervision.models import GroupReminder
from tongdian.supervision.queries.filings import may_see
from tongdian.supervision.queries.groups import reminders_to, subsidiary_standings, supplier_group
from tongdian.supervision.refusing import NotAGroup, NotASupplier


@pytest.fixture
def group(nation, viewer):
    """As `adopt_group`."""
    return adopt_group(nation, viewer)


def reminded(nation, **more):
    given = {"viewer": nation.who["group"].officer, "organisation": nation.group, "supplier": nation.own,
             "about": "plan/once", "text": "实施方案请于本周报出", "at": at("2021-05-17")}  # fmt: skip
    return remind_supplier(**given | more)


def test_a_group_sees_what_of_its_suppliers_is_due_late_and_missing(group):
    report_task(
        viewer=group.who["own"].clerk, organisation=group.own, clause="附件1/8", state="done", on=d("2021-03-01"),
        text="线上办理", paper="线上办电上线通知", at=at("2021-05-16"),
    )  # fmt: skip
    (one,) = subsidiary_standings(supplier_group(group.group, d("2021-05-17")), as_of=d("2021-05-17"))
    assert one.supplier == group.own
    assert [row.form.key for row in one.missing] == ["plan"]  # it was due on 15 May
    assert one.done == 1
    assert "附件1/7" in {task.clause.id for task in one.overdue}  # due by the end of 2020
    assert one.is_behind


def test_a_group_looks_at_its_suppliers_plans_and_files_nothing_for_them(group):
    form = filing.form_for(group.own, "plan", d("2021-04-02"))
    assert may_see(group.who["group"].clerk, form, group.own, d("2021-04-02"))
    with pytest.raises(NotAllowed):
        filing.fill_in(
            viewer=group.who["group"].clerk, organisation=group.own, form="plan", period="once",
            cells=cells_of(form, office="营销部"), at=at("2021-04-02"),
        )  # fmt: skip
    version = filing.fill_in(
        viewer=group.who["own"].clerk, organisation=group.own, form="plan", period="once",
        cells=cells_of(form, office="营销部"), at=at("2021-04-02"),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        filing.review(viewer=group.who["group"].officer, version=version, at=at("2021-04-03"))
    with pytest.raises(NotAllowed):
        report_task(
            viewer=group.who["group"].clerk, organisation=group.own, clause="附件1/8", state="going",
            on=d("2021-04-01"), text="x", at=at("2021-04-02"),
        )  # fmt: skip


def test_a_group_sees_no_supplier_of_others(group):
    form = filing.form_for(group.supplier, "plan", d("2021-04-02"))
    assert not may_see(group.who["group"].officer, form, group.supplier, d("2021-04-02"))
    with pytest.raises(NotASupplier):
        reminded(group, supplier=group.supplier)


def test_a_reminder_is_kept_and_shown_to_the_supplier(group):
    said = reminded(group)
    pack = supplier_group(group.group, d("2021-05-17")).pack
    (shown,) = reminders_to(group.own, pack, as_of=d("2021-05-17"))
    assert (shown.row, shown.said.zh) == (said, "行动方案和任务台账 一次性")
    assert reminders_to(group.own, pack, as_of=d("2021-05-16")) == []
    reminded(group, about="附件1/7", text="环节压减")
    (one,) = subsidiary_standings(supplier_group(group.group, d("2021-05-17")), as_of=d("2021-05-17"))
    assert [said.row.about for said in one.reminders] == ["附件1/7", "plan/once"]


@pytest.mark.parametrize("about", ["附件1/2", "plan/2021", "annex-3/2021-H1", "nothing", "附件2-2/3(1)"])
def test_it_is_about_a_duty_of_that_supplier(group, about):
    """Task 2 is the province's, annex 3 is no return of a supplier."""
    with pytest.raises(BadValue):
        reminded(group, about=about)
    assert not GroupReminder.objects.exists()


@pytest.mark.parametrize("who", [("group", "clerk"), ("group", "supervisor"), ("province", "officer")])
def test_only_an_officer_of_the_group_reminds(group, who):
    name, role = who
    with pytest.raises(NotAllowed):
        reminded(group, viewer=getattr(group.who[name], role))


def test_who_is_no_group_presses_nobody(group):
    with pytest.raises(NotAGroup):
        reminded(group, viewer=group.who["province"].officer, organisation=group.province)
    with pytest.raises(IntegrityError, match="reminder_goes_to_somebody_else"), transaction.atomic():
        GroupReminder.objects.create(
            organisation=group.group,
            to=group.group,
            pack="nea-2021-37",
            about="x",
            text="x",
            at=at("2021-05-17"),
        )
