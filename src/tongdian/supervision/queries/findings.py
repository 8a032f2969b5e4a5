"""Findings as they stand at the end of a day, for who may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tongdian.parties.models import Organisation
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.findings import CLOSED, FOUND_TRUE, TO_BE_RECTIFIED, FindingState, NoSuchFinding
from tongdian.supervision.models import FindingStep, SupervisionFinding
from tongdian.supervision.queries.competence import finders_below, held_offices, holds_region, reached
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.offices import supervising_packs

AGES = (30, 90, 180)  # days since a finding was opened, for the chart: up to, and longer


def findings_seen(viewer: Any, *, as_of: dt.date) -> QuerySet[Any]:
    """What a viewer sees: findings of their own office and of those that stand below it, and findings about their
    own, each with `state`, `due_on` and `is_overdue` as of a day."""
    rows = SupervisionFinding.objects.filter(at__lt=end_of(as_of))
    offices = held_offices(viewer)
    if offices is not None:
        own = reached(viewer)
        rows = rows.filter(Q(organisation__in=own) | Q(about__in=own) | finders_below(offices))
    return standing_rows(rows, as_of).select_related("organisation", "about", "region", "by")


def standing_rows(rows: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Findings with where they stand at the end of a day. The deadline is that which a step set last; the day
    itself is in time, and what was reported no longer runs."""
    steps = FindingStep.objects.filter(finding=OuterRef("pk"), at__lt=end_of(as_of)).order_by("-number")
    found: QuerySet[Any] = rows.annotate(
        state=Coalesce(Subquery(steps.values("what")[:1]), Value(FindingState.OPENED.value)),
        due_on=Subquery(steps.filter(due_on__isnull=False).values("due_on")[:1]),
    ).annotate(
        is_overdue=Q(state__in=[one.value for one in TO_BE_RECTIFIED], due_on__lt=as_of),
        is_closed=Q(state__in=[one.value for one in CLOSED]),
    )
    return found


def finding(viewer: Any, id_: UUID | str, *, as_of: dt.date) -> Any:
    """One that a viewer sees. Raises NoSuchFinding."""
    found = findings_seen(viewer, as_of=as_of).filter(pk=id_).first()
    if found is None:
        raise NoSuchFinding
    return found


def finding_of_origin(organisation: Organisation, origin: str) -> SupervisionFinding | None:
    """What an office opened of an origin, if it did."""
    return (
        SupervisionFinding.objects.filter(organisation=organisation, origin=origin).exclude(origin="").first()
    )


def story(finding: SupervisionFinding, *, as_of: dt.date) -> list[FindingStep]:
    """What was done about it until the end of a day."""
    return list(
        FindingStep.objects.filter(finding=finding, at__lt=end_of(as_of))
        .select_related("organisation", "by")
        .order_by("number")
    )


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """Findings of some rows: all, not closed, overdue."""

    every: int
    open: int
    overdue: int


_COUNTS = {
    "every": Count("pk"),
    "open": Count("pk", filter=Q(is_closed=False)),
    "overdue": Count("pk", filter=Q(is_overdue=True)),
}


def counts_of(rows: QuerySet[Any]) -> FindingCounts:
    """How many there are, are open and are overdue."""
    return FindingCounts(**rows.order_by().aggregate(**_COUNTS))


def counts_by_office(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """The same for each office that findings are about: those with most overdue first."""
    return list(
        rows.order_by()
        .values("about", short=F("about__short"), name=F("about__name"), name_en=F("about__name_en"))
        .annotate(**_COUNTS)
        .order_by("-overdue", "-open", "name")
    )


def open_by_kind_and_age(rows: QuerySet[Any], as_of: dt.date) -> dict[str, list[int]]:
    """How many of each kind are open for up to 30, 90, 180 days, and longer."""
    edges = [end_of(as_of) - dt.timedelta(days=days + 1) for days in AGES]
    young = [Q(at__gte=edge) for edge in edges]
    bands = [young[0], young[1] & ~young[0], young[2] & ~young[1], ~young[2]]
    numbered = {f"band_{n}": Count("pk", filter=band) for n, band in enumerate(bands)}
    found = rows.filter(is_closed=False).order_by().values("kind").annotate(**numbered).order_by("kind")
    return {one["kind"]: [one[name] for name in numbered] for one in found}


def that_may_be_named(
    office: Organisation, viewer: Any, *, as_of: dt.date, about: Organisation | None = None
) -> list[Any]:
    """Findings that an office may rest a circular on: confirmed, and of its own area. For a talk those `about`
    whom it summons, also such as are still open."""
    rows = findings_seen(viewer, as_of=as_of).order_by("-at")
    if about is not None:
        rows = rows.filter(about=about).exclude(state__in=["accepted", "withdrawn"])
    else:
        rows = rows.filter(state__in=[one.value for one in FOUND_TRUE])
    return [one for one in rows if one.about_id != office.pk and holds_region(office, one.region_id)]


def pack_with(organisation: Organisation, clause: str, on: dt.date) -> str:
    """The pack that binds an office and has a clause; nothing, where none has."""
    return next((one.id for one in supervising_packs(organisation, on) if clause in one.clauses), "")


def clause_of(row: Any) -> Any:
    """The clause that a finding or a letter cites."""
    return rulebook.pack(row.pack).clauses.get(row.clause)


def evidence_hashes(finding: SupervisionFinding, steps: Sequence[FindingStep]) -> dict[str, str]:
    """The kept files that a finding and its steps rest on, with what each was called."""
    every = [*finding.evidence, *(one for step in steps for one in step.evidence)]
    return {one["ref"]: one.get("note", "") for one in every if one.get("kind") == "file"}
