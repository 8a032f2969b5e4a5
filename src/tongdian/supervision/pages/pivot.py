"""Kept figures laid out as somebody asks: the address says how, and may be kept under a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file, views_of
from tongdian.registers.views import forget_view, rename_view, save_view
from tongdian.spoken import say
from tongdian.supervision.actions.views import drop_office_view, rename_office_view, share_view
from tongdian.supervision.models import OfficeView
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.queries.pivot import DIMENSIONS, INDICATORS, PivotSource, source, sources
from tongdian.supervision.queries.pivoting import MEASURES, PLACES, PivotCell, PivotShape, PivotTable
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import FILE, READ

OF = "supervision-pivot"
FIRST_ROWS = {INDICATORS: ("indicator", "period")}
FIRST_OF_A_FORM = ("office", "item")
DRAWN_ROWS, DRAWN_COLUMNS = 30, 6  # what a chart can still be read of


@dataclass(frozen=True)
class PivotAsked:
    """What the address asks for: of which figures, and how they are laid out."""

    source: PivotSource
    shape: PivotShape

    @property
    def query(self) -> str:
        """The same as an address, without the office and the day: a view of an office shows its newest figures."""
        shape = self.shape
        parts = [("of", self.source.key), *zip(("rows", "rows2"), shape.rows, strict=False)]
        parts += [("columns", shape.columns or "none"), ("measure", shape.measure), *shape.chosen.items()]
        return urlencode([*parts, *([("place", shape.place)] if shape.place else [])])


@require_safe
@guarded(READ.name)
def pivot(request: HttpRequest) -> HttpResponse:
    """The table with its chart, what it is made of, and the views that are kept."""
    about = asked(request)
    if about.office is None or about.pack is None:
        return render(request, "supervision/pivot.html", {"about": about})
    here = _asked_for(request, about)
    table = PivotTable(here.shape, here.source.facts)
    viewer: Any = request.user
    context = {
        "about": about,
        "here": here,
        "sources": [(key, say(title), key == here.source.key) for key, title in sources(about.office, about.pack, as_of=about.as_of)],
        "dimensions": [(name, say(DIMENSIONS[name])) for name in here.source.dimensions],
        "measures": [(name, say(one.title)) for name, one in MEASURES.items()] if _is_counted(here) else [],
        "chosen": [
            (name, say(DIMENSIONS[name]), value, [(key, _said(here, name, key)) for key in here.source.keys(name)])
            for name, value in here.shape.chosen.items()
        ],
        "places": _places(here),
        "measure": _measure_title(here),
        "heads": [say(DIMENSIONS[name]) for name in here.shape.rows],
        "columns": _heads(here, table),
        "rows": [
            ([_said(here, name, key) for name, key in zip(here.shape.rows, row, strict=True)],
             _cells(here, table, row))
            for row in table.rows
        ],
        "total": _total(here, table),
        "absent": [
            (_said(here, "period", period), names)
            for period, names in here.source.absent.items()
            if names and here.shape.chosen.get("period", period) == period
        ],
        "own": views_of(viewer, OF),
        "shared": OfficeView.objects.filter(organisation=about.office, of=OF).select_related("by").order_by("name"),
        "may_share": viewer.has_perm(FILE.name, about.office),
        "chart": _chart(here, table),
    }  # fmt: skip
    return render(request, "supervision/pivot.html", context)


@require_POST
@guarded(READ.name)
def export(request: HttpRequest) -> Any:
    """The table as it is laid out, as a workbook or CSV."""
    about = asked(request)
    if about.office is None or about.pack is None:
        raise NoSuchReturn
    here = _asked_for(request, about)
    return as_file(
        request, of=OF, title=say(here.source.title)[:31], lines=_lines(here, about),
        query=f"{about.office.short}/{about.as_of}?{here.query}",
    )  # fmt: skip


@require_POST
@guarded(READ.name)
def views(request: HttpRequest) -> HttpResponse:
    """Keep the layout under a name, for oneself or the office; rename a view or drop it."""
    about = asked(request)
    if about.office is None or about.pack is None:
        raise NoSuchReturn
    viewer: Any = request.user
    query, name = _asked_for(request, about).query, request.POST.get("name", "")
    view, is_shared = as_uuid(request.POST.get("view", "")), request.POST.get("whose") == "office"
    try:
        match request.POST.get("deed"):
            case "save" if is_shared:
                share_view(viewer=viewer, organisation=about.office, of=OF, name=name, query=query)
            case "save":
                save_view(viewer=viewer, of=OF, name=name, query=query)
            case "rename" if view and is_shared:
                rename_office_view(viewer=viewer, view=view, name=name)
            case "rename" if view:
                rename_view(viewer=viewer, view=view, name=name)
            case "forget" if view and is_shared:
                drop_office_view(viewer=viewer, view=view)
            case "forget" if view:
                forget_view(viewer=viewer, view=view)
    except Refusal as refusal:
        messages.error(request, say(refusal))
    return redirect(f"{reverse(OF)}?{about.query}&{query}")


def _asked_for(request: HttpRequest, about: OfficeAsked) -> PivotAsked:
    """From the address; what it does not say, or says of no dimension, is as it is at first."""
    assert about.office is not None
    assert about.pack is not None
    given = request.GET
    found = source(about.office, about.pack, given.get("of", ""), as_of=about.as_of)
    first_row, first_column = FIRST_ROWS.get(found.key, FIRST_OF_A_FORM)
    rows = [one for one in (given.get("rows", ""), given.get("rows2", "")) if one in found.dimensions]
    rows = list(dict.fromkeys(rows)) or [first_row]
    asked_column = given.get("columns", first_column)
    column = asked_column if asked_column in found.dimensions and asked_column not in rows else ""
    chosen = {}
    for name in found.dimensions:
        keys = found.keys(name)
        if name not in (*PLACES, *rows, column) and keys:
            chosen[name] = given[name] if given.get(name) in keys else keys[0]
    measure = given.get("measure", "")
    place = given.get("place", "")
    return PivotAsked(
        found,
        PivotShape(
            tuple(rows), column, measure if measure in MEASURES else "share", chosen,
            place if place.isascii() and place.isdigit() and len(place) in (2, 4, 6) else "",
        ),
    )  # fmt: skip


def _is_counted(here: PivotAsked) -> bool:
    return here.source.key == INDICATORS


def _measure_title(here: PivotAsked) -> str:
    return (
        say(MEASURES[here.shape.measure].title)
        if _is_counted(here)
        else gettext("Sum of the accepted returns")
    )


def _said(here: PivotAsked, dimension: str, key: str) -> str:
    name = here.source.name(dimension, key) if dimension else ""
    return say(name) if isinstance(name, Words) else str(name)


def _places(here: PivotAsked) -> list[tuple[str, str, bool]]:
    """The provinces and prefectures that figures are of, by the beginning of their codes."""
    found = []
    for name, figures in (("province", 2), ("prefecture", 4)):
        for code in here.source.keys(name):
            if figures == 2 or code[2:4] != "00":  # a province is no prefecture of its own
                found.append((code[:figures], _said(here, name, code), code[:figures] == here.shape.place))
    return found


def _figure(here: PivotAsked, cell: PivotCell | None) -> Decimal | None:
    if cell is None or cell.value is None:
        return None
    places = MEASURES[here.shape.measure].places if _is_counted(here) else None
    return cell.value if places is None else round(cell.value, places)


def _shown(here: PivotAsked, cell: PivotCell | None, label: str) -> dict[str, Any]:
    figure = _figure(here, cell)
    return {
        "label": label,
        "value": "—" if figure is None else f"{figure:f}",
        "lacking": cell.lacking if cell else 0,
        "is_estimated": bool(cell and cell.is_estimated),
    }


def _heads(here: PivotAsked, table: PivotTable) -> list[str]:
    """What the columns are called, with that of all where they add up."""
    heads = [_said(here, here.shape.columns, key) or _measure_title(here) for key in table.columns]
    return [*heads, *([gettext("Total")] if table.adds_across else [])]


def _cells(here: PivotAsked, table: PivotTable, row: tuple[str, ...] | None) -> list[dict[str, Any]]:
    """Those of a row, or of all rows, with what they come to where they add up."""
    columns: list[str | None] = [*table.columns, *([None] if table.adds_across else [])]
    cells = [table.cell(row, column) for column in columns]
    return [_shown(here, cell, head) for cell, head in zip(cells, _heads(here, table), strict=True)]


def _total(here: PivotAsked, table: PivotTable) -> list[dict[str, Any]] | None:
    """The last row, where all rows are places."""
    if not table.adds_down or len(table.rows) < 2:
        return None
    return _cells(here, table, None)


def _chart(here: PivotAsked, table: PivotTable) -> dict[str, Any] | None:
    rows, columns = table.rows[:DRAWN_ROWS], table.columns[:DRAWN_COLUMNS]
    if not rows:
        return None
    series = []
    for column in columns:
        figures = [_figure(here, table.cell(row, column)) for row in rows]
        name = _said(here, here.shape.columns, column) or _measure_title(here)
        series.append([name, [None if one is None else float(one) for one in figures]])
    labels = [" · ".join(_said(here, name, key) for name, key in zip(here.shape.rows, row, strict=True)) for row in rows]  # fmt: skip
    return {"title": _measure_title(here), "labels": labels, "series": series, "beside": True}


def _lines(here: PivotAsked, about: OfficeAsked) -> Iterator[list[str | Decimal]]:
    assert about.office is not None
    table = PivotTable(here.shape, here.source.facts)
    yield [say(here.source.title), _measure_title(here)]
    yield [about.office.name, gettext("as of"), about.as_of.isoformat()]
    for name, value in here.shape.chosen.items():
        yield [say(DIMENSIONS[name]), _said(here, name, value)]
    for period, names in here.source.absent.items():
        if names and here.shape.chosen.get("period", period) == period:
            yield [gettext("Not included"), _said(here, "period", period), *names]
    yield [""]
    yield [*(say(DIMENSIONS[name]) for name in here.shape.rows), *_heads(here, table)]
    notes: list[list[str | Decimal]] = []
    for row in [*table.rows, *([None] if _total(here, table) is not None else [])]:
        heads = (
            [gettext("Total"), *[""] * (len(here.shape.rows) - 1)]
            if row is None
            else [_said(here, name, key) for name, key in zip(here.shape.rows, row, strict=True)]
        )
        columns: list[str | None] = [*table.columns, *([None] if table.adds_across else [])]
        cells = [table.cell(row, column) for column in columns]
        yield [*heads, *(_cell_out(here, one) for one in cells)]
        for one, head in zip(cells, _heads(here, table), strict=True):
            if one is not None and one.lacking:
                notes.append([*heads, head, gettext("%(n)s returns have no figure") % {"n": one.lacking}])
            if one is not None and one.is_estimated:
                notes.append([*heads, head, gettext("in part an estimate")])
    yield [""]
    yield from notes


def _cell_out(here: PivotAsked, cell: PivotCell | None) -> str | Decimal:
    figure = _figure(here, cell)
    return "" if figure is None else figure
