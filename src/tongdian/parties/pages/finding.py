"""Customers, for the shell's search."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.parties.queries import customers, shown_name
from tongdian.shell.search import Hit

SHOWN = 10


def found_customers(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The customers of this name, number, whole identity or whole telephone."""
    if not request.user.has_perm("parties.read_customer"):
        return []
    hits = [
        Hit(
            shown_name(request.user, one),
            reverse("customer", args=[one.pk]),
            f"{one.number} · {one.organisation.shown_name}",
        )
        for one in customers(request.user, text=wanted)[:SHOWN]
    ]
    return [(gettext("Customers"), hits)]
