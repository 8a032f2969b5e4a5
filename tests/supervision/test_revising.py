"""通知/1(2): where plans already issued do not meet the ledger, those responsible amend them without delay."""

from __future__ import annotations

import shutil

import pytest

from tests.supervision.conftest import accepted, at, cells_of, d, filed
from tongdian.supervision.actions import filing
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.cells import blanks
from tongdian.supervision.queries.filings import standing
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.revising import own_revisions, revision_due
from tongdian.supervision.refusing import BadCell, ChecksFail, ReturnLocked

DAY = "2021-04-20"


def plan_cells(nation, *, covers="160", **of_row):
    """A plan as whole as the ledger asks."""
    form = filing.form_for(nation.province, "plan", d(DAY))
    cells = cells_of(
        form,
        nation.province,
        office="电力处",
        person="王工",
        milestone_2021="完成一半",
        milestone_2022="全部完成",
    )
    for line in form.lines(nation.province):
        if line.clause.done_by not in (None, "ongoing"):
            cells[line.key]["due"] = {"value": str(line.clause.done_by)}
        if form.rule.cell(form.version, line, "covers") is not None:
            cells[line.key]["covers"] = {"value": covers}
        if form.rule.cell(form.version, line, "covers_city") is not None:
            cells[line.key]["covers_city"] = {"value": covers}
    for row, columns in of_row.items():
        cells[f"附件1/{row.removeprefix('task_')}"] |= {key: {"value": one} for key, one in columns.items()}
    return cells


def in_force(nation, who, above, cells, day=DAY, accepted_on=None):
    absent = [{"organisation": short, "why": "尚未报送"} for short in ("GLS", "QXQ", "YSQ")]
    version = filed(nation, who, "plan", "once", cells, day, absent=absent)
    accepted(nation, above, version, accepted_on or day)
    return version


def mark(nation, who, day="2021-06-01"):
    office = getattr(nation, who)
    return revision_due(
        standing(filing.form_for(office, "plan", d(day)), office, "once", as_of=d(day)), as_of=d(day)
    )


def test_a_plan_in_force_that_conforms_is_not_marked(nation):
    in_force(nation, "province", "nea", plan_cells(nation))
    assert mark(nation, "province") is None


def test_a_plan_that_falls_behind_the_plan_above_is_marked_with_the_clause_until_a_new_one_is_accepted(
    nation,
):
    in_force(nation, "city", "province", plan_cells(nation), accepted_on="2021-04-21")
    assert mark(nation, "city") is None
    # the province then promises task 21 three months earlier, and zero investment to 200 kW
    in_force(
        nation, "province", "nea", plan_cells(nation, covers="200", task_21={"due": "2021-09-30"}), day="2021-04-25"
    )  # fmt: skip
    due = mark(nation, "city")
    assert due.clause == "通知/1(2)"
    assert "附件1/21" in due.rows
    assert {cite for one in due.why for cite in one.cite} >= {"通知/1(4)", "附件1/36"}  # later; narrower
    assert own_revisions(nation.city, as_of=d("2021-06-01"))[0].clause == "通知/1(2)"
    # the city may write another version, though the province has filed over the first
    in_force(
        nation, "city", "province", plan_cells(nation, covers="200", task_21={"due": "2021-09-30"}), day="2021-04-28"
    )  # fmt: skip
    assert mark(nation, "city", "2021-04-27") is not None  # as it stood the day before
    assert mark(nation, "city") is None


