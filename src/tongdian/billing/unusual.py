"""What a person should look at before a bill goes out: measured against what was usual there.

The bounds stand in the pack (`uses: billing: findings`), each a rule of kind value; where a pack names
none, nothing is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from tongdian.billing.rating import Rated
from tongdian.billing.supplies import OpenSupply
from tongdian.policy.words import Words

# Use a day of the bills before, of the last two years.
_USUAL = """
with asked as (
    select * from unnest(%(agreements)s::uuid[], %(starts)s::date[]) asked(agreement, starts)
), billed as (
    select asked.agreement, period.bill_id, upper(period.period) - lower(period.period) as days,
           (select sum(line.quantity) from billing_billline line
             where line.bill_id = period.bill_id and line.agreement_id = asked.agreement) as quantity
      from asked join billing_billedperiod period on period.agreement_id = asked.agreement
       and not period.is_cancelled and upper(period.period) <= asked.starts
       and lower(period.period) > asked.starts - 730
)
select agreement, count(*), sum(days)::int, coalesce(sum(quantity), 0) from billed group by 1
"""


@dataclass(frozen=True, slots=True)
class Usual:
    """What was billed at a supply before: how many bills, of how many days, how much."""

    bills: int
    days: int
    quantity: Decimal

    @property
    def a_day(self) -> Decimal:
        """Use a day."""
        return self.quantity / self.days


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, with how much it weighs."""

    code: str
    words: Words
    score: int

    @property
    def said(self) -> dict[str, Any]:
        """As it is kept."""
        return {"code": self.code, "zh": self.words.zh, "en": self.words.en, "score": self.score}


HELD_FROM = 50  # points: from here on a second person says why the bill is right
TIMES = Decimal(3)  # as much a day as usual, or a third of it
LEAST_BILLS = 2  # that make something usual
LEAST_USE = Decimal(20)  # kWh or m³: what is small is not looked at


def usual_use(supplies: Iterable[OpenSupply]) -> dict[UUID, Usual]:
    """What was usual at each supply."""
    asked = list(supplies)
    with connection.cursor() as cursor:
        cursor.execute(
            _USUAL, {"agreements": [one.agreement for one in asked], "starts": [one.starts for one in asked]}
        )
        return {row[0]: Usual(*row[1:]) for row in cursor.fetchall()}


def findings_of(rated: Rated, usual: Usual | None) -> list[Finding]:
    """What stands out of a supply that was rated."""
    found = []
    days = (rated.ends - rated.starts).days
    now = rated.quantity / days
    if any("estimated" in line.notes for line in rated.lines):
        found.append(Finding("estimated", Words("含估算抄见数", "it rests on an estimated reading"), 20))
    if usual is None or usual.bills < LEAST_BILLS:
        return found
    if rated.quantity == 0 and usual.quantity > 0:
        words = Words("本期零用量，往期有用量", "nothing was used, where something usually is")
        found.append(Finding("zero-use", words, 30))
    elif max(rated.quantity, usual.a_day * days) >= LEAST_USE:
        if now > usual.a_day * TIMES:
            found.append(Finding("high-use", _against(now, usual, "高", "above"), 60))
        elif now * TIMES < usual.a_day:
            found.append(Finding("low-use", _against(now, usual, "低", "below"), 40))
    return found


def _against(now: Decimal, usual: Usual, zh: str, en: str) -> Words:
    fill: Mapping[str, str] = {"now": f"{now:.2f}", "usual": f"{usual.a_day:.2f}"}
    return Words(
        f"日均 {{now}}，明显{zh}于往期的 {{usual}}", f"{{now}} a day, far {en} the usual {{usual}}"
    ).fill(**fill)
