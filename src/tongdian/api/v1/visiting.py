"""Visits, ratings and charges of cases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from tongdian.allowed import NotAllowed
from tongdian.api.shapes import visiting as shapes
from tongdian.api.v1.asking import ANYBODY_IN_IT, REFUSED, STAFF, Number
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.steps import on_case
from tongdian.cases import queries as cases
from tongdian.cases.rules import Applicant, NoSuchCase
from tongdian.connections import actions, queries
from tongdian.connections.models import Visit
from tongdian.policy.words import Words

of_case = Router(tags=["visits, ratings and charges"], auth=ANYBODY_IN_IT)
visits = Router(tags=["visits, ratings and charges"], auth=STAFF)


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "case": visit.case.number,
        "stage": visit.stage,
        "office": visit.office.short,
        "starts_at": visit.starts_at,
        "state": visit.state,
        "note": visit.note,
    }


@of_case.get("/{number}/visit-hours", response={200: list[dt.datetime], **REFUSED})
def free_hours(request: HttpRequest, number: Number) -> Any:
    """The hours at which the office that has the case can come, soonest first."""
    case = cases.case_numbered(request.auth, number)  # type: ignore[attr-defined]
    stage = queries.stage_with_visit(case)
    if stage is None or stage.office is None:
        return []
    return queries.free_slots(case, stage.office, at=timezone.now())


@of_case.get("/{number}/visits", response={200: list[shapes.VisitOut], **REFUSED})
def visits_of_case(request: HttpRequest, number: Number) -> Any:
    """The visits of a case, earliest first."""
    case = cases.case_numbered(request.auth, number)  # type: ignore[attr-defined]
    rows = Visit.objects.filter(case=case).select_related("case", "office")
    return [_visit(one) for one in rows.order_by("starts_at")]


@deed(of_case, "/{number}/visits", gives=shapes.VisitOut, status=201)
def book(request: HttpRequest, number: Number, asked: shapes.BookVisit) -> Any:
    """Book an hour; one booked before for the same stage is given up."""
    viewer = request.auth  # type: ignore[attr-defined]
    case = cases.case_numbered(viewer, number)
    if not isinstance(viewer, Applicant) and not viewer.has_perm("cases.open", case.organisation):
        raise NotAllowed(deed=Words("预约上门", "book visits"))
    return _visit(actions.book_visit(viewer=viewer, case=case, starts_at=asked.starts_at, at=timezone.now()))


@deed(of_case, "/{number}/visits/{uuid:id_}/end", gives=shapes.VisitOut)
def end_visit(request: HttpRequest, number: Number, id_: UUID, asked: shapes.EndVisit) -> Any:
    """Say how a visit went; the applicant may give it up."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        rows = Visit.objects.select_related("case", "office")
        visit = rows.filter(case=case, id=id_).first()
        if visit is None:
            raise NoSuchCase(case=f"{number}/{id_}")
        actions.end_visit(viewer=viewer, visit=visit, state=asked.state, note=asked.note, at=timezone.now())
    return _visit(rows.get(id=id_))


@visits.get("", response={200: shapes.Visits, **REFUSED})
def list_visits(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The visits of your offices, last booked first."""
    return page(queries.visits(request.auth), after, limit, _visit)  # type: ignore[attr-defined]


@deed(of_case, "/{number}/rating", gives=shapes.RatingOut, status=201)
def rate(request: HttpRequest, number: Number, asked: shapes.Rate) -> Any:
    """The applicant's word at the end, once."""
    viewer = request.auth  # type: ignore[attr-defined]
    case = cases.case_numbered(viewer, number)
    if not isinstance(viewer, Applicant):
        raise NotAllowed(deed=Words("替申请人评价", "rate for the applicant"))
    return actions.rate(
        applicant=viewer, case=case, score=asked.score, comment=asked.comment, at=timezone.now()
    )


@deed(of_case, "/{number}/charges", gives=shapes.ChargesOut, status=201, auth=STAFF)
def charge(request: HttpRequest, number: Number, asked: shapes.ChargeFees) -> Any:
    """Charge fees of the published catalogue; what is not in it is refused, and why is cited."""
    viewer = request.auth  # type: ignore[attr-defined]
    quantities: dict[str, Decimal] = {}
    for one in asked.fees:
        quantities[one.code] = quantities.get(one.code, Decimal(0)) + Decimal(one.quantity)
    with on_case(viewer, number) as case:
        made = actions.charge(viewer=viewer, case=case, quantities=quantities, at=timezone.now())
    return {
        "charges": [
            {
                "id": one.id,
                "code": one.fee.code,
                "quantity": str(one.quantity),
                "yuan": str(one.yuan),
                "on": one.on,
            }
            for one in made
        ],
        "yuan": str(sum((one.yuan for one in made), Decimal("0.00"))),
    }
