"""What changed here of late: choices, days, years, revisions and official texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongdian.rulebook.models import CalendarChange, Choice, OfficialText, PublishedYear, Revision


@dataclass(frozen=True)
class RulebookChange:
    """One thing that changed here: a choice, a day, a revision or an official text."""

    at: Any
    by: Any
    what: str  # choice, day, year, revision, text
    row: Any


def recent_changes(*, limit: int = 8) -> list[RulebookChange]:
    """The newest changes of every sort, newest first. Attached texts count once an upload."""
    rows = [
        *(("choice", row) for row in Choice.objects.select_related("by").order_by("-id")[:limit]),
        *(("day", row) for row in CalendarChange.objects.select_related("by").order_by("-id")[:limit]),
        *(("year", row) for row in PublishedYear.objects.select_related("by").order_by("-id")[:limit]),
        *(
            ("revision", row)
            for row in Revision.objects.defer("files").select_related("by").order_by("-id")[:limit]
        ),
        *(
            ("text", row)
            for row in OfficialText.objects.select_related("by")
            .order_by("pack", "at", "-id")
            .distinct("pack", "at")[:limit]
        ),
    ]
    changes = [RulebookChange(row.at, row.by, what, row) for what, row in rows]
    return sorted(changes, key=lambda change: change.at, reverse=True)[:limit]
