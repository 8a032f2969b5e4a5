"""Whether messages go out."""

from __future__ import annotations

import datetime as dt

from tongdian.notices.models import Delivery
from tongdian.notices.rules import State
from tongdian.policy.words import Words
from tongdian.shell.health import HealthResult, aged, part

LATE = dt.timedelta(minutes=15)


@part("deliveries", Words("投递", "Deliveries"))
def deliveries(at: dt.datetime) -> HealthResult:
    """Messages that should have gone out."""
    due = Delivery.objects.filter(state=State.QUEUED, due_at__lte=at - LATE).order_by("due_at")
    oldest, failed = due.first(), Delivery.objects.filter(state=State.FAILED).count()
    if oldest is not None:
        wait = aged(oldest.due_at, at)
        said = Words(f"最早应发 {wait.zh}", f"oldest was due {wait.en}")
        return HealthResult("watch", said, Words("见“投递记录”。", "See Deliveries."))
    return HealthResult("ok", Words(f"失败 {failed} 条", f"{failed} failed"))
