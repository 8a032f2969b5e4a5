"""Sending, and looking for what was forgotten."""

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.notices.actions import sending
from tongdian.soon import do_soon


@app.task(name="notices.deliver", queue="outgoing")
def deliver(delivery: str) -> None:
    """Send one delivery; asked for by the transaction that made it."""
    sending.deliver(delivery=UUID(delivery), at=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="notices.sweep")
@app.task(name="notices.sweep", queueing_lock="notices.sweep")
def sweep(timestamp: int) -> None:
    """Send what a worker that died left behind."""
    for one in sending.forgotten(at=timezone.now()):
        do_soon("notices.deliver", delivery=str(one))
