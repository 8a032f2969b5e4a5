"""Organisations, people and customers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from tongdian.allowed import must_be_allowed
from tongdian.api.shapes import parties as shapes
from tongdian.api.v1.asking import ADMINISTRATION, NOT_DONE, REFUSED, STAFF
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import operations, seen_in
from tongdian.parties import queries
from tongdian.parties.actions import acting
from tongdian.parties.actions import organisations as organising
from tongdian.parties.actions import people as staffing
from tongdian.parties.actions.customers import read_numbers
from tongdian.parties.models import Account, Acting, Organisation
from tongdian.parties.registers import CUSTOMERS

organisations = Router(tags=["organisations and people"], auth=STAFF)
people = Router(tags=["organisations and people"], auth=STAFF)
customers = operations(CUSTOMERS)


@organisations.get("", response={200: shapes.Organisations, **REFUSED})
def list_organisations(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The organisations that you see."""
    rows = queries.organisations(request.auth).prefetch_related("regions")  # type: ignore[attr-defined]
    return page(rows, after, limit, _organisation)


@organisations.get("/{uuid:id_}", response={200: shapes.OrganisationOut, **REFUSED})
def show_organisation(request: HttpRequest, id_: UUID) -> Any:
    """One organisation."""
    return _organisation(queries.organisation(request.auth, id_))  # type: ignore[attr-defined]


@deed(organisations, "", gives=shapes.OrganisationOut, status=201, auth=ADMINISTRATION)
def add_organisation(request: HttpRequest, asked: shapes.AddOrganisation) -> Any:
    """Create an organisation, below another or at the top."""
    viewer, given = request.auth, asked.model_dump()  # type: ignore[attr-defined]
    must_be_allowed(viewer, "parties.edit_organisation", organising.DEED)
    above = given.pop("parent")
    parent = queries.organisation(viewer, above) if above else None
    return _organisation(
        organising.create_organisation(viewer=viewer, parent=parent, at=timezone.now(), **given)
    )


@deed(organisations, "/{uuid:id_}/change", gives=shapes.OrganisationOut, auth=ADMINISTRATION)
def change_organisation(request: HttpRequest, id_: UUID, asked: shapes.ChangeOrganisation) -> Any:
    """Rename it, change its regions, roles and hotline."""
    one, seen = _found(request, id_), seen_in(request, asked)
    given = asked.model_dump(exclude_none=True, exclude={"seen"})
    now = {name: getattr(one, name) for name in shapes.ChangeOrganisation.model_fields if name != "seen"}
    known = now | {"regions": list(one.regions.all()), **given, "seen": seen}
    return _organisation(organising.change_organisation(**_by(request), organisation=one, **known))


@deed(organisations, "/{uuid:id_}/move", gives=shapes.OrganisationOut, auth=ADMINISTRATION)
def move_organisation(request: HttpRequest, id_: UUID, asked: shapes.MoveOrganisation) -> Any:
    """Put it elsewhere in the tree, with all below it."""
    one, below = _found(request, id_), _found(request, asked.below) if asked.below else None
    seen = seen_in(request, asked)
    return _organisation(
        organising.move_organisation(**_by(request), organisation=one, below=below, seen=seen)
    )


@deed(organisations, "/{uuid:id_}/close", gives=shapes.OrganisationOut, auth=ADMINISTRATION)
def close_organisation(request: HttpRequest, id_: UUID, asked: shapes.CloseOrganisation) -> Any:
    """Close it; it is kept with all it did."""
    given = {"organisation": _found(request, id_), **asked.model_dump()}
    return _organisation(organising.close_organisation(**_by(request), **given))


@deed(organisations, "/{uuid:id_}/adopt", gives=shapes.OrganisationOut, auth=ADMINISTRATION)
def adopt_pack(request: HttpRequest, id_: UUID, asked: shapes.AdoptPack) -> Any:
    """Let a regulation bind it, and everything below it, from a day on."""
    one = _found(request, id_)
    organising.adopt_pack(**_by(request), organisation=one, **asked.model_dump())
    return _organisation(one)


@deed(organisations, "/{uuid:id_}/end-adoption", gives=shapes.OrganisationOut, auth=ADMINISTRATION)
def end_adoption(request: HttpRequest, id_: UUID, asked: shapes.EndAdoption) -> Any:
    """A regulation binds it no longer; cases that began under it stay under it."""
    one = _found(request, id_)
    organising.end_adoption(**_by(request), organisation=one, **asked.model_dump())
    return _organisation(one)


def _by(request: HttpRequest) -> dict[str, Any]:
    """Who does it, and when."""
    return {"viewer": request.auth, "at": timezone.now()}  # type: ignore[attr-defined]


def _found(request: HttpRequest, id_: UUID) -> Organisation:
    return queries.organisation(request.auth, id_)  # type: ignore[attr-defined]


def _organisation(one: Organisation) -> dict[str, Any]:
    same = ("id", "short", "kind", "name", "name_en", "fills", "hotline")
    return {
        **{name: getattr(one, name) for name in same},
        "parent": one.parent_id,
        "region": one.region_id,
        "since": one.in_force.lower,
        "before": one.in_force.upper,
        "seen": organising.mark(one),
    }


@people.get("", response={200: shapes.People, **REFUSED})
def list_people(
    request: HttpRequest, q: Annotated[str, Query(max_length=60)] = "", after: After = "", limit: Limit = 50
) -> Any:
    """Everybody with a role, now or once, in an organisation that you see."""
    viewer = request.auth  # type: ignore[attr-defined]
    found = page(queries.people(viewer, text=q), after, limit, lambda one: one)
    return found | {"items": _people(viewer, found["items"])}


