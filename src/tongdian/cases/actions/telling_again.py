"""Steps that listeners failed at again and again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.cases.announcing import STUCK_AFTER_TRIES
from tongdian.cases.models import Unannounced
from tongdian.policy.words import Words
from tongdian.soon import do_soon

SHOWN = 50


def stuck_steps() -> list[Unannounced]:
    """The oldest of them, with their cases."""
    rows = Unannounced.objects.filter(tries__gte=STUCK_AFTER_TRIES).select_related("case")
    return list(rows.order_by("id")[:SHOWN])


def tell_again(*, viewer: Any, at: dt.datetime) -> int:
    """Have them told at once instead of at their next turn; how many. Raises NotAllowed."""
    must_be_allowed(viewer, "web.operate", Words("重试后台任务", "have jobs tried again"))
    with transaction.atomic():
        rows = Unannounced.objects.filter(tries__gte=STUCK_AFTER_TRIES)
        count = rows.update(due_at=None)
        record(
            actor=viewer.actor, action="cases.tell-again", subject="cases", payload={"steps": count}, at=at
        )
        do_soon("cases.announce")
    return count
