"""附件1/39: suppliers plan investment and build; 附件1/40: departments plan grids, evaluate and adjust regularly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import F

from tests.api.conftest import token_of
from tests.supervision.conftest import at, d, database_refuses
from tests.supervision.test_pages import page
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.parties.models import Region
from tongdian.registers.fields import BadValue
from tongdian.supervision.actions import registers as actions
from tongdian.supervision.models import GridPlan, GridPlanStep, GridProject
from tongdian.supervision.queries import registers as queries
from tongdian.supervision.refusing import NoSuchPlan, NotATaskOfTheOffice, NotFirstEntry, NotYet
from tongdian.supervision.rules import ProjectStanding
from tongdian.supervision.sections import late_projects, plans_to_evaluate

pytestmark = pytest.mark.django_db

TODAY = "2026-07-01"


def plan(nation, who="supplier", day="2026-01-25", **given):
    sort = "investment" if who == "supplier" else "development"
    said = {
        "code": "TZ-2026", "name": "2026年投资方案", "sort": sort, "grids": "both", "first_year": Decimal(2026),
        "last_year": Decimal(2026), "approved_on": d("2026-01-20"), "paper": "桂供电计〔2026〕3号",
        "every_months": None if sort == "investment" else Decimal(12), "first_on": d(day),
    }  # fmt: skip
    return actions.enter_grid_plan(
        viewer=nation.who[who].clerk, organisation=getattr(nation, who), at=at(TODAY), **said | given
    )


def development(nation, who="province", **given):
    years = {"first_year": Decimal(2025), "last_year": Decimal(2030), "approved_on": d("2025-06-30")}
    return plan(nation, who, "2025-07-01", **{"code": "GH-15", "name": "“十五五”配电网规划"} | years | given)


def project(nation, of=None, day="2026-02-01", **given):
    said = {
        "code": "P-1", "name": "雁山镇10kV改造", "grid": "rural", "planned_yuan": Decimal("3200000.00"),
        "capacity_kva": Decimal(2500), "starts_on": d("2026-03-01"), "ends_on": d("2026-06-30"), "first_on": d(day),
        "region": Region.objects.get(code="450311"),
    }  # fmt: skip
    return actions.enter_grid_project(
        viewer=nation.who["supplier"].clerk, plan=of or plan(nation), at=at(TODAY), **said | given
    )


def moved_on(nation, one, day, reason="月报", **given):
    return actions.change_grid_project(
        viewer=nation.who["supplier"].clerk,
        project=one,
        first_on=d(day),
        reason=reason,
        at=at(TODAY),
        **given,
    )


# --------------------------------------------------------------- who plans what
def test_the_ledger_says_whose_task_a_plan_is(nation):
    plan(nation)
    development(nation)
    development(nation, "city")  # broken down to it (通知/1(4))
    development(nation, "regional")  # 40 names the regional offices too
    with pytest.raises(NotATaskOfTheOffice):
        plan(nation, "province", code="TZ", sort="investment")
    with pytest.raises(NotATaskOfTheOffice):
        plan(nation, code="GH", sort="development", every_months=Decimal(12))


def test_who_has_no_role_there_enters_nothing(nation):
    with pytest.raises(NotAllowed):
        actions.enter_grid_plan(
            viewer=nation.who["city"].clerk, organisation=nation.supplier, code="x", name="x", sort="investment",
            first_year=Decimal(2026), last_year=Decimal(2026), approved_on=d("2026-01-20"), paper="x",
            first_on=d("2026-01-25"), at=at(TODAY),
        )  # fmt: skip
    assert not GridPlan.objects.exists()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("last_year", {"last_year": Decimal(2024)}),
        ("every_months", {"every_months": None}),
        ("paper", {"paper": ""}),
        ("first_year", {"first_year": Decimal(1999)}),
    ],
)
def test_what_a_development_plan_lacks_is_refused_beside_its_field(nation, field, given):
    with pytest.raises(BadValue) as refused:
        development(nation, **given)
    assert refused.value.field == field
    assert not GridPlan.objects.exists()


def test_the_database_refuses_the_same(nation):
    def row(**given):
        said = {
            "organisation": nation.province, "code": "x", "name": "x", "sort": "development", "grids": "both",
            "first_year": 2026, "last_year": 2027, "approved_on": d("2026-01-20"), "paper": "x", "every_months": 6,
            "in_force": (d("2026-01-01"), None),
        }  # fmt: skip
        return GridPlan.objects.create(**said | given)

    with database_refuses("development_plan_is_evaluated_regularly"):
        row(every_months=None)
    with database_refuses("grid_plan_ends_after_it_begins"):
        row(last_year=2025)
    made = row()
    with database_refuses("grid_plan_entered_anew_says_why"):
        row(in_force=(d("2027-01-01"), None))
    with database_refuses("rows_end_and_are_never_rewritten"):
        GridPlan.objects.filter(pk=made.pk).update(name="y")
    with database_refuses("grid_project_is_of_a_plan_of_its_organisation"):
        GridProject.objects.create(
            organisation=nation.supplier, plan=made, code="P", region_id="450311", name="x", grid="rural",
            planned_yuan=1, starts_on=d("2026-01-01"), ends_on=d("2026-02-01"), in_force=(d("2026-01-01"), None),
        )  # fmt: skip


def test_a_change_is_another_row_with_its_reason_and_the_one_before_stays(nation):
    one = plan(nation)
    clerk = nation.who["supplier"].clerk
    with pytest.raises(BadValue) as refused:
        actions.change_grid_plan(
            viewer=clerk, plan=one, first_on=d("2026-06-01"), reason="", at=at(TODAY), name="调整后"
        )
    assert refused.value.field == "reason"
    new = actions.change_grid_plan(
        viewer=clerk, plan=one, first_on=d("2026-06-01"), reason="中期调整", at=at(TODAY), name="调整后"
    )
    assert [row.name for row in actions.DATED.history(new)] == ["调整后", "2026年投资方案"]
    assert new.paper == one.paper
    with pytest.raises(NotFirstEntry):
        plan(nation, day="2026-06-20")
    with pytest.raises(NotYet):
        actions.change_grid_plan(viewer=clerk, plan=new, first_on=d("2026-08-01"), reason="x", at=at(TODAY))
    told = Entry.objects.filter(subject=one.audit_subject).order_by("id").last()
    assert told.action == "change-grid-plan"
    assert told.payload.content["before"]["name"] == "2026年投资方案"


# --------------------------------------------------------------- evaluation (40)
def step(nation, one, what, day, name="province"):
    return getattr(actions, f"{what}_grid_plan")(
        viewer=nation.who[name].clerk,
        plan=one,
        on=d(day),
        text="见报告",
        paper="评估报告〔2026〕1号",
        at=at(TODAY),
    )


def due_on(day):
    rows = GridPlan.objects.filter(sort="development", in_force__contains=d(day))
    row = queries.with_evaluation(rows, d(day)).get()
    return row.evaluation_due


def test_an_evaluation_is_due_so_many_months_after_the_last_or_the_approval(nation):
    """Approved on 30 June 2025, every 12 months: due 30 June 2026; evaluated on 1 June 2026: due 1 June 2027."""
    one = development(nation)
    assert due_on("2026-05-31") == d("2026-06-30")
    rows, clerk = GridPlan.objects.all(), nation.who["province"].clerk
    assert not queries.evaluations_due(rows, d("2026-06-29")).exists()
    assert queries.evaluations_due(rows, d("2026-06-30")).get() == one
    assert plans_to_evaluate(clerk, d("2026-06-30")).get() == one
    assert plans_to_evaluate(nation.who["supplier"].clerk, d("2026-06-30")).count() == 0
    step(nation, one, "evaluate", "2026-06-01")
    assert due_on("2026-06-30") == d("2027-06-01")
    assert due_on("2026-05-31") == d("2026-06-30")  # as it was known on that day
    assert not queries.evaluations_due(rows, d("2026-06-30")).exists()
    assert not queries.evaluations_due(rows, d("2031-01-01")).exists()  # its years are over


def test_a_month_is_as_long_as_it_is(nation):
    """31 August 2025 and 6 months are 28 February 2026."""
    development(nation, approved_on=d("2025-08-31"), every_months=Decimal(6), first_on=d("2025-09-01"))
    assert due_on(TODAY) == d("2026-02-28")


def test_a_step_stays_with_its_plan_when_that_is_entered_anew(nation):
    one = development(nation)
    step(nation, one, "include", "2026-03-01")
    step(nation, one, "adjust", "2026-04-01")
    new = actions.change_grid_plan(
        viewer=nation.who["province"].clerk,
        plan=one,
        first_on=d("2026-05-01"),
        reason="滚动调整",
        at=at(TODAY),
    )
    assert [each.what for each in queries.steps_of([new], d(TODAY))[nation.province.pk, "GH-15"]] == [
        "adjusted",
        "included",
    ]
    step(nation, new, "evaluate", "2026-06-01")
    assert due_on(TODAY) == d("2027-06-01")


def test_a_step_has_happened_and_not_before_the_plan(nation):
    one = development(nation)
    with pytest.raises(NotYet):
        step(nation, one, "evaluate", "2026-07-02")
    with pytest.raises(BadValue):
        step(nation, one, "evaluate", "2025-06-29")
    with pytest.raises(NotAllowed):
        actions.evaluate_grid_plan(
            viewer=nation.who["city"].clerk, plan=one, on=d("2026-06-01"), text="x", paper="x", at=at(TODAY)
        )
    assert not GridPlanStep.objects.exists()


# --------------------------------------------------------------- projects (39)
def standing(day):
    return (
        queries.with_project_standing(GridProject.objects.filter(in_force__contains=d(day)), d(day))
        .get()
        .standing
    )


def test_a_project_stands_by_its_own_days(nation):
    """Planned 1 March to 30 June: the first day on which it is late is the next."""
    one = project(nation)
    assert standing("2026-03-01") == ProjectStanding.PLANNED
    assert standing("2026-03-02") == ProjectStanding.LATE_START
    begun = moved_on(nation, one, "2026-03-05", started_on=d("2026-03-05"), progress=Decimal(5))
    assert standing("2026-03-04") == ProjectStanding.LATE_START
    assert standing("2026-06-30") == ProjectStanding.BUILDING
    assert standing("2026-07-01") == ProjectStanding.LATE
    moved_on(nation, begun, "2026-06-30", ended_on=d("2026-06-30"), progress=Decimal(100))
    assert standing("2026-06-30") == ProjectStanding.DONE


def test_who_is_late_says_why(nation):
    one = project(nation, ends_on=d("2026-05-31"))
    with pytest.raises(BadValue) as refused:
        moved_on(nation, one, "2026-06-01", started_on=d("2026-03-01"), progress=Decimal(80))
    assert refused.value.field == "late_because"
    assert GridProject.objects.count() == 1  # nothing of it was kept
    moved_on(
        nation,
        one,
        "2026-06-01",
        started_on=d("2026-03-01"),
        progress=Decimal(80),
        late_because="青苗补偿未谈妥",
    )
    assert standing("2026-06-01") == ProjectStanding.LATE
    late = GridProject.objects.order_by("-in_force").first()
    moved_on(nation, late, "2026-06-20", ended_on=d("2026-06-15"), progress=Decimal(100))
    assert standing("2026-06-20") == ProjectStanding.DONE_LATE


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("ends_on", {"ends_on": d("2026-02-28")}),
        ("ended_on", {"started_on": d("2026-01-20"), "ended_on": d("2026-01-19")}),
        (
            "ended_on",
            {"started_on": d("2026-01-20"), "ended_on": d("2026-02-02")},
        ),  # after the day that it is of
        ("started_on", {"ended_on": d("2026-01-31")}),
        ("progress", {"started_on": d("2026-01-02"), "ended_on": d("2026-01-31"), "progress": Decimal(99)}),
        ("planned_yuan", {"planned_yuan": Decimal(0)}),
        ("first_on", {"first_on": d("2026-07-02"), "late_because": "x"}),
    ],
)
def test_a_project_that_contradicts_itself_is_refused(nation, field, given):
    with pytest.raises((BadValue, NotYet)) as refused:
        project(nation, **given)
    assert refused.value.field == field


def test_a_development_plan_builds_nothing(nation, viewer):
    one = development(nation, "province")
    with pytest.raises(NoSuchPlan):
        actions.enter_grid_project(
            viewer=nation.who["province"].clerk, plan=one, code="P", name="x", grid="rural", planned_yuan=Decimal(1),
            starts_on=d("2026-03-01"), ends_on=d("2026-03-02"), first_on=d("2026-02-01"),
            region=Region.objects.get(code="450311"), at=at(TODAY),
        )  # fmt: skip


# --------------------------------------------------------------- up the tree
def test_totals_add_up_by_division_and_name_who_filed_no_plan(nation):
    one = project(nation, spent_yuan=Decimal("1000000.50"))
    project(nation, one.plan, code="P-2", planned_yuan=Decimal("100.25"), ends_on=d("2026-12-31"))
    from tests.supervision.conftest import department

    other = department("supplier", "七星供电公司", "QX", "450305")
    from tests.cases.conftest import adopt

    adopt(other, "nea-2021-37")
    pack_of = queries.rulebook.pack("nea-2021-37")
    below = queries.organisations_below(nation.city, pack_of, "附件1/39", as_of=d(TODAY))
    assert [each.short for each in below] == ["QX", "GD"]
    of_each = queries.grid_totals(below, as_of=d(TODAY))
    found = queries.by_division(queries.GridTotals, nation.city, below, of_each)
    assert [each.code for each in found] == ["450305", "450311"]
    assert [each.short for each in found[0].missing] == ["QX"]
    whole = queries.added(queries.GridTotals, (each.totals for each in found))
    assert (whole.plans, whole.projects) == (1, 2)
    assert whole.planned_yuan == Decimal("3200100.25")
    assert (whole.spent_yuan, whole.spent_unknown) == (Decimal("1000000.50"), 1)  # missing is not nought
    assert (whole.late, whole.unexplained) == (2, 2)  # neither was begun on 1 March
    up = queries.by_division(queries.GridTotals, nation.nea, below, of_each)
    assert [(each.code, each.totals.projects) for each in up] == [("450000", 2)]


def test_who_supplies_two_divisions_is_counted_once(nation):
    nation.supplier.regions.add("450305")
    below = queries.organisations_below(
        nation.city, queries.rulebook.pack("nea-2021-37"), "附件1/39", as_of=d(TODAY)
    )
    assert below == [nation.supplier]


def test_what_is_dropped_counts_no_more(nation):
    one = project(nation)
    assert late_projects(nation.who["supplier"].clerk, d(TODAY)).count() == 1
    moved_on(nation, one, "2026-06-01", reason="取消立项", dropped_on=d("2026-06-01"))
    assert late_projects(nation.who["supplier"].clerk, d(TODAY)).count() == 0
    assert queries.grid_totals([nation.supplier], as_of=d(TODAY))[nation.supplier.pk].projects == 0
    assert queries.grid_totals([nation.supplier], as_of=d("2026-05-31"))[nation.supplier.pk].projects == 1


# --------------------------------------------------------------- doors
def test_by_page_from_the_plan_to_the_late_project(nation, client):
    clerk = nation.who["supplier"].clerk
    client.force_login(clerk)
    typed = {
        "code": "TZ-2026", "name": "2026年投资方案", "sort": "investment", "grids": "both", "first_year": "2026",
        "last_year": "2026", "approved_on": "2026-01-20", "paper": "桂供电计〔2026〕3号", "first_on": "2026-01-25",
    }  # fmt: skip
    where = f"/supervision/grid-plans/new/?for={nation.supplier.pk}"
    assert client.post(where, typed | {"last_year": "2025"}).status_code == 422
    reply = client.post(where, typed)
    assert reply.status_code == 302, reply.content.decode()[:2000]
    made = GridPlan.objects.get()
    assert reply.headers["location"] == f"/supervision/grid-plans/{made.pk}/"
    assert "2026年投资方案" in page(client, clerk, reply.headers["location"])
    given = {
        "code": "P-1", "name": "雁山镇改造", "grid": "rural", "region": "450311", "planned_yuan": "3,200,000",
        "starts_on": "2026-03-01", "ends_on": "2026-06-30", "first_on": "2026-02-01",
    }  # fmt: skip
    reply = client.post(f"/supervision/grid-projects/new/?for={made.pk}", given)
    assert reply.status_code == 302, reply.content.decode()[:2000]
    shown = page(client, clerk, "/supervision/grids/")
    assert "逾期未投产" in shown
    assert "未写原因" in shown
    above = page(client, nation.who["city"].clerk, "/supervision/grids/")
    assert "雁山镇改造" in above
    assert "320.00" in above  # 3,200,000 yuan are 320.00 万元
    assert "不评分" in above
    assert "雁山镇改造" not in page(client, nation.who["qixing"].clerk, "/supervision/grids/")
    client.force_login(nation.who["qixing"].clerk)
    assert client.get(f"/supervision/grid-plans/{made.pk}/").status_code == 404
    assert client.get(f"/supervision/grid-plans/{made.pk}/change/").status_code == 404


def test_a_department_evaluates_on_the_page_and_the_home_page_asks_for_it(nation, client):
    one, clerk = development(nation), nation.who["province"].clerk
    assert "待评估的电网规划" in page(client, clerk, "/")
    assert "评估" in page(client, clerk, "/supervision/grids/")
    client.force_login(clerk)
    reply = client.post(
        f"/supervision/grid-plans/{one.pk}/evaluate/",
        {"on": "2026-06-01", "text": "负荷增长高于预期", "paper": "评估报告1号"},
    )
    assert reply.status_code == 302
    shown = page(client, clerk, f"/supervision/grid-plans/{one.pk}/")
    assert "负荷增长高于预期" in shown
    assert GridPlanStep.objects.get().by == clerk


def test_by_program(nation, client):
    headers = token_of(nation.who["supplier"].clerk)
    body = {
        "organisation": str(nation.supplier.pk), "code": "TZ-2026", "name": "方案", "sort": "investment",
        "first_year": "2026", "last_year": "2026", "approved_on": "2026-01-20", "paper": "x", "first_on": "2026-01-25",
    }  # fmt: skip
    reply = client.post("/api/v1/grid-plans", body, content_type="application/json", headers=headers)
    assert reply.status_code == 201, reply.content
    made = reply.json()
    reply = client.post(
        f"/api/v1/grid-plans/{made['id']}/adjust",
        {"on": "2026-06-01", "text": "追加两台区", "paper": "调整单1号"},
        content_type="application/json",
        headers=headers,
    )
    assert reply.json()["adjusted"] == "1"
    listed = client.get("/api/v1/grid-plans?on=2026-03-01", headers=token_of(nation.who["city"].clerk)).json()
    assert [one["code"] for one in listed["items"]] == ["TZ-2026"]
    assert (
        client.get("/api/v1/grid-plans", headers=token_of(nation.who["qixing"].clerk)).json()["items"] == []
    )
    refused = client.post(
        "/api/v1/grid-plans", body | {"code": "GH", "sort": "development"}, content_type="application/json",
        headers=headers,
    )  # fmt: skip
    assert refused.status_code == 422
    assert "台账没有把这项任务交给" in str(refused.json())


def test_rows_are_not_removed_either(nation):
    plan(nation)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        GridPlan.objects.all()._raw_delete("default")
    assert (
        GridPlan.objects.filter(last_year__gte=F("first_year"), approved_on__lt=dt.date(2026, 2, 1)).count()
        == 1
    )


def test_the_examples_of_the_templates_come_in_one_upon_the_other(nation):
    """What stands in a template as an example is taken: the plan, a project of it, an internal rule."""
    from tests.agreements import spreadsheets as sheets
    from tests.agreements.test_importing import reasons
    from tongdian.agreements.actions import importing
    from tongdian.agreements.importing.kinds import KINDS

    officer = nation.who["supplier"].officer
    for name in ("grid-plans", "projects", "rules"):
        columns = KINDS[name].columns(None)
        content = sheets.workbook([one.title.zh for one in columns], [one.example for one in columns])
        brought = importing.stage(
            viewer=officer, organisation=nation.supplier, kind=name, file_name="f.xlsx", content=content,
            at=at("2026-02-10"),
        )  # fmt: skip
        assert (name, reasons(brought)) == (name, [])
        importing.confirm(viewer=officer, brought=brought, at=at("2026-02-10"))
    assert (GridPlan.objects.count(), GridProject.objects.count()) == (1, 1)
