"""What is done with a list of cases: kept as a view, taken along as a file, given to somebody."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST
from openpyxl import Workbook

from tongdian.cases import actions, queries
from tongdian.cases.pages import say, staff_page
from tongdian.cases.pages.listing import Listing, Row, column_said, uuid_or_none
from tongdian.cases.rules import NoSuchCase
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.rules import NotAllowed

MOST_IN_A_WORKBOOK = 100_000  # Excel takes a million rows; a file of more than this opens badly
AT_ONCE = 500
MOST_AT_ONCE = 200
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@require_POST
@staff_page("cases.read")
def views(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name, or forget a view."""
    query = request.POST.get("query", "")
    try:
        forgotten = uuid_or_none(request.POST.get("forget", ""))
        if forgotten:
            actions.forget_view(viewer=request.user, view=forgotten)
        else:
            actions.save_view(viewer=request.user, name=request.POST.get("name", ""), query=query)
    except Refusal as refusal:
        messages.error(request, say(refusal))
    return _back(query)


@require_POST
@staff_page("cases.read")
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the cases and columns of the list; that it was taken along is recorded."""
    listing = Listing(request.user, request.GET, timezone.localdate())
    actions.record_export(
        viewer=request.user,
        query=unquote(listing.query),
        columns=list(listing.columns),
        at=timezone.now(),
    )
    name = f"{gettext('cases')}-{timezone.localdate()}"
    if request.POST.get("as") == "csv":
        reply: HttpResponseBase = StreamingHttpResponse(
            _csv(listing), content_type="text/csv; charset=utf-8"
        )
        reply["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}.csv"
    else:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        reply = HttpResponse(_workbook(listing), content_type=kind)
        reply["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}.xlsx"
    reply["Cache-Control"] = "private, no-store"
    return reply


def table(listing: Listing) -> Iterator[list[str]]:
    """The list as rows of text, its headings first."""
    yield [
        gettext("Number"),
        gettext("Service"),
        *(column_said(column) for column in listing.columns),
        gettext("State"),
    ]
    for row in _rows(listing):
        yield [
            row.case.number,
            row.title,
            *(_cell(row, column) for column in listing.columns),
            row.said,
        ]


def _rows(listing: Listing) -> Iterator[Row]:
    """Every row in stretches, so that a long list is never in memory whole."""
    up = "gt" if listing.is_oldest_first else "lt"
    rows, last = queries.with_open_stages(listing.filtered), None
    while True:
        stretch = list((rows.filter(**{f"id__{up}": last}) if last else rows)[:AT_ONCE])
        yield from (listing.row(case) for case in stretch)
        if len(stretch) < AT_ONCE:
            return
        last = stretch[-1].pk


def _cell(row: Row, column: str) -> str:
    case = row.case
    match column:
        case "place":
            return case.place.name if case.place else ""
        case "customer":
            return row.customer
        case "stage":
            return "；".join(f"{one.title}（{one.holder}）" for one in row.stages)
        case "due":
            return "；".join(one.due_on.isoformat() for one in row.stages if one.due_on)
        case "opened":
            return case.opened_on.isoformat()
        case "organisation":
            return case.organisation.shown_name
        case "channel":
            return str(case.get_channel_display())
        case "ended":
            return case.ended_on.isoformat() if case.ended_on else ""
    return ""


def safe(text: str) -> str:
    """A text that a spreadsheet will not take for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _csv(listing: Listing) -> Iterator[str]:
    yield "\ufeff"  # so that Excel reads it as UTF-8
    for line in table(listing):
        written = io.StringIO()
        csv.writer(written).writerow([safe(cell) for cell in line])
        yield written.getvalue()


def _workbook(listing: Listing) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Cases"))
    sheet.freeze_panes = "C2"
    for number, line in enumerate(table(listing)):
        if number > MOST_IN_A_WORKBOOK:
            sheet.append([gettext("Cut off here: take the list as CSV.")])
            break
        sheet.append([safe(cell) for cell in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


# ---------------------------------------------------------------- given to somebody
@require_POST
@staff_page("cases.assign")
def reassign(request: HttpRequest) -> HttpResponse:
    """Give the chosen stages to one colleague; what could not be given is said, one by one."""
    people = queries.assignable(request.user, timezone.localdate())
    chosen = request.POST.get("account", "")
    account = next((one for one in people if str(one.pk) == chosen), None)
    if chosen and account is None:
        messages.error(request, gettext("Choose somebody from the list."))
        return _back(request.POST.get("back", ""))
    given, refused = _give(request.user, request.POST.getlist("stage")[:MOST_AT_ONCE], account)
    if given:
        said = ngettext("%(n)s stage given.", "%(n)s stages given.", given) % {"n": given}
        messages.success(request, said)
    for one in refused[:5]:
        messages.error(request, one)
    if not given and not refused:
        messages.info(request, gettext("Choose stages first."))
    return _back(request.POST.get("back", ""))


def _give(viewer: Any, chosen: Iterable[str], account: Any) -> tuple[int, list[str]]:
    given, refused = 0, []
    for one in chosen:
        number, _, stage = one.rpartition(":")
        try:
            case = queries.case_numbered(viewer, number)
            actions.assign(viewer=viewer, case=case, part=stage, account=account, at=timezone.now())
            given += 1
        except (NoSuchCase, NotAllowed, Refusal) as refusal:
            refused.append(f"{number}: {say(refusal)}")
    return given, refused


def _back(query: str) -> HttpResponse:
    checked = QueryDict(query).urlencode()
    return redirect(f"{reverse('cases')}?{checked}" if checked else reverse("cases"))
