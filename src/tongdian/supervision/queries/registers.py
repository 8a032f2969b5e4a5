"""Plans of grids with their projects, and internal rules under review: how they stand as of a day, and added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen
from tongdian.policy.form_lines import day_of
from tongdian.policy.packs import Pack
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.models import GridPlan, GridPlanStep, GridProject, InternalRule
from tongdian.supervision.queries.competence import supervised_by
from tongdian.supervision.queries.offices import codes_of, offices_of, offices_of_clause, prefix_of
from tongdian.supervision.rules import (
    PROJECTS_LATE,
    READ,
    RULES_OPEN,
    GridPlanSort,
    GridPlanStepKind,
    ProjectStanding,
    RuleStanding,
    RuleVerdict,
)


# ---------------------------------------------------------------- who sees them
def grid_plans(viewer: Any) -> QuerySet[GridPlan]:
    """The plans, of every day, that a viewer sees."""
    return GridPlan.objects.filter(seen(viewer, READ.name)).select_related("organisation")


def grid_projects(viewer: Any) -> QuerySet[GridProject]:
    """The projects, of every day, that a viewer sees."""
    rows = GridProject.objects.filter(seen(viewer, READ.name))
    return rows.select_related("organisation", "plan", "region")


def internal_rules(viewer: Any) -> QuerySet[InternalRule]:
    """The internal rules, of every day, that a viewer sees."""
    return InternalRule.objects.filter(seen(viewer, READ.name)).select_related("organisation")


# ---------------------------------------------------------------- how one stands
def _is(standing: ProjectStanding | RuleStanding, condition: Q) -> When:
    return When(condition, then=Value(standing.value))


def with_project_standing(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Projects with their ProjectStanding at the end of a day, as `standing`."""
    found: QuerySet[Any] = rows.annotate(
        standing=Case(
            _is(ProjectStanding.DROPPED, Q(dropped_on__lte=as_of)),
            _is(ProjectStanding.DONE_LATE, Q(ended_on__lte=as_of, ended_on__gt=F("ends_on"))),
            _is(ProjectStanding.DONE, Q(ended_on__lte=as_of)),
            _is(ProjectStanding.LATE, Q(ends_on__lt=as_of)),
            _is(ProjectStanding.BUILDING, Q(started_on__lte=as_of)),
            _is(ProjectStanding.LATE_START, Q(starts_on__lt=as_of)),
            default=Value(ProjectStanding.PLANNED.value),
            output_field=CharField(),
        )
    )
    return found


