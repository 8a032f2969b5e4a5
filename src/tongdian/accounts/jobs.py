"""What is done about money once a day: the late fees of 64."""

import datetime as dt

from tongdian.accounts.actions.late import grow_late_fees
from tongdian.duties.rules import daily


@daily("accounts.late_fees", at=dt.time(3, 10))
def late_fees(day: dt.date, at: dt.datetime) -> None:
    """The late fees that have grown up to the day; a day that is run twice posts nothing twice."""
    grow_late_fees(on=day, at=at)
