"""What changed here of late: choices, days, years, revisions and official texts."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from tongdian.rulebook.models import CalendarChange, Choice, OfficialText, PublishedYear, Revision

NOTHING = Value("")


class RulebookChange(NamedTuple):
    """One thing that changed here: a choice, a day, a year, a revision or an official text."""

    at: dt.datetime
    by: str | None  # a user name; None for the program
    what: str  # choice, day, year, revision, text
    pack: str
    about: str  # the interpretation, day, year or content hash
    said: str  # the option, or the day's name
    region: str


def recent_changes(*, limit: int = 8) -> list[RulebookChange]:
    """The newest changes of every sort, newest first. Attached texts count once an upload."""
    text = CharField()
    newest = [
        _rows(Choice.objects.order_by("-id"), "choice", "pack", "interpretation", "option", NOTHING),
        _rows(CalendarChange.objects.order_by("-id"), "day", NOTHING, Cast("on", text), "name_zh", "region"),
        _rows(PublishedYear.objects.order_by("-id"), "year", NOTHING, Cast("year", text), NOTHING, NOTHING),
        _rows(Revision.objects.order_by("-id"), "revision", "pack", "content_hash", NOTHING, NOTHING),
        _rows(OfficialText.objects.order_by("-at").distinct(), "text", "pack", NOTHING, NOTHING, NOTHING),
    ]
    first, *rest = (rows[:limit] for rows in newest)
    return [RulebookChange(*row) for row in first.union(*rest, all=True).order_by("-at")[:limit]]


def _rows(rows: QuerySet[Any], what: str, *columns: Any) -> QuerySet[Any, Any]:
    return rows.values_list("at", "by__username", Value(what), *columns)
