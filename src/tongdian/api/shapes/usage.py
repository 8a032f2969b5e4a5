"""Reports of usage, plans of quotas and charges beyond them as the API gives them. Amounts are whole fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class UsageRow(Schema):
    """What a unit or a class of users was billed for of one utility; null where nothing was billed."""

    unit: str = Field(description="the unit that bears it; empty: a class of users")
    category: str = Field(description="the class, as the pack names it; empty: a unit")
    utility: str
    quantity: Decimal | None = Field(description="kWh or m³ of the month")
    of_year: Decimal | None = Field(description="kWh or m³ of the year up to the month's end")
    quota: Decimal | None = Field(description="of the year")
    fen: int
    fen_of_year: int


class UsageReportOut(Schema):
    """A report as it was drawn up; a month that is drawn up again has the next number."""

    id: UUID
    organisation: str
    month: date
    number: int
    rows: list[UsageRow]
    unbilled_days: int
    hash: str
    is_right: bool | None = Field(description="what a second person said; null: not checked yet")
    remarks: str


class UsageReports(Schema):
    """Reports, a page at a time."""

    items: list[UsageReportOut]
    next: str | None


class ShareOut(Schema):
    """What a unit may use in the year."""

    unit: str
    kwh: Decimal
    m3: Decimal


class QuotaPlanOut(Schema):
    """A year's plan; a revision has the next number."""

    id: UUID
    organisation: str
    year: int
    number: int
    measures: str
    shares: list[ShareOut]
    is_approved: bool | None = Field(description="what a second person said; null: not answered yet")


class QuotaPlans(Schema):
    """Plans, a page at a time."""

    items: list[QuotaPlanOut]
    next: str | None


class QuotaRoomOut(Schema):
    """A room with a quota from a month on."""

    id: UUID
    account: str
    payer: str
    kind: str
    first_on: date
    kwh: Decimal | None = Field(description="approved by its equipment; null: by its residents")


class QuotaRooms(Schema):
    """Rooms, a page at a time."""

    items: list[QuotaRoomOut]
    next: str | None


class ExcessOut(Schema):
    """What a room used beyond its quota in a month, and what is owed for it."""

    id: UUID
    room: UUID
    month: date
    number: int
    over_kwh: Decimal
    over_m3: Decimal
    fen: int
