"""Filling in a return: it begins with what was counted, added up, or entered before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tongdian.plain_text import whole
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded, now
from tongdian.spoken import say
from tongdian.supervision.actions import filing as deeds
from tongdian.supervision.pages.returns import address_of, columns_of, return_at, rows_of, say_kept
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.absent import absent_further_below, absent_named
from tongdian.supervision.queries.cells import disagreements
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import FILE, CellStatus

OF_A_FIGURE = (CellStatus.NORMAL, CellStatus.ESTIMATED, CellStatus.PROVISIONAL)
NO_FIGURE = (CellStatus.MISSING, CellStatus.NOT_APPLICABLE)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def fill(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """Fill in another version: it begins with what was counted, added up, or entered before."""
    here = return_at(request, organisation, form, period)
    if not request.user.has_perm(FILE.name, here.organisation):
        raise NoSuchReturn
    begun_from = here.newest.number if here.newest else 0
    begins = proposed(here, as_of=timezone.localdate())
    refusal: Refusal | None = None
    cells: Mapping[str, Any] = begins
    if request.method == "POST":
        cells = _typed(request, here, begins)
        try:
            now(
                request, deeds.fill_in, organisation=here.organisation, form=form, period=period, cells=cells,
                absent=_typed_absent(request, here), remarks=_typed_remarks(request),
                contact=request.POST.get("contact", "").strip()[:120], note=request.POST.get("note", "").strip()[:500],
                begun_from=whole(request.POST.get("begun_from", "")) or 0,
            )  # fmt: skip
        except Refusal as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            say_kept(request, here)
            return redirect(address_of("supervision-return", here))
    expected = filings.expected_below(here.form, here.organisation, period, as_of=timezone.localdate())
    found = disagreements(here, cells, as_of=timezone.localdate()) if refusal is None else []
    remarks = here.newest.remarks if here.newest else {}
    context = {
        "here": here,
        "columns": columns_of(here),
        "rows": rows_of(here, cells),
        "begun_from": begun_from,
        "is_closed": here.is_closed(timezone.localdate()),
        "checks": [(one, remarks.get(one.key, "")) for one in found if one.outcome == "fail"],
        "untold": [one for one in found if one.outcome != "fail"],
        "below": [one for one in expected if one.accepted is None],
        "further": absent_named(absent_further_below(expected)),
        "why_absent": _why_absent(request, here),
        "contact": request.POST.get("contact", here.newest.contact if here.newest else ""),
        "note": request.POST.get("note", here.newest.note if here.newest else ""),
        "refusal": say(refusal) if refusal else "",
        "figure_statuses": [(one.value, one.label) for one in OF_A_FIGURE],
        "blank_statuses": [(one.value, one.label) for one in NO_FIGURE],
    }
    return render(request, "supervision/fill.html", context, status=422 if refusal else 200)


def _typed(
    request: HttpRequest, here: ReturnStanding, begins: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The cells as they were typed. One that stands as it was proposed keeps where it is from. A figure in a cell whose
    status says that there is none is a figure: what was typed is newer than what stood there."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for number, line in enumerate(here.lines):
        for column in here.form.version.columns:
            if here.form.rule.cell(here.form.version, line, column) is None:
                continue
            value, why, status = (
                request.POST.get(f"{sort}{number}.{column}", "").strip() for sort in ("c", "w", "s")
            )
            was = begins.get(line.key, {}).get(column, {})
            if value and status in NO_FIGURE:
                status = ""
            if value and value == was.get("value") and status in ("", was.get("status", "")):
                cells.setdefault(line.key, {})[column] = was
            elif value and value == was.get("value"):
                cells.setdefault(line.key, {})[column] = {**was, "status": status}
            elif value or why:
                kept = status or (CellStatus.NORMAL if value else CellStatus.MISSING).value
                cells.setdefault(line.key, {})[column] = {"value": value, "why": why, "status": kept}
    return cells


def _typed_absent(request: HttpRequest, here: ReturnStanding) -> list[dict[str, str]]:
    return [
        {"organisation": name.removeprefix("absent."), "why": why.strip()}
        for name, why in request.POST.items()
        if name.startswith("absent.") and isinstance(why, str) and why.strip()
    ]


def _why_absent(request: HttpRequest, here: ReturnStanding) -> dict[str, str]:
    """By short name why a return below is missing: as it was typed just now, else as the version before said."""
    said = (
        _typed_absent(request, here)
        if request.method == "POST"
        else here.newest.absent
        if here.newest
        else []
    )
    return {one["organisation"]: one["why"] for one in said if not one.get("of")}


def _typed_remarks(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix("remark."): text.strip()
        for name, text in request.POST.items()
        if name.startswith("remark.") and isinstance(text, str) and text.strip()
    }
