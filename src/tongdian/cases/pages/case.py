"""The page of one case, and the files kept with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.cases import queries
from tongdian.cases.pages.showing import ShownCase
from tongdian.cases.pages.timeline import read_evidence
from tongdian.cases.sections import case_sections
from tongdian.files.queries import FileChanged, FileMissing, NoSuchFile, stored_file
from tongdian.files.replies import file_reply
from tongdian.files.rules import MediaType
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say


def shown_case(request: HttpRequest, number: str) -> ShownCase:
    """The case as this viewer sees it today. Raises NoSuchCase."""
    case = queries.case_numbered(request.user, number)
    return ShownCase(request.user, case, timezone.localdate())


def case_page(request: HttpRequest, shown: ShownCase, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `act` in `more` is a form that stands open on it."""
    context = {"shown": shown, "sections": lambda: case_sections.of(request, shown), **more}
    return render(request, "cases/case.html", context, status=status)


@require_safe
@guarded("cases.read")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case on one page."""
    return case_page(request, shown_case(request, number))


@require_safe
@guarded("cases.read_papers")
def paper(request: HttpRequest, number: str, id_: UUID) -> HttpResponse:
    """A paper beside the case it belongs to, large enough to read."""
    one = queries.case_numbered(request.user, number)
    row = queries.paper(request.user, one, id_)
    shown = ShownCase(request.user, one, timezone.localdate())
    title = shown.paper_titles.get(row.item, row.name)
    is_picture = stored_file(row.file).media_type != MediaType.PDF
    context = {"shown": shown, "paper": row, "title": title, "is_picture": is_picture}
    return render(request, "cases/paper.html", context)


@require_safe
@guarded("cases.read_papers")
def paper_file(request: HttpRequest, number: str, id_: UUID) -> HttpResponse:
    """The file of a paper."""
    one = queries.case_numbered(request.user, number)
    row = queries.paper(request.user, one, id_)
    return file_page(row.file, row.name or number, request)


@require_safe
@guarded("cases.read_papers")
def evidence(request: HttpRequest, number: str, hash_: str) -> HttpResponse:
    """A file that an event of the case rests on."""
    one = queries.case_numbered(request.user, number)
    if not queries.may_read_papers(request.user, one):
        raise Http404
    for event in queries.events(one):
        for said in event.body.get("evidence", ()):
            found = read_evidence(said)
            if found.file == hash_:
                return file_page(hash_, found.said, request)
    raise Http404


def file_page(hash_: str, name: str, request: HttpRequest) -> HttpResponse:
    """A kept file, or what is said where it was lost."""
    try:
        stem = name.rpartition(".")[0] or name
        return file_reply(hash_, name=stem, download="download" in request.GET)
    except NoSuchFile:
        raise Http404 from None
    except (FileMissing, FileChanged) as refusal:
        return render(request, "cases/lost.html", {"refusal": say(refusal)}, status=410)
