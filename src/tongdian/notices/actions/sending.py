"""Sending what was told: after commit, at least once, never in quiet hours, with proof.

A delivery is taken for a few minutes, sent without any lock held, and its outcome written down. A
worker that dies in between leaves it taken; when that runs out it is sent again. So a message may
go out twice and never not at all; it carries its delivery's id, by which a receiver knows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.notices import queries, robots, transports, vault
from tongdian.notices.models import Attempt, Content, Delivery
from tongdian.notices.rules import DEEDS, State, try_again_at, without
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

TAKEN_FOR = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(minutes=2)
SWEPT_AT_ONCE = 200


class NotFailed(Refusal):
    """Only what failed is sent again by hand."""

    says = Words("这次投递没有失败，无须重发。", "This delivery has not failed.")


class _Taken(NamedTuple):
    delivery: Delivery
    said: dict[str, Any] | None


def ask_for_delivery(delivery: Delivery) -> None:
    """Queue the job, in the caller's transaction: it exists when that commits, or never."""
    app.configure_task("notices.deliver", schedule_at=delivery.due_at).defer(delivery=str(delivery.id))


def deliver(*, delivery: UUID, at: datetime) -> None:
    """Send a delivery if it is its time, and write down how it went. Does nothing when it was
    sent, when another worker is at it, or in quiet hours, after which it comes again."""
    taken = _take(delivery, at)
    if taken is None:
        return
    if taken.said is None:
        _write_down(taken.delivery, at, has_succeeded=False, answer="content erased", is_last=True)
        return
    kind, channel = taken.delivery.kind, taken.delivery.channel
    assert channel is not None  # a page needs no sending
    to = taken.said["email"] if kind == "email" else taken.said["phone"]
    message = transports.Message(
        id=str(delivery),
        to=to,
        title=taken.said["title"],
        body=taken.said["body"],
        short=taken.said["short"],
        at=at,
    )
    sender = queries.organisation(taken.delivery.notice.organisation)
    try:
        answer = transports.send(
            kind=kind, secret=vault.unlock(channel.secret), message=message, is_demo=sender.is_demo
        )
        has_succeeded = True
    except (robots.NotSent, Refusal) as failed:
        answer, has_succeeded = str(failed), False
    answer = without(answer, taken.said["email"], taken.said["phone"])
    _write_down(taken.delivery, at, has_succeeded=has_succeeded, answer=answer)


def forgotten(*, at: datetime) -> list[UUID]:
    """What should have gone out and whose job is lost, or whose worker died; some at a time."""
    waiting = Delivery.objects.filter(
        Q(taken_until=None) | Q(taken_until__lte=at), state=State.QUEUED, due_at__lte=at - FORGOTTEN_AFTER
    ).order_by("due_at")
    return list(waiting.values_list("id", flat=True)[:SWEPT_AT_ONCE])


def send_again(*, viewer: Any, delivery: Delivery, at: datetime) -> None:
    """Try a failed delivery anew. Raises NotAllowed, NotFailed."""
    sender = queries.organisation(delivery.notice.organisation)
    must_be_allowed(viewer, "notices.send", DEEDS["notices.send"], sender)
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(id=delivery.id)
        if row.state != State.FAILED:
            raise NotFailed
        row.state, row.tries, row.due_at = State.QUEUED, 0, at
        row.save(update_fields=["state", "tries", "due_at"])
        record(
            actor=viewer.actor,
            action="notices.send_again",
            subject=f"delivery:{row.id}",
            payload={"kind": row.kind},
            at=at,
        )
        ask_for_delivery(row)


@transaction.atomic
def _take(id_: UUID, at: datetime) -> _Taken | None:
    row = (
        Delivery.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("notice", "channel")
        .filter(Q(taken_until=None) | Q(taken_until__lte=at))
        .filter(id=id_, state=State.QUEUED, due_at__lte=at)
        .first()
    )
    if row is None or row.channel is None:
        return None
    allowed_at = at if row.notice.is_urgent else row.channel.quiet.earliest(at)
    if allowed_at > at:
        row.due_at = allowed_at
        row.save(update_fields=["due_at"])
        ask_for_delivery(row)
        return None
    row.taken_until, row.tries = at + TAKEN_FOR, row.tries + 1
    row.save(update_fields=["taken_until", "tries"])
    content = Content.objects.filter(notice=row.notice_id).first()
    return _Taken(row, content.said if content else None)


@transaction.atomic
def _write_down(
    taken: Delivery, at: datetime, *, has_succeeded: bool, answer: str, is_last: bool = False
) -> None:
    row = Delivery.objects.select_for_update().get(id=taken.id)
    Attempt.objects.create(
        delivery=row, number=row.attempts.count() + 1, at=at, has_succeeded=has_succeeded, answer=answer
    )
    row.last_answer = answer
    if has_succeeded:
        row.state, row.sent_at, row.taken_until = State.SENT, at, None
    elif row.state == State.QUEUED and row.taken_until == taken.taken_until:
        row.taken_until = None
        again_at = None if is_last else try_again_at(tries=row.tries, at=at)
        if again_at is None:
            row.state = State.FAILED
        else:
            row.due_at = again_at
    row.save()
    if row.state == State.QUEUED and row.taken_until is None:
        ask_for_delivery(row)
