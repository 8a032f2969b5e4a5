"""Forgetting drafts."""

import datetime as dt

from tongdian.connections import actions
from tongdian.duties.rules import daily


@daily("connections.forget_drafts", at=dt.time(3, 50))
def forget_drafts(day: dt.date, at: dt.datetime) -> None:
    """Forget the drafts that nobody sent for thirty days."""
    actions.forget_drafts(at=at)
