"""Subscriptions to calendars, and what each may read now."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.db.models import QuerySet

from tongdian.network import queries as network
from tongdian.network.models import Place
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.supply.models import CalendarFeed, PlaceTimetable
from tongdian.supply.rules import READ


class NoSuchFeed(Refusal):
    """There is none, it was withdrawn or is over, or its owner may not see the place any more."""

    says = Words("没有这个日历订阅，或已失效。", "There is no such calendar, or it is over.")
    status = 404


def live(viewer: Any, at: dt.datetime) -> QuerySet[CalendarFeed]:
    """The subscriptions of somebody that still give something."""
    rows = CalendarFeed.objects.filter(account_id=viewer.pk, withdrawn_at=None, expires_at__gt=at)
    return rows.select_related("place").order_by("-made_at")


def feed_of(secret: str, at: dt.datetime) -> CalendarFeed:
    """The feed that an address names, while it holds and its owner may still see the place. Raises NoSuchFeed."""
    rows = CalendarFeed.objects.filter(digest=hashlib.sha256(secret.encode("utf-8", "replace")).digest())
    found = (
        rows.filter(withdrawn_at=None, expires_at__gt=at, account__is_active=True)
        .select_related("account")
        .first()
    )
    if found is None or not may_read(found):
        raise NoSuchFeed
    return found


def may_read(feed: CalendarFeed) -> bool:
    """Whether its owner sees the place as the page of its month would show it."""
    where = network.places(feed.account).filter(pk=feed.place_id).select_related("organisation").first()
    return where is not None and feed.account.has_perm(READ.name)


def governed_below(place: Place, first: dt.date, last: dt.date) -> QuerySet[Place]:
    """The places in a place that a timetable governs on some of the days."""
    rows = PlaceTimetable.objects.filter(
        place__ancestors__contains=[place.pk], in_force__overlap=(first, last + dt.timedelta(days=1))
    )
    return Place.objects.filter(pk__in=rows.values("place")).exclude(pk=place.pk)


def places_read(feed: CalendarFeed, first: dt.date, last: dt.date, *, most: int) -> list[Place]:
    """The places of a feed that its owner sees: the one, or what stands in it, by their codes."""
    if not feed.has_parts:
        return [network.place(feed.account, feed.place_id)]
    seen = governed_below(feed.place, first, last).filter(pk__in=network.places(feed.account).values("pk"))
    return list(seen.select_related("organisation").order_by("code")[:most])
