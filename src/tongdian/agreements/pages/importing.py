"""Imports: upload, look at every row's fate, confirm, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements import queries
from tongdian.agreements.actions import importing
from tongdian.agreements.forms import ImportForm, UploadForm
from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import Said
from tongdian.agreements.importing.workbooks import refused_rows, template
from tongdian.agreements.models import Import, ImportRow
from tongdian.files.queries import NoSuchFile
from tongdian.files.replies import file_reply
from tongdian.parties.queries import manageable
from tongdian.plain_text import whole
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import attempt, guarded, status_of
from tongdian.spoken import reader_language, say

PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("agreements.import")
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a spreadsheet; templates; what was brought in before."""
    offered = manageable(request.user, "agreements.import", on=timezone.localdate()).order_by("name")
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        offered=offered,
        language=reader_language(),
        initial={"kind": request.GET.get("kind")},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        made = attempt(
            form,
            lambda: importing.stage(
                viewer=request.user,
                organisation=typed["organisation"],
                kind=typed["kind"],
                file_name=typed["file"].name,
                content=typed["file"].read(),
                at=timezone.now(),
            ),
        )
        if made is not None:
            return redirect("import", made.pk)
    context = {
        "form": form,
        "kinds": [
            (
                kind.name,
                kind.title.say(reader_language()),
                kind.says.say(reader_language()),
                kind.has_template,
            )
            for kind in KINDS.values()
        ],
        "imports": [(one, _title(one)) for one in queries.imports(request.user)[:50]],
        "has_organisations": offered.exists(),
    }
    return render(request, "agreements/imports.html", context, status=status_of(form))


@require_safe
@guarded("agreements.import")
def brought(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What became, or would become, of every row."""
    one = queries.brought(request.user, id_)
    fate = request.GET.get("fate", "")
    rows = one.rows.filter(fate=fate) if fate in ImportRow.Fate.values else one.rows.all()
    after = whole(request.GET.get("after", ""))
    rows = rows.filter(number__gt=after) if after is not None else rows
    listed = list(rows.order_by("number")[: PAGE + 1])
    columns = [column for column in KINDS[one.kind].columns(one.organisation) if not column.bulky]
    context = {
        "import": one,
        "title": _title(one),
        "contents": [_why(zh, en) for zh, en in one.contents],
        "columns": [(column.name, column.title.say(reader_language())) for column in columns],
        "rows": [_shown(row, columns) for row in listed[:PAGE]],
        "next": listed[PAGE - 1].number if len(listed) > PAGE else None,
        "fate": fate,
        "fates": [(value, label, one.counts.get(value, 0)) for value, label in ImportRow.Fate.choices],
        "total": sum(one.counts.values()),
        "to_store": one.counts.get("new", 0) + one.counts.get("changed", 0),
        "same_file": queries.same_file(request.user, one),
        "form": _confirming(one) if one.state == Import.State.STAGED else None,
        "blocks": importing.what_blocks(one) if one.state == Import.State.CONFIRMED else [],
    }
    return render(request, "agreements/import.html", context)


def _confirming(one: Import, data: Any = None) -> ImportForm:
    return ImportForm(data, asks=importing.asks(one), on=timezone.localdate())


def _title(one: Import) -> str:
    return KINDS[one.kind].title.say(reader_language())


def _shown(row: ImportRow, columns: Any) -> dict[str, Any]:
    titles = {column.name: column.title.say(reader_language()) for column in columns}
    return {
        "row": row,
        "cells": [(titles[column.name], row.cells.get(column.name, "")) for column in columns],
        "changes": [(titles.get(name, name), was, now) for name, was, now in row.changes],
        "reasons": [(cell, _why(zh, en)) for cell, zh, en in row.reasons],
    }


def _why(zh: str, en: str) -> str:
    return en if reader_language() == "en" else zh


@require_POST
@guarded("agreements.import")
def settle(request: HttpRequest, id_: UUID, deed: str) -> HttpResponse:
    """Confirm, undo or discard."""
    one = queries.brought(request.user, id_)
    deeds: dict[str, tuple[Callable[..., Import], str]] = {
        "confirm": (partial(_confirm, request.POST), gettext("Stored.")),
        "undo": (importing.undo, gettext("Undone: everything is as it was before.")),
        "discard": (importing.discard, gettext("Discarded; nothing was stored.")),
    }
    if deed not in deeds:
        raise Http404
    act, said = deeds[deed]
    try:
        act(viewer=request.user, brought=one, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, said)
    return redirect("imports") if deed == "discard" else redirect("import", one.pk)


def _confirm(data: Any, *, viewer: Any, brought: Import, at: datetime) -> Import:
    form = _confirming(brought, data)
    said = form.said if form.is_valid() else Said()  # the action refuses what is missing
    return importing.confirm(viewer=viewer, brought=brought, at=at, said=said)


@require_safe
@guarded("agreements.import")
def blank(request: HttpRequest, kind: str) -> HttpResponse:
    """The template of a kind."""
    if kind not in KINDS or not KINDS[kind].has_template:
        raise Http404
    return _workbook(template(KINDS[kind], KINDS[kind].columns(None)), f"tongdian-{kind}.xlsx")


@require_safe
@guarded("agreements.import")
def file(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The spreadsheet as it was uploaded."""
    one = queries.brought(request.user, id_)
    try:
        reply = file_reply(one.file_hash, name=PurePath(one.file_name).stem, download=True)
    except NoSuchFile:
        raise Http404 from None
    importing.keep_download(viewer=request.user, brought=one, at=timezone.now())
    return reply


@require_safe
@guarded("agreements.import")
def refused(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The refused rows as a workbook, with the reasons in a last column."""
    one = queries.brought(request.user, id_)
    kind = KINDS[one.kind]
    rows = one.rows.filter(fate=ImportRow.Fate.REFUSED).order_by("number")
    content = refused_rows(
        kind,
        [column for column in kind.columns(one.organisation) if not column.bulky],
        (
            (row.number, row.cells, "; ".join(f"{c}: {_why(zh, en)}" for c, zh, en in row.reasons))
            for row in rows.iterator(chunk_size=1_000)
        ),
        reason=gettext("Reason"),
        row_title=gettext("Row"),
    )
    return _workbook(content, f"refused-{one.kind}.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    reply = HttpResponse(content, content_type=XLSX)
    reply["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
