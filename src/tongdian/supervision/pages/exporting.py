"""A return taken along as a workbook in its document's own layout, or as CSV: a file of data, without people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tongdian.documents import ReturnPaper
from tongdian.documents.printing import Language
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import XLSX, as_download, as_file
from tongdian.registers.views import record_export
from tongdian.spoken import reader_language, say
from tongdian.supervision.pages.returns import return_at
from tongdian.supervision.printing import paper_of, return_workbook
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ


@require_POST
@guarded(READ.name)
def export(request: HttpRequest, organisation: UUID, form: str, period: str) -> Any:
    """The newest version in its own layout as a workbook, with who filled it in, reviewed and filed it; or as CSV."""
    here = return_at(request, organisation, form, period)
    version = here.newest
    if version is None:
        raise NoSuchReturn
    title = f"{say(here.title)} {say(here.period.title)} {here.organisation.shown_name}"
    return form_as_file(
        request, paper_of(here, version, language=language_of_paper()), of="supervision-return", title=title,
        query=str(version.pk),
    )  # fmt: skip


def language_of_paper() -> Language:
    """In which language labels stand beside the Chinese."""
    return "en" if reader_language() == "en" else "zh"


def form_as_file(request: HttpRequest, paper: ReturnPaper, *, of: str, title: str, query: str) -> Any:
    """A form as a workbook or CSV; that it was taken along is recorded."""
    if request.POST.get("as") == "csv":
        return as_file(request, of=of, title=title[:60], lines=_lines(paper), query=query)
    record_export(viewer=request.user, of=of, query=query, columns=[], at=timezone.now())
    content = return_workbook(paper, title, language=language_of_paper())
    return as_download(content, f"{title[:60]}-{timezone.localdate()}.xlsx", XLSX)


def _lines(paper: ReturnPaper) -> Iterator[list[str | Decimal]]:
    """Data, its figures as figures. It names the office and no person (interpretation filer-name): who filled it in
    and reviewed it stands on the form."""
    yield [paper.title]
    yield [f"（{paper.period}）"]
    for text in filter(None, (paper.layout, paper.standing)):
        yield [text]
    filed_on = paper.filed_on.isoformat() if paper.filed_on else ""
    yield [gettext("Filed by the office"), paper.issuer, gettext("Filed on"), filed_on]
    if paper.groups:
        yield ["", *(title for one in paper.groups for title in (one.title, *[""] * (one.span - 1)))]
    yield [paper.content, *(one.title for one in paper.columns)]
    for texts, figures in zip(paper.rows, paper.figures, strict=True):
        yield [texts[0], *(text if figure is None else figure for text, figure in zip(texts[1:], figures, strict=True))]  # fmt: skip
    if paper.notes:
        yield [""]
        yield [gettext("Notes")]
        for note in paper.notes:
            yield [note]
    yield [""]
    yield [f"SHA-256 {paper.check}" if paper.check else paper.number]
