"""What the program corrects by itself: bills that rest on a reading which was corrected after them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tongdian.billing import queries
from tongdian.billing.actions.correcting import corrected
from tongdian.billing.models import Bill
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

REASON = Words("抄见数 {day} 已更正：{reason}", "the reading of {day} was corrected: {reason}")


def correct_contradicted(*, at: dt.datetime, within: dt.timedelta | None = None) -> list[Bill]:
    """Cancel and make again the bills whose readings were corrected after them, each by itself: one that
    cannot be made anew stops no other, and stays on the list of its office."""
    made: list[Bill] = []
    for contradicted in queries.contradicted(since=at - within if within else None):
        bill = Bill.objects.select_related("organisation", "account").get(pk=contradicted.bill)
        reason = REASON.fill(day=contradicted.day, reason=contradicted.reason)
        try:
            with transaction.atomic():
                made += corrected(None, bill, reason.zh, at)
        except Refusal:  # nothing differs, it was corrected meanwhile, or its days cannot be billed now
            continue
    return made
