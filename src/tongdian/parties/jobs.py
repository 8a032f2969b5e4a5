"""Forgetting tries whose window is over."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.parties import limits


@app.periodic(cron="27 * * * *", periodic_id="parties.forget_tries")
@app.task(name="parties.forget_tries", queueing_lock="parties.forget_tries")
def forget_tries(timestamp: int) -> None:
    """Each hour."""
    limits.forget_tries(at=timezone.now())
