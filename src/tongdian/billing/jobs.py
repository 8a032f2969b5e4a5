"""Preparing and posting what waits, and correcting bills whose readings were corrected."""

import datetime as dt

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.billing import queries, telling
from tongdian.billing.actions import machine, runs
from tongdian.billing.models import BillingRun
from tongdian.billing.rules import BilledAlready, DoesNotBalance, PostedAlready, RunAtWork, RunDiscarded
from tongdian.duties.rules import daily
from tongdian.soon import do_soon

SOON = dt.timedelta(days=2)  # a reading that was corrected within; the others are looked for at night


@app.task(name="billing.prepare")
def prepare(run: str) -> None:
    """The preview of one run; asked for when it is started, and when somebody looks again."""
    try:
        runs.prepare(run=BillingRun.objects.get(pk=run), at=timezone.now())
    except RunAtWork:
        do_soon("billing.prepare", run=run)
    except (PostedAlready, RunDiscarded):
        return  # it was looked at and posted, or given up, before this job began


@app.task(name="billing.post")
def post(run: str) -> None:
    """One run that was released. What no longer balances is prepared anew, and is to be released again."""
    try:
        runs.post_released(run=BillingRun.objects.get(pk=run), at=timezone.now())
    except RunAtWork:
        do_soon("billing.post", run=run)
    except (DoesNotBalance, BilledAlready):  # of two runs over the same days the other was first
        do_soon("billing.prepare", run=run)
    except RunDiscarded:
        return


@app.periodic(cron="* * * * *", periodic_id="billing.look_after")
@app.task(name="billing.look_after", queueing_lock="billing.look_after")
def look_after(timestamp: int) -> None:
    """Each minute: what nobody asked for because a program ended between the two."""
    for run in queries.unprepared():
        do_soon("billing.prepare", run=str(run))
    for run in queries.unposted():
        do_soon("billing.post", run=str(run))
    machine.correct_contradicted(at=timezone.now(), within=SOON)
    tell()


@app.task(name="billing.tell")
def tell() -> None:
    """Customers are told of bills, corrections and answers; what went out is entered as delivered."""
    now = timezone.now()
    if telling.tell_news(at=now, since=now - SOON) >= telling.AT_ONCE:
        do_soon("billing.tell")
    telling.enter_deliveries(at=now, since=now - SOON)


@daily("billing.correct", at=dt.time(2, 20))
def correct(day: dt.date, at: dt.datetime) -> None:
    """Bills that rest on a reading that was corrected after them."""
    machine.correct_contradicted(at=at)
