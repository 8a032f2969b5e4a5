"""What each interpretation of a pack decides: the rules that read it, an area to come, or words only.

Nobody keeps a list of it by hand: a rule depends on an interpretation by `taking:`, a sheet by `take`, a
process also by the rules of its limits and papers. A pack in which one is read by nothing, waits for
nothing and does not say why it is about words only, does not load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tongdian.policy.reading import YamlNode
from tongdian.policy.refusals import OptionNotUsed, UnknownOption
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.kinds import Rule
    from tongdian.policy.packs import Pack


def interpretations_of(pack: Pack, rule: Rule) -> tuple[str, ...]:
    """Every interpretation that can change what a rule answers, its own first."""
    key = ("interpretations of", rule.rule)
    if key not in pack.cache:
        found = dict.fromkeys(rule.reads(pack))
        for name in rule.asks_rules:
            if name in pack.rules:
                found.update(dict.fromkeys(interpretations_of(pack, pack.rules[name])))
        pack.cache[key] = tuple(found)
    listed: tuple[str, ...] = pack.cache[key]
    return listed


def rules_by_interpretation(pack: Pack) -> dict[str, list[str]]:
    """The rules whose answer depends on each interpretation."""
    known: dict[str, list[str]] | None = pack.cache.get("rules by interpretation")
    if known is None:
        known = {key: [] for key in pack.interpretations}
        for rule in pack.rules.values():
            for key in interpretations_of(pack, rule):
                known[key].append(rule.rule)
        pack.cache["rules by interpretation"] = known
    return known


def used_by(pack: Pack, rule: Rule, take: Mapping[str, str]) -> dict[str, str]:
    """Of what was taken, what a rule reads: for a rule that is asked by another."""
    reads = interpretations_of(pack, rule)
    return {key: option for key, option in take.items() if key in reads}


def check_take(pack: Pack, rule: Rule, take: Mapping[str, str]) -> None:
    """Refuse an option that no interpretation offers, and one of an interpretation that the rule does
    not use. Raises UnknownOption, OptionNotUsed."""
    for key, option in take.items():
        known = pack.interpretations.get(key)
        if known is None or option not in known.options:
            raise UnknownOption(
                interpretation=key,
                option=option,
                options=list(known.options if known else pack.interpretations),
            )
    reads = interpretations_of(pack, rule) if take else ()
    for key in take:
        if key not in reads:
            raise OptionNotUsed(interpretation=key, rule=rule.title, used=_say_used(pack, reads))


def _say_used(pack: Pack, reads: Iterable[str]) -> Words:
    listed = [f"{key}={'|'.join(pack.interpretations[key].options)}" for key in reads]
    if not listed:
        return Words("它不采用任何解读", "it uses none")
    return Words(f"它采用：{'、'.join(listed)}", f"it uses {', '.join(listed)}")


def check_interpretations(pack: Pack, sources: Mapping[str, YamlNode]) -> None:
    """Raises PackError for one that nothing accounts for, or that says of itself what is not so."""
    by_rule = rules_by_interpretation(pack)
    for key, one in pack.interpretations.items():
        source, rules = sources[f"interpretation {key}"], by_rule[key]
        for name in one.decides:
            if name not in rules:
                raise source.error(
                    Words(f"“{name}”没有采用解读 {key}", f'"{name}" does not use the interpretation {key}'),
                    Words("核对规则名称，或让规则采用它", "check the rule's name, or let the rule use it"),
                    loc=("decides",),
                )
        if one.wording is not None and (rules or one.waits):
            raise source.error(
                Words(
                    f"解读 {key} 写作只涉及文字，却决定 {'、'.join(rules or one.waits)}",
                    f"the interpretation {key} says that it is about words only, and decides "
                    f"{', '.join(rules or one.waits)}",
                ),
                Words("删去 wording", "remove wording"),
                loc=("wording",),
            )
        if one.fixed is not None and (rules or one.waits or one.wording is not None or one.chosen == "none"):
            raise source.error(
                Words(
                    f"解读 {key} 写作已固定，却另有规则采用、有待或只涉及文字，或没有选定",
                    f"the interpretation {key} says that it is fixed, and is used by rules, waits, is about words only, "
                    "or is not chosen",
                ),
                Words("删去 fixed", "remove fixed"),
                loc=("fixed",),
            )
        if not (rules or one.waits or one.wording is not None or one.fixed is not None):
            raise source.error(
                Words(f"没有规则采用解读 {key}", f"no rule uses the interpretation {key}"),
                Words(
                    "让规则采用它（taking 或 take），或写 waits: [领域]、wording（为什么只涉及文字）、fixed（什么已照此写定）",
                    "let a rule use it (taking or take), or write waits: [area], wording: why it is about "
                    "words only, or fixed: what follows it",
                ),
            )
