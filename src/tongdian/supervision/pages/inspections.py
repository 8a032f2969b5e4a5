"""An office's inspections of a year: the plan with what it looks at, the suppliers' types, and each inspection."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian import bounded_days
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.plain_text import whole
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.spoken import say, spoken
from tongdian.supervision.actions.inspections import (
    MOST_EXPLAINED,
    PlanLine,
    begin_inspection,
    plan_inspections,
    type_supplier,
)
from tongdian.supervision.models import InspectionPlan, PlannedInspection
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.queries.inspections import (
    InspectingOffice,
    StressShare,
    divisions_of,
    inspecting_office,
    inspections_of,
    lines_of,
    newest_plan,
    shares_of,
    suppliers_within,
    types_of,
)
from tongdian.supervision.refusing import NoSuchInspection
from tongdian.supervision.rules import INSPECT, READ

FIRST_YEAR, LAST_YEAR = 2020, 2199


@require_safe
@guarded(READ.name)
def inspections(request: HttpRequest) -> HttpResponse:
    """The plan of a year, what it looks at, and every inspection."""
    about = asked(request)
    if about.office is None or not about.inspects:
        return render(request, "supervision/inspections.html", {"about": about})
    here = inspecting_office(about.office, about.as_of)
    year = _year(request, about.as_of)
    suppliers = suppliers_within(here, about.as_of)
    plan = newest_plan(about.office, here.pack.id, year, on=about.as_of)
    lines = lines_of(plan)
    shares = shares_of(here, [(one.supplier_id, one.is_rural) for one in lines], suppliers)
    types = types_of(suppliers, here.pack)
    context = {
        "about": about,
        "here": here,
        "year": year,
        "years": [year - 1, year, year + 1],
        "plan": plan,
        "lines": [
            (one, _started(one, about.as_of), one.first_on <= about.as_of, one.last_on < about.as_of)
            for one in lines
        ],
        "shares": shares,
        "explained": [(_title_of(shares, key), why) for key, why in plan.explained.items()] if plan else [],
        "chart": _share_chart(shares) if plan else None,
        "inspections": list(inspections_of(about.office, year, on=about.as_of)),
        "suppliers": [(one, types.get(one.pk), _type_title(here, types.get(one.pk))) for one in suppliers],
        "untyped": sum(one.pk not in types for one in suppliers),
        "may": request.user.has_perm(INSPECT.name, about.office) and not about.is_past,
    }
    return render(request, "supervision/inspections.html", context)


def _started(line: PlannedInspection, on: dt.date) -> Any:
    return next((one for one in line.inspections.all() if legal_day(one.at) <= on), None)


def _title_of(shares: list[StressShare], key: str) -> str:
    return next((spoken(one.title) for one in shares if one.key == key), key)


def _type_title(here: InspectingOffice, row: Any) -> str:
    declared = here.says.types.get(row.type) if row is not None else None
    return spoken(declared.title) if declared is not None else ""


def _share_chart(shares: list[StressShare]) -> dict[str, Any]:
    """The plan's share of each type beside that of all suppliers, in per cent."""
    shown = [one for one in shares if one.there is not None]
    return {
        "title": gettext("Share of the plan and of all suppliers, in per cent"),
        "beside": True,
        "labels": [spoken(one.title) for one in shown],
        "series": [
            [gettext("of the plan"), [one.share for one in shown]],
            [gettext("of all suppliers"), [one.share_there or 0 for one in shown]],
        ],
    }


def _year(request: HttpRequest, on: dt.date) -> int:
    typed = request.GET.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else on.year
    return year if FIRST_YEAR < year < LAST_YEAR else on.year


