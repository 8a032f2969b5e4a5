"""Visits, ratings and charges of cases as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked, Line, Said
from tongdian.bounded_days import WrittenMoment


class BookVisit(Asked):
    """One of the hours that `GET /cases/{number}/visit-hours` gave."""

    starts_at: WrittenMoment


class EndVisit(Asked):
    """How a visit went."""

    state: Literal["done", "missed", "cancelled"]
    note: Line = ""


class VisitOut(Schema):
    """An appointment on site."""

    id: UUID
    case: str
    stage: str
    office: str
    starts_at: datetime
    state: str
    note: str


class Visits(Schema):
    """A page of visits."""

    items: list[VisitOut]
    next: str | None


class Rate(Asked):
    """What the applicant thought: 1 (bad) to 5 (very good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Said = ""


class RatingOut(Schema):
    """A rating."""

    score: int
    comment: str
    at: datetime


class Fee(Asked):
    """A fee of the published catalogue; `quantity` in the fee's unit."""

    code: Annotated[str, StringConstraints(max_length=40)]
    quantity: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?$")]


class ChargeFees(Asked):
    """Fees charged together: all or none."""

    fees: Annotated[list[Fee], Field(min_length=1, max_length=50)]


class ChargeOut(Schema):
    """What was charged, by the catalogue of that day."""

    id: UUID
    code: str
    quantity: str
    yuan: str
    on: date


class ChargesOut(Schema):
    """What was charged together, and what it comes to."""

    charges: list[ChargeOut]
    yuan: str
