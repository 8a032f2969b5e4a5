"""Plans of grids, projects and internal rules of the demonstration: some late, one without a word of why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.people import Staff
from tongdian.parties.models import Organisation, Region
from tongdian.supervision.actions import registers
from tongdian.supervision.models import GridPlan

A_DAY = dt.timedelta(days=1)
PROJECTS = (
    # code, name, grid, division, yuan, kVA, planned to begin and to be in use: days before today
    ("LG-D01", "四塘镇10kV联络线工程", "rural", "450312", "4860000.00", None, 300, 40),
    ("LG-D02", "临桂新区公变增容布点", "distribution", "450312", "3120000.00", "5000", 200, -60),
    ("LG-D03", "雁山镇台区低电压治理", "rural", "450311", "1745000.00", "1260", 120, 5),
    ("LG-D04", "柘木片区环网柜改造", "distribution", "450311", "2280000.00", None, -20, -200),
)
RULES = (
    # code, name, clause, verdict, days until due, done
    ("漓桂供电营销〔2018〕12号（示例）", "业扩报装管理办法", "附件1/3", "revise", -200, True),
    ("漓桂供电营销〔2016〕7号（示例）", "用户工程施工单位入围办法", "附件1/37", "abolish", -210, True),
    ("漓桂供电营销〔2019〕3号（示例）", "小微企业“三零”服务细则", "附件1/34", "keep", None, False),
    ("漓桂供电规划〔2017〕5号（示例）", "配套电网工程投资界面规定", "附件1/33", "revise", -30, False),
    ("拟立-01（示例）", "办电时限预警督办办法", "附件1/9", "make", 45, False),
)


def plan_and_review(organisations: dict[str, Organisation], staff: Staff, at: dt.datetime) -> None:
    """The supplier plans, builds and reviews its rules; the province evaluates a plan of last year."""
    _development(organisations["GXT"], staff, at)
    _investment(organisations["LG"], staff, at)
    _review(organisations["LG"], staff, at)


def _development(province: Organisation, staff: Staff, at: dt.datetime) -> None:
    today, clerk = legal_day(at), staff.named["province-clerk"]
    approved = today - 400 * A_DAY
    plan = registers.enter_grid_plan(
        viewer=clerk, organisation=province, code="GH-PDW", name="配电网和农网发展规划（示例）", sort="development",
        grids="both", first_year=Decimal(approved.year), last_year=Decimal(approved.year + 5), approved_on=approved,
        paper="桂能电力规划〔示例〕5号", every_months=Decimal(12), first_on=approved, is_demo=True, at=_at(approved),
    )  # fmt: skip
    registers.include_grid_plan(
        viewer=clerk, plan=plan, on=approved + 60 * A_DAY, text="桂林市城乡发展规划电力专章",
        paper="市规委会纪要（示例）", is_demo=True, at=at,
    )  # fmt: skip
    registers.adjust_grid_plan(
        viewer=clerk, plan=plan, on=approved + 200 * A_DAY, text="增列两个县的农网薄弱台区", paper="调整单1号（示例）",
        is_demo=True, at=at,
    )  # fmt: skip


def _investment(supplier: Organisation, staff: Staff, at: dt.datetime) -> None:
    today, clerk = legal_day(at), staff.named["hv-clerk"]
    first_on = today - 310 * A_DAY
    plan = registers.enter_grid_plan(
        viewer=clerk, organisation=supplier, code="TZ-1", name="配电网和农网投资方案（示例）", sort="investment",
        grids="both", first_year=Decimal(first_on.year), last_year=Decimal(today.year), approved_on=first_on,
        paper="漓桂供电计划〔示例〕2号", first_on=first_on, is_demo=True, at=_at(first_on),
    )  # fmt: skip
    for number, row in enumerate(PROJECTS):
        _project(plan, staff, row, at, is_told=number != 2)


def _project(
    plan: GridPlan,
    staff: Staff,
    row: tuple[str, str, str, str, str, str | None, int, int],
    at: dt.datetime,
    *,
    is_told: bool,
) -> None:
    code, name, grid, region, yuan, capacity, begins, ends = row
    today, clerk, first_on = legal_day(at), staff.named["hv-clerk"], plan.in_force.lower
    starts_on, ends_on = today - begins * A_DAY, today - ends * A_DAY
    one = registers.enter_grid_project(
        viewer=clerk, plan=plan, code=code, name=name, grid=grid, region=Region.objects.get(code=region),
        planned_yuan=Decimal(yuan), capacity_kva=Decimal(capacity) if capacity else None, starts_on=starts_on,
        ends_on=ends_on, first_on=first_on, is_demo=True, at=_at(first_on),
    )  # fmt: skip
    if starts_on > today:
        return
    begun = registers.change_grid_project(
        viewer=clerk, project=one, first_on=starts_on + 2 * A_DAY, started_on=starts_on, progress=Decimal(5),
        reason="开工", at=_at(starts_on + 2 * A_DAY),
    )  # fmt: skip
    if is_told:
        late = "管廊占掘路审批未完成" if ends_on < today else ""
        registers.change_grid_project(
            viewer=clerk, project=begun, first_on=today - 3 * A_DAY, progress=Decimal(70), late_because=late,
            spent_yuan=Decimal(yuan) * 6 / 10, reason="月度进展", at=at,
        )  # fmt: skip


def _review(supplier: Organisation, staff: Staff, at: dt.datetime) -> None:
    today, clerk = legal_day(at), staff.named["hv-clerk"]
    first_on = today - 260 * A_DAY
    for code, name, clause, verdict, left, is_done in RULES:
        one = registers.enter_internal_rule(
            viewer=clerk, organisation=supplier, code=code, name=name, issuer="营销部", clause=clause,
            effective_on=None if verdict == "make" else dt.date(2018, 3, 1), verdict=verdict,
            due_on=None if left is None else today + left * A_DAY, first_on=first_on, is_demo=True, at=_at(first_on),
        )  # fmt: skip
        if is_done and left is not None:
            day = today + (left - 5) * A_DAY
            registers.change_internal_rule(
                viewer=clerk, rule=one, first_on=day, done_on=day, paper="漓桂供电营销〔示例〕9号", reason="已印发",
                at=_at(day),
            )  # fmt: skip


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), SHANGHAI)
