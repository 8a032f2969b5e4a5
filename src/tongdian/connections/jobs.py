"""Forgetting drafts."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.connections import actions


@app.periodic(cron="50 19 * * *", periodic_id="connections.forget_drafts")  # 03:50 in Shanghai
@app.task(name="connections.forget_drafts", queueing_lock="connections.forget_drafts")
def forget_drafts(timestamp: int) -> None:
    """Forget the drafts that nobody sent for thirty days."""
    actions.forget_drafts(at=timezone.now())
