"""What the page of an agreement shows of a proposed end."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongdian.agreements import queries
from tongdian.agreements.models import Agreement


def proposed(request: HttpRequest, one: Agreement) -> dict[str, Any]:
    """The proposal that waits, and whether this viewer may answer it."""
    waiting = queries.proposal_waiting(one)
    if waiting is None:
        confirmed = one.end_proposals.filter(answer__is_confirmed=True).order_by("-id").first()
        return {"end_proposal": None, "ended_by_two": confirmed if one.last_on else None}
    is_theirs = waiting.by_id == request.user.pk
    may_end = request.user.has_perm("agreements.end", one.organisation)
    return {
        "end_proposal": waiting,
        "may_confirm_end": may_end and not is_theirs,
        "may_set_end_aside": may_end or is_theirs,
    }
