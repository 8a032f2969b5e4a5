"""What supervision does once a day."""

import datetime as dt

from tongdian.duties.rules import daily
from tongdian.supervision.actions.sampling import find_unanswered
from tongdian.supervision.telling import send_overviews


@daily("supervision.overviews", at=dt.time(8, 15))
def send(day: dt.date, at: dt.datetime) -> None:
    """Each morning: the overviews of the week or month that nobody was sent yet."""
    send_overviews(day=day, at=at)


@daily("supervision.samples", at=dt.time(7, 30))
def find(day: dt.date, at: dt.datetime) -> None:
    """Each morning: a draw that should have been answered by the day before, and was not, is a finding."""
    find_unanswered(day=day, at=at)
