"""What is due at a stage that is paid for, by the regulation's own rule: taken by accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case
from tongdian.policy.answer import Answer
from tongdian.policy.interpretations import used_by
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import Refusal

CHARGE_FEE = "charge-fee"
MOST = Decimal(1_000_000_000)


def fee_due(case: Case) -> Answer | None:
    """What the rule that the pack names says for the facts of the case, on the day of application;
    None while a fact is missing."""
    desk, state = case_queries.desk(case), case_queries.state_of(case)
    told = next((one.effect_given for one in desk.wording.stages.values() if one.effect == CHARGE_FEE), {})
    rule = desk.pack.rules.get(told.get("rule", ""))
    if rule is None:
        return None
    names = _inputs(rule, desk.pack)
    given: dict[str, Any] = {name: value for name, value in state.facts.items() if name in names}
    if "day" in told:
        given[told["day"]] = state.opened_on
    try:
        return desk.pack.answer(
            rule.rule, on=state.opened_on, given=given, take=used_by(desk.pack, rule, case.taken)
        )
    except Refusal:
        return None


def _inputs(rule: Any, pack: Any) -> set[str]:
    if isinstance(rule, SheetRule):
        return {name for inputs in rule.describe_inputs(pack).values() for name in inputs}
    return set(rule.input)
