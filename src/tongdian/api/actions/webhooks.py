"""Whom to tell what happens in cases."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.api.models import Delivery, Subscription
from tongdian.api.rules import KINDS, TitleMissing, UnknownKind, WebhookDisabled
from tongdian.audit_log.actions import record
from tongdian.calling import check_address
from tongdian.cases.models import Case, Event
from tongdian.cases.queries import ended_with, ending_of
from tongdian.cases.rules import CASE_ENDED, told_as
from tongdian.identifiers import uuid7
from tongdian.notices.vault import lock
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.soon import do_soon

EDIT = Words("设置事件推送", "set up webhooks")


def subscribe(
    *, viewer: Any, organisation: Organisation, title: str, address: str, kinds: Sequence[str], at: datetime
) -> tuple[Subscription, str]:
    """A subscription and its secret, which is shown once.

    Raises NotAllowed, TitleMissing, UnknownKind, AddressRefused.
    """
    must_be_allowed(viewer, "api.edit_webhooks", EDIT, organisation)
    _check(title, address, kinds)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with transaction.atomic():
        row = Subscription.objects.create(
            organisation=organisation,
            title=title.strip(),
            address=address,
            kinds=list(kinds),
            secret=lock({"secret": secret}),
            made_by=viewer,
            made_at=at,
        )
        _record(viewer, "webhook.subscribe", row, at, address=address, kinds=list(kinds))
    return row, secret


def change_subscription(
    *,
    viewer: Any,
    subscription: Subscription,
    title: str,
    address: str,
    kinds: Sequence[str],
    is_on: bool,
    at: datetime,
) -> Subscription:
    """Change where and what is sent, turn it off, or on again: then what waited goes out.

    Raises NotAllowed, TitleMissing, UnknownKind, AddressRefused.
    """
    must_be_allowed(viewer, "api.edit_webhooks", EDIT, subscription.organisation)
    _check(title, address, kinds)
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk)
        row.title, row.address, row.kinds = title.strip(), address, list(kinds)
        if is_on and row.disabled_at is not None:
            row.disabled_at = row.failing_since = row.resting_until = None
            row.failures = 0
            waiting = Delivery.objects.filter(subscription=row, state=Delivery.State.WAITING)
            waiting.update(begun_at=at, due_at=at)
            ask_for_delivery(row.pk)
        elif not is_on and row.disabled_at is None:
            row.disabled_at = at
        row.save()
        _record(viewer, "webhook.change", row, at, address=address, kinds=list(kinds), is_on=is_on)
    return row


def remove(*, viewer: Any, subscription: Subscription, at: datetime) -> None:
    """Send nothing there any more; what was sent stays on record. Raises NotAllowed."""
    must_be_allowed(viewer, "api.edit_webhooks", EDIT, subscription.organisation)
    with transaction.atomic():
        Subscription.objects.filter(pk=subscription.pk, removed_at=None).update(removed_at=at, secret=b"")
        _record(viewer, "webhook.remove", subscription, at)


def ping(*, viewer: Any, subscription: Subscription, at: datetime) -> Delivery:
    """Send a test. Raises NotAllowed, WebhookDisabled."""
    must_be_allowed(viewer, "api.edit_webhooks", EDIT, subscription.organisation)
    if not subscription.is_in_use:
        raise WebhookDisabled
    id_ = uuid7()
    said = _cloud_event(f"ping/{id_}", "tongdian.ping", "", at, {"title": subscription.title})
    with transaction.atomic():
        row = Delivery.objects.create(
            subscription=subscription, event=f"ping/{id_}", body=said, made_at=at, begun_at=at, due_at=at
        )
        _record(viewer, "webhook.ping", subscription, at)
        ask_for_delivery(row.subscription_id)
    return row


def replay(
    *,
    viewer: Any,
    subscription: Subscription,
    at: datetime,
    delivery: Delivery | None = None,
    since: datetime | None = None,
) -> int:
    """Send one delivery again, or all made since a moment, in their order; how many.

    The receiver knows each by its id. Raises NotAllowed, WebhookDisabled.
    """
    must_be_allowed(viewer, "api.edit_webhooks", EDIT, subscription.organisation)
    if not subscription.is_in_use:
        raise WebhookDisabled
    rows = Delivery.objects.filter(subscription=subscription)
    rows = rows.filter(pk=delivery.pk) if delivery else rows.filter(made_at__gte=since or at)
    with transaction.atomic():
        count = rows.update(state=Delivery.State.WAITING, begun_at=at, due_at=at, tries=0)
        Subscription.objects.filter(pk=subscription.pk).update(resting_until=None)
        said = {"delivery": str(delivery.pk)} if delivery else {"since": str(since)}
        _record(viewer, "webhook.replay", subscription, at, count=count, **said)
        ask_for_delivery(subscription.pk)
    return count


# ---------------------------------------------------------------- what happened in a case
def tell_subscribers(*, case: Case, event: Event, at: datetime) -> None:
    """Write a delivery for every subscription that the event concerns; twice is as once. That the
    case ended is an event of its own, after the one with which it did."""
    rows = Subscription.objects.filter(
        organisation__in=case.organisation.ancestors, disabled_at=None, removed_at=None
    )
    receivers = list(rows)
    if not receivers:
        return
    told = {f"{case.id}/{event.seq}": told_as(event.kind)}
    if ended_with(case, event):
        told[f"{case.id}/{event.seq}/ended"] = CASE_ENDED
    before = set(
        Delivery.objects.filter(subscription__in=receivers, event__in=told).values_list(
            "subscription_id", "event"
        )
    )
    made = [
        Delivery(
            subscription=row,
            event=id_,
            case=case.id,
            seq=event.seq,
            body=_of_case(case, event, id_, kind),
            made_at=at,
            begun_at=at,
            due_at=at,
        )
        for id_, kind in told.items()
        for row in receivers
        if (not row.kinds or kind in row.kinds) and (row.pk, id_) not in before
    ]
    with transaction.atomic():
        Delivery.objects.bulk_create(made, ignore_conflicts=True)
        for row in made:
            ask_for_delivery(row.subscription_id)


def _of_case(case: Case, event: Event, id_: str, kind: str) -> str:
    """What happened, without anything about people: who wants more asks the API with a token."""
    data = {
        "number": case.number,
        "organisation": case.organisation.short,
        "pack": case.pack,
        "process": case.process,
        "seq": event.seq,
        "kind": kind,
        "stage": event.stage,
        "on": event.on.isoformat(),
        "claimed_on": event.claimed_on.isoformat() if event.claimed_on else None,
        "is_demo": case.is_demo,
    }
    if kind == CASE_ENDED:
        data["ending"] = ending_of(case)
    return _cloud_event(id_, f"tongdian.case.{kind}", case.number, event.at, data)


def _cloud_event(id_: str, type_: str, subject: str, at: datetime, data: dict[str, Any]) -> str:
    said = {
        "specversion": "1.0",
        "id": id_,
        "source": f"{settings.PUBLIC_ADDRESS}/api/v1",
        "type": type_,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    if subject:
        said["subject"] = subject
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


# ---------------------------------------------------------------- jobs, in the caller's transaction
def ask_for_delivery(receiver: UUID) -> None:
    """Have what a receiver is still to be told sent soon."""
    do_soon("api.receiver", receiver=str(receiver))


def _check(title: str, address: str, kinds: Sequence[str]) -> None:
    if not title.strip() or len(title) > 80:
        raise TitleMissing
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownKind(kind=kind, known=", ".join(KINDS))
    check_address(address)


def _record(viewer: Any, action: str, row: Subscription, at: datetime, **payload: Any) -> None:
    record(actor=viewer.actor, action=action, subject=f"webhook:{row.pk}", payload=payload, at=at)
