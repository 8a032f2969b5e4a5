"""A return taken along as a workbook or CSV, in its document's own layout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tongdian.calendar import legal_day
from tongdian.policy.kinds.filing import FormLine
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file
from tongdian.spoken import both, say
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.pages.returns import return_at
from tongdian.supervision.printing import paper_of
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ, CellStatus


@require_POST
@guarded(READ.name)
def export(request: HttpRequest, organisation: UUID, form: str, period: str) -> Any:
    """The return in its own layout as a workbook or CSV, with who filled it in, reviewed and filed it."""
    here = return_at(request, organisation, form, period)
    version = here.newest
    if version is None:
        raise NoSuchReturn
    title = f"{say(here.title)} {say(here.period.title)} {here.organisation.shown_name}"
    return as_file(
        request, of="supervision-return", title=title[:60], lines=_lines(here, version), query=str(version.pk)
    )


def _lines(here: ReturnStanding, version: ReturnVersion) -> Any:
    """As it is printed, its figures as figures."""
    paper = paper_of(here, version)
    yield [paper.title]
    yield [paper.period]
    filed_on = paper.filed_on.isoformat() if paper.filed_on else ""
    yield [
        gettext("Filled in by"),
        paper.filer,
        gettext("Reviewed by"),
        paper.reviewer,
        gettext("Filed on"),
        filed_on,
    ]
    if paper.groups:
        yield ["", *(title for one in paper.groups for title in (one.title, *[""] * (one.span - 1)))]
    yield [paper.content, *(one.title for one in paper.columns)]
    for line in here.lines:
        yield [
            line.printed.zh,
            *(_cell_out(here, line, column, version) for column in here.form.version.columns),
        ]
    if paper.notes:
        yield [""]
        yield [gettext("Notes")]
        yield from ([note] for note in paper.notes)
    yield [""]
    for step in here.steps.get(version.pk, ()):
        yield [str(step.get_what_display()), str(step.by or ""), legal_day(step.at).isoformat(), step.reason]
    yield [gettext("Seal of the office"), here.organisation.name]


def _cell_out(here: ReturnStanding, line: FormLine, column: str, version: ReturnVersion) -> str | Decimal:
    value = value_of(here.form, line, column, version.cells)
    if isinstance(value, Decimal):
        return value
    kept = version.cells.get(line.key, {}).get(column, {})
    if value is None and kept.get("why"):
        return f"{both(CellStatus(kept['status']).label).zh}：{kept['why']}"
    return "" if value is None else str(value)
