"""Organisations and people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked, Seeing
from tongdian.bounded_days import WrittenDay
from tongdian.parties.models import Organisation
from tongdian.parties.rules import Role

Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(max_length=200)]
Phone = Annotated[str, StringConstraints(max_length=40)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
PackId = Annotated[str, StringConstraints(max_length=80)]
Several = Annotated[list[Annotated[str, StringConstraints(max_length=80)]], Field(max_length=200)]


class OrganisationOut(Schema):
    """A department, supplier, campus, office or unit."""

    id: UUID
    short: str
    kind: str
    name: str
    name_en: str
    parent: UUID | None
    region: str = Field(description="GB/T 2260 code of its seat")
    fills: list[str] = Field(description="roles of processes that it fills")
    hotline: str
    since: date
    before: date | None = Field(description="the day after its last")
    seen: str = Field(description="what it says now, in short: name it when changing it")


class Organisations(Schema):
    """A page of organisations."""

    items: list[OrganisationOut]
    next: str | None


class RoleOut(Schema):
    """A role somebody has or had."""

    id: UUID
    role: str
    organisation: UUID | None = Field(description="none: in the whole installation")
    since: date
    before: date | None


class PersonOut(Schema):
    """Somebody with a role."""

    id: UUID
    username: str
    name: str
    is_active: bool
    seen: str = Field(description="how they are known now, in short: name it when changing it")
    roles: list[RoleOut]


class People(Schema):
    """A page of people."""

    items: list[PersonOut]
    next: str | None


class NumbersOut(Schema):
    """A customer's numbers in full. That you read them is in the audit log."""

    identity: str
    phone: str


class AddOrganisation(Asked):
    """A department, supplier, campus, office or unit, below another or at the top."""

    kind: Literal[tuple(Organisation.Kind.values)]  # type: ignore[valid-type]
    name: Name
    short: Annotated[str, StringConstraints(min_length=1, max_length=12)] = Field(
        description="begins its numbers, for ever"
    )
    region: RegionCode = Field(description="GB/T 2260 code of its seat")
    since_on: WrittenDay
    parent: UUID | None = None
    name_en: Annotated[str, StringConstraints(max_length=160)] = ""
    regions: Several = Field(default=[], description="codes of what it is competent for or supplies")
    fills: Several = Field(default=[], description="roles of processes that it fills")
    hotline: Annotated[str, StringConstraints(max_length=40)] = ""
    address: Text = ""
    credit_code: Annotated[str, StringConstraints(max_length=40)] = ""


class ChangeOrganisation(Seeing):
    """What is to be otherwise; what is not named stays as it is."""

    name: Name | None = None
    name_en: Text | None = None
    region: RegionCode | None = None
    regions: Several | None = None
    fills: Several | None = None
    hotline: Annotated[str, StringConstraints(max_length=40)] | None = None
    address: Text | None = None
    credit_code: Annotated[str, StringConstraints(max_length=40)] | None = None


class MoveOrganisation(Seeing):
    """Under which it shall be."""

    below: UUID | None = Field(description="none: at the top")


class CloseOrganisation(Asked):
    """From when on it is no more, and why."""

    on: WrittenDay = Field(description="the first day without it")
    reason: Why


class AdoptPack(Asked):
    """The regulation that binds it from a day on."""

    pack: PackId
    on: WrittenDay
    reason: Text = Field(default="", description="by what decision")


class EndAdoption(CloseOrganisation):
    """A regulation binds it no longer."""

    pack: PackId


class GiveRole(Asked):
    """A role in an organisation and everything below it."""

    role: Literal[tuple(Role.values)]  # type: ignore[valid-type]
    organisation: UUID | None = Field(description="none: in the whole installation")
    since_on: WrittenDay | None = None
    until: WrittenDay | None = Field(default=None, description="the last day")


class AddPerson(GiveRole):
    """An account with its first role."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    phone: Phone = ""


class ChangePerson(Seeing):
    """What is to be otherwise; what is not named stays as it is."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    phone: Phone | None = None


class EndOn(Asked):
    """The first day without it."""

    on: WrittenDay


class AppointStandIn(Asked):
    """Who stands in, from the first day to the last, and why."""

    stand_in: UUID
    first: WrittenDay
    last: WrittenDay
    reason: Why


class StandInOut(Schema):
    """Somebody stands in for somebody."""

    id: UUID
    absent: UUID
    stand_in: UUID
    first: date
    last: date
    reason: str
