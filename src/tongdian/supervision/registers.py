"""The registers of supervision: plans of grids, their projects, and internal rules under review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tongdian.policy.words import Words
from tongdian.registers.dated import ON
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Day, Number, Text
from tongdian.supervision import entries
from tongdian.supervision.actions import registers as actions
from tongdian.supervision.models import GridPlan, GridPlanStep, GridProject, InternalRule
from tongdian.supervision.queries import registers as queries
from tongdian.supervision.refusing import NoSuchInternalRule, NoSuchPlan, NoSuchProject
from tongdian.supervision.rules import READ, GridPlanStepKind

WORDS = Filter(
    Text("q", Words("编号或名称", "Code or name"), optional=True, most=60, api="part of code or name"),
    lambda rows, text: rows.filter(Q(code__icontains=text) | Q(name__icontains=text)),
)
WHOSE = Filter(
    Text("whose", Words("单位", "Organisation"), optional=True, most=60, api="the organisation's short name"),
    lambda rows, short: rows.filter(organisation__short=short),
)


def _steps(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """When each plan was taken into the urban and rural plan, evaluated last, and how often adjusted."""
    rows = GridPlanStep.objects.filter(
        organisation__in={one.organisation_id for one in things}, plan__code__in={one.code for one in things}
    )
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for step in rows.select_related("plan").order_by("on", "at"):
        said = found.setdefault((step.organisation_id, step.plan.code), {"adjusted": 0})
        if step.what == GridPlanStepKind.ADJUSTED:
            said["adjusted"] += 1
        else:
            said[f"{step.what}_on"] = step.on
    nothing = {"included_on": None, "evaluated_on": None, "adjusted": 0}
    return {one.pk: nothing | found.get((one.organisation_id, one.code), {}) for one in things}


GRID_PLANS = Register(
    name="grid-plans",
    model=GridPlan,
    title=Words("配电网和农网规划、投资方案", "Plans of grids"),
    one=Words("规划或投资方案", "a plan of grids"),
    api=(
        "A department's development plan of distribution and rural grids, or a supplier's plan of investment.",
        "The plans that you see, with every wording; `on` leaves those that hold on a day.",
    ),
    fields=entries.GRID_PLAN,
    reads=READ.name,
    rows=queries.grid_plans,
    unknown=NoSuchPlan,
    add=actions.enter_grid_plan,
    change=actions.change_grid_plan,
    deeds=(
        FurtherAction(
            slug="include",
            action=actions.include_grid_plan,
            title=Words("登记纳入城乡发展规划", "Taken into the urban and rural plan"),
            said=Words("已登记。", "It is entered."),
        ),
        FurtherAction(
            slug="evaluate",
            action=actions.evaluate_grid_plan,
            title=Words("登记评估", "Enter an evaluation"),
            said=Words("评估已登记。", "The evaluation is entered."),
        ),
        FurtherAction(
            slug="adjust",
            action=actions.adjust_grid_plan,
            title=Words("登记滚动调整", "Enter an adjustment"),
            said=Words("调整已登记。", "The adjustment is entered."),
        ),
    ),
    filters=(WORDS, WHOSE, Filter(entries.GRID_PLAN["sort"].open()), ON),
    dated=actions.DATED,
    derived=(
        Day(
            "included_on",
            Words("纳入城乡规划", "In the urban and rural plan"),
            optional=True,
            api="when it was taken into the urban and rural plan",
        ),
        Day("evaluated_on", Words("最近评估", "Last evaluated"), optional=True, api="the last evaluation"),
        Number(
            "adjusted",
            Words("调整次数", "Adjustments"),
            low="0",
            high="1000000",
            scale=0,
            optional=True,
            api="how often it was adjusted",
        ),
    ),
    derive=_steps,
    at="supervision/grid-plans/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("supervision-grid-plan", args=[one.pk]),
)
GRID_PROJECTS = Register(
    name="grid-projects",
    model=GridProject,
    title=Words("配电网和农网建设项目", "Projects of grids"),
    one=Words("建设项目", "a project"),
    api=(
        "A project of a plan of investment: where, what for, how much, and how far it is.",
        "The projects that you see, with every wording; `on` leaves those that hold on a day.",
    ),
    fields=entries.GRID_PROJECT,
    reads=READ.name,
    rows=queries.grid_projects,
    unknown=NoSuchProject,
    add=actions.enter_grid_project,
    change=actions.change_grid_project,
    filters=(WORDS, WHOSE, Filter(entries.GRID_PROJECT["grid"].open()), ON),
    dated=actions.DATED,
    derived=(WHOSE.field,),
    derive=lambda things: {one.pk: {"whose": one.organisation.short} for one in things},
    at="supervision/grid-projects/",
)
INTERNAL_RULES = Register(
    name="internal-rules",
    model=InternalRule,
    title=Words("内部制度立改废清单", "Internal rules under review"),
    one=Words("内部制度", "an internal rule"),
    api=(
        "An internal rule on connections, as it is reviewed: kept, revised, abolished, or to be made.",
        "The internal rules that you see, with every wording; `on` leaves those that hold on a day.",
    ),
    fields=entries.INTERNAL_RULE,
    reads=READ.name,
    rows=queries.internal_rules,
    unknown=NoSuchInternalRule,
    add=actions.enter_internal_rule,
    change=actions.change_internal_rule,
    filters=(WORDS, WHOSE, Filter(entries.INTERNAL_RULE["verdict"].open()), ON),
    dated=actions.DATED,
    at="supervision/internal-rules/list/",
)
REGISTERS = (GRID_PLANS, GRID_PROJECTS, INTERNAL_RULES)
