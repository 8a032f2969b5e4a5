"""Supply as the API gives it: what a usage point is, what stops it, what is missing before it may be stopped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class StopOut(Schema):
    """A stop of supply, and how it ended."""

    id: UUID
    point: str
    utility: str
    ground: str = Field(description="arrears, violation, prepayment, asked or safety")
    cite: str = Field(description="the article by which it was stopped")
    reason: str
    since: date
    case: str
    account: UUID | None
    approved_at: datetime | None = Field(description="when a leader approved it, of a home")
    restoration: str = Field(description="the case in which it is being restored")
    ended_on: date | None
    outcome: str = Field(description="restored, moot or taken_back; empty while it holds")
    delay: str = Field(description="why restoring took longer than the regulation says, where it did")


class Stops(Schema):
    """A page of stops."""

    items: list[StopOut]
    next: str | None


class SupplyOut(Schema):
    """What a usage point is on a day."""

    point: str
    on: date
    standing: str = Field(description="closed, supplied or stopped")
    since: date | None
    stops: list[StopOut]
    never_cut: list[str] = Field(
        description="the switches that protect, and go on supplying whatever stops the rest"
    )


class ConditionOut(Schema):
    """One thing that must be there before a stop for arrears."""

    key: str
    title_zh: str
    title_en: str
    cite_zh: str
    cite_en: str
    met: bool
    from_on: date | None = Field(description="the day from which it will be there by itself")


class ConditionsOut(Schema):
    """Whether a supply may be stopped for what its account owes."""

    may_stop: bool
    yuan: Decimal = Field(description="the principal that counts")
    conditions: list[ConditionOut]


class ApprovalOut(Schema):
    """A leader's approval that the supply of a home stops."""

    id: UUID
    point: str
    ground: str
    paper: str
    at: datetime


class RestorationOut(Schema):
    """The case in which both offices restore a supply."""

    case: str


class SwitchStepOut(Schema):
    """A step of a command."""

    state: str
    reads_on: bool | None = Field(description="whether the switch read as supplying; null where nobody knows")
    said: str
    at: datetime


class SwitchCommandOut(Schema):
    """What a switch was told, and what became of it."""

    id: UUID
    switch: str
    is_on: bool = Field(description="it is to supply; else to cut")
    is_trial: bool = Field(description="it is only read")
    reason: str
    steps: list[SwitchStepOut]


class SwitchCommands(Schema):
    """A page of commands."""

    items: list[SwitchCommandOut]
    next: str | None
