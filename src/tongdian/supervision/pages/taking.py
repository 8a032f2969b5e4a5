"""A return taken along and brought back: its template as a workbook, the filled one, and the paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tongdian.bounded import bounded
from tongdian.plain_text import whole
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import XLSX, as_download
from tongdian.registers.views import record_export
from tongdian.spoken import reader_language, say
from tongdian.supervision.importing.bringing import MOST_BYTES, bring_return
from tongdian.supervision.importing.layout import template_of
from tongdian.supervision.importing.sheets import template_workbook
from tongdian.supervision.pages.exporting import language_of_paper
from tongdian.supervision.pages.returns import address_of, return_at, say_kept
from tongdian.supervision.printing import return_document, return_paper
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.revising import is_open
from tongdian.supervision.refusing import CellProblem, NoSuchReturn, TemplateCellsRefused
from tongdian.supervision.rules import FILE, READ

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_POST
@guarded(FILE.name)
def template(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """The template of a return for who fills it in, with what was counted, added up or entered before."""
    here = _of_filler(request, organisation, form, period)
    today = timezone.localdate()
    made = template_of(here, language=reader_language(), as_of=today, cells=proposed(here, as_of=today))
    record_export(
        viewer=request.user, of="supervision-template", query="/".join(made.identity[:4]), columns=[], at=timezone.now()
    )  # fmt: skip
    return as_download(bounded(template_workbook, made), _name(here, "xlsx"), XLSX)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def bring(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """Bring a filled template: it becomes a draft, or every cell that is not taken is named."""
    here = _of_filler(request, organisation, form, period)
    refusal: Refusal | None = None
    problems: tuple[CellProblem, ...] = ()
    begun_from = here.newest.number if here.newest else 0
    if request.method == "POST":
        sent = request.FILES.get("file")
        typed = request.POST.get("begun_from", "")
        try:
            bring_return(
                viewer=request.user, here=here, content=sent.read(MOST_BYTES + 1) if sent else b"",
                begun_from=whole(typed) or 0, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            if refused.status in (403, 404):
                raise
            refusal, problems = refused, tuple(getattr(refused, "problems", ()))
        else:
            say_kept(request, here)
            return redirect(address_of("supervision-return", here))
    context: dict[str, Any] = {
        "here": here,
        "begun_from": begun_from,
        "is_locked": not is_open(here, as_of=timezone.localdate()),
        "refusal": say(refusal) if refusal and not isinstance(refusal, TemplateCellsRefused) else "",
        "problems": [(one, say(one.problem)) for one in problems],
    }
    return render(request, "supervision/bring.html", context, status=422 if refusal else 200)


@require_POST
@guarded(READ.name)
def printed(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """The newest version as it is filed on paper with a seal: as PDF, or as Word."""
    here = return_at(request, organisation, form, period)
    if here.newest is None:
        raise NoSuchReturn
    record_export(
        viewer=request.user, of="supervision-return-paper", query=str(here.newest.pk), columns=[], at=timezone.now()
    )  # fmt: skip
    language = language_of_paper()
    if request.POST.get("as") == "docx":
        return as_download(return_document(here, here.newest, language=language), _name(here, "docx"), DOCX)
    return as_download(
        return_paper(here, here.newest, language=language), _name(here, "pdf"), "application/pdf"
    )


def _of_filler(request: HttpRequest, organisation: UUID, form: str, period: str) -> ReturnStanding:
    """The return, for who fills it in; the action asks again. Raises NoSuchReturn."""
    here = return_at(request, organisation, form, period)
    viewer: Any = request.user
    if not viewer.has_perm(FILE.name, here.organisation):
        raise NoSuchReturn
    return here


def _name(here: ReturnStanding, suffix: str) -> str:
    return f"{say(here.short)} {say(here.period.title)} {here.organisation.shown_name}.{suffix}"
