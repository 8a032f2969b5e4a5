"""What every page's frame needs to know."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from tongdian.demo.progress import progress
from tongdian.parties.permissions import grants, offices, only_in_units
from tongdian.parties.rules import Role
from tongdian.rulebook.queries import also_standing
from tongdian.shell.navigation import NavigationEntry, places_for, tools_for

also_standing(progress)  # the frame says how far the demonstration is


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the navigation of this viewer, and which place is open."""
    viewer = getattr(request, "user", None)
    if viewer is None:  # an error before the session was read
        return {}
    match = request.resolver_match
    here = match.view_name if match else ""
    may_go = not getattr(viewer, "password_is_given", False)  # else there is one page for them
    # a unit's people have the roles of an office, and none of its work
    only = _for_units if viewer.is_authenticated and only_in_units(viewer) else _for_all
    navigation = [(one, one.leads_to(here)) for one in (places_for(viewer, only=only) if may_go else ())]
    return {
        "navigation": navigation,
        "phone_bar": [(place, lit) for place, lit in navigation if place.on_phone][:3],
        "demonstration": progress(),
        "tools": lambda: tools_for(request),  # asked for only where a whole page is drawn
        "offices": lambda: offices(viewer) if viewer.is_authenticated else [],
        "roles": lambda: _roles(viewer),
        "search_address": _address("search") if may_go else "",
        "help_address": _address("help"),
    }


def _for_units(place: NavigationEntry) -> bool:
    return place.concerns_units


def _for_all(place: NavigationEntry) -> bool:
    return True


def _roles(viewer: Any) -> list[str]:
    """What the viewer is today, in words."""
    if not viewer.is_authenticated:
        return []
    held = dict.fromkeys(grant.role for grant in grants(viewer) if grant.for_account is None)
    return [str(Role(role).label) for role in held]


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
