"""Runs, bills and objections as the API gives them. Amounts are whole fen."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from tongdian.api.shapes.rulebook import Bilingual


class BillLineOut(Schema):
    """One line: quantity × price = fen, or an amount that is added."""

    utility: str
    meter: str
    first_on: date
    last_on: date
    before: Decimal | None = Field(description="the figure before; none: cut between two readings")
    now: Decimal | None
    multiplier: Decimal
    title: Bilingual
    quantity: Decimal | None = Field(description="kWh or m³")
    price: Decimal | None = Field(description="yuan")
    fen: int
    cite: list[str] = Field(description="clauses of the pack")
    notes: list[str] = Field(description="price, meter, year, split_by_days, estimated, turned")
    is_example: bool = Field(description="rests on a price that is an example and not official")


class BillOut(Schema):
    """A bill."""

    id: UUID
    number: str
    account: str = Field(description="number of the billing account")
    starts: date
    ends: date = Field(description="the first day that it does not bill")
    issued_on: date
    due_on: date
    fen: int
    electricity_fen: int
    water_fen: int
    hash: str = Field(description="SHA-256 over all that it says")
    corrects: str = Field(description="number of the bill that it takes the place of")
    is_cancelled: bool


class BillWithLines(BillOut):
    """A bill and what it is made of."""

    lines: list[BillLineOut]


class Bills(Schema):
    """Bills, a page at a time."""

    items: list[BillOut]
    next: str | None


class RunOut(Schema):
    """A billing run with its newest preview; days of supply = billed + work + later."""

    id: UUID
    organisation: str
    first_on: date
    until: date
    due_on: date
    state: str
    preview: int | None
    hash: str
    bills: int
    fen: int
    supplied: int
    billed: int
    work: int
    later: int
    held: list[UUID] = Field(description="items that their findings hold, until one says why")


class RunsOut(Schema):
    """Runs, a page at a time."""

    items: list[RunOut]
    next: str | None


class ObjectionOut(Schema):
    """An objection to a bill."""

    id: UUID
    bill: UUID
    on: date
    text: str
    last_on: date | None = Field(description="the last day to object; none: the bill was not delivered")
    is_in_time: bool
    answer_by: date | None
    outcome: str = Field(description="upheld or rejected; empty: still open")
    at: datetime
