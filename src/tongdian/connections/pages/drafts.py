"""Applications being written in this browser: offered again where they can be gone on with.

A cookie has the secrets of their addresses, signed, and nothing of what was written. Whoever uses the
same browser may read them, so each offer has a way to be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongdian.connections import queries
from tongdian.connections.rules import DRAFTS_ARE_KEPT, DraftGone, NoSuchService
from tongdian.parties.models import Organisation
from tongdian.spoken import reader_language

COOKIE = "drafts"
MOST_DRAFTS = 3  # more than these nobody writes at once


@dataclass(frozen=True)
class OfferedDraft:
    """One that was begun here and neither sent nor forgotten."""

    token: str
    process: str
    title: str
    changed_at: dt.datetime

    @property
    def expires_at(self) -> dt.datetime:
        """Until when it is kept, if nothing more is typed."""
        return self.changed_at + DRAFTS_ARE_KEPT


def offered_drafts(request: HttpRequest, office: Organisation, process: str = "") -> Iterator[OfferedDraft]:
    """The drafts of an office, or of one of its services, that were begun in this browser."""
    for token in _tokens(request):
        try:
            draft = queries.draft(token, at=timezone.now())
            service = queries.service_of(draft.organisation, draft.process, timezone.localdate())
        except (DraftGone, NoSuchService):
            continue
        if draft.organisation_id == office.pk and process in ("", draft.process):
            title = service.title.say(reader_language())
            yield OfferedDraft(token, draft.process, title, draft.changed_at)


def remember_draft(request: HttpRequest, reply: HttpResponse, token: str) -> None:
    """Offer a draft in this browser from now on, for as long as it is kept."""
    _set(reply, [token, *(one for one in _tokens(request) if one != token)][:MOST_DRAFTS])


def forget_draft(request: HttpRequest, reply: HttpResponse, token: str) -> None:
    """Offer it in this browser no more."""
    _set(reply, [one for one in _tokens(request) if one != token])


def _tokens(request: HttpRequest) -> list[str]:
    said = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=DRAFTS_ARE_KEPT)
    return said.split(",") if said else []


def _set(reply: HttpResponse, tokens: list[str]) -> None:
    if not tokens:
        reply.delete_cookie(COOKIE, samesite="Lax")
        return
    reply.set_signed_cookie(
        COOKIE,
        ",".join(tokens),
        salt=COOKIE,
        max_age=DRAFTS_ARE_KEPT,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
