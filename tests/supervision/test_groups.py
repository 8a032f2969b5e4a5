"""通知/2(4): the grid companies see that their suppliers at every level finish the work on time and in order."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import adopt_group, at, cells_of, d
from tongdian.allowed import NotAllowed
from tongdian.supervision.actions import filing
from tongdian.supervision.actions.counting import report_task
from tongdian.supervision.actions.letters import send_reminder
from tongdian.supervision.findings import NotSupervised
from tongdian.supervision.queries.filings import may_see
from tongdian.supervision.queries.groups import subsidiary_standings, supplier_group
from tongdian.supervision.queries.letters import reminders_seen


@pytest.fixture
def group(nation, viewer):
    """As `adopt_group`."""
    return adopt_group(nation, viewer)


def reminded(nation, **more):
    given = {"viewer": nation.who["group"].officer, "organisation": nation.group, "about": nation.own,
             "clause": "附件1/7", "text": "环节压减，请本月完成", "due_on": d("2021-05-31"), "at": at("2021-05-17")}  # fmt: skip
    return send_reminder(**given | more)


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
            cells=cells_of(form, group.own, office="营销部"), at=at("2021-04-02"),
        )  # fmt: skip
    version = filing.fill_in(
        viewer=group.who["own"].clerk, organisation=group.own, form="plan", period="once",
        cells=cells_of(form, group.own, office="营销部"), at=at("2021-04-02"),
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
    with pytest.raises(NotSupervised):
        reminded(group, about=group.supplier)


def test_a_group_s_reminder_stands_with_its_supplier(group):
    said = reminded(group)
    (one,) = subsidiary_standings(supplier_group(group.group, d("2021-05-17")), as_of=d("2021-05-17"))
    assert one.reminders == [said]
    assert reminders_seen(group.who["own"].clerk, as_of=d("2021-05-17")).get() == said
    assert not reminders_seen(group.who["supplier"].clerk, as_of=d("2021-05-17")).exists()


@pytest.mark.parametrize("who", [("group", "supervisor"), ("province", "officer"), ("own", "clerk")])
def test_only_who_works_for_the_group_reminds_in_its_name(group, who):
    name, role = who
    with pytest.raises(NotAllowed):
        reminded(group, viewer=getattr(group.who[name], role))
