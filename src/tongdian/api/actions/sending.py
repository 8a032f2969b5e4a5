"""Sending what happened to who asked for it: at least once, in order for each case, signed.

A delivery is taken for two minutes, sent without any lock held, and its outcome written down. A
receiver that fails is left alone longer each time, all its deliveries with it, so that one that is
down is tried once and not a thousand times; what it did not take for three days is given up, and a
receiver that took nothing for three days is turned off, which administrators are told.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app
from standardwebhooks import Webhook

from tongdian.api.actions.webhooks import ask_for_delivery
from tongdian.api.models import Attempt, Delivery, Subscription
from tongdian.api.rules import GIVEN_UP_AFTER, rest_after
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.calling import CallResult, call
from tongdian.notices.actions import Recipient, notify
from tongdian.notices.vault import unlock
from tongdian.parties.models import Account, Membership
from tongdian.parties.rules import PERMISSIONS
from tongdian.soon import alone, do_soon

TAKEN_FOR = timedelta(minutes=2)
AT_A_TURN = 20
GONE = 410  # the receiver says that it wants no more


def deliver(*, delivery: UUID, at: datetime) -> bool:
    """Send one delivery if it is its turn; whether it was tried."""
    taken = _take(delivery, at)
    if taken is None:
        return False
    secret = unlock(taken.subscription.secret)["secret"]
    signature = Webhook(secret).sign(str(taken.pk), at.astimezone(UTC), taken.body)
    answer = call(
        address=taken.subscription.address,
        body=taken.body.encode(),
        headers={
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "Tongdian",
            "webhook-id": str(taken.pk),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        },
    )
    _write_down(taken, answer, at)
    return True


def _due(at: datetime) -> QuerySet[Delivery]:
    free = Q(subscription__resting_until=None) | Q(subscription__resting_until__lte=at)
    return Delivery.objects.filter(
        free,
        state=Delivery.State.WAITING,
        due_at__lte=at,
        subscription__disabled_at=None,
        subscription__removed_at=None,
    )


def receivers_due(*, at: datetime) -> list[UUID]:
    """Who is to be told something now."""
    return list(_due(at).order_by().values_list("subscription_id", flat=True).distinct())


def deliver_to(*, receiver: UUID, at: datetime) -> int:
    """Send one receiver what is due to it, oldest first; how many were tried.

    One job at a time does so, and sends only some before others have their turn: a receiver that
    answers slowly delays itself.
    """
    with alone(f"receiver {receiver}") as is_alone:
        if not is_alone:
            return 0
        mine = _due(at).filter(subscription=receiver)
        ids = list(mine.order_by("case", "seq", "id").values_list("id", flat=True)[:AT_A_TURN])
        tried = sum(deliver(delivery=id_, at=at) for id_ in ids)
    if len(ids) == AT_A_TURN:
        do_soon("api.receiver", receiver=str(receiver))
    return tried


@transaction.atomic
def _take(id_: UUID, at: datetime) -> Delivery | None:
    rows = Delivery.objects.select_for_update(of=("self",), skip_locked=True)
    row = (
        rows.select_related("subscription__organisation")
        .filter(id=id_, state=Delivery.State.WAITING, due_at__lte=at)
        .first()
    )
    if row is None or not row.subscription.is_in_use:
        return None
    rests = row.subscription.resting_until
    if (rests is not None and rests > at) or _earlier_waits(row):
        return None
    row.due_at = at + TAKEN_FOR
    row.save(update_fields=["due_at"])
    return row


def _earlier_waits(row: Delivery) -> bool:
    if row.case is None:
        return False
    same = Delivery.objects.filter(subscription=row.subscription, case=row.case)
    earlier = Q(seq__lt=row.seq) | Q(seq=row.seq, id__lt=row.id)  # ids follow the order of making
    return same.filter(earlier, state=Delivery.State.WAITING).exists()


@transaction.atomic
def _write_down(row: Delivery, answer: CallResult, at: datetime) -> None:
    Attempt.objects.create(
        delivery=row, at=at, status=answer.status, said=answer.said[:500], milliseconds=answer.milliseconds
    )
    receiver = Subscription.objects.select_for_update(of=("self",)).get(pk=row.subscription_id)
    row.tries += 1
    if answer.has_succeeded:
        row.state = Delivery.State.SENT
        receiver.failing_since = receiver.resting_until = None
        receiver.failures = 0
    else:
        _failed(row, receiver, answer, at)
    row.save(update_fields=["state", "tries", "due_at"])
    receiver.save(update_fields=["failing_since", "failures", "resting_until", "disabled_at"])
    if row.state != Delivery.State.WAITING:
        _go_on(row)


def _failed(row: Delivery, receiver: Subscription, answer: CallResult, at: datetime) -> None:
    receiver.failing_since = receiver.failing_since or at
    receiver.failures = min(receiver.failures + 1, 1000)
    receiver.resting_until = at + rest_after(receiver.failures)
    row.due_at = receiver.resting_until
    if at - row.begun_at >= GIVEN_UP_AFTER:
        row.state = Delivery.State.FAILED
    if answer.status == GONE or at - receiver.failing_since >= GIVEN_UP_AFTER:
        _turn_off(receiver, answer, at)
    else:
        later = app.configure_task("api.receiver", schedule_at=row.due_at)
        later.defer(receiver=str(receiver.pk))


def _go_on(row: Delivery) -> None:
    """The next event of the case waited for this one."""
    later = Delivery.objects.filter(
        subscription=row.subscription_id, case=row.case, state=Delivery.State.WAITING
    )
    following = later.order_by("seq", "id").first() if row.case else None
    if following is not None:
        ask_for_delivery(following.subscription_id)


def _turn_off(receiver: Subscription, answer: CallResult, at: datetime) -> None:
    if receiver.disabled_at is not None:
        return
    receiver.disabled_at = at
    record(
        actor="job:webhooks",
        action="webhook.turn-off",
        subject=f"webhook:{receiver.pk}",
        payload={"status": answer.status},
        at=at,
    )
    said = {
        "title": receiver.title,
        "address": receiver.address,
        "since": timezone.localtime(receiver.failing_since or at).strftime("%Y-%m-%d %H:%M"),
        "link": f"{settings.PUBLIC_ADDRESS}/webhooks/{receiver.pk}/",
    }
    for account in _administrators(receiver, at):
        notify(
            name="webhook-disabled",
            organisation=receiver.organisation_id,
            to=Recipient.colleague(account),
            params=said,
            subject=f"webhook:{receiver.pk}",
            at=at,
        )


def _administrators(receiver: Subscription, at: datetime) -> list[Account]:
    held = Membership.objects.filter(
        Q(organisation=None) | Q(organisation__in=receiver.organisation.ancestors),
        role__in=PERMISSIONS["api.edit_webhooks"],
        in_force__contains=legal_day(at),
        account__is_active=True,
    )
    return list(Account.objects.filter(id__in=held.values("account_id")))
