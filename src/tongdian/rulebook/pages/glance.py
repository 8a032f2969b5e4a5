"""What the home page says of the rulebook: what waits, how far it is, what changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from tongdian.rulebook import queries
from tongdian.rulebook.pages.deciding import open_places, reading
from tongdian.rulebook.pages.reading import card
from tongdian.rulebook.recent import RulebookChange, recent_changes
from tongdian.spoken import reader_language

SHOWN = 5


def missing_year_here(request: HttpRequest) -> dict[str, Any] | None:
    """From November, for who may add it: the next year's working days, while nobody has."""
    if not request.user.has_perm("rulebook.edit_calendar"):
        return None
    missing = queries.missing_year(timezone.localdate())
    return None if missing is None else {"year": missing, "through": queries.calendar().official_through}


def to_confirm_here(request: HttpRequest) -> dict[str, Any] | None:
    """Interpretations nobody chose yet, for who works with the rulebook."""
    if not request.user.has_perm("rulebook.read"):
        return None
    language = reader_language()
    waiting = [(one, id_) for one in queries.readable_packs()[0] for id_ in open_places(one)]
    return {
        "waiting": [(one, reading(one, id_, language)) for one, id_ in waiting[:SHOWN]],
        "more": max(0, len(waiting) - SHOWN),
        "may_choose": request.user.has_perm("rulebook.choose_interpretation"),
    }


def coverage_here(request: HttpRequest) -> dict[str, Any]:
    """The regulations with their coverage, for everybody."""
    found, broken = queries.readable_packs()
    language = reader_language()
    return {"cards": [card(one, language) for one in found], "broken": len(broken)}


def changes_here(request: HttpRequest) -> dict[str, Any] | None:
    """What changed last in the rulebook."""
    if not request.user.has_perm("rulebook.read"):
        return None
    return {"changes": [_said(change) for change in recent_changes()]}


def _said(change: RulebookChange) -> dict[str, Any]:
    address, detail = "", ""
    match change.what:
        case "choice":
            address = reverse("interpretation", args=[change.pack, change.about])
            detail = f"{change.about} = {change.said}"
        case "day":
            address = f"{reverse('calendar')}?year={change.about[:4]}&region={change.region}"
            detail = f"{change.about} {change.said}"
        case "year":
            address = f"{reverse('calendar')}?year={change.about}"
            detail = change.about
        case "revision":
            address = reverse("pack", args=[change.pack])
            detail = f"{change.pack} {change.about[:10]}"
        case "text":
            address = reverse("pack", args=[change.pack])
            detail = change.pack
    return {"at": change.at, "by": change.by, "what": change.what, "detail": detail, "address": address}
