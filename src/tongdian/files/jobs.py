"""Clearing away drafts."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.files import actions


@app.periodic(cron="40 19 * * *", periodic_id="files.clear_drafts")  # 03:40 in Shanghai
@app.task(name="files.clear_drafts", queueing_lock="files.clear_drafts")
def clear_drafts(timestamp: int) -> None:
    """Remove what a program that ended half-way left behind."""
    actions.clear_drafts(at=timezone.now())
