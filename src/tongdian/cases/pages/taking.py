"""What is done with a list of cases: kept as a view, taken along as a file, given to somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.pages.listing import CaseRow, Listing, column_said
from tongdian.cases.rules import NoSuchCase
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file, back_to, keep_view
from tongdian.spoken import say

AT_ONCE = 500
MOST_AT_ONCE = 200


@require_POST
@guarded("cases.read")
def views(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name, or forget a view."""
    return keep_view(request, "cases")


@require_POST
@guarded("cases.read")
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the cases and columns of the list; that it was taken along is recorded."""
    listing = Listing(request.user, request.GET, timezone.localdate())
    listing.must_be_read()
    return as_file(
        request,
        of="cases",
        title=gettext("Cases"),
        lines=table(listing),
        query=listing.query,
        columns=list(listing.columns),
    )


def table(listing: Listing) -> Iterator[list[str]]:
    """The list as rows of text, its headings first."""
    yield [
        gettext("Number"),
        gettext("Service"),
        *(column_said(column) for column in listing.columns),
        gettext("State"),
    ]
    for row in _rows(listing):
        yield [row.case.number, row.title, *(_cell(row, column) for column in listing.columns), row.said]


def _rows(listing: Listing) -> Iterator[CaseRow]:
    """Every row in stretches, so that a long list is never in memory whole."""
    up = "gt" if listing.is_oldest_first else "lt"
    rows, last = queries.with_open_stages(listing.filtered), None
    while True:
        stretch = list((rows.filter(**{f"id__{up}": last}) if last else rows)[:AT_ONCE])
        yield from (listing.row(case) for case in stretch)
        if len(stretch) < AT_ONCE:
            return
        last = stretch[-1].pk


def _cell(row: CaseRow, column: str) -> str:
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


# ---------------------------------------------------------------- given to somebody
@require_POST
@guarded("cases.assign")
def reassign(request: HttpRequest) -> HttpResponse:
    """Give the chosen stages to one colleague; what could not be given is said, one by one."""
    people = queries.assignable(request.user, timezone.localdate())
    chosen = request.POST.get("account", "")
    account = next((one for one in people if str(one.pk) == chosen), None)
    if chosen and account is None:
        messages.error(request, gettext("Choose somebody from the list."))
        return back_to("cases", request.POST.get("back", ""))
    given, refused = _give(request.user, request.POST.getlist("stage")[:MOST_AT_ONCE], account)
    if given:
        said = ngettext("%(n)s stage given.", "%(n)s stages given.", given) % {"n": given}
        messages.success(request, said)
    for one in refused[:5]:
        messages.error(request, one)
    if not given and not refused:
        messages.info(request, gettext("Choose stages first."))
    return back_to("cases", request.POST.get("back", ""))


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
