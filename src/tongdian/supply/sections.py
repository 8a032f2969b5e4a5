"""What supply adds to other areas' pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.supply.models import PlaceTimetable
from tongdian.supply.queries import hours_of
from tongdian.supply.rules import EDIT, PERMIT, READ
from tongdian.supply.saying import moment_shown


def hours_at(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """How a place stands now by each of its timetables, and why."""
    if not request.user.has_perm(READ.name, place.organisation):
        return None
    now = timezone.now()
    today = legal_day(now)
    governing = hours_of([place], first=today, last=today + dt.timedelta(days=1))[place.pk]
    return {
        "place": place,
        "moments": [moment_shown(one, one.local(now)) for one in governing],
        "below": PlaceTimetable.objects.filter(
            place__ancestors__contains=[place.pk], in_force__contains=today
        ).exclude(place=place).count(),
        "may_edit": request.user.has_perm(EDIT.name, place.organisation),
        "may_permit": request.user.has_perm(PERMIT.name, place.organisation),
    }  # fmt: skip
