"""Conditions as people say them: `route = filing and capacity > 160` with titles and labels."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, say_value
from tongdian.policy.typed import Expr
from tongdian.policy.types import Num
from tongdian.policy.words import Words

SIGNS = {
    "=": Words("为", "is"),
    "!=": Words("不为", "is not"),
    "<": Words("小于", "below"),
    "<=": Words("不超过", "up to"),
    ">": Words("超过", "above"),
    ">=": Words("不少于", "at least"),
}
JOINTS = {"and": Words("且", "and"), "or": Words("或", "or")}


def say_condition(condition: Condition, facts: Mapping[str, Input]) -> Words:
    """The condition in both languages."""
    return Words(*(_say(condition.expr, facts, language) for language in ("zh", "en")))


def _say(e: Expr, facts: Mapping[str, Input], language: str) -> str:
    match e.op:
        case "and" | "or":
            joint = JOINTS[e.op].say(language)
            parts = (_say(part, facts, language) for part in e.args)
            return (joint if language == "zh" else f" {joint} ").join(parts)
        case "not":
            inside = _say(e.args[0], facts, language)
            return Words(f"并非{inside}", f"not {inside}").say(language)
        case "in":
            members = _options(e.args[0], e.args[1:], facts, language)
            name = _say(e.args[0], facts, language)
            listed = Words("、", ", ").say(language).join(members)
            return Words(f"{name}为{listed}之一", f"{name} is one of {listed}").say(language)
        case "=" | "!=" | "<" | "<=" | ">" | ">=":
            left, right = e.args
            said = _options(left, (right,), facts, language)[0]
            name, sign = _say(left, facts, language), SIGNS[e.op].say(language)
            return f"{name}{sign}{said}" if language == "zh" else f"{name} {sign} {said}"
        case "name":
            title = facts[str(e.value)].title
            return title.say(language) if title else str(e.value)
        case "lit" if e.value is not None:
            return say_value(e.value, e.type, language)
    inside = Words("、", ", ").say(language).join(_say(a, facts, language) for a in e.args)
    return f"{e.op}({inside})"


def _options(left: Expr, rights: tuple[Expr, ...], facts: Mapping[str, Input], language: str) -> list[str]:
    """Values as the fact on the left labels them, numbers with its unit."""
    said = []
    for right in rights:
        if left.op == "name" and right.value is not None and right.op != "name":
            declared = facts[str(left.value)]
            if isinstance(right.value, Decimal) and isinstance(left.type, Num):
                said.append(say_value(right.value, left.type, language))
            else:
                said.append(declared.label(right.value, language))
        else:
            said.append(_say(right, facts, language))
    return said
