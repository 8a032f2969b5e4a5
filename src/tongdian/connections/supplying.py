"""Power or water is switched on by hand until there is an area for it; whoever does so is told if no
agreement is in force that day.

open-supply, energise    registered with the engine by name: they change nothing yet
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.agreements.models import Agreement
from tongdian.cases.effects import Deed, effect
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


def _warns(case: Case, on: dt.date) -> Words | None:
    if case.place_id is None or case.customer_id is None:
        return NONE_YET
    theirs = Agreement.objects.filter(usage_point__place=case.place_id, customer=case.customer_id)
    if theirs.filter(in_force__contains=on).exists():
        return None
    later = theirs.filter(in_force__startswith__gt=on).order_by("in_force").first()
    return BEGINS_LATER.fill(day=later.in_force.lower.isoformat()) if later else NONE_YET


def _nothing(deed: Deed) -> Mapping[str, Any]:
    return {}


for _name, _title in (
    ("open-supply", Words("已开通", "the supply is open")),
    ("energise", Words("已接电", "the power is on")),
):
    effect(_name, title=_title, undo=_nothing, warns=_warns)(_nothing)
