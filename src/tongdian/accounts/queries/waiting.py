"""What of money waits for whom: figures of the home page, each the rows that its page lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from tongdian.accounts import queries
from tongdian.accounts.queries import agreed
from tongdian.accounts.rules import COLLECT, REVERSE


def uncounted(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Cash boxes of former days that still hold money."""
    if not viewer.has_perm(COLLECT.name):
        return None
    return queries.boxes(viewer).filter(limited__fen__gt=0, day__lt=today)


def proposals(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Refunds and debts to be given up that another person proposed."""
    return agreed.waiting(viewer) if viewer.has_perm(REVERSE.name) else None


def unmatched(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Lines of bank files whose payer nobody has named."""
    return agreed.unmatched(viewer) if viewer.has_perm(COLLECT.name) else None
