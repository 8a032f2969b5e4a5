"""What supply adds to the home page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from tongdian.supply.queries import stopping as queries
from tongdian.supply.rules import STOP


def being_restored(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """The stops whose restoration is under way: its hours run."""
    if not viewer.has_perm(STOP.name):
        return None
    return queries.in_force(viewer, today).filter(restorations__case__ended_on=None)
