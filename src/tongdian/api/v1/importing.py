"""Spreadsheets brought in, as on the page: read and looked at first, then stored at one stroke, or undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from tongdian.agreements import queries
from tongdian.agreements.actions import importing as actions
from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import Said
from tongdian.agreements.importing.workbooks import template
from tongdian.agreements.models import Import, ImportRow
from tongdian.agreements.rules import IMPORT
from tongdian.allowed import must_be_allowed
from tongdian.api.shapes.rulebook import Bilingual
from tongdian.api.v1.asking import REFUSED, STAFF, viewer_of
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.calendar import legal_day
from tongdian.parties.actions.consenting import ConsentGiven
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent
from tongdian.parties.queries import managed
from tongdian.registers.pages.list_tools import XLSX

imports = Router(tags=["imports"], auth=STAFF)
if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[tuple(KINDS)]


class ImportOut(Schema):
    """A spreadsheet that was read, with what would become, or became, of its rows."""

    id: UUID
    kind: str
    organisation: UUID
    file_name: str
    state: str
    counts: dict[str, int] = Field(description="how many rows are new, changed, same, refused")
    contents: list[Bilingual] = Field(description="what was read of each sheet")
    uploaded_at: datetime


class ConfirmIn(Schema, extra="forbid"):
    """What is said once for all rows of an import of customers."""

    consent: ConsentGiven | None = Field(
        default=None,
        description="that everybody whose identity number is new has consented on paper; asked for with such rows",
    )
    reason: str = Field(
        default="", max_length=200, description="why names are corrected; asked for with such rows"
    )


class Imports(Schema):
    """A page of imports."""

    items: list[ImportOut]
    next: str | None


class ReasonOut(Schema):
    """Why a cell is refused."""

    cell: str
    says: Bilingual


class RowOut(Schema):
    """A row and its fate; what is personal is masked."""

    number: int
    fate: str
    cells: dict[str, str]
    changes: list[list[str]] = Field(description="[column, was, becomes]")
    reasons: list[ReasonOut]


class Rows(Schema):
    """Rows of an import, by number."""

    items: list[RowOut]
    next: str | None = Field(description="the `from` of the following page")


@imports.get("", response={200: Imports, **REFUSED})
def list_imports(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The imports that you see."""
    return page(queries.imports(viewer_of(request)), after, limit, _import)


@imports.get("/templates/{kind}", response={200: None, **REFUSED})
def show_template(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The template of a kind of spreadsheet, as .xlsx."""
    must_be_allowed(viewer_of(request), "agreements.import", IMPORT)
    return HttpResponse(template(KINDS[kind], KINDS[kind].columns(None)), content_type=XLSX)


@imports.get("/{uuid:id_}", response={200: ImportOut, **REFUSED})
def show_import(request: HttpRequest, id_: UUID) -> Any:
    """One import."""
    return _import(queries.brought(viewer_of(request), id_))


@imports.get("/{uuid:id_}/rows", response={200: Rows, **REFUSED})
def list_rows(
    request: HttpRequest,
    id_: UUID,
    fate: Annotated[str, Query(pattern="^(new|changed|same|refused)?$", description="only these")] = "",
    first: Annotated[int, Query(alias="from", ge=0, le=10_000_000, description="the first row")] = 0,
    limit: Limit = 50,
) -> Any:
    """Its rows, with what becomes of each and why not."""
    rows = queries.brought(viewer_of(request), id_).rows.filter(number__gte=first).order_by("number")
    found = list((rows.filter(fate=fate) if fate else rows)[: limit + 1])
    following = str(found[limit].number) if len(found) > limit else None
    return {"items": [_row(row) for row in found[:limit]], "next": following}


@deed(imports, "", gives=ImportOut, status=201)
def stage(request: HttpRequest, organisation: Form[UUID], kind: Form[Kind], file: File[UploadedFile]) -> Any:
    """Read a spreadsheet and say what would become of every row. Nothing else is stored yet."""
    viewer, now = viewer_of(request), timezone.now()
    must_be_allowed(viewer, "agreements.import", IMPORT)
    made = actions.stage(
        viewer=viewer,
        organisation=managed(viewer, "agreements.import", organisation, on=legal_day(now)),
        kind=kind,
        file_name=file.name or "",
        content=file.read(),
        at=now,
    )
    return _import(made)


@deed(imports, "/{uuid:id_}/confirm", gives=ImportOut)
def confirm(request: HttpRequest, id_: UUID, given: Annotated[ConfirmIn | None, Body()] = None) -> Any:
    """Store every row that is new or changed, as its preview showed it."""
    viewer, given = viewer_of(request), given or ConfirmIn()
    consent, brought = given.consent, queries.brought(viewer, id_)
    paper = Consented(consent.version, consent.identity, Consent.Door.PAPER) if consent else None
    said = Said(paper if consent and consent.personal else None, given.reason)
    return _import(actions.confirm(viewer=viewer, brought=brought, at=timezone.now(), said=said))


@deed(imports, "/{uuid:id_}/undo", gives=ImportOut)
def undo(request: HttpRequest, id_: UUID) -> Any:
    """Take back exactly what it did, as long as nothing else depends on it."""
    return _import(
        actions.undo(
            viewer=viewer_of(request), brought=queries.brought(viewer_of(request), id_), at=timezone.now()
        )
    )


@deed(imports, "/{uuid:id_}/discard", gives=ImportOut)
def discard(request: HttpRequest, id_: UUID) -> Any:
    """Drop a preview with its rows."""
    return _import(
        actions.discard(
            viewer=viewer_of(request), brought=queries.brought(viewer_of(request), id_), at=timezone.now()
        )
    )


def _import(one: Import) -> dict[str, Any]:
    same = ("id", "kind", "file_name", "state", "counts", "uploaded_at")
    return {
        **{name: getattr(one, name) for name in same},
        "organisation": one.organisation_id,
        "contents": [{"zh": zh, "en": en} for zh, en in one.contents],
    }


def _row(row: ImportRow) -> dict[str, Any]:
    reasons = [{"cell": cell, "says": {"zh": zh, "en": en}} for cell, zh, en in row.reasons]
    return {
        "number": row.number,
        "fate": row.fate,
        "cells": row.cells,
        "changes": row.changes,
        "reasons": reasons,
    }
