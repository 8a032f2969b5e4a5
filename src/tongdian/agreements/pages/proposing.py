"""What the page of an agreement and the home page show of a proposal that waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.agreements import queries
from tongdian.agreements.models import Agreement
from tongdian.parties.queries import shown_name
from tongdian.spoken import reader_language


def proposed(request: HttpRequest, one: Agreement) -> dict[str, Any]:
    """The proposal that waits, who may confirm it, and whether this viewer may answer it."""
    waiting = queries.proposal_waiting(one)
    if waiting is None:
        rows = one.end_proposals.filter(answer__is_confirmed=True, last_on__isnull=False)
        confirmed = rows.order_by("-id").first()
        return {"end_proposal": None, "ended_by_two": confirmed if one.last_on else None}
    people = queries.second_persons(waiting, at=timezone.now())
    may_end = request.user.has_perm("agreements.end", one.organisation)
    names, told, utility = queries.ClassNames(), reader_language(), one.usage_point.utility
    return {
        "end_proposal": waiting,
        "proposal_customer": shown_name(request.user, waiting.customer) if waiting.customer else "",
        "proposal_terms": [
            words[code].say(told) if code in words else code
            for words, code in (
                (names.classes(one.pack), waiting.customer_class),
                (names.categories(one.pack, utility), waiting.price_category),
            )
            if code
        ],
        "second_persons": gettext(", ").join(person.shown_name for person in people),
        "may_confirm_end": request.user.pk in {person.pk for person in people},
        "may_set_end_aside": may_end or waiting.by_id == request.user.pk,
    }


def proposals_here(request: HttpRequest) -> dict[str, Any] | None:
    """How many proposals wait for this viewer as the second person."""
    if not request.user.has_perm("agreements.end"):
        return None
    count = queries.to_confirm(request.user, on=timezone.localdate())
    return {"proposals_to_confirm": count} if count else None
