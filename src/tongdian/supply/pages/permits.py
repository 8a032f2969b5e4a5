"""Permits: the queue, and one of them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, Least
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.cases import queries as cases
from tongdian.policy.permitting import GRANT_PERMIT
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import list_tools
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.saying import cites
from tongdian.spoken import reader_language, say
from tongdian.supply import queries
from tongdian.supply.registers import PERMITS
from tongdian.supply.rules import PERMIT, READ

LOOKED_THROUGH = 500  # stages in a viewer's hands
PAGE = 50
STATES = ("waiting", "now", "coming", "over")


@require_safe
@guarded(READ.name)
def permits(request: HttpRequest) -> HttpResponse:
    """What waits for a permit, what is permitted now and later, and what is over, with counts."""
    now = timezone.now()
    ends = Least(F("until_at"), Coalesce(F("end__at"), F("until_at")))
    rows = queries.permits(request.user).annotate(ends=ends)
    states = {
        "now": Q(first_at__lte=now, ends__gt=now),
        "coming": Q(first_at__gt=now, ends__gt=F("first_at")),
        "over": Q(ends__lte=now) | Q(ends__lte=F("first_at")),
    }
    counts = rows.aggregate(**{f"n_{name}": Count("pk", filter=one) for name, one in states.items()})
    waiting = cases.at_effect(request.user, GRANT_PERMIT, among=LOOKED_THROUGH)
    shown = request.GET.get("state", "")
    shown = shown if shown in STATES else ("waiting" if waiting else "now")
    listed = [] if shown == "waiting" else list(
        rows.filter(states[shown]).order_by("-first_at" if shown == "over" else "first_at", "pk")[: PAGE + 1]
    )  # fmt: skip
    titles = {
        name: one for pack in rulebook.readable_packs()[0] for name, one in queries.titles_of(pack).items()
    }
    context = {
        "shown": shown,
        "tabs": [(name, len(waiting) if name == "waiting" else counts[f"n_{name}"]) for name in STATES],
        "waiting": waiting,
        "permits": [
            (one, say(titles[one.permit]) if one.permit in titles else one.permit) for one in listed[:PAGE]
        ],
        "is_more": len(listed) > PAGE,
        "listed": list_tools(request, "permits", query="", keeps=False),
    }
    return render(request, "supply/permits.html", context)


@require_safe
@guarded(READ.name)
def permit(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One permit: what it opens, by which article, who granted it, and whether it holds."""
    one = PERMITS.find(request.user, id_)
    pack = rulebook.pack_for(one.pack, one.place.region_id)
    titles = queries.titles_of(pack)
    now = timezone.now()
    context = {
        "permit": one,
        "title": say(titles[one.permit]) if one.permit in titles else one.permit,
        "cites": cites(pack, tuple(one.cite), reader_language()),
        "end": getattr(one, "end", None),
        "is_over": one.ends_at <= now,
        "may_withdraw": one.ends_at > now and request.user.has_perm(PERMIT.name, one.organisation),
    }
    return render(request, "supply/permit.html", context)
