"""Subscribing to the calendar of a place; and the calendar itself, read by a program that does not sign in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.calendar import legal_day
from tongdian.network import queries as network
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import reader_language, say
from tongdian.supply.actions.feeds import subscribe_calendar, withdraw_calendar
from tongdian.supply.models import PlaceTimetable
from tongdian.supply.queries import feeds as queries
from tongdian.supply.queries.feeds import NoSuchFeed
from tongdian.supply.replies.calendars import calendar_of, days_of_feed
from tongdian.supply.rules import MOST_ROWS, READ


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def feeds(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Make an address, which is shown once, and withdraw those that one has."""
    place, now = network.place(request.user, id_), timezone.now()
    secret, refusal = "", ""
    if request.method == "POST":
        if given := request.POST.get("withdraw"):
            feed = get_object_or_404(queries.live(request.user, now), pk=_uuid(given))
            withdraw_calendar(viewer=request.user, feed=feed, at=now)
            messages.success(request, gettext("The address gives nothing any more."))
            return redirect("place-supply-feeds", place.pk)
        try:
            _feed, secret = subscribe_calendar(
                viewer=request.user,
                place=place,
                has_parts=request.POST.get("of") == "parts",
                language=reader_language(),
                at=now,
            )
        except Refusal as refused:
            refusal = say(refused)
    first, last = days_of_feed(legal_day(now))
    context: dict[str, Any] = {
        "place": place,
        "way": network.way_to(place),
        "refusal": refusal,
        "address": f"{settings.PUBLIC_ADDRESS}{reverse('supply-calendar', args=[secret])}" if secret else "",
        "feeds": queries.live(request.user, now),
        "is_governed": PlaceTimetable.objects.filter(place=place).exists(),
        "has_parts": queries.governed_below(place, first, last).exists(),
        "most": MOST_ROWS,
    }
    return render(request, "supply/feeds.html", context, status=422 if refusal else 200)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at an address, as its owner may see it now; whoever has the address needs nothing else."""
    now = timezone.now()
    try:
        text = calendar_of(queries.feed_of(secret, now), now)
    except NoSuchFeed:
        raise Http404 from None
    reply = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    reply["Content-Disposition"] = 'inline; filename="supply.ics"'
    reply["Cache-Control"] = "private, max-age=900"
    reply["Referrer-Policy"] = "no-referrer"
    return reply
