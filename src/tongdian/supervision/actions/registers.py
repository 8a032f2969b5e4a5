"""Entering plans of grids and their projects (附件1/39, 40), and internal rules under review (附件1/53).

What is entered is posted: a change is another row from a day on, with its reason, and the rows before it stay.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.registers.dated import Dated
from tongdian.registers.fields import MISSING, Fields
from tongdian.supervision.actions.findings import pack_of_clause
from tongdian.supervision.entries import GRID_PLAN, GRID_PROJECT, INTERNAL_RULE
from tongdian.supervision.fields import PLAN_ADJUSTED, PLAN_EVALUATED, PLAN_INCLUDED
from tongdian.supervision.models import GridPlan, GridPlanStep, GridProject, InternalRule
from tongdian.supervision.models.registers import PostedEntry
from tongdian.supervision.queries.offices import offices_of_clause, responsible, supervising_packs
from tongdian.supervision.queries.registers import projects_late
from tongdian.supervision.refusing import NoSuchPlan, NotATaskOfTheOffice, NotFirstEntry, NotYet
from tongdian.supervision.rules import FILE, GridPlanSort, GridPlanStepKind, RuleVerdict

DATED = Dated("organisation", "code")
Row = TypeVar("Row", bound=PostedEntry)
HUNDRED = 100
BEFORE = Words("不能早于{day}", "it is not before {day}")
OF_A_CHANGE = Words("只有修订、废止、新立的才填", "only what is revised, abolished or made has one")
WHOLE = Words("已投产的项目进度为 100", "a project that is in use is at 100")
NOT_BEGUN = Words("已投产的项目须填实际开工日期", "a project that is in use was begun")


# --------------------------------------------------------------- plans of grids
@action("enter-grid-plan", may=FILE, within="organisation", fields=GRID_PLAN)
def enter_grid_plan(
    *,
    viewer: Any,
    organisation: Organisation,
    first_on: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
    **given: Any,
) -> GridPlan:
    """Enter a plan of investment or of development, as it is from a day on.

    Raises NotAllowed, NotATaskOfTheOffice, NotFirstEntry, NotYet, BadValue.
    """
    row = GridPlan(organisation=organisation, is_demo=is_demo, **given)
    _must_be_the_first(row)
    return _posted_plan(row, first_on, at)


@action("change-grid-plan", may=FILE, within="plan.organisation", fields=GRID_PLAN.changing, of="plan")
def change_grid_plan(
    *, viewer: Any, plan: GridPlan, first_on: dt.date, reason: str, at: dt.datetime, **given: Any
) -> GridPlan:
    """Enter what a plan is from a day on, and why it is another. Raises NotAllowed, DayTaken, NotYet, BadValue."""
    _must_say_why(GRID_PLAN, reason)
    row = GridPlan(
        organisation=plan.organisation, code=plan.code, sort=plan.sort, is_demo=plan.is_demo, reason=reason, **given
    )  # fmt: skip
    return _posted_plan(row, first_on, at)


def _posted_plan(row: GridPlan, first_on: dt.date, at: dt.datetime) -> GridPlan:
    _must_be_given_to(row.organisation, GridPlanSort(row.sort), legal_day(at))
    if row.last_year < row.first_year:
        raise GRID_PLAN["last_year"].bad(BEFORE, day=row.first_year)
    if row.sort == GridPlanSort.DEVELOPMENT and row.every_months is None:
        raise GRID_PLAN["every_months"].bad(MISSING)  # 40: regular evaluation; how often, the office says
    return _posted(row, first_on, at)


def _must_be_given_to(organisation: Organisation, sort: GridPlanSort, on: dt.date) -> None:
    """Raise NotATaskOfTheOffice where no document that binds an organisation gives it the plan's task."""
    for pack in supervising_packs(organisation, on):
        says = pack.head.uses.grid_planning
        if says is not None:
            clause = says.investment if sort == GridPlanSort.INVESTMENT else says.development
            if responsible(pack, organisation) & set(offices_of_clause(pack, pack.clauses[clause])):
                return
    raise NotATaskOfTheOffice(organisation=organisation.name).about("sort")


