"""Inputs whose default is what another rule says: a ceiling that a province may have raised.

    low_voltage_limit: {unit: kW, …, default: "160", default_of: low-voltage-connection-limit}

The figure is then written once, and an overlay that changes it is heard wherever nobody typed another.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tongdian.policy.inputs import Input
from tongdian.policy.interpretations import used_by
from tongdian.policy.reading import YamlNode
from tongdian.policy.refusals import NotInForce
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.answer import Answer
    from tongdian.policy.kinds import Rule
    from tongdian.policy.packs import Pack


def asked_of(inputs: Mapping[str, Input]) -> tuple[str, ...]:
    """The rules that give defaults of these inputs."""
    return tuple(one.default_of for one in inputs.values() if one.default_of is not None)


def check_defaults(pack: Pack, inputs: Mapping[str, Input], source: YamlNode) -> None:
    """Raise PackError where a default is of no value rule, or of one in another unit."""
    for name, declared in inputs.items():
        if declared.default_of is None:
            continue
        rule = pack.rules.get(declared.default_of)
        if rule is None or rule.kind != "value" or str(rule.unit) != declared.unit:
            raise source.error(
                Words(
                    f"没有以 {declared.unit} 为单位的数值规则“{declared.default_of}”",
                    f'there is no value "{declared.default_of}" in {declared.unit}',
                ),
                Words("写一条同单位的 value 规则", "name a value rule of the same unit"),
                loc=("input", name, "default_of"),
            )


def inputs_on(pack: Pack, rule: Rule, on: dt.date, take: Mapping[str, str]) -> dict[str, Input]:
    """The inputs of a rule with the defaults that they have on a day: what a form shows filled in."""
    asked = _asked(pack, rule, on, take)
    return {
        name: declared.model_copy(update={"default": f"{asked[name].value:f}"}) if name in asked else declared
        for name, declared in rule.input.items()
    }


def decided_with_defaults(
    pack: Pack,
    rule: Rule,
    version: Any,
    on: dt.date,
    given: Mapping[str, Any],
    take: Mapping[str, str],
    taken: Mapping[str, str],
) -> Answer:
    """The Answer with what is not given asked of its rule, whose article is cited where it made a
    difference. Raises Refusal as the rules do."""
    asked = {
        name: answer
        for name, answer in _asked(pack, rule, on, take).items()
        if given.get(name) in (None, "", answer.value, f"{answer.value:f}")
    }
    found = rule.decide(
        pack, version, on, {**given, **{name: one.value for name, one in asked.items()}}, taken
    )
    taken_too = {key: option for one in asked.values() for key, option in one.interpretations.items()}
    cites = dict.fromkeys(found.cite)
    for name, one in asked.items():
        written = rule.input[name].default
        if f"{one.value:f}" != written:
            others = {**given, **{key: other.value for key, other in asked.items()}, name: written}
            if rule.decide(pack, version, on, others, taken).value != found.value:
                cites |= dict.fromkeys(one.cite)
    return dataclasses.replace(
        found,
        cite=tuple(cites),
        cited=partial(pack.say_cite, tuple(cites)),
        interpretations={**found.interpretations, **taken_too},
    )


def _asked(pack: Pack, rule: Rule, on: dt.date, take: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, declared in rule.input.items():
        if declared.default_of is not None:
            try:
                found[name] = pack.answer(
                    declared.default_of, on=on, take=used_by(pack, pack.rules[declared.default_of], take)
                )
            except NotInForce:
                continue  # the written default stands
    return found
