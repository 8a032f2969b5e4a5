"""As of which moment a day is looked at."""

from __future__ import annotations

import datetime as dt

from tongdian.calendar import SHANGHAI


def end_of(day: dt.date) -> dt.datetime:
    """The moment at which a day is over: what happened before it is known as of that day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), SHANGHAI)
