"""Limits that a pack's own rules answer: `limit: end-to-end-limit` on a stage or clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from tongdian.policy.interpretations import used_by
from tongdian.policy.process.readings import Limit, LimitOf
from tongdian.policy.process.refusals import LimitUnreadable
from tongdian.policy.refusals import NotApplicable, NotInForce
from tongdian.policy.types import Value

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

IN_WORKING_DAYS = {"workday": True, "day": False}


def limits_of(pack: Pack, take: Mapping[str, str] | None = None) -> LimitOf:
    """Answers limits from the rules of `pack`, each once for the same day and inputs.

    None where the rule does not apply or was not in force yet. Raises LimitUnreadable for a
    rule that does not answer in days, and whatever else the rule refuses (a missing fact, an
    interpretation not chosen).
    """
    taken = dict(take or {})

    @lru_cache(maxsize=4096)
    def ask(rule: str, on: dt.date, inputs: tuple[tuple[str, Value], ...]) -> Limit | None:
        try:
            used = used_by(pack, pack.rules[rule], taken)
            answer = pack.answer(rule, on=on, given=dict(inputs), take=used)
        except (NotApplicable, NotInForce):
            return None
        unit = str(answer.unit)
        days = answer.value
        if unit not in IN_WORKING_DAYS or not isinstance(days, Decimal) or days != int(days):
            raise LimitUnreadable(rule=rule, unit=unit)
        return Limit(int(days), IN_WORKING_DAYS[unit], rule)

    def limit_of(rule: str, on: dt.date, facts: Mapping[str, Value]) -> Limit | None:
        wanted = pack.rules[rule].input
        return ask(rule, on, tuple((name, facts[name]) for name in wanted if name in facts))

    return limit_of