@action("include-grid-plan", may=FILE, within="plan.organisation", fields=PLAN_INCLUDED)
def include_grid_plan(
    *, viewer: Any, plan: GridPlan, on: dt.date, text: str, paper: str, at: dt.datetime, is_demo: bool = False
) -> GridPlanStep:
    """Say that a plan was taken into the urban and rural plan, and by which paper. Raises NotAllowed, NotYet."""
    return _step(viewer, plan, GridPlanStepKind.INCLUDED, on, text, paper, at, is_demo)


@action("evaluate-grid-plan", may=FILE, within="plan.organisation", fields=PLAN_EVALUATED)
def evaluate_grid_plan(
    *, viewer: Any, plan: GridPlan, on: dt.date, text: str, paper: str, at: dt.datetime, is_demo: bool = False
) -> GridPlanStep:
    """Say what an evaluation of a plan found. Raises NotAllowed, NotYet, BadValue."""
    return _step(viewer, plan, GridPlanStepKind.EVALUATED, on, text, paper, at, is_demo)


@action("adjust-grid-plan", may=FILE, within="plan.organisation", fields=PLAN_ADJUSTED)
def adjust_grid_plan(
    *, viewer: Any, plan: GridPlan, on: dt.date, text: str, paper: str, at: dt.datetime, is_demo: bool = False
) -> GridPlanStep:
    """Say what of a plan was adjusted as its years went by. Raises NotAllowed, NotYet, BadValue."""
    return _step(viewer, plan, GridPlanStepKind.ADJUSTED, on, text, paper, at, is_demo)


def _step(
    viewer: Any,
    plan: GridPlan,
    what: GridPlanStepKind,
    on: dt.date,
    text: str,
    paper: str,
    at: dt.datetime,
    is_demo: bool,
) -> GridPlanStep:
    if on > legal_day(at):
        raise NotYet
    if what != GridPlanStepKind.INCLUDED and on < plan.approved_on:
        raise PLAN_EVALUATED["on"].bad(BEFORE, day=plan.approved_on)
    return GridPlanStep.objects.create(
        organisation=plan.organisation, plan=plan, what=what, on=on, text=text, paper=paper, is_demo=is_demo,
        at=at, by=viewer,
    )  # fmt: skip


# --------------------------------------------------------------- projects
@action("enter-grid-project", may=FILE, within="plan.organisation", fields=GRID_PROJECT)
def enter_grid_project(
    *, viewer: Any, plan: GridPlan, first_on: dt.date, at: dt.datetime, is_demo: bool = False, **given: Any
) -> GridProject:
    """Enter a project of a plan of investment, as it is from a day on.

    Raises NotAllowed, NoSuchPlan for one of development, NotFirstEntry, NotYet, BadValue.
    """
    if plan.sort != GridPlanSort.INVESTMENT:
        raise NoSuchPlan().about("plan")
    row = GridProject(organisation=plan.organisation, plan=plan, is_demo=is_demo, **given)
    _must_be_the_first(row)
    return _posted_project(row, first_on, at)


@action(
    "change-grid-project", may=FILE, within="project.organisation", fields=GRID_PROJECT.changing, of="project"
)
def change_grid_project(
    *, viewer: Any, project: GridProject, first_on: dt.date, reason: str, at: dt.datetime, **given: Any
) -> GridProject:
    """Enter how a project stands from a day on, and why it is another. Raises NotAllowed, DayTaken, NotYet, BadValue."""
    _must_say_why(GRID_PROJECT, reason)
    row = GridProject(
        organisation=project.organisation, code=project.code, plan=project.plan,
        is_demo=project.is_demo, reason=reason, **given,
    )  # fmt: skip
    return _posted_project(row, first_on, at)


