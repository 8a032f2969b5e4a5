"""附件1/53, 附件2-2/32: suppliers review their connection rules (立改废), and have done by 15 May 2021."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.agreements.spreadsheets import text_table
from tests.api.conftest import token_of
from tests.supervision.conftest import at, d, database_refuses
from tests.supervision.test_pages import page
from tongdian.agreements.actions import importing
from tongdian.agreements.importing.kinds.posted import PostedRowsStay
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.registers.action import ChangedMeanwhile
from tongdian.registers.dated import DayTaken
from tongdian.registers.fields import BadValue
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.actions import registers as actions
from tongdian.supervision.actions.counting import report_task
from tongdian.supervision.findings import ClauseUnknown
from tongdian.supervision.models import InternalRule
from tongdian.supervision.queries import registers as queries
from tongdian.supervision.refusing import NotATaskOfTheOffice, NotFirstEntry, NotYet, RulesOpen
from tongdian.supervision.rules import RuleStanding
from tongdian.supervision.sections import overdue_rules

pytestmark = pytest.mark.django_db

TODAY = "2021-06-01"


def rule(nation, code="A-1", day="2021-04-01", who="supplier", **given):
    said = {
        "code": code, "name": "业扩报装管理办法", "issuer": "营销部", "effective_on": d("2017-03-01"),
        "clause": "附件1/3", "first_on": d(day),
    }  # fmt: skip
    return actions.enter_internal_rule(
        viewer=nation.who[who].clerk, organisation=getattr(nation, who), at=at(TODAY), **said | given
    )


def decided(nation, one, day, verdict="revise", due_on="2021-05-10", reason="清理小组意见", **given):
    due = {"due_on": d(due_on)} if due_on else {}
    return actions.change_internal_rule(
        viewer=nation.who["supplier"].clerk, rule=one, first_on=d(day), reason=reason, verdict=verdict, at=at(TODAY),
        **due | given,
    )  # fmt: skip


def standing(day, code="A-1"):
    rows = InternalRule.objects.filter(in_force__contains=d(day), code=code)
    return queries.with_rule_standing(rows, d(day)).get().standing


# --------------------------------------------------------------- the list
def test_from_the_list_over_the_verdict_to_the_paper(nation):
    """The day of the clause is 15 May: not reviewed on the 16th is overdue."""
    one = rule(nation)
    assert standing("2021-05-15") == RuleStanding.UNREVIEWED
    assert standing("2021-05-16") == RuleStanding.OVERDUE
    two = decided(nation, one, "2021-04-20")
    assert standing("2021-04-19") == RuleStanding.UNREVIEWED  # as it was
    assert standing("2021-05-10") == RuleStanding.OPEN
    assert standing("2021-05-11") == RuleStanding.OVERDUE
    decided(
        nation, two, "2021-05-12", done_on=d("2021-05-12"), paper="桂供电营销〔2021〕9号", reason="已印发"
    )
    assert standing("2021-05-12") == RuleStanding.DONE_LATE
    assert [row.verdict for row in actions.DATED.history(two)] == ["revise", "revise", ""]


def test_an_own_day_after_15_may_puts_nothing_off(nation):
    """附件2-2/32(1) asks that rules are made, changed and repealed, 32(2) by 15 May 2021: a verdict alone clears
    nothing (rule-clearing). A rule that came into force later is none of those."""
    one = rule(nation, verdict="revise", due_on=d("2027-01-14"))
    rule(nation, "A-9", verdict="revise", due_on=d("2021-05-30"), effective_on=d("2021-05-20"))
    assert standing("2021-05-15") == RuleStanding.OPEN
    assert standing("2021-05-16") == RuleStanding.OVERDUE
    assert standing("2021-05-16", "A-9") == RuleStanding.OPEN
    done = {"done_on": d("2021-05-20"), "paper": "文1"}
    decided(nation, one, "2021-05-20", due_on="2027-01-14", **done)
    assert standing("2021-05-20") == RuleStanding.DONE_LATE


def test_what_is_kept_is_done_with_its_verdict(nation):
    decided(nation, rule(nation), "2021-04-20", "keep", "")
    assert standing("2021-06-01") == RuleStanding.KEPT


def test_only_suppliers_review_their_rules(nation):
    with pytest.raises(NotATaskOfTheOffice):
        rule(nation, who="province")
    with pytest.raises(NotAllowed):
        actions.enter_internal_rule(
            viewer=nation.who["city"].officer, organisation=nation.supplier, code="x", name="x", issuer="x",
            effective_on=d("2017-03-01"), clause="附件1/3", first_on=d("2021-04-01"), at=at(TODAY),
        )  # fmt: skip
    assert not InternalRule.objects.exists()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("due_on", {"verdict": "revise", "due_on": None}),
        ("due_on", {"verdict": "keep"}),
        ("done_on", {"verdict": "", "due_on": None, "done_on": d("2021-04-01"), "paper": "x"}),
        ("paper", {"verdict": "abolish", "done_on": d("2021-04-01")}),
        (
            "done_on",
            {"verdict": "abolish", "done_on": d("2021-04-02"), "paper": "x"},
        ),  # after the day that it is of
        ("effective_on", {"verdict": "revise", "effective_on": None}),
        ("clause", {"verdict": "revise", "clause": "附件9/9"}),
        ("first_on", {"verdict": "revise", "first_on": d("2021-06-02")}),
        ("verdict", {"verdict": "perhaps"}),
    ],
)
def test_what_contradicts_itself_is_refused_beside_its_field(nation, field, given):
    with pytest.raises((BadValue, NotYet, ClauseUnknown)) as refused:
        rule(nation, **{"due_on": d("2021-05-10")} | given)
    assert refused.value.field == field
    assert not InternalRule.objects.exists()


def test_a_rule_to_be_made_is_not_in_force_yet(nation):
    assert (
        rule(nation, "拟-1", verdict="make", due_on=d("2021-05-10"), effective_on=None).effective_on is None
    )


def test_the_database_refuses_the_same(nation):
    def row(**given):
        said = {
            "organisation": nation.supplier, "code": "x", "name": "x", "issuer": "x", "pack": "nea-2021-37",
            "clause": "附件1/3", "effective_on": d("2017-01-01"), "in_force": (d("2021-04-01"), None),
        }  # fmt: skip
        return InternalRule.objects.create(**said | given)

    with database_refuses("internal_rule_to_be_changed_has_a_day"):
        row(verdict="revise")
    with database_refuses("internal_rule_to_be_changed_has_a_day"):
        row(verdict="keep", due_on=d("2021-05-01"))
    with database_refuses("internal_rule_is_done_with_a_paper"):
        row(verdict="revise", due_on=d("2021-05-01"), done_on=d("2021-04-30"))
    with database_refuses("internal_rule_that_is_there_came_into_force"):
        row(effective_on=None)
    made = row()
    with database_refuses("internal_rule_says_one_thing_at_a_time"):
        row(reason="x")
    with database_refuses("internal_rule_entered_anew_says_why"):
        row(in_force=(d("2020-01-01"), d("2021-04-01")))
    with database_refuses("rows_end_and_are_never_rewritten"):
        InternalRule.objects.filter(pk=made.pk).update(verdict="keep")
    with database_refuses("rows_end_and_are_never_rewritten"):
        InternalRule.objects.filter(pk=made.pk).update(in_force=(d("2021-03-01"), None))


def test_entered_twice_changed_without_a_reason_or_on_the_same_day_is_refused(nation):
    one = rule(nation)
    with pytest.raises(NotFirstEntry):
        rule(nation, day="2021-04-05")
    with pytest.raises(BadValue) as refused:
        decided(nation, one, "2021-04-20", reason="")
    assert refused.value.field == "reason"
    with pytest.raises(DayTaken):
        decided(nation, one, "2021-04-01")
    seen = actions.change_internal_rule.mark(one)
    assert decided(nation, one, "2021-04-20", seen=seen).verdict == "revise"
    with pytest.raises(ChangedMeanwhile):
        decided(nation, one, "2021-04-21", seen="other")
    assert InternalRule.objects.count() == 2


# --------------------------------------------------------------- what it shows
def report(nation, clause="附件2-2/32(1)", on="2021-05-20", state="done"):
    return report_task(
        viewer=nation.who["supplier"].clerk, organisation=nation.supplier, clause=clause, state=state, on=d(on),
        text="清理完毕", paper="桂供电营销〔2021〕9号", at=at(TODAY),
    )  # fmt: skip


@pytest.mark.parametrize("clause", ["附件1/53", "附件2-2/32(1)", "附件2-2/32(2)"])
def test_a_review_is_not_done_while_its_list_says_otherwise(nation, clause):
    report(nation, clause, "2021-03-31")  # a list is kept by who keeps one
    one = rule(nation)
    rule(nation, "A-2", verdict="keep")
    with pytest.raises(RulesOpen) as refused:
        report(nation, clause)
    assert refused.value.facts["n"] == 1
    assert report(nation, clause, state="going").state == "going"
    two = decided(nation, one, "2021-05-01")
    with pytest.raises(RulesOpen):
        report(nation, clause)
    decided(nation, two, "2021-05-15", done_on=d("2021-05-15"), paper="文1", reason="已印发")
    assert report(nation, clause).state == "done"
    report(nation, "附件1/3")  # another task is not asked


def test_shares_add_up_the_tree_and_name_who_is_to_be_pressed(nation):
    """Three listed, two reviewed (66.7%), one of two to be changed is done (50%), one is overdue."""
    decided(nation, rule(nation), "2021-04-20", done_on=d("2021-04-20"), paper="文1")
    rule(nation, "A-2", verdict="abolish", due_on=d("2021-05-20"))
    rule(nation, "A-3", verdict="")
    on = d("2021-05-15")
    below = queries.organisations_below(nation.province, rulebook.pack("nea-2021-37"), "附件1/53", as_of=on)
    assert below == [nation.supplier]
    (here,) = queries.by_division(
        queries.RuleTotals, nation.province, below, queries.rule_totals(below, as_of=on)
    )
    assert (here.code, here.organisations, here.missing, here.behind) == ("450300", 1, (), ())
    assert here.totals == queries.RuleTotals(listed=3, reviewed=2, to_change=2, done=1, overdue=0)
    later = queries.rule_totals(below, as_of=d("2021-05-21"))[nation.supplier.pk]
    assert later.overdue == 2  # the one nobody reviewed, and the one to be abolished by the 20th
    clerk = nation.who["supplier"].clerk
    assert overdue_rules(clerk, d("2021-05-21")).count() == 2
    assert overdue_rules(nation.who["city"].clerk, d("2021-05-21")).count() == 0


# --------------------------------------------------------------- doors
def test_on_the_pages_of_the_supplier_and_of_who_is_above(nation, client):
    clerk = nation.who["supplier"].clerk
    client.force_login(clerk)
    where = f"/supervision/internal-rules/list/new/?for={nation.supplier.pk}"
    typed = {
        "code": "桂供电营销〔2017〕3号", "name": "业扩报装管理办法", "issuer": "营销部", "effective_on": "2017-03-01",
        "clause": "附件1/3", "verdict": "revise", "first_on": "2021-04-01",
    }  # fmt: skip
    refused = client.post(where, typed)
    assert refused.status_code == 422
    assert "必填" in refused.content.decode()
    reply = client.post(where, typed | {"due_on": "2021-05-10"})
    assert reply.status_code == 302, reply.content.decode()[:3000]
    one = InternalRule.objects.get()
    shown = page(client, clerk, "/supervision/internal-rules/")
    assert "业扩报装管理办法" in shown
    assert "逾期" in shown
    assert "2021-05-15" in shown  # by the clause
    change = page(client, clerk, f"/supervision/internal-rules/list/{one.pk}/")
    assert "变更原因" in change
    above = page(client, nation.who["city"].clerk, "/supervision/internal-rules/")
    assert "100.0%" in above
    assert "雁山供电公司" in above
    assert "业扩报装管理办法" in page(
        client, nation.who["city"].clerk, "/supervision/internal-rules/list/?whose=GD"
    )
    assert "业扩报装管理办法" not in page(
        client, nation.who["qixing"].clerk, "/supervision/internal-rules/list/"
    )
    client.force_login(nation.who["city"].clerk)
    assert client.get(f"/supervision/internal-rules/list/{one.pk}/").status_code == 403
    assert "逾期未清理的制度" in page(client, clerk, "/")


def test_a_page_asks_no_more_for_more_rules_and_projects(nation, client, django_assert_max_num_queries):
    from tests.supervision.test_grid_plans import project

    one = project(nation, starts_on=d("2026-03-01"), day="2026-02-01")
    for number in range(12):
        rule(nation, f"B-{number}")
        project(nation, one.plan, code=f"Q-{number}")
    for account in (nation.who["supplier"].clerk, nation.who["province"].clerk):
        client.force_login(account)
        for address in ("/supervision/grids/", "/supervision/internal-rules/"):
            client.get(address)  # packs are read once for the process
            with django_assert_max_num_queries(18):
                assert client.get(address).status_code == 200


TITLES = ("制度编号", "制度名称", "印发单位", "施行日期", "涉及条款", "清理意见", "完成期限", "完成日期", "凭证", "取消日期", "自何日起", "变更原因")  # fmt: skip


def staged(nation, *rows):
    return importing.stage(
        viewer=nation.who["supplier"].officer, organisation=nation.supplier, kind="rules",
        file_name="清单.csv", content=text_table(TITLES, *rows), at=at(TODAY),
    )  # fmt: skip


def test_by_spreadsheet_with_a_preview_that_refuses_what_a_form_would(nation):
    rule(nation)
    whole = (
        "A-2",
        "抄核收办法",
        "营销部",
        "2018-01-01",
        "附件1/3",
        "废止",
        "2021-05-10",
        "",
        "",
        "",
        "2021-04-01",
        "",
    )
    changed = (
        "A-1",
        "业扩报装管理办法",
        "营销部",
        "",
        "附件1/3",
        "修订",
        "2021-05-10",
        "",
        "",
        "",
        "2021-04-20",
        "清理小组意见",
    )
    no_day = ("A-3", "x", "营销部", "2018-01-01", "附件1/3", "修订", "", "", "", "", "2021-04-01", "")
    no_reason = ("A-1", "业扩报装办法", "营销部", "", "附件1/3", "", "", "", "", "", "2021-04-21", "")
    brought = staged(nation, whole, changed, no_day)
    assert list(brought.rows.order_by("number").values_list("fate", flat=True)) == [
        "new",
        "changed",
        "refused",
    ]
    assert brought.rows.get(fate="refused").reasons[0][1] == "必填，不能为空"
    assert InternalRule.objects.count() == 1  # the preview kept nothing
    assert Entry.objects.filter(action="enter-internal-rule").count() == 1
    importing.confirm(viewer=nation.who["supplier"].officer, brought=brought, at=at(TODAY))
    assert standing("2021-05-09", "A-2") == RuleStanding.OPEN
    assert standing("2021-05-09") == RuleStanding.OPEN
    assert Entry.objects.filter(action="change-internal-rule").count() == 1
    again = staged(nation, whole, no_reason)
    assert list(again.rows.order_by("number").values_list("fate", flat=True)) == ["same", "refused"]
    with pytest.raises(PostedRowsStay):
        importing.undo(viewer=nation.who["supplier"].officer, brought=brought, at=at(TODAY))
    assert InternalRule.objects.count() == 3


def test_what_is_exported_comes_in_as_the_same(nation, client):
    rule(nation, verdict="revise", due_on=d("2021-05-10"))
    client.force_login(nation.who["supplier"].officer)
    reply = client.post(
        "/supervision/internal-rules/list/export/", {"as": "csv"}, headers={"accept-language": "zh-hans"}
    )
    content = b"".join(reply.streaming_content)
    brought = importing.stage(
        viewer=nation.who["supplier"].officer, organisation=nation.supplier, kind="rules",
        file_name="x.csv", content=content, at=at(TODAY),
    )  # fmt: skip
    assert [row.fate for row in brought.rows.all()] == ["same"]


def test_by_program(nation, client):
    headers = token_of(nation.who["supplier"].clerk)
    body = {
        "organisation": str(nation.supplier.pk), "code": "A-1", "name": "办法", "issuer": "营销部",
        "effective_on": "2017-03-01", "clause": "附件1/3", "first_on": "2021-04-01",
    }  # fmt: skip
    made = client.post(
        "/api/v1/internal-rules", body, content_type="application/json", headers=headers
    ).json()
    where = f"/api/v1/internal-rules/{made['id']}"
    change = {"verdict": "keep", "first_on": "2021-04-20", "reason": "仍适用", "seen": made["seen"]}
    reply = client.post(f"{where}/change", change, content_type="application/json", headers=headers)
    assert reply.status_code == 200, reply.content
    held = client.get(f"/api/v1/internal-rules/{reply.json()['id']}/history", headers=headers).json()["items"]
    assert [(one["first_on"], one["verdict"]) for one in held] == [("2021-04-20", "keep"), ("2021-04-01", "")]


def test_a_project_by_spreadsheet_names_its_plan_by_its_code(nation):
    clerk = nation.who["supplier"].clerk
    actions.enter_grid_plan(
        viewer=clerk, organisation=nation.supplier, code="TZ", name="方案", sort="investment", first_year=Decimal(2021),
        last_year=Decimal(2021), approved_on=d("2021-01-20"), paper="x", first_on=d("2021-01-25"), at=at(TODAY),
    )  # fmt: skip
    titles = ("项目编号", "投资方案编号", "项目名称", "电网", "行政区划代码", "计划投资（元）", "计划开工", "计划投产", "自何日起")  # fmt: skip
    row = ("P-1", "TZ", "改造", "农网", "450311", "3,200,000.00", "2021-05-20", "2021-09-30", "2021-02-01")
    brought = importing.stage(
        viewer=nation.who["supplier"].officer, organisation=nation.supplier, kind="projects",
        file_name="x.csv", content=text_table(titles, row, ("P-2", "NO", *row[2:])), at=at(TODAY),
    )  # fmt: skip
    assert [one.fate for one in brought.rows.order_by("number")] == ["new", "refused"]
    importing.confirm(viewer=nation.who["supplier"].officer, brought=brought, at=at(TODAY))
    assert queries.grid_totals([nation.supplier], as_of=d(TODAY))[nation.supplier.pk].planned_yuan == 3200000
