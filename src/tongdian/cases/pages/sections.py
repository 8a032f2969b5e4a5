"""What cases say on the pages of places and customers, and to the shell's search."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.cases import queries
from tongdian.cases.models import Case
from tongdian.cases.pages.listing import standing_of, state_said
from tongdian.network.models import Place
from tongdian.parties.models import Customer
from tongdian.shell.search import Hit
from tongdian.spoken import reader_language

SHOWN = 20


def at_place(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The cases at a place and its parts, newest first."""
    wanted = Q(place=place.pk) | Q(place__parent=place.pk)
    return _section(request, wanted, f"place={place.pk}")


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The cases of a customer, newest first."""
    return _section(request, Q(customer=customer.pk), f"customer={customer.pk}")


def _section(request: HttpRequest, wanted: Q, query: str) -> dict[str, Any] | None:
    if not request.user.has_perm("cases.read"):
        return None
    rows = list(
        queries.with_open_stages(queries.listed(queries.cases(request.user)).filter(wanted))[: SHOWN + 1]
    )
    language, today = reader_language(), timezone.localdate()
    desks = queries.Desks()
    listed = [(one, desks.title(one, language), _said(one, today)) for one in rows[:SHOWN]]
    return {
        "cases": listed,
        "is_cut": len(rows) > SHOWN,
        "query": query,
        "may_open": request.user.has_perm("cases.open"),
    }


def _said(case: Case, today: Any) -> tuple[str, str]:
    standing = standing_of(case, today)
    return standing, state_said(standing)


def found_cases(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The cases in whose number, applicant or place these characters stand."""
    if not request.user.has_perm("cases.read"):
        return []
    rows, language = queries.find_cases(request.user, wanted)[:SHOWN], reader_language()
    desks = queries.Desks()
    hits = [
        Hit(
            f"{one.number} {desks.title(one, language)}",
            reverse("case", args=[one.number]),
            one.place.name if one.place else "",
        )
        for one in rows
    ]
    return [(gettext("Cases"), hits)]
