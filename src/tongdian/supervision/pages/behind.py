"""Behind a cell of a return: the list of its cases, or the returns that it is added up from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongdian.parties.queries import names_of_regions
from tongdian.policy.form_lines import FormLine
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import plain, spoken
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.returns import address_of, return_at
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.behind import ReturnBehind, cases_behind, return_behind, returns_behind
from tongdian.supervision.queries.merging import merged
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ, CellSource

MOST_CASES = 500


@require_safe
@guarded(READ.name)
def cell(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """A cell of a return: its cases, for the office's own people; or the returns that it is added up from."""
    here, about = return_at(request, organisation, form, period), asked(request)
    line, column = _asked_cell(request, here.form, here.lines)
    kept = (here.newest.cells if here.newest else {}).get(line.key, {}).get(column, {})
    context = _context(here.form, line, column) | {
        "about": about,
        "here": here,
        "period": here.period,
        "office": here.organisation,
        "title": here.short,
        "value": kept.get("value", ""),
        "source": CellSource(kept["source"]).label if kept.get("source") else "",
        "back": f"{address_of('supervision-return', here)}?{about.query}",
    }
    below = returns_behind(here, line, column, as_of=about.as_of)
    if below:
        context["below"] = [_below(about, line, column, one) for one in below]
    elif here.organisation in about.offices:
        figures, cases = cases_behind(here, line, column)
        names = names_of_regions({one.region for one in cases})
        known = [one.value for one in cases if one.value is not None]
        context |= {
            "figures": figures,
            "cases": [
                (one.number, names.get(one.region, one.region), "" if one.value is None else plain(one.value))
                for one in cases[:MOST_CASES]
            ],
            "number": len(cases),
            "whole": plain(sum(known)) if known else "",  # type: ignore[arg-type]  # of at least one
        }
    return render(request, "supervision/cell.html", context)


@require_safe
@guarded(READ.name)
def merged_cell(request: HttpRequest, form: str, period: str) -> HttpResponse:
    """A cell of the merged form: the returns that it is added up from."""
    about = asked(request)
    if about.office is None:
        raise NoSuchReturn
    asked_for = next((one for one in filings.forms_for(about.office, about.as_of) if one.key == form), None)
    found = merged(asked_for, about.office, period, as_of=about.as_of) if asked_for is not None else None
    if found is None:
        raise NoSuchReturn
    line, column = _asked_cell(request, found.form, found.lines)
    value = found.sums.get(line.key, {}).get(column)
    rows = [*found.included, *found.missing]
    context = _context(found.form, line, column) | {
        "about": about,
        "period": found.period,
        "office": about.office,
        "title": found.form.rule.short or found.form.title,
        "value": "" if value is None else plain(value),
        "source": CellSource.BELOW.label,
        "below": [_below(about, line, column, return_behind(one, line, column)) for one in rows],
        "back": f"../?{about.query}",
    }
    return render(request, "supervision/cell.html", context)


def _asked_cell(request: HttpRequest, form: ReturnForm, lines: list[FormLine]) -> tuple[FormLine, str]:
    """The row and column of the address. Raises NoSuchReturn."""
    row, column = request.GET.get("row", ""), request.GET.get("column", "")
    line = next((one for one in lines if one.key == row), None)
    if (
        line is None
        or column not in form.version.columns
        or form.rule.cell(form.version, line, column) is None
    ):
        raise NoSuchReturn
    return line, column


def _context(form: ReturnForm, line: FormLine, column: str) -> dict[str, Any]:
    unit = line.row.unit if line.row is not None else None
    return {
        "form": form,
        "row": spoken(line.named),
        "cite": line.cite,
        "column": spoken(form.version.columns[column].title),
        "unit": spoken(unit) if unit is not None else "",
        "note": spoken(line.row.note) if line.row is not None and line.row.note is not None else "",
    }


def _below(about: OfficeAsked, line: FormLine, column: str, one: ReturnBehind) -> dict[str, Any]:
    """A return below, with where its own cell leads: on to what that is added up from, or counted from."""
    said = urlencode({"row": line.key, "column": column, "as_of": about.as_of.isoformat()})
    leads_on = one.source == CellSource.BELOW or (
        one.source == CellSource.CASES and line.row is not None and one.here.organisation in about.offices
    )
    return {
        "office": one.here.organisation.shown_name,
        "at": f"{address_of('supervision-return', one.here)}?as_of={about.as_of}#row-{line.key}",
        "state": one.here.state.label,
        "value": "" if one.value is None else plain(one.value),
        "source": CellSource(one.source).label if one.source else "",
        "link": f"{address_of('supervision-cell', one.here)}?{said}" if leads_on else "",
    }
