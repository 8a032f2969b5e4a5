"""Reading cases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from tongdian.allowed import must_be_allowed
from tongdian.api.shapes import cases as shapes
from tongdian.api.v1 import standing
from tongdian.api.v1.asking import ANYBODY_IN_IT, REFUSED, STAFF, Number
from tongdian.api.v1.paging import After, Limit, page
from tongdian.bounded_days import WrittenDay
from tongdian.cases import queries
from tongdian.cases.pages.listing import Listing
from tongdian.policy.words import Words

cases = Router(tags=["cases"], auth=ANYBODY_IN_IT)
Filter = Annotated[str, Query(max_length=120)]


@cases.get("", response={200: shapes.Cases, **REFUSED}, auth=STAFF)
def list_cases(
    request: HttpRequest,
    q: Annotated[
        str, Query(max_length=120, description="two characters or more of number, applicant, place")
    ] = "",
    state: Annotated[
        Literal["", "open", "late", "today", "customer", "suspended", "finished", "refused", "withdrawn"],
        Query(),
    ] = "",
    process: Annotated[str, Query(max_length=120, description="pack/process")] = "",
    organisation: Annotated[str, Query(max_length=40, description="id; with all below it")] = "",
    office: Annotated[str, Query(max_length=40, description="id; which has a stage in hand")] = "",
    region: Annotated[str, Query(pattern=r"^([0-9]{2,6})?$", description="GB/T 2260")] = "",
    since: Annotated[WrittenDay | None, Query(description="opened on or after")] = None,
    until: Annotated[WrittenDay | None, Query(description="opened on or before")] = None,
    channel: Filter = "",
    assigned: Annotated[str, Query(max_length=40, description="me, nobody, or an id")] = "",
    place: Annotated[str, Query(max_length=40, description="id")] = "",
    customer: Annotated[str, Query(max_length=40, description="id")] = "",
    demo: Annotated[Literal["", "yes", "no"], Query()] = "",
    claims: Annotated[
        Literal["", "waiting"], Query(description="judged late until a claim is countersigned")
    ] = "",
    flag: Annotated[
        Literal["", "one-login", "same-file", "for-customer", "applied-anew"],
        Query(
            description="one login did every step, one file is several papers, a step of the "
            "customer's was closed by staff, or the same was withdrawn not long before"
        ),
    ] = "",
    after: After = "",
    limit: Limit = 50,
) -> Any:
    """The cases that you may see, newest first; the filters are those of the page."""
    viewer = request.auth  # type: ignore[attr-defined]
    must_be_allowed(viewer, "cases.read", Words("查看业务", "read cases"))
    listing = Listing(viewer, request.GET, timezone.localdate())
    listing.must_be_read()
    return page(listing.filtered, after, limit, lambda case: standing.row(viewer, case))


@cases.get("/{number}", response={200: shapes.CaseOut, **REFUSED})
def show_case(request: HttpRequest, number: Number, response: HttpResponse) -> Any:
    """One case: its facts, clocks, open stages, and what you may do next. The ETag is its `seq`."""
    viewer = request.auth  # type: ignore[attr-defined]
    case = queries.case_numbered(viewer, number)
    response["ETag"] = f'"{case.seq}"'
    return standing.whole(viewer, case, timezone.localdate())


@cases.get("/{number}/standing", response={200: shapes.Standing, **REFUSED})
def show_standing(request: HttpRequest, number: Number, response: HttpResponse) -> Any:
    """Where it stands, in few words: what every step answers too."""
    case = queries.case_numbered(request.auth, number)  # type: ignore[attr-defined]
    response["ETag"] = f'"{case.seq}"'
    return standing.standing(case)


@cases.get("/{number}/events", response={200: list[shapes.EventOut], **REFUSED}, auth=STAFF)
def list_events(request: HttpRequest, number: Number) -> Any:
    """Everything that happened, in order. A case has at most some dozens of events."""
    case = queries.case_numbered(request.auth, number)  # type: ignore[attr-defined]
    return standing.events(case)
