"""Plans of grids with their projects, and internal rules under review: an office's own, and of those below."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tongdian.parties.queries import names_of_regions
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import reader_language, say
from tongdian.supervision.models import GridPlan, GridProject, InternalRule
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.pages.offering import press_address
from tongdian.supervision.queries import registers as queries
from tongdian.supervision.queries.offices import responsible
from tongdian.supervision.queries.registers import DivisionTotals, GridTotals, RuleTotals
from tongdian.supervision.registers import GRID_PLANS
from tongdian.supervision.rules import FILE, READ, ProjectStanding, RuleStanding

MOST = 200  # of a list on a page; the register has them all
TEN_THOUSAND = 10_000
_PROJECTS = GridProject.objects.select_related("region")


@require_safe
@guarded(READ.name)
def grids(request: HttpRequest) -> HttpResponse:
    """What an office plans and builds, what is late and why, which evaluation is due; and those below, added up."""
    about = asked(request)
    says = about.pack.head.uses.grid_planning if about.pack else None
    if about.office is None or about.pack is None or says is None:
        return render(request, "supervision/grids.html", {"about": about})
    as_of, mine = about.as_of, responsible(about.pack, about.office)
    plans = queries.with_evaluation(
        queries.in_force(GridPlan.objects.filter(organisation=about.office), as_of), as_of
    )
    listed = list(plans.order_by("-first_year", "code")[:MOST])
    done = queries.steps_of(listed, as_of)
    projects = queries.with_project_standing(
        queries.in_force(_PROJECTS.filter(organisation=about.office), as_of), as_of
    )
    below = queries.organisations_below(about.office, about.pack, says.investment, as_of=as_of)
    of_each = queries.grid_totals([about.office, *below], as_of=as_of)
    divisions = queries.by_division(GridTotals, about.office, below, of_each)
    late = queries.projects_late(
        GridProject.objects.filter(organisation__in=[one.pk for one in below]), as_of
    )
    clauses = [
        clause
        for clause in (says.investment, says.development)
        if mine & set(about.pack.clauses[clause].offices)
    ]
    context = {
        "about": about,
        "clauses": clauses or [says.investment, says.development],
        "plans": [
            (
                one,
                done.get((one.organisation_id, one.code), []),
                one.evaluation_due is not None
                and one.evaluation_due <= as_of
                and as_of.year <= one.last_year,
            )
            for one in listed
        ],
        "own": _money(of_each.get(about.office.pk, GridTotals())),
        "projects": _standings(projects, ProjectStanding),
        "late": late.select_related("organisation", "region").order_by("ends_on", "pk")[:MOST],
        "divisions": _named(divisions),
        "whole": _money(queries.added(GridTotals, (one.totals for one in divisions))),
        "missing": [one for division in divisions for one in division.missing][:MOST],
        "behind": [one for division in divisions for one in division.behind][:MOST],
        "may": bool(clauses) and request.user.has_perm(FILE.name, about.office) and not about.is_past,
        "press": press_address(request, about, says.investment),
    }
    return render(request, "supervision/grids.html", context)


@require_safe
@guarded(READ.name)
def grid_plan(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One plan: what it says, what was done about it, and its projects."""
    one = GRID_PLANS.find(request.user, id_)
    newest = (
        GridPlan.objects.filter(organisation=one.organisation, code=one.code).order_by("-in_force")[:1].get()
    )
    about = asked(request)
    rows = _PROJECTS.filter(organisation=one.organisation, plan__code=one.code)
    said = dict(GRID_PLANS.values(request.user, [newest]))[newest]
    context = {
        "about": about,
        "one": newest,
        "facts": [
            (say(field.title), field.said(said.get(field.name), reader_language()))
            for field in GRID_PLANS.shown
            if field.name != "reason"
        ],
        "steps": queries.steps_of([newest], about.as_of).get((newest.organisation_id, newest.code), []),
        "deeds": [
            (say(deed.title), reverse(f"grid-plan-{deed.slug}", args=[newest.pk]))
            for deed in GRID_PLANS.deeds
        ],
        "projects": _standings(
            queries.with_project_standing(queries.in_force(rows, about.as_of), about.as_of), ProjectStanding
        ),
        "may": request.user.has_perm(FILE.name, newest.organisation),
    }
    return render(request, "supervision/grid_plan.html", context)


@require_safe
@guarded(READ.name)
def internal_rules(request: HttpRequest) -> HttpResponse:
    """An office's internal rules under review, the overdue first; and the shares of those below."""
    about = asked(request)
    says = about.pack.head.uses.rule_review if about.pack else None
    if about.office is None or about.pack is None or says is None:
        return render(request, "supervision/internal_rules.html", {"about": about})
    as_of, day = about.as_of, queries.review_day(about.pack)
    below = queries.organisations_below(about.office, about.pack, says.task, as_of=as_of)
    of_each = queries.rule_totals([about.office, *below], as_of=as_of)
    divisions = queries.by_division(RuleTotals, about.office, below, of_each)
    rows = queries.with_rule_standing(
        queries.in_force(InternalRule.objects.filter(organisation=about.office), as_of), as_of
    )
    is_own = bool(responsible(about.pack, about.office) & set(about.pack.clauses[says.task].offices))
    own = of_each.get(about.office.pk, RuleTotals())
    whole = queries.added(RuleTotals, (one.totals for one in divisions))
    context = {
        "about": about,
        "says": says,
        "day": day,
        "is_own": is_own,
        "own": own,
        "own_shares": _shares(own),
        "rules": _standings(rows, RuleStanding),
        "divisions": [(*row, _shares(row[2].totals)) for row in _named(divisions)],
        "whole": whole,
        "whole_shares": _shares(whole),
        "missing": [one for division in divisions for one in division.missing][:MOST],
        "behind": [one for division in divisions for one in division.behind][:MOST],
        "may": is_own and request.user.has_perm(FILE.name, about.office) and not about.is_past,
        "press": press_address(request, about, says.task),
    }
    return render(request, "supervision/internal_rules.html", context)


def _standings(rows: Any, standings: Any) -> list[tuple[Any, Any]]:
    """Rows with how they stand, in the order of what needs somebody first."""
    order = list(standings)
    found = [(one, standings(one.standing)) for one in rows.order_by("code")[:MOST]]
    return sorted(found, key=lambda pair: order.index(pair[1]))


def _named(divisions: list[DivisionTotals[Any]]) -> list[tuple[str, str, DivisionTotals[Any]]]:
    names = names_of_regions([one.code for one in divisions])
    return [(one.code, names.get(one.code, one.code), one) for one in divisions]


def _money(totals: GridTotals) -> dict[str, Any]:
    """Totals with their money in 10,000 yuan, as the document's forms have it."""
    return {
        "totals": totals,
        "planned": _in_ten_thousands(totals.planned_yuan),
        "spent": _in_ten_thousands(totals.spent_yuan) if totals.spent_unknown < totals.projects else "",
    }


def _in_ten_thousands(yuan: Decimal) -> str:
    return f"{yuan / TEN_THOUSAND:,.2f}"


def _shares(totals: RuleTotals) -> dict[str, str]:
    """Reviewed of listed, and done of what is to be changed; of nothing there is no share."""
    return {
        "reviewed": _percent(totals.reviewed, totals.listed),
        "done": _percent(totals.done, totals.to_change),
    }


def _percent(part: int, whole: int) -> str:
    return f"{Decimal(part * 100) / whole:.1f}%" if whole else ""
