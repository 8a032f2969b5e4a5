"""What supply adds to the home page and to other areas' pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from tongdian.network.models import Place
from tongdian.network.rules import PlaceKind
from tongdian.parties.permissions import only_in_units
from tongdian.registers.sections import Sections
from tongdian.supply.models import PlaceTimetable
from tongdian.supply.queries import stopping as queries
from tongdian.supply.rules import APPROVE, EDIT, PERMIT, READ, STOP

finding_sections = Sections()
"""What other areas offer to do with a finding of use outside hours (queries.UsedOutside)."""


def being_restored(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """The stops whose restoration is under way: its hours run."""
    if not viewer.has_perm(STOP.name):
        return None
    return queries.in_force(viewer, today).filter(restorations__case__ended_on=None)


def may_approve(request: HttpRequest) -> dict[str, Any] | None:
    """Where the stops that wait for a leader are drawn on their home page, behind it: each is worked out."""
    viewer = request.user
    return {} if viewer.has_perm(APPROVE.name) and not only_in_units(viewer) else None


HOLDS_OTHERS = (PlaceKind.CAMPUS, PlaceKind.AREA, PlaceKind.BUILDING, PlaceKind.PREMISES)


def hours_at(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """Whether timetables govern a place; how it stands by them is asked behind the page (`months.now`)."""
    if not request.user.has_perm(READ.name, place.organisation):
        return None
    return {
        "place": place,
        "is_governed": PlaceTimetable.objects.filter(place=place).exists(),
        "holds_others": place.kind in HOLDS_OTHERS,
        "may_edit": request.user.has_perm(EDIT.name, place.organisation),
        "may_permit": request.user.has_perm(PERMIT.name, place.organisation),
    }
