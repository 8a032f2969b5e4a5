"""What registers of supervision ask, with what leads to other things of the record."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tongdian.parties.links import organisation_link
from tongdian.parties.models import Region
from tongdian.parties.permissions import seen
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.links import Link
from tongdian.supervision import fields
from tongdian.supervision.models import GridPlan
from tongdian.supervision.refusing import NoSuchPlan, NoSuchReturn
from tongdian.supervision.rules import FILE, READ, GridPlanSort


def _plans_of_investment(scope: Scope) -> QuerySet[Any]:
    """Those that hold on the day, of the organisation, or of all that the viewer sees."""
    rows = GridPlan.objects.filter(seen(scope.viewer, READ.name), sort=GridPlanSort.INVESTMENT)
    rows = rows.filter(in_force__contains=scope.on) if scope.on else rows
    return rows if scope.organisation is None else rows.filter(organisation=scope.organisation)


ORGANISATION = organisation_link(FILE.name)
GRID_PLAN = fields.GRID_PLAN.adding(ORGANISATION)
GRID_PROJECT = fields.GRID_PROJECT.adding(
    Link(
        "plan",
        Words("投资方案", "Investment plan"),
        column=Words("投资方案编号", "Code of the plan"),
        to=GridPlan,
        among=_plans_of_investment,
        unknown=NoSuchPlan,
        what=Words("投资方案", "investment plan"),
        fixed=True,
        example="TZ-2026",
        api="the plan of investment that it is of",
    ),
    after="code",
).adding(
    Link(
        "region",
        Words("所在地区", "Division"),
        column=Words("行政区划代码", "Region code"),
        to=Region,
        among=lambda scope: Region.objects.all(),
        unknown=NoSuchReturn,
        what=Words("行政区划", "region"),
        example="450311",
        note=Words("填行政区划代码。", "Its code of six digits."),
    ),
    after="grid",
)
INTERNAL_RULE = fields.INTERNAL_RULE.adding(ORGANISATION)