def _posted_project(row: GridProject, first_on: dt.date, at: dt.datetime) -> GridProject:
    if row.ends_on < row.starts_on:
        raise GRID_PROJECT["ends_on"].bad(BEFORE, day=row.starts_on)
    for name in ("started_on", "ended_on"):
        if (day := getattr(row, name)) is not None and day > first_on:
            raise NotYet().about(name)  # it is how it stands on that day
    if row.ended_on is not None:
        if row.started_on is None:
            raise GRID_PROJECT["started_on"].bad(NOT_BEGUN)
        if row.ended_on < row.started_on:
            raise GRID_PROJECT["ended_on"].bad(BEFORE, day=row.started_on)
        if row.progress is not None and row.progress != Decimal(HUNDRED):
            raise GRID_PROJECT["progress"].bad(WHOLE)
    kept = _posted(row, first_on, at)
    rows = GridProject.objects.filter(pk=kept.pk)
    if not kept.late_because and projects_late(rows, first_on).exists():
        raise GRID_PROJECT["late_because"].bad(MISSING)
    return kept


# --------------------------------------------------------------- internal rules
@action("enter-internal-rule", may=FILE, within="organisation", fields=INTERNAL_RULE)
def enter_internal_rule(
    *,
    viewer: Any,
    organisation: Organisation,
    first_on: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
    **given: Any,
) -> InternalRule:
    """Enter an internal rule into the list, as it is from a day on.

    Raises NotAllowed, NotATaskOfTheOffice, NotFirstEntry, ClauseUnknown, NotYet, BadValue.
    """
    row = InternalRule(organisation=organisation, is_demo=is_demo, **given)
    _must_be_the_first(row)
    return _posted_rule(row, first_on, at)


@action(
    "change-internal-rule", may=FILE, within="rule.organisation", fields=INTERNAL_RULE.changing, of="rule"
)
def change_internal_rule(
    *, viewer: Any, rule: InternalRule, first_on: dt.date, reason: str, at: dt.datetime, **given: Any
) -> InternalRule:
    """Enter what was decided of an internal rule, or that it is done, from a day on, and why.

    Raises NotAllowed, DayTaken, ClauseUnknown, NotYet, BadValue.
    """
    _must_say_why(INTERNAL_RULE, reason)
    row = InternalRule(
        organisation=rule.organisation, code=rule.code, is_demo=rule.is_demo, reason=reason, **given
    )
    return _posted_rule(row, first_on, at)


def _posted_rule(row: InternalRule, first_on: dt.date, at: dt.datetime) -> InternalRule:
    _must_be_reviewing(row.organisation, legal_day(at))
    row.pack = pack_of_clause(row.organisation, row.clause, legal_day(at))
    is_changed = row.verdict not in ("", RuleVerdict.KEEP)
    for name in ("due_on", "done_on"):
        if getattr(row, name) is not None and not is_changed:
            raise INTERNAL_RULE[name].bad(OF_A_CHANGE)
    if is_changed and row.due_on is None:
        raise INTERNAL_RULE["due_on"].bad(MISSING)
    if row.done_on is not None:
        if row.done_on > first_on:
            raise NotYet().about("done_on")
        if not row.paper:
            raise INTERNAL_RULE["paper"].bad(MISSING)
    if row.effective_on is None and row.verdict != RuleVerdict.MAKE:
        raise INTERNAL_RULE["effective_on"].bad(MISSING)
    return _posted(row, first_on, at)


def _must_be_reviewing(organisation: Organisation, on: dt.date) -> None:
    """Raise NotATaskOfTheOffice where no document that binds an organisation has it review its rules."""
    for pack in supervising_packs(organisation, on):
        says = pack.head.uses.rule_review
        if says is not None:
            given_to = offices_of_clause(pack, pack.clauses[says.task])
            if responsible(pack, organisation) & set(given_to):
                return
    raise NotATaskOfTheOffice(organisation=organisation.name)


# --------------------------------------------------------------- posting
def _must_be_the_first(row: PostedEntry) -> None:
    """Raise NotFirstEntry of a code that is entered already: a change needs a reason."""
    if type(row)._default_manager.filter(organisation=row.organisation, code=row.code).exists():
        raise NotFirstEntry(code=row.code)


def _must_say_why(fields: Fields, reason: str) -> None:
    if not reason:
        raise fields["reason"].bad(MISSING)


def _posted(row: Row, first_on: dt.date, at: dt.datetime) -> Row:
    """Keep a row from a day on that has come."""
    if first_on > legal_day(at):
        raise NotYet().about("first_on")
    return DATED.succeed(row, first_on=first_on)
