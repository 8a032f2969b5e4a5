"""Subscribing to the calendar of a place, and withdrawing that. The address holds a secret, as calendar programs do not
sign in: it is shown once, its hash is kept, and what it gives is what its owner may see when it is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import transaction

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.network import queries as network
from tongdian.network.models import Place
from tongdian.parties.models import Account
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.supply.models import CalendarFeed
from tongdian.supply.queries import feeds as queries
from tongdian.supply.rules import FEED_LASTS, MOST_FEEDS, READ


class TooManyFeeds(Refusal):
    """One person reads so many calendars at most."""

    says = Words(
        "每人至多 {most} 个日历订阅；请先撤销不用的。",
        "One person subscribes to {most} calendars: withdraw one first.",
    )


def subscribe_calendar(
    *, viewer: Any, place: Place, has_parts: bool, language: str, at: dt.datetime
) -> tuple[CalendarFeed, str]:
    """A feed of a place that the viewer sees, or of what stands in it, and its secret, which is shown once.

    Raises NotAllowed, NoSuchPlace, TooManyFeeds.
    """
    must_be_allowed(viewer, *READ, place.organisation)
    network.place(viewer, place.pk)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=viewer.pk)  # of two at once the second counts the first
        if queries.live(viewer, at).count() >= MOST_FEEDS:
            raise TooManyFeeds(most=MOST_FEEDS)
        feed = CalendarFeed.objects.create(
            place=place,
            account=viewer,
            has_parts=has_parts,
            language=language,
            digest=hashlib.sha256(secret.encode()).digest(),
            made_at=at,
            expires_at=at + FEED_LASTS,
        )
        said = {"place": place.code, "has_parts": has_parts}
        record(
            actor=viewer.actor,
            action="subscribe-calendar",
            subject=f"calendarfeed:{feed.pk}",
            payload=said,
            at=at,
        )
    return feed, secret


def withdraw_calendar(*, viewer: Any, feed: CalendarFeed, at: dt.datetime) -> None:
    """The address gives nothing any more. Raises NotAllowed for somebody else's."""
    if feed.account_id != viewer.pk:
        raise NotAllowed(deed=READ.deed)
    with transaction.atomic():
        if CalendarFeed.objects.filter(pk=feed.pk, withdrawn_at=None).update(withdrawn_at=at):
            record(
                actor=viewer.actor,
                action="withdraw-calendar",
                subject=f"calendarfeed:{feed.pk}",
                payload={},
                at=at,
            )
