"""Inspections: whose type is what, whom an office inspects in a year, and the inspection itself (通知/4(1), 附件1/56)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation, Region
from tongdian.parties.permissions import every_grant
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile, action
from tongdian.supervision.fields import INSPECTION, PLAN_REASON, TYPING
from tongdian.supervision.models import Inspection, InspectionPlan, PlannedInspection, SupplierTyping
from tongdian.supervision.queries.inspections import (
    InspectingOffice,
    divisions_of,
    inspecting_office,
    newest_plan,
    shares_of,
    suppliers_within,
    types_of,
)
from tongdian.supervision.refusing import NoSuchInspection, NotASupplier, PlannedBegun
from tongdian.supervision.rules import INSPECT

MOST_EXPLAINED = 500
WHO_MISSING = Words("没有写检查人员", "nobody is named who inspects")
DAYS_MISSING = Words("起止日期没有写全，或不在计划年度", "its days are incomplete, or not of the year")
DAYS_BACKWARD = Words("止日早于起日", "it ends before it begins")
TWICE = Words("同一区域写了两次", "the division stands there twice")
NOT_SUPPLIED = Words(
    "本单位范围内，它不在这里供电", "it does not supply there, within this office's divisions"
)


class TypesMissing(Refusal):
    """Shares by type are told only when every supplier's type stands somewhere."""

    says = Words(
        "下列供电企业还没有登记类别（附件1注1），先登记再编计划：{suppliers}",
        "Enter the type (annex 1, note 1) of these suppliers first: {suppliers}",
    )


class EmptyPlan(Refusal):
    """A plan inspects somebody."""

    says = Words("计划里没有一次检查。", "The plan has no inspection.")


class LeftOutUnexplained(Refusal):
    """What is there and is not inspected is explained."""

    says = Words(
        "计划没有安排检查：{left_out}。请安排，或逐项写明原因（{clause}）。",
        "The plan inspects none of: {left_out}. Plan some, or give the reason for each ({clause}).",
    )


class BadPlanLine(Refusal):
    """A line that says too little, or something that cannot be."""

    says = Words("{supplier}（{region}）：{problem}", "{supplier} ({region}): {problem}")


class ReplanWithoutReason(Refusal):
    """A plan in force is changed for a reason."""

    says = Words("本年已有计划：改动须写明原因。", "The year has a plan: say why it is changed.")
    field = "reason"


class CauseMissing(Refusal):
    """What was not planned has a cause."""

    says = Words("计划外的检查须写明缘由。", "An inspection that was not planned states its cause.")
    field = "cause"


class PeriodBackward(Refusal):
    """A period ends after it begins, and not after today."""

    says = Words(
        "业务的起止日期不对：止日不早于起日，也不晚于今天。",
        "The cases' period is wrong: it ends no earlier than it begins, and no later than today.",
    )
    field = "last_on"


class NotIndependent(Refusal):
    """Nobody inspects the supplier in which they have a role."""

    says = Words("您在{supplier}任职，不能检查它。", "You have a role in {supplier} and do not inspect it.")


class PlanLine(TypedDict):
    """A line of a plan as it is given."""

    supplier: Organisation
    region: Region
    is_rural: bool
    first_on: Any  # a day; None is refused
    last_on: Any
    inspectors: str


@action("type-supplier", may=INSPECT, within="office", fields=TYPING)
def type_supplier(
    *, viewer: Any, office: Organisation, supplier: Organisation, type: str, paper: str, at: dt.datetime
) -> SupplierTyping:
    """Enter of which type of the document a supplier is, by which paper; those below it are of the same.

    Raises NotAllowed, NotAnInspector, NotASupplier, BadValue.
    """
    here = inspecting_office(office, legal_day(at))
    _must_be_within(here, supplier, legal_day(at))
    return SupplierTyping.objects.create(
        organisation=supplier, office=office, pack=here.pack.id, type=type, paper=paper, at=at, by=viewer
    )


@action("plan-inspections", may=INSPECT, within="organisation", fields=PLAN_REASON)
def plan_inspections(
    *,
    viewer: Any,
    organisation: Organisation,
    year: int,
    lines: Sequence[PlanLine],
    at: dt.datetime,
    explained: Mapping[str, str] | None = None,
    reason: str = "",
    begun_from: int | None = None,
    is_demo: bool = False,
) -> InspectionPlan:
    """Write an office's plan of a year, whole. What was planned before stays as it is; the newest counts.

    Raises NotAllowed, NotAnInspector, ChangedMeanwhile, ReplanWithoutReason, EmptyPlan, NotASupplier, BadPlanLine,
    TypesMissing, LeftOutUnexplained.
    """
    today = legal_day(at)
    here = inspecting_office(organisation, today)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # plans follow each other
    last = newest_plan(organisation, here.pack.id, year)
    number = last.number if last else 0
    if begun_from is not None and begun_from != number:
        raise ChangedMeanwhile
    if last is not None and not reason:
        raise ReplanWithoutReason
    if not lines:
        raise EmptyPlan
    suppliers = suppliers_within(here, today)
    _must_be_right(here, lines, suppliers, year)
    why = {key: text.strip()[:MOST_EXPLAINED] for key, text in (explained or {}).items() if text.strip()}
    _must_explain(here, lines, suppliers, why)
    plan = InspectionPlan.objects.create(
        organisation=organisation, pack=here.pack.id, year=year, number=number + 1, explained=why, reason=reason,
        is_demo=is_demo, at=at, by=viewer,
    )  # fmt: skip
    PlannedInspection.objects.bulk_create(
        PlannedInspection(
            plan=plan, supplier=one["supplier"], region=one["region"], is_rural=one["is_rural"],
            first_on=one["first_on"], last_on=one["last_on"], inspectors=one["inspectors"].strip(),
        )
        for one in lines
    )  # fmt: skip
    return plan


