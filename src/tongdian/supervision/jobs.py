"""What supervision does once a day."""

import datetime as dt

from tongdian.duties.rules import daily
from tongdian.supervision.telling import send_overviews


@daily("supervision.overviews", at=dt.time(8, 15))
def send(day: dt.date, at: dt.datetime) -> None:
    """Each morning: the overviews of the week or month that nobody was sent yet."""
    send_overviews(day=day, at=at)
