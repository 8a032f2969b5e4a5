"""Webhooks as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked
from tongdian.bounded_days import WrittenMoment

Address = Annotated[str, StringConstraints(max_length=500)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Kind = Literal[
    "opened",
    "stage_closed",
    "returned",
    "suspended",
    "resumed",
    "fact_recorded",
    "withdrawn",
    "migrated",
    "countersigned",
    "claim_refused",
    "case_ended",
]
Kinds = Annotated[list[Kind], Field(max_length=11, description="kinds of events; none: all")]


class WebhookOut(Schema):
    """Where an organisation wants to be told what happens in its cases and those below it."""

    id: UUID
    organisation: UUID
    title: str
    address: str
    kinds: list[str]
    made_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None


class Subscribed(WebhookOut):
    """A new webhook; the secret is shown this once. Signatures are those of standardwebhooks."""

    secret: str


class Webhooks(Schema):
    """A page of webhooks."""

    items: list[WebhookOut]
    next: str | None


class Subscribe(Asked):
    """A new webhook."""

    organisation: UUID
    title: Title
    address: Address
    kinds: Kinds = []


class Change(Asked):
    """A webhook as it is to be."""

    title: Title
    address: Address
    kinds: Kinds = []
    is_on: bool = True


class AttemptOut(Schema):
    """One try."""

    at: datetime
    status: int = Field(description="HTTP status; 0: no answer")
    said: str
    milliseconds: int


class DeliveryOut(Schema):
    """One event for one webhook; `id` is the `webhook-id` that the receiver sees."""

    id: UUID
    event: str
    state: str
    made_at: datetime
    tries: int
    attempts: list[AttemptOut]


class Deliveries(Schema):
    """A page of deliveries."""

    items: list[DeliveryOut]
    next: str | None


class Replay(Asked):
    """One delivery, or all made since a moment."""

    delivery: UUID | None = None
    since: WrittenMoment | None = None


class Removed(Schema):
    """That it is gone."""

    id: UUID
