"""Background work on cases: telling listeners, reminding, laying out last days anew."""

import datetime as dt

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.cases.actions.reminding import lay_out_last_days, remind, remind_of_missing_year
from tongdian.cases.announcing import announce_waiting
from tongdian.duties.rules import daily
from tongdian.soon import alone


@app.periodic(cron="* * * * *", periodic_id="cases.announce")
@app.task(name="cases.announce", queueing_lock="cases.announce")
def announce(timestamp: int | None = None) -> None:
    """Tell every listener what happened: soon after a step, and each minute what a listener failed
    at or nobody asked for."""
    announce_waiting(at=timezone.now())


@daily("cases.remind", at=dt.time(8, 5))
def remind_offices(day: dt.date, at: dt.datetime) -> None:
    """Each morning: what is due today or tomorrow, what is late, and a year without working days."""
    remind(at=at)
    remind_of_missing_year(at=at)


@app.periodic(cron="*/5 * * * *", periodic_id="cases.days")
@app.task(name="cases.days", queueing_lock="cases.days")
def lay_out_days(timestamp: int) -> None:
    """Every few minutes: last days follow a calendar that changed. It asks one small question while
    none did."""
    with alone("cases.days") as is_alone:
        if is_alone:
            lay_out_last_days(at=timezone.now())
