"""Agreements and notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked, Said, Ticket
from tongdian.bounded_days import WrittenDay

Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")]


class AgreementOut(Schema):
    """A supply agreement."""

    id: UUID
    number: str
    organisation: UUID
    customer: UUID
    usage_point: UUID
    first_on: date
    last_on: date | None
    is_temporary: bool
    pack: str
    customer_class: str
    price_category: str
    capacity_kw: str | None = Field(description="kilowatts")
    signed_on: date | None
    begun_by: str
    previous: UUID | None
    end_reason: str
    is_demo: bool


class Agreements(Schema):
    """A page of agreements."""

    items: list[AgreementOut]
    next: str | None


class SignAgreement(Asked):
    """A customer is supplied at a usage point from a day on."""

    usage_point: UUID
    customer: UUID
    pack: Annotated[str, StringConstraints(max_length=80)]
    customer_class: Code
    price_category: Code
    first_on: WrittenDay
    last_on: WrittenDay | None = None
    capacity_kw: Amount | None = None
    signed_on: WrittenDay | None = None


class Proposed(Asked):
    """Why, and the file that it rests on: a proposal is confirmed by another person."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    file: Ticket = Field(description="ticket of POST /uploads")
    name: Annotated[str, StringConstraints(max_length=200)] = ""


class ProposeEnd(Proposed):
    """The last day of an agreement."""

    last_on: WrittenDay


class ProposeTransfer(Proposed):
    """Another customer takes the supply over from a day on."""

    customer: UUID
    first_on: WrittenDay
    customer_class: Code | None = None
    price_category: Code | None = None


class ProposeChange(Proposed):
    """Another class, category or capacity from a day on, which may have passed."""

    from_on: WrittenDay
    customer_class: Code | None = None
    price_category: Code | None = None
    capacity_kw: Amount | None = None


class ProposeReopening(Proposed):
    """The end is taken back, or comes later: with that day."""

    last_on: WrittenDay | None = None


class SetProposalAside(Asked):
    """Why a proposal is set aside."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class EndProposalOut(Schema):
    """A proposal that waits for another person. `first_on` is that of what follows."""

    id: UUID
    deed: str
    last_on: date | None
    first_on: date | None
    reason: str
    at: datetime


class ChangeAgreement(Asked):
    """Another class, category or capacity from a day on."""

    from_on: WrittenDay
    reason: Said
    customer_class: Code | None = None
    price_category: Code | None = None
    capacity_kw: Amount | None = None


class NoticeOut(Schema):
    """Something this account was told."""

    id: UUID
    at: datetime
    wording: str
    subject: str
    title: str
    body: str
    is_urgent: bool
    is_read: bool


class Notices(Schema):
    """A page of notices."""

    items: list[NoticeOut]
    next: str | None


class ReadNotices(Asked):
    """Notices that were opened."""

    notices: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class Count(Schema):
    """How many."""

    count: int