# --------------------------------------------------------------- the plan
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(INSPECT.name)
def plan(request: HttpRequest) -> HttpResponse:
    """Write the plan of a year: a line for each supplier and division that is inspected."""
    about, here = _inspecting(request)
    must_edit(request, plan_inspections, {"organisation": here.office})
    year = _year(request, about.today)
    before = newest_plan(here.office, here.pack.id, year)
    suppliers = suppliers_within(here, about.today)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            plan_inspections(
                viewer=request.user, organisation=here.office, year=year, lines=_typed_lines(request, here, suppliers),
                explained=_typed_why(request), reason=request.POST.get("reason", "").strip(),
                begun_from=whole(request.POST.get("begun_from", "")) or 0,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            messages.success(request, gettext("The plan is in force."))
            return redirect(f"{reverse('supervision-inspections')}?{about.query}&year={year}")
    context = {
        "about": about,
        "here": here,
        "year": year,
        "before": before,
        "rows": _rows(request, here, suppliers, before),
        "shares": shares_of(here, [], suppliers),
        "why": _typed_why(request) if request.method == "POST" else (before.explained if before else {}),
        "most": MOST_EXPLAINED,
        "reason": request.POST.get("reason", ""),
        "refusal": say(refusal) if refusal else "",
    }
    return render(request, "supervision/inspection_plan.html", context, status=422 if refusal else 200)


def _inspecting(request: HttpRequest) -> tuple[OfficeAsked, InspectingOffice]:
    """The office that inspects. Raises NoSuchInspection for another."""
    about = asked(request)
    if about.office is None or not about.inspects:
        raise NoSuchInspection
    return about, inspecting_office(about.office, about.today)


def _rows(
    request: HttpRequest, here: InspectingOffice, suppliers: list[Organisation], before: InspectionPlan | None
) -> list[dict[str, Any]]:
    """Each supplier and division, with what was typed, else what the plan in force says."""
    known = {(one.supplier_id, one.region_id): one for one in lines_of(before)}
    types = types_of(suppliers, here.pack)
    found = []
    for supplier in suppliers:
        for region in divisions_of(here, supplier):
            name, line = f"{supplier.short}.{region.code}", known.get((supplier.pk, region.pk))
            typed = request.POST if request.method == "POST" else None
            found.append(
                {
                    "name": name,
                    "supplier": supplier,
                    "region": region,
                    "type": _type_title(here, types.get(supplier.pk)),
                    "first": typed.get(f"first.{name}", "")
                    if typed
                    else _iso(line.first_on if line else None),
                    "last": typed.get(f"last.{name}", "") if typed else _iso(line.last_on if line else None),
                    "who": typed.get(f"who.{name}", "") if typed else (line.inspectors if line else ""),
                    "rural": f"rural.{name}" in typed if typed else bool(line and line.is_rural),
                }
            )
    return found


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _typed_lines(
    request: HttpRequest, here: InspectingOffice, suppliers: list[Organisation]
) -> list[PlanLine]:
    """The lines in which something was typed."""
    found: list[PlanLine] = []
    for supplier in suppliers:
        for region in divisions_of(here, supplier):
            name = f"{supplier.short}.{region.code}"
            first, last = (request.POST.get(f"{one}.{name}", "") for one in ("first", "last"))
            who = request.POST.get(f"who.{name}", "").strip()[:200]
            if first or last or who:
                found.append(
                    {"supplier": supplier, "region": region, "is_rural": f"rural.{name}" in request.POST,
                     "first_on": _day(first), "last_on": _day(last), "inspectors": who}
                )  # fmt: skip
    return found


def _day(typed: str) -> dt.date | None:
    try:
        return bounded_days.read(typed)
    except Refusal:
        return None


def _typed_why(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix("why."): text.strip()
        for name, text in request.POST.items()
        if name.startswith("why.") and isinstance(text, str) and text.strip()
    }


# --------------------------------------------------------------- types, and beginning
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(INSPECT.name)
def typing(request: HttpRequest) -> HttpResponse:
    """Enter of which type a supplier is."""
    about, here = _inspecting(request)
    must_edit(request, type_supplier, {"office": here.office})
    supplier = _supplier(request, here, about.today)
    form = FieldsForm(
        type_supplier.fields,
        request.POST or None,
        scope=Scope(request.user, here.office, about.today, here.pack.id),
    )
    back = f"{reverse('supervision-inspections')}?{about.query}"
    if done(request, form, type_supplier, office=here.office, supplier=supplier) is not None:
        messages.success(request, gettext("Entered with your name."))
        return redirect(back)
    return form_page(
        request, form, title=gettext("Type of a supplier"), within=supplier.shown_name,
        crumb=(gettext("Inspections"), back),
    )  # fmt: skip


def _supplier(request: HttpRequest, here: InspectingOffice, on: dt.date) -> Organisation:
    named = request.GET.get("supplier", "")
    found = next((one for one in suppliers_within(here, on) if one.short == named), None)
    if found is None:
        raise NoSuchInspection
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(INSPECT.name)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an inspection: of a line of the plan (?line=), or of a supplier for a cause (?supplier=&region=)."""
    about, here = _inspecting(request)
    must_edit(request, begin_inspection, {"organisation": here.office})
    line = None
    if (id_ := as_uuid(request.GET.get("line", ""))) is not None:
        line = PlannedInspection.objects.filter(pk=id_, plan__organisation=here.office).select_related("supplier", "region").first()  # fmt: skip
        if line is None:
            raise NoSuchInspection
        supplier, region = line.supplier, line.region
    else:
        supplier = _supplier(request, here, about.today)
        code = request.GET.get("region", "")
        places = divisions_of(here, supplier)
        region = next((one for one in places if one.code == code), places[0])
    values = {"first_on": dt.date(about.today.year, 1, 1), "last_on": about.today}
    form = FieldsForm(
        begin_inspection.fields,
        request.POST or None,
        scope=Scope(request.user, here.office, about.today),
        values=values,
    )
    back = f"{reverse('supervision-inspections')}?{about.query}"
    begun = done(
        request,
        form,
        begin_inspection,
        organisation=here.office,
        supplier=supplier,
        region=region,
        planned=line,
    )
    if begun is not None:
        return redirect("supervision-inspection", begun.pk)
    return form_page(
        request, form, title=gettext("Begin an inspection"), within=f"{supplier.shown_name} · {region.shown_name}",
        crumb=(gettext("Inspections"), back),
    )  # fmt: skip