def test_a_plan_in_force_that_conforms_is_not_written_anew_without_being_returned(nation):
    in_force(nation, "province", "nea", plan_cells(nation))
    with pytest.raises(ReturnLocked):
        filing.fill_in(
            viewer=nation.who["province"].clerk, organisation=nation.province, form="plan", period="once",
            cells=plan_cells(nation), at=at("2021-05-01"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "cells", "cite"),
    [
        ("task_21", {"due": "2022-01-01"}, "通知/1(1)"),  # the ledger: by the end of 2021
        ("task_9", {"covers": "99"}, "附件1/9"),  # below the country's 100 kW
        ("task_8", {"office": ""}, "通知/1(4)"),  # no office is responsible
        ("task_8", {"person": ""}, "通知/1(4)"),  # and nobody in it
        ("task_6", {"milestone_2021": ""}, "附件1/注2"),  # due by the end of 2022, no goal for 2021
    ],
)
def test_what_does_not_conform_is_what_a_new_plan_is_refused_for(nation, row, cells, cite):
    """The same cells are refused when they are reviewed, and marked where they are in force (here: a plan taken
    over from before, written past the actions)."""
    from tongdian.supervision.models import FiledReturn, ReturnStep, ReturnVersion

    wrong = plan_cells(nation, **{row: cells})
    version = filing.fill_in(
        viewer=nation.who["province"].clerk, organisation=nation.province, form="plan", period="once", cells=wrong,
        at=at(DAY),
    )  # fmt: skip
    with pytest.raises(ChecksFail):
        filing.review(viewer=nation.who["province"].officer, version=version, at=at(DAY))
    assert FiledReturn.objects.count() == ReturnVersion.objects.count() == 1
    for number, what in enumerate(("reviewed", "submitted", "accepted"), 1):
        ReturnStep.objects.create(
            organisation=nation.province, version=version, number=number, what=what,
            to=nation.nea if what == "submitted" else None, by=nation.who["province"].officer, at=at(DAY),
        )  # fmt: skip
    due = mark(nation, "province")
    assert due.rows == {f"附件1/{row.removeprefix('task_')}"}
    assert cite in due.why[0].cite


def own_plan(nation, day="2021-05-10", **of_row):
    """A supplier's plan: the tasks that the ledger gives to suppliers, and no others."""
    form = filing.form_for(nation.supplier, "plan", d(day))
    own = {line.key for line in form.lines(nation.supplier)}
    cells = {row: columns for row, columns in plan_cells(nation).items() if row in own}
    for row, columns in of_row.items():
        cells[f"附件1/{row.removeprefix('task_')}"] |= {key: {"value": one} for key, one in columns.items()}
    return cells


def test_a_supplier_s_plan_is_of_its_own_tasks_and_called_as_the_letter_calls_it(nation):
    form = filing.form_for(nation.supplier, "plan", d("2021-05-10"))
    own = {line.key for line in form.lines(nation.supplier)}
    assert not own & {
        f"附件1/{n}" for n in (2, 17, 18, 19, 20, 41, 45, 54, 55, 56)
    }  # departments' or offices'
    assert {"附件1/3", "附件1/53"} <= own
    assert form.title_of(nation.supplier).zh == "本企业实施方案"
    assert form.title_of(nation.province).zh == "行动方案和任务台账"
    assert "附件1/56" not in {line.key for line in form.lines(nation.province)}  # 派出机构 alone
    filed(nation, "supplier", "plan", "once", own_plan(nation), "2021-05-10")


def test_a_row_of_another_office_is_refused_with_its_name_at_every_door(nation):
    """附件1/2 is the province's: no page of a supplier's plan shows it, so nobody would review it; and who adds up would
    still read it."""
    given = own_plan(nation) | {"附件1/2": {"office": {"value": "营销部"}}}
    with pytest.raises(BadCell) as refused:
        filed(nation, "supplier", "plan", "once", given, "2021-05-10")
    assert "别的单位" in refused.value.say("zh")
    assert "another office" in refused.value.say("en")
    assert not ReturnVersion.objects.exists()