@people.get("/{uuid:id_}", response={200: shapes.PersonOut, **REFUSED})
def show_person(request: HttpRequest, id_: UUID) -> Any:
    """One person with their roles."""
    viewer = request.auth  # type: ignore[attr-defined]
    return _people(viewer, [queries.person(viewer, id_)])[0]


@deed(people, "", gives=shapes.PersonOut, status=201, auth=ADMINISTRATION)
def add_person(request: HttpRequest, asked: shapes.AddPerson) -> Any:
    """Make an account with its first role.

    Its first password is made on their page, where it is shown once: answers of the API are kept.
    """
    given = asked.model_dump()
    made = staffing.make_account(**_by(request), **given | {"organisation": _where(request, asked)})
    return _people(request.auth, [made.account])[0]  # type: ignore[attr-defined]


@deed(people, "/{uuid:id_}/change", gives=shapes.PersonOut, auth=ADMINISTRATION)
def change_person(request: HttpRequest, id_: UUID, asked: shapes.ChangePerson) -> Any:
    """Correct a name or phone."""
    one, seen = _person(request, id_), seen_in(request, asked)
    given = asked.model_dump(exclude_none=True)
    known = {"name": one.name, "phone": one.phone, **given, "seen": seen}
    changed = staffing.change_person(**_by(request), account=one, **known)
    return _people(request.auth, [changed])[0]  # type: ignore[attr-defined]


@deed(people, "/{uuid:id_}/roles", gives=shapes.PersonOut, status=201, auth=ADMINISTRATION)
def give_role(request: HttpRequest, id_: UUID, asked: shapes.GiveRole) -> Any:
    """Give somebody a further role."""
    one, given = _person(request, id_), asked.model_dump()
    staffing.add_membership(**_by(request), account=one, **given | {"organisation": _where(request, asked)})
    return _people(request.auth, [one])[0]  # type: ignore[attr-defined]


@deed(people, "/{uuid:id_}/roles/{uuid:role}/end", gives=shapes.PersonOut, auth=ADMINISTRATION)
def end_role(request: HttpRequest, id_: UUID, role: UUID, asked: shapes.EndOn) -> Any:
    """End a role on a day."""
    one = _person(request, id_)
    row = one.memberships.select_related("organisation", "account").filter(id=role).first()
    if row is None:
        raise queries.NoSuchPerson
    staffing.end_membership(**_by(request), membership=row, on=asked.on)
    return _people(request.auth, [one])[0]  # type: ignore[attr-defined]


@deed(people, "/{uuid:id_}/stand-ins", gives=shapes.StandInOut, status=201)
def appoint_stand_in(request: HttpRequest, id_: UUID, asked: shapes.AppointStandIn) -> Any:
    """Somebody stands in, with every role of who is absent, from a day to a day."""
    given = asked.model_dump() | {"stand_in": _person(request, asked.stand_in)}
    return _stand_in(acting.appoint_stand_in(**_by(request), absent=_person(request, id_), **given))


@deed(people, "/{uuid:id_}/stand-ins/{uuid:acting_id}/end", gives=shapes.StandInOut)
def end_stand_in(request: HttpRequest, id_: UUID, acting_id: UUID, asked: shapes.EndOn) -> Any:
    """End acting before its last day."""
    viewer = request.auth  # type: ignore[attr-defined]
    row = queries.acting_of(_person(request, id_)).filter(id=acting_id).first()
    if row is None or not acting.may_end(viewer, row):
        raise queries.NoSuchPerson
    row.end = acting.end_acting(**_by(request), acting=row, on=asked.on)
    return _stand_in(row)


def _person(request: HttpRequest, id_: UUID) -> Account:
    return queries.person(request.auth, id_)  # type: ignore[attr-defined]


def _where(request: HttpRequest, asked: shapes.GiveRole) -> Organisation | None:
    return _found(request, asked.organisation) if asked.organisation else None


def _people(viewer: Any, found: list[Account]) -> list[dict[str, Any]]:
    """Roles in organisations that the viewer does not see are not told."""
    roles = queries.roles_of_each(found)
    named = {row.organisation_id for several in roles.values() for row in several if row.organisation_id}
    seen = set(queries.organisations(viewer).filter(id__in=named).values_list("id", flat=True))
    return [
        {
            "id": one.id,
            "username": one.username,
            "name": one.shown_name,
            "is_active": one.is_active,
            "seen": staffing.mark(one),
            "roles": [
                {
                    "id": row.id,
                    "role": row.role,
                    "organisation": row.organisation_id,
                    "since": row.in_force.lower,
                    "before": row.in_force.upper,
                }
                for row in roles[one.id]
                if row.organisation_id is None or row.organisation_id in seen
            ],
        }
        for one in found
    ]


def _stand_in(row: Acting) -> dict[str, Any]:
    return {
        "id": row.id,
        "absent": row.absent_id,
        "stand_in": row.stand_in_id,
        "first": row.in_force.lower,
        "last": acting.last_day(row),
        "reason": row.reason,
    }


@customers.post("/{uuid:id_}/numbers", response={200: shapes.NumbersOut, **NOT_DONE})
def show_numbers(request: HttpRequest, id_: UUID) -> Any:
    """A customer's numbers in full, for who may; each reading is recorded.

    It takes no Idempotency-Key: reading twice is two readings.
    """
    viewer = request.auth  # type: ignore[attr-defined]
    found = queries.customer(viewer, id_)
    return read_numbers(viewer=viewer, customer=found, at=timezone.now())._asdict()
