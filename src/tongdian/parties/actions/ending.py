"""How what holds from a day on (a role, an adoption) ends: cut off, never undone."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from tongdian.parties.models import Adoption, Membership, since
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

Row = TypeVar("Row", Membership, Adoption)


class EndsTooEarly(Refusal):
    """It would never have been, though somebody acted by it."""

    says = Words(
        "自 {first} 起已经生效，不能在 {on} 即告终止：终止日须在其后；尚未生效的，可自今日起撤销。",
        "It holds from {first} on and cannot be over on {on}: end it on a later day. What has not begun "
        "can be taken back from today on.",
    )
    field = "on"


def end(row: Row, *, on: dt.date, today: dt.date) -> Row | None:
    """Cut it off: `on` is the first day without it. What had not begun before today is gone (None), and
    the audit log keeps it. Raises EndsTooEarly: what somebody was in the past they stay."""
    first = row.in_force.lower
    if on <= first and on < today:
        raise EndsTooEarly(first=first, on=on)
    if on <= first:
        row.delete()
        return None
    row.in_force = since(first, on)
    row.save(update_fields=["in_force"])
    return row
