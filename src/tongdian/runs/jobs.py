"""Calculating what waits, and removing what has had its time."""

import datetime as dt
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.duties.rules import daily
from tongdian.runs.actions import bringing, calculating
from tongdian.soon import do_soon


@app.task(name="runs.calculate")
def calculate(run: str) -> None:
    """One run; asked for when it is started. A job whose worker died comes again by itself."""
    calculating.calculate(run=UUID(run), at=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="runs.calculate_waiting")
@app.task(name="runs.calculate_waiting", queueing_lock="runs.calculate_waiting")
def calculate_waiting(timestamp: int) -> None:
    """Each minute: what nobody asked for because a program ended between the two."""
    for run in calculating.unfinished():
        do_soon("runs.calculate", run=str(run))


@daily("runs.clear", at=dt.time(3, 50))
def clear(day: dt.date, at: dt.datetime) -> None:
    """Remove files and results whose time is over."""
    bringing.clear(at=at)
