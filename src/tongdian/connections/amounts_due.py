"""What is paid at a stage.

charge-fee           what is paid at a stage is what the regulation's own rule says is due
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case
from tongdian.policy.answer import Answer
from tongdian.policy.inputs import Input
from tongdian.policy.interpretations import used_by
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

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


def asked_amount(case: Case) -> Mapping[str, Input]:
    """The amount paid, which is the amount due as far as that is known."""
    due = fee_due(case)
    title = Words("实缴金额", "amount paid")
    if due is None or not isinstance(due.value, Decimal):
        return {"amount": Input(title=title, unit="yuan", scale=2, min=Decimal(0), max=MOST)}
    said = Words(
        f"{title.zh}（应缴 {due.say_value('zh')}，{due.cited('zh')}）",
        f"{title.en} (due: {due.say_value('en')}, {due.cited('en')})",
    )
    return {"amount": Input(title=said, unit="yuan", scale=2, min=due.value, max=due.value)}


@effect(CHARGE_FEE, title=Words("费用已缴", "the fee is paid"), asks=asked_amount, undo=lambda deed: {})
def charge_fee(deed: Deed) -> Mapping[str, Any]:
    """The amount paid is kept with the stage, and with the rule that it is due by."""
    due = fee_due(deed.case)
    return {"rule": due.rule, "pack_hash": due.pack_hash} if due else {}