@action("begin-inspection", may=INSPECT, within="organisation", fields=INSPECTION)
def begin_inspection(
    *,
    viewer: Any,
    organisation: Organisation,
    supplier: Organisation,
    region: Region,
    first_on: dt.date,
    last_on: dt.date,
    at: dt.datetime,
    planned: PlannedInspection | None = None,
    cause: str = "",
    is_demo: bool = False,
) -> Inspection:
    """Begin to inspect a supplier in a division: as a line of the plan says, or for a cause.

    Raises NotAllowed, NotAnInspector, NotIndependent, NotASupplier, BadPlanLine, NoSuchInspection, CauseMissing, PlannedBegun,
    PeriodBackward.
    """
    today = legal_day(at)
    here = inspecting_office(organisation, today)
    must_be_independent(viewer, supplier)
    _must_be_within(here, supplier, today)
    _must_supply(here, supplier, region)
    if planned is None and not cause:
        raise CauseMissing
    if planned is not None and (
        planned.plan.organisation_id != organisation.pk
        or (planned.supplier_id, planned.region_id) != (supplier.pk, region.pk)
    ):
        raise NoSuchInspection
    if not first_on <= last_on <= today:
        raise PeriodBackward
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # inspections are numbered
    if planned is not None and planned.inspections.exists():
        raise PlannedBegun
    last = Inspection.objects.filter(organisation=organisation).order_by("-number").first()
    return Inspection.objects.create(
        organisation=organisation, pack=here.pack.id, number=last.number + 1 if last else 1, planned=planned,
        supplier=supplier, region=region, cause=cause, first_on=first_on, last_on=last_on, is_demo=is_demo,
        at=at, by=viewer,
    )  # fmt: skip


def must_be_independent(viewer: Any, supplier: Organisation) -> None:
    """Nobody inspects the house in which they work, in whichever office they act and on whichever of its levels."""
    if any(
        one.organisation is not None
        and (one.organisation.pk in supplier.ancestors or supplier.pk in one.organisation.ancestors)
        for one in every_grant(viewer)
    ):
        raise NotIndependent(supplier=supplier.name)


def _must_be_within(here: InspectingOffice, supplier: Organisation, today: dt.date) -> None:
    if supplier.pk not in {one.pk for one in suppliers_within(here, today)}:
        raise NotASupplier(supplier=supplier.name)


def _must_supply(here: InspectingOffice, supplier: Organisation, region: Region) -> None:
    if region.pk not in {one.pk for one in divisions_of(here, supplier)}:
        raise BadPlanLine(supplier=supplier.name, region=region.name, problem=NOT_SUPPLIED)


def _must_be_right(
    here: InspectingOffice, lines: Sequence[PlanLine], suppliers: Sequence[Organisation], year: int
) -> None:
    """Every line whole, each division once."""
    known, seen = {one.pk for one in suppliers}, set()
    for one in lines:
        supplier, region = one["supplier"], one["region"]
        if supplier.pk not in known:
            raise NotASupplier(supplier=supplier.name)
        _must_supply(here, supplier, region)
        first, last = one["first_on"], one["last_on"]
        problem = None
        if (supplier.pk, region.pk) in seen:
            problem = TWICE
        elif first is None or last is None or first.year != year or last.year != year:
            problem = DAYS_MISSING
        elif last < first:
            problem = DAYS_BACKWARD
        elif not one["inspectors"].strip():
            problem = WHO_MISSING
        if problem is not None:
            raise BadPlanLine(supplier=supplier.name, region=region.name, problem=problem)
        seen.add((supplier.pk, region.pk))


def _must_explain(
    here: InspectingOffice,
    lines: Sequence[PlanLine],
    suppliers: Sequence[Organisation],
    explained: Mapping[str, str],
) -> None:
    """4(1): above all local suppliers, incremental distribution companies and the country. No number is printed, so
    that none is asked; but what is there and is not looked at at all has its reason."""
    types = types_of(suppliers, here.pack)
    if untyped := [one for one in suppliers if one.pk not in types]:
        raise TypesMissing(suppliers=[Words(one.name, one.name_en or one.name) for one in untyped])
    shares = shares_of(here, [(one["supplier"].pk, one["is_rural"]) for one in lines], suppliers)
    if left_out := [one.title for one in shares if one.is_left_out and one.key not in explained]:
        raise LeftOutUnexplained(left_out=left_out, clause=here.says.stressed_by)
