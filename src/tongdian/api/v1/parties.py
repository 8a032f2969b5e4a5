"""Organisations, people and customers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from tongdian.allowed import must_be_allowed
from tongdian.api.shapes import registers as shapes
from tongdian.api.v1.asking import NOT_DONE, REFUSED, STAFF
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.calendar import legal_day
from tongdian.parties import queries
from tongdian.parties.actions.customers import enter_customer, read_numbers
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Account, Consent, Customer, Organisation
from tongdian.policy.words import Words

organisations = Router(tags=["organisations and people"], auth=STAFF)
people = Router(tags=["organisations and people"], auth=STAFF)
customers = Router(tags=["customers"], auth=STAFF)


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


@customers.get("", response={200: shapes.Customers, **REFUSED})
def list_customers(
    request: HttpRequest,
    q: Annotated[
        str, Query(max_length=60, description="name, number, or a whole identity number or phone")
    ] = "",
    after: After = "",
    limit: Limit = 50,
) -> Any:
    """The customers that you see, masked."""
    viewer = request.auth  # type: ignore[attr-defined]
    return page(queries.customers(viewer, text=q), after, limit, lambda one: _customer(viewer, one))


@customers.get("/{uuid:id_}", response={200: shapes.CustomerOut, **REFUSED})
def show_customer(request: HttpRequest, id_: UUID) -> Any:
    """One customer, masked."""
    viewer = request.auth  # type: ignore[attr-defined]
    return _customer(viewer, queries.customer(viewer, id_))


@customers.post("/{uuid:id_}/numbers", response={200: shapes.NumbersOut, **NOT_DONE})
def show_numbers(request: HttpRequest, id_: UUID) -> Any:
    """A customer's numbers in full, for who may; each reading is recorded.

    It takes no Idempotency-Key: reading twice is two readings.
    """
    viewer = request.auth  # type: ignore[attr-defined]
    found = queries.customer(viewer, id_)
    return read_numbers(viewer=viewer, customer=found, at=timezone.now())._asdict()


@deed(customers, "", gives=shapes.CustomerOut, status=201)
def enter(request: HttpRequest, asked: shapes.EnterCustomer) -> Any:
    """Enter a person or firm; the identity number is checked, and encrypted."""
    viewer = request.auth  # type: ignore[attr-defined]
    at = timezone.now()
    must_be_allowed(viewer, "parties.edit_customer", Words("登记用户", "enter customers"))
    organisation = queries.houses(viewer, on=legal_day(at)).filter(id=asked.organisation).first()
    if organisation is None:
        raise queries.NoSuchOrganisation
    said = asked.model_dump(exclude={"organisation", "consent"})
    consented = None
    if asked.consent is not None and asked.consent.personal:
        consented = Consented(asked.consent.version, asked.consent.identity, Consent.Door.API)
    made = enter_customer(viewer=viewer, organisation=organisation, consented=consented, at=at, **said)
    return _customer(viewer, made)


def _customer(viewer: Any, one: Customer) -> dict[str, Any]:
    shown = queries.shown(viewer, one)
    return {
        "id": one.id,
        "number": one.number,
        "kind": one.kind,
        "name": shown.name,
        "identity": shown.identity,
        "phone": shown.phone,
        "organisation": one.organisation_id,
        "erased_on": one.erased_on,
        "is_demo": one.is_demo,
    }
