"""Places, for the shell's search."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.network import queries

SHOWN = 10


class Found(NamedTuple):
    """A place."""

    heading: str
    address: str
    beside: str


def found_places(request: HttpRequest, wanted: str) -> list[tuple[str, list[Found]]]:
    """The places that have these characters."""
    if not request.user.has_perm("network.read"):
        return []
    rows = queries.find_places(request.user, wanted, limit=SHOWN)
    hits = [
        Found(one.name, reverse("place", args=[one.pk]), f"{one.code} · {one.organisation.name}")
        for one in rows
    ]
    return [(gettext("Places"), hits)]
