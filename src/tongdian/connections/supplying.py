"""Whoever opens a supply is told if no agreement is in force that day."""

from __future__ import annotations

import datetime as dt

from tongdian.agreements.models import Agreement
from tongdian.cases.models import Case
from tongdian.policy.words import Words

NONE_YET = Words(
    "此处与该客户之间尚无供用协议；请核对后再送水送电。",
    "No agreement is on record with this customer here: check before you switch the supply on.",
)
BEGINS_LATER = Words(
    "供用协议自 {day} 起才生效，今天送水送电的用量不在任何协议之内；请核对。",
    "The agreement runs from {day} only: what is used from today is under no agreement. Check first.",
)


def warns_of_no_agreement(case: Case, on: dt.date) -> Words | None:
    """What whoever switches on reads beside the form, where nobody has agreed to pay for it."""
    if case.place_id is None or case.customer_id is None:
        return NONE_YET
    theirs = Agreement.objects.filter(usage_point__place=case.place_id, customer=case.customer_id)
    if theirs.filter(in_force__contains=on).exists():
        return None
    later = theirs.filter(in_force__startswith__gt=on).order_by("in_force").first()
    return BEGINS_LATER.fill(day=later.in_force.lower.isoformat()) if later else NONE_YET
