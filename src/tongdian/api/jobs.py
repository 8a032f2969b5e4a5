"""Sending webhooks, and forgetting old answers."""

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.api.actions import answering, sending
from tongdian.api.actions.webhooks import tell_subscribers
from tongdian.cases.models import Case, Event


def tell(case: Case, event: Event) -> None:
    """Called with every event of a case, after its commit."""
    tell_subscribers(case=case, event=event, at=timezone.now())


@app.task(name="api.deliver")
def deliver(delivery: str) -> None:
    """Send one delivery; asked for by the transaction that made it."""
    sending.deliver(delivery=UUID(delivery), at=timezone.now())


@app.task(name="api.sweep")
def sweep() -> None:
    """All that is due, now: asked for by a replay."""
    sending.deliver_due(at=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="api.deliver_due")
@app.task(name="api.deliver_due", queueing_lock="api.deliver_due")
def deliver_due(timestamp: int) -> None:
    """Each minute: what is due again, and what a worker that died left behind."""
    sending.deliver_due(at=timezone.now())


@app.periodic(cron="17 * * * *", periodic_id="api.forget_answers")
@app.task(name="api.forget_answers", queueing_lock="api.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Each hour: answers kept for an Idempotency-Key end after a day."""
    answering.forget_answers(at=timezone.now())