def test_a_row_of_another_office_that_was_once_taken_is_not_led_on(nation):
    who, day = nation.who["supplier"], d("2021-05-10")
    version = filing.fill_in(
        viewer=who.clerk, organisation=nation.supplier, form="plan", period="once", cells=own_plan(nation),
        at=at("2021-05-10"),
    )  # fmt: skip
    others = {"附件1/2": {"office": {"value": "营销部", "status": "A", "source": "entered"}}}
    ReturnVersion.objects.create(  # as a version written before rows were asked about
        organisation=nation.supplier, filing=version.filing, number=2, cells=version.cells | others, absent=[],
        remarks={}, hash="0" * 64, at=at("2021-05-10"), by=who.clerk,
    )  # fmt: skip
    form = filing.form_for(nation.supplier, "plan", day)
    begins = proposed(standing(form, nation.supplier, "once", as_of=day), as_of=day)
    assert "附件1/2" not in begins
    assert begins["附件1/7"]["office"]["value"] == "电力处"


@pytest.mark.parametrize("column", ["office", "person", "due"])
def test_a_supplier_s_task_that_is_nobody_s_is_refused_with_the_clause(nation, column):
    with pytest.raises(ChecksFail) as refused:
        filed(nation, "supplier", "plan", "once", own_plan(nation, task_3={column: ""}), "2021-05-10")
    assert "通知/2(1)" in refused.value.say("zh")


def test_what_was_emptied_is_not_filled_in_again_unasked(nation):
    form = filing.form_for(nation.supplier, "plan", d("2021-05-10"))
    filing.fill_in(
        viewer=nation.who["supplier"].clerk, organisation=nation.supplier, form="plan", period="once",
        cells=own_plan(nation, task_3={"office": "", "due": ""}), at=at("2021-05-10"),
    )  # fmt: skip
    begins = proposed(standing(form, nation.supplier, "once", as_of=d("2021-05-10")), as_of=d("2021-05-10"))
    assert begins["附件1/3"].get("office", {}).get("value", "") == ""
    assert begins["附件1/3"].get("due", {}).get("value", "") == ""
    assert begins["附件1/7"]["office"]["value"] == "电力处"
    left_out = own_plan(nation)
    del left_out["附件1/3"]["office"], left_out["附件1/3"]["due"]
    filing.fill_in(
        viewer=nation.who["supplier"].clerk, organisation=nation.supplier, form="plan", period="once",
        cells=left_out, at=at("2021-05-11"),
    )  # fmt: skip
    begins = proposed(standing(form, nation.supplier, "once", as_of=d("2021-05-11")), as_of=d("2021-05-11"))
    assert not begins["附件1/3"].keys() & {"office", "due"}


def test_a_plan_is_marked_when_what_it_rests_on_was_changed_after_it_was_accepted(nation, tmp_path):
    """The ledger moves task 21: the plan accepted before is to be looked at, with the clause that changed."""
    from tongdian.policy.shelf import shelf
    from tongdian.rulebook import queries as rulebook
    from tongdian.rulebook.actions import install_pack

    before = tmp_path / "nea-2021-37"
    shutil.copytree(shelf()["nea-2021-37"], before)
    clauses = before / "clauses.yaml"
    text = clauses.read_text("utf-8")
    task = text.index('- id: "附件1/21"')
    clauses.write_text(text[:task] + text[task:].replace("2021-12-31", "2022-06-30", 1), "utf-8")
    old = install_pack(folder=before, at=at("2021-03-30"))
    assert rulebook.pack("nea-2021-37").content_hash != old.content_hash
    in_force(nation, "province", "nea", plan_cells(nation))
    due = mark(nation, "province")
    assert due is not None
    assert due.why[-1].cite == ("附件1/21",)


def test_what_a_return_lacks_is_asked_of_the_rows_of_its_office(nation):
    """Of a supplier's plan nothing is needed but by its checks; of a county's annex 2 both counts of every row that is
    scored there."""
    plan = filing.form_for(nation.supplier, "plan", d("2021-05-10"))
    assert blanks(plan, nation.supplier, {}) == []
    form = filing.form_for(nation.yanshan, "annex-2", d("2021-07-10"))
    asked = blanks(form, nation.yanshan, {})
    assert {column for _, column in asked} == {"due_areas", "done_areas"}
    assert {line.key for line, _ in asked} <= {line.key for line in form.lines(nation.yanshan)}
