"""Lists of cases: views that somebody keeps, and taking a list along."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from tongdian.audit_log.actions import record
from tongdian.cases.models import SavedView
from tongdian.cases.rules import NameMissing

LONGEST_NAME, LONGEST_QUERY = 40, 1000


def save_view(*, viewer: Any, name: str, query: str) -> SavedView:
    """Keep a list's filters under a name of one's own; the same name is written over."""
    wanted = name.strip()[:LONGEST_NAME]
    if not wanted:
        raise NameMissing
    view, _ = SavedView.objects.update_or_create(
        account=viewer, name=wanted, defaults={"query": query[:LONGEST_QUERY]}
    )
    return view


def forget_view(*, viewer: Any, view: UUID) -> None:
    """Drop one's own saved view."""
    SavedView.objects.filter(account=viewer, id=view).delete()


def record_export(*, viewer: Any, query: str, columns: list[str], at: dt.datetime) -> None:
    """That somebody took a list of cases along: which filters, which columns, when."""
    record(
        actor=viewer.actor,
        action="case.export",
        subject="cases",
        payload={"query": query, "columns": columns},
        at=at,
    )
