"""What a stage brings about, held to the rule that says which amount it must be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tongdian.policy.answer import Range
from tongdian.policy.inputs import Input, read_value
from tongdian.policy.interpretations import used_by
from tongdian.policy.process.refusals import NotWithin
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.answer import Answer
    from tongdian.policy.packs import Pack
    from tongdian.policy.process.model import ProcessVersion


def bounds_of(
    pack: Pack,
    wording: ProcessVersion,
    facts: Mapping[str, Value],
    name: str,
    *,
    on: dt.date,
    taken: Mapping[str, str],
) -> Answer | None:
    """What the rule of a fact that lies `within` one says by the other facts; None of a fact without.

    Raises what the rule refuses: an amount for which a fact is missing is not free to choose.
    """
    rule_id = wording.facts[name].within
    if rule_id is None:
        return None
    rule = pack.rules[rule_id]
    known = {**wording.given, **facts}
    given = {one: known[one] for one in rule.input if one in known}
    return pack.answer(rule_id, on=on, given=given, take=used_by(pack, rule, taken))


def must_be_within(
    pack: Pack,
    wording: ProcessVersion,
    facts: Mapping[str, Value],
    told: Mapping[str, Any],
    *,
    on: dt.date,
    taken: Mapping[str, str],
) -> None:
    """Raise NotWithin for an amount among `told` that its rule does not allow; `facts` are known besides."""
    known = dict(facts)
    for name, value in told.items():
        if name in wording.facts and value not in (None, ""):
            known[name] = read_value(name, value, wording.facts[name].value_type)
    for name in told:
        if name not in wording.facts or name not in known:
            continue
        answer = bounds_of(pack, wording, known, name, on=on, taken=taken)
        if answer is not None and not _lies_in(known[name], answer):
            raise NotWithin(
                fact=wording.facts[name].title or name,
                said=Words(answer.say_value("zh"), answer.say_value("en")),
                rule=Words(answer.say("zh"), answer.say("en")),
            )


def narrowed(declared: Input, answer: Answer) -> Input:
    """The fact as a form asks it: with the bounds that its rule sets."""
    match answer.value:
        case Range(low, high):
            bounds = {"min": low, "max": high}
        case Decimal() as amount:
            bounds = {"min": amount, "max": amount}
        case _:
            return declared
    asked = declared.model_copy(update=bounds)
    vars(asked).pop("value_type", None)  # was made from the bounds before
    return asked


def _lies_in(value: Value, answer: Answer) -> bool:
    if isinstance(answer.value, Range):
        return isinstance(value, Decimal) and value in answer.value
    return value == answer.value
