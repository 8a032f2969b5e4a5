"""How often the same may be tried: tracking by number and telephone, codes, reports.

Counted in the cache that the web server's processes share, in windows of ten minutes.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

WINDOW_SECONDS = 600


class TriedTooOften(Refusal):
    """More tries than anybody needs who knows what they look for."""

    says = Words("尝试次数过多；请十分钟后再试。", "Too many tries; wait ten minutes.")


def count_try(what: str, key: str, *, most: int) -> None:
    """Count a try at `what`. Raises TriedTooOften past `most` of them within ten minutes."""
    name = hashlib.sha256(f"{what}:{key}".encode()).hexdigest()
    cache.add(name, 0, WINDOW_SECONDS)
    try:
        tries = cache.incr(name)
    except ValueError:  # the window closed in between
        return
    if tries > most:
        raise TriedTooOften


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind the operator's own proxy, what that proxy wrote last."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
