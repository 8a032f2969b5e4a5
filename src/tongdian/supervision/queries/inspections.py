"""Who inspects which suppliers, what an office planned, drew and found.

What the text stresses (附件1/注1, 通知/4(1)) has no number: a plan's share of each type stands beside that type's share
of all suppliers, and nothing is scored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tongdian.parties.models import Organisation, Region
from tongdian.policy.clauses import Inspecting
from tongdian.policy.packs import Pack
from tongdian.policy.rounding import percentage
from tongdian.policy.words import Words
from tongdian.supervision.models import (
    CaseDraw,
    DrawnCase,
    Inspection,
    InspectionPlan,
    PlannedInspection,
    SiteRecord,
    SupplierTyping,
)
from tongdian.supervision.queries.offices import (
    codes_of,
    in_order,
    kind_of,
    offices_of,
    prefix_of,
    supervising_packs,
)
from tongdian.supervision.refusing import NoSuchInspection, NotAnInspector
from tongdian.supervision.rules import READ, SiteOutcome

RURAL = "rural"  # the key by which a plan explains that it looks at no rural area


@dataclass(frozen=True)
class InspectingOffice:
    """An office that inspects by a pack, and the clause that has it do so."""

    office: Organisation
    pack: Pack
    says: Inspecting
    clause: str
    only_in: int | None = None  # the year for which the clause asks it; none: each year


def inspecting_office(office: Organisation, on: dt.date) -> InspectingOffice:
    """As what an organisation inspects. Raises NotAnInspector."""
    for pack in supervising_packs(office, on):
        says = pack.head.uses.inspecting
        for name in offices_of(pack, office) if says is not None else ():
            assert says is not None
            if name in says.by:
                return InspectingOffice(office, pack, says, says.by[name], says.only_in.get(name))
    raise NotAnInspector(organisation=office.name)


def inspects(office: Organisation, on: dt.date) -> bool:
    """Whether an organisation is an office that inspects."""
    try:
        inspecting_office(office, on)
    except NotAnInspector:
        return False
    return True


def suppliers_within(here: InspectingOffice, on: dt.date) -> list[Organisation]:
    """The suppliers that supply in the divisions of an office, or whose seat is there."""
    inside = tuple(prefix_of(code) for code in codes_of(here.office))
    rows = (
        Organisation.objects.filter(
            kind=kind_of(here.pack.head.uses.offices["supplier"]), in_force__contains=on
        )
        .select_related("region")
        .prefetch_related("regions")
    )
    return in_order([one for one in rows if any(code.startswith(inside) for code in codes_of(one))])


def divisions_of(here: InspectingOffice, supplier: Organisation) -> list[Region]:
    """Those of the office in which a supplier supplies; without any, its seat."""
    inside = tuple(prefix_of(code) for code in codes_of(here.office))
    supplied = [one for one in supplier.regions.all() if one.code.startswith(inside)]
    return sorted(supplied, key=lambda one: one.code) or [supplier.region]


def types_of(suppliers: Iterable[Organisation], pack: Pack) -> dict[UUID, SupplierTyping]:
    """The type of each supplier, where one was entered: its own, else that of the nearest above it."""
    listed = list(suppliers)
    above = {id_ for one in listed for id_ in one.ancestors}
    newest: dict[UUID, SupplierTyping] = {}
    for row in SupplierTyping.objects.filter(organisation__in=above, pack=pack.id).order_by("at", "id"):
        newest[row.organisation_id] = row
    return {
        one.pk: newest[nearest]
        for one in listed
        if (nearest := next((id_ for id_ in reversed(one.ancestors) if id_ in newest), None)) is not None
    }


@dataclass(frozen=True)
class StressShare:
    """How many of a plan's suppliers are of a type, beside how many of all suppliers are; or how many of its lines
    are in the country, beside all lines (`there` is none then: nobody counts the country)."""

    key: str
    title: Words
    is_stressed: bool
    planned: int
    of_planned: int
    there: int | None = None
    of_there: int = 0

    @property
    def share(self) -> int:
        """Per cent of the plan, rounded."""
        return int(percentage(Decimal(self.planned), Decimal(self.of_planned), 0) or 0)

    @property
    def share_there(self) -> int | None:
        """Per cent of all suppliers, rounded."""
        if self.there is None or not self.of_there:
            return None
        return int(percentage(Decimal(self.there), Decimal(self.of_there), 0) or 0)

    @property
    def is_left_out(self) -> bool:
        """Whether the plan has none of what is there: it has to say why."""
        return not self.planned and (self.there is None or self.there > 0)


def shares_of(
    here: InspectingOffice, lines: Sequence[tuple[UUID, bool]], suppliers: Sequence[Organisation]
) -> list[StressShare]:
    """What a plan looks at, type by type and in the country. A line is a supplier and whether it is rural."""
    types = {id_: row.type for id_, row in types_of(suppliers, here.pack).items()}
    planned = {supplier for supplier, _ in lines}
    found = [
        StressShare(
            key, Words(*declared.title), declared.stressed,
            planned=sum(types.get(one) == key for one in planned), of_planned=len(planned),
            there=sum(types.get(one.pk) == key for one in suppliers), of_there=len(suppliers),
        )
        for key, declared in here.says.types.items()
    ]  # fmt: skip
    if here.says.rural:
        title = Words("农村地区", "rural areas")
        found.append(StressShare(RURAL, title, True, sum(rural for _, rural in lines), len(lines)))
    return found


def newest_plan(
    office: Organisation, pack: str, year: int, *, on: dt.date | None = None
) -> InspectionPlan | None:
    """The plan of a year that counts."""
    rows = InspectionPlan.objects.filter(organisation=office, pack=pack, year=year)
    if on is not None:
        rows = rows.filter(at__date__lte=on)
    return rows.select_related("by").order_by("-number").first()


def lines_of(plan: InspectionPlan | None) -> list[PlannedInspection]:
    """Its lines in their order of days, each with its inspections."""
    if plan is None:
        return []
    rows = plan.lines.select_related("supplier", "region").prefetch_related("inspections")
    return list(rows.order_by("first_on", "supplier__name", "region"))


def inspections_of(office: Organisation, year: int, *, on: dt.date) -> Any:
    """The inspections of an office in a year, begun by the end of a day, the newest first, each with how many cases
    were drawn and recorded. One that was planned is of the year of its plan."""
    recorded = DrawnCase.objects.filter(draw__inspection=OuterRef("pk"), records__isnull=False)
    return (
        Inspection.objects.filter(
            Q(planned__plan__year=year) | Q(planned=None, at__year=year),
            organisation=office,
            at__date__lte=on,
        )
        .select_related("supplier", "region", "by", "planned")
        .annotate(drawn=Count("draws__cases", distinct=True), is_begun=Exists(recorded))
        .order_by("-number")
    )


def inspection_seen(viewer: Any, id_: UUID) -> Inspection:
    """An inspection, for who looks at supervision in the office that made it. Raises NoSuchInspection."""
    found = (
        Inspection.objects.filter(pk=id_)
        .select_related("organisation", "supplier", "region", "planned", "by")
        .first()
    )
    if found is None or not viewer.has_perm(READ.name, found.organisation):
        raise NoSuchInspection
    return found


def drawn_seen(viewer: Any, id_: UUID) -> DrawnCase:
    """A drawn case, as `inspection_seen`. Raises NoSuchInspection."""
    found = (
        DrawnCase.objects.filter(pk=id_).select_related("case", "draw__inspection__organisation", "draw__inspection__supplier").first()
    )  # fmt: skip
    if found is None or not viewer.has_perm(READ.name, found.draw.inspection.organisation):
        raise NoSuchInspection
    return found


@dataclass(frozen=True)
class DrawnStanding:
    """A drawn case with what was found of it; no record yet is none."""

    drawn: DrawnCase
    record: SiteRecord | None

    @property
    def differs(self) -> bool:
        """Whether something was found that differs."""
        return self.record is not None and self.record.outcome == SiteOutcome.DIFFERS


def draws_of_period(inspection: Inspection) -> QuerySet[CaseDraw]:
    """Every draw of the office's inspections of the same supplier over days that the period shares: another begin
    is no way to another draw."""
    return CaseDraw.objects.filter(
        organisation=inspection.organisation_id,
        inspection__supplier=inspection.supplier_id,
        inspection__first_on__lte=inspection.last_on,
        inspection__last_on__gte=inspection.first_on,
    )


def draws_of(inspection: Inspection) -> list[tuple[CaseDraw, list[DrawnStanding]]]:
    """Its draws in their order, each with its cases in the order drawn."""
    draws = list(inspection.draws.select_related("by").order_by("number"))
    rows = DrawnCase.objects.filter(draw__in=draws).select_related("case", "case__region")
    newest = newest_records(draws)
    found: dict[UUID, list[DrawnStanding]] = {}
    for one in rows.order_by("position"):
        found.setdefault(one.draw_id, []).append(DrawnStanding(one, newest.get(one.pk)))
    return [(one, found.get(one.pk, [])) for one in draws]


def newest_records(draws: Iterable[CaseDraw]) -> Mapping[UUID, SiteRecord]:
    """The record that counts of each drawn case."""
    rows = SiteRecord.objects.filter(drawn__draw__in=list(draws)).select_related("by")
    return {one.drawn_id: one for one in rows.prefetch_related("files").order_by("number")}


def waiting_records(office_ids: Iterable[UUID]) -> Any:
    """Drawn cases of an office's inspections that have no record yet."""
    return DrawnCase.objects.filter(
        ~Exists(SiteRecord.objects.filter(drawn=OuterRef("pk"))),
        draw__inspection__organisation__in=list(office_ids),
    )


def not_begun(office_ids: Iterable[UUID], on: dt.date) -> Any:
    """Lines of plans in force whose first day has come and that nobody has begun."""
    newer = InspectionPlan.objects.filter(
        organisation=OuterRef("plan__organisation"), pack=OuterRef("plan__pack"), year=OuterRef("plan__year"),
        number__gt=OuterRef("plan__number"),
    )  # fmt: skip
    begun = Inspection.objects.filter(
        Q(planned=OuterRef("pk"))
        | Q(planned__supplier=OuterRef("supplier"), planned__region=OuterRef("region"),
            planned__plan__year=OuterRef("plan__year"), organisation=OuterRef("plan__organisation"))
    )  # fmt: skip
    return PlannedInspection.objects.filter(
        ~Exists(newer), ~Exists(begun), plan__organisation__in=list(office_ids), first_on__lte=on
    )
