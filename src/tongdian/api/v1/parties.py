"""Organisations, people and customers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from tongdian.api.shapes import registers as shapes
from tongdian.api.v1.asking import NOT_DONE, REFUSED, STAFF
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import operations
from tongdian.parties import queries
from tongdian.parties.actions.customers import read_numbers
from tongdian.parties.models import Account, Organisation
from tongdian.parties.registers import CUSTOMERS

organisations = Router(tags=["organisations and people"], auth=STAFF)
people = Router(tags=["organisations and people"], auth=STAFF)
customers = operations(CUSTOMERS)


@organisations.get("", response={200: shapes.Organisations, **REFUSED})
def list_organisations(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The organisations that you see."""
    rows = queries.organisations(request.auth)  # type: ignore[attr-defined]
    return page(rows, after, limit, _organisation)


@organisations.get("/{uuid:id_}", response={200: shapes.OrganisationOut, **REFUSED})
def show_organisation(request: HttpRequest, id_: UUID) -> Any:
    """One organisation."""
    return _organisation(queries.organisation(request.auth, id_))  # type: ignore[attr-defined]


def _organisation(one: Organisation) -> dict[str, Any]:
    same = ("id", "short", "kind", "name", "name_en", "fills", "hotline")
    return {
        **{name: getattr(one, name) for name in same},
        "parent": one.parent_id,
        "region": one.region_id,
        "since": one.in_force.lower,
        "before": one.in_force.upper,
    }


@people.get("", response={200: shapes.People, **REFUSED})
def list_people(
    request: HttpRequest, q: Annotated[str, Query(max_length=60)] = "", after: After = "", limit: Limit = 50
) -> Any:
    """Everybody with a role, now or once, in an organisation that you see."""
    viewer = request.auth  # type: ignore[attr-defined]
    seen = set(queries.organisations(viewer).values_list("id", flat=True))
    return page(queries.people(viewer, text=q), after, limit, lambda one: _person(one, seen))


@people.get("/{uuid:id_}", response={200: shapes.PersonOut, **REFUSED})
def show_person(request: HttpRequest, id_: UUID) -> Any:
    """One person with their roles."""
    viewer = request.auth  # type: ignore[attr-defined]
    seen = set(queries.organisations(viewer).values_list("id", flat=True))
    return _person(queries.person(viewer, id_), seen)


def _person(one: Account, seen: set[UUID]) -> dict[str, Any]:
    """Roles in organisations that the viewer does not see are not told."""
    return {
        "id": one.id,
        "username": one.username,
        "name": one.shown_name,
        "is_active": one.is_active,
        "roles": [
            {
                "role": row.role,
                "organisation": row.organisation_id,
                "since": row.in_force.lower,
                "before": row.in_force.upper,
            }
            for row in queries.roles_of(one)
            if row.organisation_id is None or row.organisation_id in seen
        ],
    }


@customers.post("/{uuid:id_}/numbers", response={200: shapes.NumbersOut, **NOT_DONE})
def show_numbers(request: HttpRequest, id_: UUID) -> Any:
    """A customer's numbers in full, for who may; each reading is recorded.

    It takes no Idempotency-Key: reading twice is two readings.
    """
    viewer = request.auth  # type: ignore[attr-defined]
    found = queries.customer(viewer, id_)
    return read_numbers(viewer=viewer, customer=found, at=timezone.now())._asdict()
