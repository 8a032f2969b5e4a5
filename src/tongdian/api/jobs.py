"""Sending webhooks, and forgetting old answers."""

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.api.actions import answering, sending
from tongdian.api.actions.webhooks import tell_subscribers
from tongdian.cases.models import Case, Event
from tongdian.soon import do_soon


def tell(case: Case, event: Event) -> None:
    """Called with every event of a case, after its commit."""
    tell_subscribers(case=case, event=event, at=timezone.now())


@app.task(name="api.receiver", queue="outgoing")
def receiver(receiver: str) -> None:
    """Send one receiver what is due to it; asked for after something happened, or was tried."""
    sending.deliver_to(receiver=UUID(receiver), at=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="api.deliver_due")
@app.task(name="api.deliver_due", queueing_lock="api.deliver_due")
def deliver_due(timestamp: int) -> None:
    """Each minute: what is due again, and what a worker that died left behind."""
    for one in sending.receivers_due(at=timezone.now()):
        do_soon("api.receiver", receiver=str(one))


@app.periodic(cron="17 * * * *", periodic_id="api.forget_answers")
@app.task(name="api.forget_answers", queueing_lock="api.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Each hour: answers kept for an Idempotency-Key end after a day."""
    answering.forget_answers(at=timezone.now())
