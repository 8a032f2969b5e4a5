"""Meters and readings as the API gives them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from ninja import Schema
from pydantic import Field


class ReadingOut(Schema):
    """What a meter showed on a day, without its multiplier."""

    on: date
    value: Decimal = Field(description="the figure on the register")
    turned: bool = Field(description="the register ran full since the reading before")
    quality: str = Field(description="actual, final, customer, estimated or substituted")
    method: str
    reason: str
    version: int
    case: str = Field(description="number of the case in which it was read, if one")
    at: datetime
