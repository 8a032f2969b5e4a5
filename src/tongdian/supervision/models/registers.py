"""Registers that offices keep and whose rows are posted: plans of grids with their projects (附件1/39, 40), and
internal rules under review (附件1/53). A change is another row from a day on, with its reason."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed, Organisation, Region
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks
from tongdian.registers.dated import POSTED
from tongdian.supervision import fields
from tongdian.supervision.rules import GridPlanSort, GridPlanStepKind, Grids, RuleVerdict


def _said_why(table: str, name: str, also: str = "") -> pgtrigger.Trigger:
    """A row that is not the first of its thing says why it is entered; `also` is what else is refused."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
    if new.reason = '' and exists (
        select from {table} other where other.organisation_id = new.organisation_id and other.code = new.code)
    then
        raise exception 'why is it entered anew?' using errcode = 'check_violation', constraint = '{name}';
    end if;
    {also}
    return new;
""",
    )


def _one_row_a_day(thing: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"{thing}_says_one_thing_at_a_time",
        expressions=[
            ("organisation", RangeOperators.EQUAL),
            ("code", RangeOperators.EQUAL),
            ("in_force", RangeOperators.OVERLAPS),
        ],
    )


class PostedEntry(models.Model):
    """A row of a register whose rows are posted; `dropped_on` is the day from which the thing counts no more."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    code = Line(max_length=60)
    dropped_on = models.DateField(null=True)
    reason = Line(has_lines=True, max_length=500, blank=True)
    in_force = DateRangeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it: all its rows are of one thing."""
        return f"{self._meta.model_name}:{self.organisation_id}/{self.code}"


class GridPlan(PostedEntry):
    """A supplier's plan of investment (附件1/39) or a department's development plan (附件1/40) for some years."""

    kept = SealedTable(Words("配电网和农网规划、投资方案", "plan of grids"))

    code = Line(max_length=40)
    name = Line(max_length=120)
    sort = Line(max_length=11, choices=GridPlanSort)
    grids = Line(max_length=12, choices=Grids)
    first_year = models.DecimalField(max_digits=4, decimal_places=0)
    last_year = models.DecimalField(max_digits=4, decimal_places=0)
    approved_on = models.DateField()
    paper = Line(max_length=200)
    every_months = models.DecimalField(max_digits=3, decimal_places=0, null=True)

    class Meta:
        triggers = (*POSTED, _said_why("supervision_gridplan", "grid_plan_entered_anew_says_why"))
        constraints = [
            _one_row_a_day("grid_plan"),
            *checks("grid_plan", *fields.GRID_PLAN),
            models.CheckConstraint(
                condition=Q(last_year__gte=models.F("first_year")), name="grid_plan_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(sort="development") | Q(every_months__isnull=False),
                name="development_plan_is_evaluated_regularly",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GridPlanStep(OfficeDeed):
    """A plan was taken into the urban and rural plan, evaluated, or adjusted, on a day, by a paper. It is of the plan
    that bears the code, whichever of its rows held on that day."""

    kept = SealedTable(Words("配电网和农网规划的评估和调整", "step of a plan of grids"))

    plan = models.ForeignKey(GridPlan, models.PROTECT, related_name="steps")
    what = Line(max_length=9, choices=GridPlanStepKind)
    on = models.DateField()
    text = Line(has_lines=True, max_length=1000)
    paper = Line(max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        indexes = [models.Index(fields=["organisation", "-on"], name="steps_of_plans_of_an_office")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(paper=""), name="step_of_a_grid_plan_says_what_and_by_which_paper"
            ),
            models.CheckConstraint(
                condition=Q(what__in=GridPlanStepKind.values), name="step_of_a_grid_plan_is_of_a_known_kind"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.plan.audit_subject)


class GridProject(PostedEntry):
    """A project of a plan of investment: where, what for, how much, and how far it is."""

    kept = SealedTable(Words("配电网和农网建设项目", "project of a grid"))

    code = Line(max_length=40)
    plan = models.ForeignKey(GridPlan, models.PROTECT, related_name="projects")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = Line(max_length=120)
    grid = Line(max_length=12)
    planned_yuan = models.DecimalField(max_digits=14, decimal_places=2)
    spent_yuan = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    capacity_kva = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    progress = models.DecimalField(max_digits=3, decimal_places=0, null=True)
    late_because = Line(has_lines=True, max_length=500, blank=True)

    class Meta:
        triggers = (
            *POSTED,
            _said_why(
                "supervision_gridproject",
                "grid_project_entered_anew_says_why",
                also="""if not exists (
        select from supervision_gridplan plan where plan.id = new.plan_id
           and plan.organisation_id = new.organisation_id and plan.sort = 'investment')
    then
        raise exception 'the plan is another organisation''s, or none of investment'
            using errcode = 'check_violation', constraint = 'grid_project_is_of_a_plan_of_its_organisation';
    end if;""",
            ),
        )
        constraints = [
            _one_row_a_day("grid_project"),
            *checks("grid_project", *fields.GRID_PROJECT),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="grid_project_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None)
                | Q(started_on__isnull=False, ended_on__gte=models.F("started_on")),
                name="grid_project_was_begun_before_it_is_in_use",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(progress=None) | Q(progress=100),
                name="grid_project_in_use_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InternalRule(PostedEntry):
    """A rule of an organisation's own on connections, as it is reviewed: kept, revised, abolished, or to be made."""

    kept = SealedTable(Words("内部制度", "internal rule"))

    name = Line(max_length=200)
    issuer = Line(max_length=120)
    effective_on = models.DateField(null=True)
    pack = Line(max_length=80)
    clause = Line(max_length=40)
    verdict = Line(max_length=7, choices=RuleVerdict, blank=True)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)
    paper = Line(max_length=200, blank=True)

    class Meta:
        triggers = (*POSTED, _said_why("supervision_internalrule", "internal_rule_entered_anew_says_why"))
        constraints = [
            _one_row_a_day("internal_rule"),
            *checks("internal_rule", *fields.INTERNAL_RULE),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "keep"], due_on=None, done_on=None)
                | Q(verdict__in=["revise", "abolish", "make"], due_on__isnull=False),
                name="internal_rule_to_be_changed_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None) | ~Q(paper=""), name="internal_rule_is_done_with_a_paper"
            ),
            models.CheckConstraint(
                condition=Q(verdict="make") | Q(effective_on__isnull=False),
                name="internal_rule_that_is_there_came_into_force",
            ),
        ]

    def __str__(self) -> str:
        return self.name
