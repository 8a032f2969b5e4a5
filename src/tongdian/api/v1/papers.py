"""Papers of cases, and uploads that are handed in with something else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Router
from ninja.files import UploadedFile

from tongdian.allowed import NotAllowed
from tongdian.api.shapes import cases as shapes
from tongdian.api.shapes.public import Uploaded
from tongdian.api.tickets import for_upload, upload_of
from tongdian.api.v1 import standing
from tongdian.api.v1.asking import ANYBODY_IN_IT, REFUSED, STAFF, Name, Number, account_calling
from tongdian.api.v1.doing import deed
from tongdian.api.v1.steps import on_case
from tongdian.cases import actions, queries
from tongdian.cases.rules import NoSuchCase
from tongdian.files.actions import MAX_BYTES, store
from tongdian.files.replies import file_reply
from tongdian.files.rules import PAPERS, FileTooLarge
from tongdian.parties.limits import address_of, count_try
from tongdian.policy.words import Words

papers = Router(tags=["papers"], auth=ANYBODY_IN_IT)
uploads = Router(tags=["papers"])


@deed(uploads, "", gives=Uploaded, status=201)
def upload(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Send a file: PDF, JPEG, PNG, HEIC or WebP, up to 20 MB, looked at before it is kept.

    The answer's ticket hands it in with an application, a paper or a step, within 24 hours. The
    same file twice is kept once.
    """
    if account_calling(request) is None:
        count_try("upload", address=address_of(request), at=timezone.now())
    if file.size is None or file.size > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1_000_000)
    stored = store(content=file.read(), at=timezone.now())
    return {
        "ticket": for_upload(stored.hash),
        "sha256": stored.hash,
        "size": stored.size,
        "media_type": stored.media_type,
    }


@papers.get("/{number}/papers", response={200: list[shapes.PaperList], **REFUSED})
def list_papers(request: HttpRequest, number: Number) -> Any:
    """What every stage that was or is open asks for, and what is here of it."""
    viewer = request.auth  # type: ignore[attr-defined]
    case = queries.case_numbered(viewer, number)
    if not queries.may_read_papers(viewer, case):
        raise NotAllowed(deed=Words("查看材料", "read papers"))
    return standing.papers(case)


@papers.get(
    "/{number}/papers/{uuid:id_}/file",
    response={200: None, **REFUSED},
    openapi_extra={"responses": {200: {"content": {kind: {} for kind in PAPERS}}}},
)
def show_file(request: HttpRequest, number: Number, id_: UUID) -> HttpResponse:
    """The file of a paper, as it was kept."""
    viewer = request.auth  # type: ignore[attr-defined]
    case = queries.case_numbered(viewer, number)
    found = queries.paper(viewer, case, id_)
    return file_reply(found.file, name=found.item)


@deed(papers, "/{number}/papers/{item}/receive", gives=shapes.PaperDone, status=201)
def receive(request: HttpRequest, number: Number, item: str, asked: shapes.ReceivePaper) -> Any:
    """Hand in a page of a paper on the list, or note that its original was seen."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        return actions.receive_paper(
            viewer=viewer,
            case=case,
            item=item,
            at=timezone.now(),
            file=upload_of(asked.ticket) if asked.ticket else "",
            name=asked.name,
            note=asked.note,
        )


@deed(papers, "/{number}/stages/{stage}/papers/ask", gives=shapes.PaperDone, status=201, auth=STAFF)
def ask(request: HttpRequest, number: Number, stage: Name, asked: shapes.AskPaper) -> Any:
    """Ask for one more. Where the regulation closes the list, this is refused and the clause cited."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        wording = queries.desk(case).wording
        if stage not in wording.stages:
            raise NoSuchCase(case=f"{number}/{stage}")
        return actions.ask_for_paper(
            viewer=viewer, case=case, stage=stage, title=asked.title, reason=asked.reason, at=timezone.now()
        )


@deed(papers, "/{number}/papers/{uuid:id_}/aside", gives=shapes.PaperDone, status=201, auth=STAFF)
def set_aside(request: HttpRequest, number: Number, id_: UUID, asked: shapes.SetAside) -> Any:
    """A paper no longer counts; it is kept."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        found = case.papers.filter(id=id_, set_aside_by=None).exclude(kind="set_aside").first()
        if found is None:
            raise NoSuchCase(case=f"{number}/{id_}")
        return actions.set_paper_aside(viewer=viewer, paper=found, reason=asked.reason, at=timezone.now())
