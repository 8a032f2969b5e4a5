"""Whether applicants and programs are told of what happened."""

from __future__ import annotations

import datetime as dt

from tongdian.cases.announcing import STUCK_AFTER_TRIES
from tongdian.cases.models import Event, Unannounced
from tongdian.policy.words import Words
from tongdian.shell.health import HealthResult, aged, part

SOON = dt.timedelta(minutes=5)


@part("announcements", Words("告知", "Telling"))
def announcements(at: dt.datetime) -> HealthResult:
    """The oldest step that nobody was told of."""
    stuck = Unannounced.objects.filter(tries__gte=STUCK_AFTER_TRIES).count()
    oldest = Unannounced.objects.order_by("id").first()
    asked = Event.objects.filter(case=oldest.case_id, seq=oldest.first) if oldest else Event.objects.none()
    event = asked.first()
    waiting = Unannounced.objects.count()
    if stuck:
        said = Words(f"{stuck} 步多次告知失败", f"{stuck} steps failed again and again")
        return HealthResult("down", said, Words("见下表；修好后点“立即重试”。", "See below, and try again."))
    if event is not None and at - event.at > SOON:
        wait = aged(event.at, at)
        said = Words(f"最早待告知 {wait.zh}", f"oldest: {wait.en}")
        return HealthResult("down", said, Words("后台任务没有告知。", "The worker does not tell."))
    return HealthResult("ok", Words(f"{waiting} 步待告知", f"{waiting} steps waiting"))
