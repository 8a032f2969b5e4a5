"""Webhooks: whom to tell what happens in cases, and what was sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from tongdian.allowed import must_be_allowed
from tongdian.api import actions, queries
from tongdian.api.actions.webhooks import EDIT
from tongdian.api.models import Delivery
from tongdian.api.shapes import webhooks as shapes
from tongdian.api.shapes.registers import Count
from tongdian.api.v1.asking import ADMINISTRATION, REFUSED
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.calendar import legal_day
from tongdian.parties import queries as parties
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

webhooks = Router(tags=["webhooks"], auth=ADMINISTRATION)


@webhooks.get("", response={200: shapes.Webhooks, **REFUSED})
def list_webhooks(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The webhooks that you may set up, newest first."""
    return page(queries.subscriptions(request.auth), after, limit, _plain)  # type: ignore[attr-defined]


@deed(webhooks, "", gives=shapes.Subscribed, status=201)
def subscribe(request: HttpRequest, asked: shapes.Subscribe) -> Any:
    """Be told what happens in the cases of an organisation and those below it.

    Each event is POSTed as a CloudEvent (structured JSON) signed by standardwebhooks, in order for
    each case, at least once: know it by its `webhook-id`. Answer 2xx within ten seconds.
    """
    viewer = request.auth  # type: ignore[attr-defined]
    at = timezone.now()
    must_be_allowed(viewer, "api.edit_webhooks", EDIT)
    where = parties.managed(viewer, "api.edit_webhooks", asked.organisation, on=legal_day(at))
    made, secret = actions.subscribe(
        viewer=viewer, organisation=where, title=asked.title, address=asked.address, kinds=asked.kinds, at=at
    )
    return {**_plain(made), "secret": secret}


@deed(webhooks, "/{uuid:id_}/change", gives=shapes.WebhookOut)
def change(request: HttpRequest, id_: UUID, asked: shapes.Change) -> Any:
    """Change where and what is sent, turn it off, or on again."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.change_subscription(
        viewer=viewer,
        subscription=queries.subscription(viewer, id_),
        title=asked.title,
        address=asked.address,
        kinds=asked.kinds,
        is_on=asked.is_on,
        at=timezone.now(),
    )
    return _plain(made)


@deed(webhooks, "/{uuid:id_}/remove", gives=shapes.Removed)
def remove(request: HttpRequest, id_: UUID) -> Any:
    """Send nothing there any more; what was sent stays on record."""
    viewer = request.auth  # type: ignore[attr-defined]
    actions.remove(viewer=viewer, subscription=queries.subscription(viewer, id_), at=timezone.now())
    return {"id": id_}


@deed(webhooks, "/{uuid:id_}/ping", gives=shapes.DeliveryOut, status=201)
def ping(request: HttpRequest, id_: UUID) -> Any:
    """Send a test."""
    viewer = request.auth  # type: ignore[attr-defined]
    found = queries.subscription(viewer, id_)
    return _delivery(actions.ping(viewer=viewer, subscription=found, at=timezone.now()))


@deed(webhooks, "/{uuid:id_}/replay", gives=Count)
def replay(request: HttpRequest, id_: UUID, asked: shapes.Replay) -> Any:
    """Send one delivery again, or all made since a moment."""
    if (asked.delivery is None) == (asked.since is None):
        raise BadInput(name="delivery", problem=Words("与 since 二者填一", "give this or since, not both"))
    viewer = request.auth  # type: ignore[attr-defined]
    found = queries.subscription(viewer, id_)
    one = queries.delivery(found, asked.delivery) if asked.delivery else None
    count = actions.replay(
        viewer=viewer, subscription=found, delivery=one, since=asked.since, at=timezone.now()
    )
    return {"count": count}


@webhooks.get("/{uuid:id_}/deliveries", response={200: shapes.Deliveries, **REFUSED})
def list_deliveries(request: HttpRequest, id_: UUID, after: After = "", limit: Limit = 50) -> Any:
    """What was or is to be sent, newest first, with every attempt."""
    found = queries.subscription(request.auth, id_)  # type: ignore[attr-defined]
    return page(queries.deliveries(found), after, limit, _delivery)


def _plain(row: Any) -> dict[str, Any]:
    names = ("id", "title", "address", "kinds", "made_at", "failing_since", "disabled_at")
    return {**{name: getattr(row, name) for name in names}, "organisation": row.organisation_id}


def _delivery(row: Delivery) -> dict[str, Any]:
    tried = sorted(row.attempts.all(), key=lambda one: one.pk.int)
    return {
        **{name: getattr(row, name) for name in ("id", "event", "state", "made_at", "tries")},
        "attempts": [
            {name: getattr(one, name) for name in ("at", "status", "said", "milliseconds")} for one in tried
        ],
    }