def with_rule_standing(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Internal rules with their RuleStanding at the end of a day, as `standing`. What is not reviewed, or not carried
    out, is overdue after the day that its document sets, however late the office's own day (rule-clearing); a rule
    that came into force later is none of those that were to be cleared."""
    unreviewed = Q(verdict="")
    days = {pack.id: day for pack in rulebook.readable_packs()[0] if (day := review_day(pack)) is not None}
    closed = {id_: day for id_, day in days.items() if as_of > day}
    is_late = unreviewed & Q(pack__in=list(closed))
    is_behind, was_behind = Q(due_on__lt=as_of), Q(done_on__gt=F("due_on"))
    for id_, day in closed.items():
        cleared = Q(pack=id_) & (Q(effective_on=None) | Q(effective_on__lte=day))
        is_behind |= cleared
        was_behind |= cleared & Q(done_on__gt=day)
    found: QuerySet[Any] = rows.annotate(
        standing=Case(
            _is(RuleStanding.DROPPED, Q(dropped_on__lte=as_of)),
            _is(RuleStanding.OVERDUE, is_late),
            _is(RuleStanding.UNREVIEWED, unreviewed),
            _is(RuleStanding.KEPT, Q(verdict=RuleVerdict.KEEP.value)),
            _is(RuleStanding.DONE_LATE, Q(done_on__lte=as_of) & was_behind),
            _is(RuleStanding.DONE, Q(done_on__lte=as_of)),
            _is(RuleStanding.OVERDUE, is_behind),
            default=Value(RuleStanding.OPEN.value),
            output_field=CharField(),
        )
    )
    return found


class MonthsAfter(Func):
    """The day so many months after another."""

    template = "(%(expressions)s)::date"
    arg_joiner = " + interval '1 month' * "
    output_field = DateField()


def with_evaluation(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Plans with the day of their last evaluation up to a day, `evaluated_on`, and the day by which the next is due,
    `evaluation_due`: so many months after it, or after the plan was approved; none, where no interval is set."""
    steps = GridPlanStep.objects.filter(
        plan__organisation=OuterRef("organisation"),
        plan__code=OuterRef("code"),
        what=GridPlanStepKind.EVALUATED,
        on__lte=as_of,
    )
    last = Subquery(steps.order_by("-on").values("on")[:1])
    since = Coalesce("evaluated_on", "approved_on")
    found: QuerySet[Any] = rows.annotate(evaluated_on=last).annotate(
        evaluation_due=MonthsAfter(since, F("every_months"))
    )
    return found


def in_force(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """What rows of a register hold on a day, and are not off the list."""
    return rows.filter(Q(dropped_on=None) | Q(dropped_on__gt=as_of), in_force__contains=as_of)


def evaluations_due(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Development plans whose evaluation is due, while their years last."""
    found = with_evaluation(in_force(rows, as_of).filter(sort=GridPlanSort.DEVELOPMENT), as_of)
    return found.filter(evaluation_due__lte=as_of, last_year__gte=as_of.year)


def projects_late(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Projects that are not begun or not in use in time."""
    return with_project_standing(in_force(rows, as_of), as_of).filter(standing__in=PROJECTS_LATE)


def rules_overdue(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Internal rules that were not reviewed, or not carried out, by their day."""
    return with_rule_standing(in_force(rows, as_of), as_of).filter(standing=RuleStanding.OVERDUE)


def steps_of(plans: Iterable[GridPlan], as_of: dt.date) -> dict[tuple[UUID, str], list[GridPlanStep]]:
    """What was done about plans up to a day, by organisation and code, the newest first."""
    listed = list(plans)
    rows = GridPlanStep.objects.filter(
        organisation__in={one.organisation_id for one in listed}, plan__code__in={one.code for one in listed}
    )
    found: dict[tuple[UUID, str], list[GridPlanStep]] = {}
    for step in rows.filter(on__lte=as_of).select_related("plan", "by").order_by("-on", "-at"):
        found.setdefault((step.organisation_id, step.plan.code), []).append(step)
    return found


def review_day(pack: Pack) -> dt.date | None:
    """By when the document wants internal rules to have been reviewed; none, where it says nothing of it."""
    says = pack.head.uses.rule_review
    return day_of(pack.clauses[says.due]) if says is not None else None


# ---------------------------------------------------------------- added up
@dataclass(frozen=True)
class GridTotals:
    """Plans and projects of one or several organisations. What was spent is the sum of those that say so;
    `spent_unknown` do not."""

    plans: int = 0
    projects: int = 0
    planned_yuan: Decimal = Decimal(0)
    spent_yuan: Decimal = Decimal(0)
    spent_unknown: int = 0
    done: int = 0
    late: int = 0
    unexplained: int = 0

    @property
    def is_missing(self) -> bool:
        """Nothing is filed."""
        return not self.plans

    @property
    def is_behind(self) -> bool:
        """Something is late."""
        return bool(self.late)


@dataclass(frozen=True)
class RuleTotals:
    """Internal rules of one or several organisations: how many are listed, reviewed, to be changed, and done."""

    listed: int = 0
    reviewed: int = 0
    to_change: int = 0
    done: int = 0
    overdue: int = 0

    @property
    def is_missing(self) -> bool:
        """Nothing is listed."""
        return not self.listed

    @property
    def is_behind(self) -> bool:
        """Something is overdue."""
        return bool(self.overdue)


Totals = TypeVar("Totals", GridTotals, RuleTotals)


@dataclass(frozen=True)
class DivisionTotals(Generic[Totals]):
    """What the organisations of a division come to, and which of them have entered nothing or are behind."""

    code: str
    totals: Totals
    organisations: int
    missing: tuple[Organisation, ...]
    behind: tuple[tuple[Organisation, Totals], ...]


def grid_totals(organisations: Sequence[Organisation], *, as_of: dt.date) -> Mapping[UUID, GridTotals]:
    """Plans of investment and their projects as of a day, by organisation; who has none is not there."""
    ids = [one.pk for one in organisations]
    plans = in_force(GridPlan.objects.filter(organisation__in=ids, sort=GridPlanSort.INVESTMENT), as_of)
    counted = dict(plans.values_list("organisation").annotate(n=Count("pk")))
    rows = with_project_standing(in_force(GridProject.objects.filter(organisation__in=ids), as_of), as_of)
    late = Q(standing__in=PROJECTS_LATE)
    summed = rows.values("organisation").annotate(
        projects=Count("pk"),
        planned_yuan=Sum("planned_yuan"),
        spent=Coalesce(Sum("spent_yuan"), Decimal(0)),
        spent_unknown=Count("pk", filter=Q(spent_yuan=None)),
        done=Count("pk", filter=Q(standing__in=[ProjectStanding.DONE, ProjectStanding.DONE_LATE])),
        late=Count("pk", filter=late),
        unexplained=Count("pk", filter=late & Q(late_because="")),
    )
    found = {id_: GridTotals(plans=number) for id_, number in counted.items()}
    for row in summed:
        id_, spent = row.pop("organisation"), row.pop("spent")
        found[id_] = GridTotals(plans=counted.get(id_, 0), spent_yuan=spent, **row)
    return found


def rule_totals(organisations: Sequence[Organisation], *, as_of: dt.date) -> Mapping[UUID, RuleTotals]:
    """Internal rules as of a day, by organisation; who lists none is not there."""
    rows = in_force(InternalRule.objects.filter(organisation__in=[one.pk for one in organisations]), as_of)
    changed = Q(verdict__in=[RuleVerdict.REVISE, RuleVerdict.ABOLISH, RuleVerdict.MAKE])
    summed = (
        with_rule_standing(rows, as_of)
        .values("organisation")
        .annotate(
            listed=Count("pk"),
            reviewed=Count("pk", filter=~Q(verdict="")),
            to_change=Count("pk", filter=changed),
            done=Count("pk", filter=Q(standing__in=[RuleStanding.DONE, RuleStanding.DONE_LATE])),
            overdue=Count("pk", filter=Q(standing=RuleStanding.OVERDUE)),
        )
    )
    return {row.pop("organisation"): RuleTotals(**row) for row in summed}


def added(sort: type[Totals], totals: Iterable[Totals]) -> Totals:
    """The sum of several, part by part."""
    listed = list(totals)
    return sort(**{name: sum(getattr(one, name) for one in listed) for name in sort.__dataclass_fields__})


def organisations_below(
    office: Organisation, pack: Pack, clause: str, *, as_of: dt.date
) -> list[Organisation]:
    """Those to which the document gives a task, and which an office supervises or presses."""
    given_to = set(offices_of_clause(pack, pack.clauses[clause]))
    below = supervised_by(office, as_of, urging=True)
    return [one for one in below if given_to & set(offices_of(pack, one))]


def by_division(
    sort: type[Totals], office: Organisation, below: Sequence[Organisation], totals: Mapping[UUID, Totals]
) -> list[DivisionTotals[Totals]]:
    """Totals of the divisions next below an office, by their codes: the nation's provinces, a province's cities."""
    grouped: dict[str, list[Organisation]] = {}
    for one in below:
        grouped.setdefault(division_below(office, codes_of(one)[0]), []).append(one)
    return [
        DivisionTotals(
            code,
            added(sort, (totals[one.pk] for one in those if one.pk in totals)),
            len(those),
            tuple(one for one in those if one.pk not in totals or totals[one.pk].is_missing),
            tuple((one, totals[one.pk]) for one in those if one.pk in totals and totals[one.pk].is_behind),
        )
        for code, those in sorted(grouped.items())
    ]


def division_below(office: Organisation, code: str) -> str:
    """The division next below an office in which one of a code lies: 100000 and 450311 give 450000."""
    here, there = min(len(prefix_of(one)) for one in codes_of(office)), len(prefix_of(code))
    return code[: min(here + 2, there)].ljust(len(code), "0")


def open_rules(organisation: Organisation, *, as_of: dt.date) -> int:
    """How many internal rules of an organisation are still to be reviewed or to be carried out."""
    rows = in_force(InternalRule.objects.filter(organisation=organisation), as_of)
    return with_rule_standing(rows, as_of).filter(standing__in=RULES_OPEN).count()
