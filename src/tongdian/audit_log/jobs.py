"""The sealer and the checkpoints."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.audit_log import actions
from tongdian.audit_log.actions import NothingToSign

SEALING = "sealing"  # a queue of its own: it may be a user of its own who takes from it


@app.task(name="audit_log.seal", queue=SEALING)
def seal() -> None:
    """Seal what was committed; asked for soon after something was recorded."""
    actions.seal_entries()


@app.periodic(cron="* * * * *", periodic_id="audit_log.sweep")
@app.task(name="audit_log.sweep", queue=SEALING, queueing_lock="audit_log.sweep")
def sweep(timestamp: int) -> None:
    """Seal what was committed by a program that ended before it could ask."""
    actions.seal_entries()


@app.periodic(cron="*/5 * * * *", periodic_id="audit_log.checkpoint")
@app.task(name="audit_log.checkpoint", queue=SEALING, queueing_lock="audit_log.checkpoint")
def checkpoint(timestamp: int) -> None:
    """Sign the log every five minutes, if it grew."""
    try:
        actions.make_checkpoint(at=timezone.now())
    except NothingToSign:
        return
