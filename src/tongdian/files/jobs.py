"""Clearing away drafts."""

import datetime as dt

from tongdian.duties.rules import daily
from tongdian.files import actions


@daily("files.clear_drafts", at=dt.time(3, 40))
def clear_drafts(day: dt.date, at: dt.datetime) -> None:
    """Remove what a program that ended half-way left behind."""
    actions.clear_drafts(at=at)
