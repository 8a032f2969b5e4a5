"""A changed rule is never looser than the one above: asked side by side, wherever either of them turns.

A rule's versions turn on days, its rows on words and on figures that stand in their conditions, and on
nothing else (`rewriting` admits only comparisons). So each word, each figure with its neighbours, and the
first day of each version try everything there is; what comes to too many is refused, not sampled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from tongdian.policy import language
from tongdian.policy.answer import Answer, PaperOptions
from tongdian.policy.inputs import Input
from tongdian.policy.language import Node
from tongdian.policy.overlays.rewriting import BadChange
from tongdian.policy.refusals import NotApplicable, NotInForce
from tongdian.policy.types import FIRST_INSTANT, LAST_INSTANT, Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.kinds import Rule
    from tongdian.policy.packs import Pack

MOST_CASES = 50_000  # for one day and one way of taking the interpretations


@dataclass(frozen=True, slots=True)
class Looser:
    """Where a changed rule asks for less, or gives less, than the one above. `cite` is the parent's."""

    on: dt.date
    given: Mapping[str, Value]
    below: Words
    above: Words
    cite: tuple[str, ...]


def looser(above: Pack, below: Pack, rule_id: str, *, may_add: frozenset[str] = frozenset()) -> Looser | None:
    """The first place where the rule of `below` is looser than that of `above`, or None. Papers of
    `may_add` are asked by a law. Raises BadChange where that cannot be told."""
    old, new = above.rules[rule_id], below.rules[rule_id]
    for taken in _takings(above, old):
        for day in _days(old, new):
            try:
                was = old.version_on(day, taken)
            except NotInForce:
                continue  # the parent says nothing of that day
            now = new.version_on(day, taken)
            if now == was:
                continue
            for given in _cases(old.input, (was, now)):
                found = _worse(old, above, was, new, below, now, day, given, taken, may_add)
                if found is not None:
                    return found
    return None


def _worse(
    old: Rule,
    above: Pack,
    was: Any,
    new: Rule,
    below: Pack,
    now: Any,
    day: dt.date,
    given: Mapping[str, Value],
    taken: Mapping[str, str],
    may_add: frozenset[str],
) -> Looser | None:
    try:
        asked = old.decide(above, was, day, given, taken)
    except NotApplicable:
        return None  # nothing is asked or promised there, so nothing can be less
    got = new.decide(below, now, day, given, taken)
    if _is_kept(new, asked, got, may_add):
        return None
    return Looser(day, given, _said(got), _said(asked), asked.cite)


def _is_kept(rule: Any, asked: Answer, got: Answer, may_add: frozenset[str]) -> bool:
    old, new = asked.value, got.value
    if isinstance(old, PaperOptions) and isinstance(new, PaperOptions):
        more = {paper.id for paper in new.papers} - {paper.id for paper in old.papers}
        return more <= may_add and (new.closed or not old.closed)
    better = getattr(rule, "better", ())
    if better:
        return bool(better.index(new) <= better.index(old))
    return bool(new >= old if rule.stricter == "more" else new <= old)  # type: ignore[operator]


def _said(answer: Answer) -> Words:
    value = answer.value
    if isinstance(value, PaperOptions):
        papers = [paper.title for paper in value.papers]
        return Words("、".join(p.zh for p in papers), ", ".join(p.en for p in papers))
    return Words(answer.say_value("zh"), answer.say_value("en"))


def _takings(pack: Pack, rule: Rule) -> Iterator[dict[str, str]]:
    options = [tuple(pack.interpretations[key].options) for key in rule.depends]
    for combination in product(*options):
        yield dict(zip(rule.depends, combination, strict=True))


def _days(*rules: Rule) -> list[dt.date]:
    return sorted({version.in_force.start for rule in rules for version in rule.versions})


# --- every case that matters ----------------------------------------------------------------------


def _cases(inputs: Mapping[str, Input], versions: tuple[Any, ...]) -> Iterator[dict[str, Value]]:
    figures, days = _turning(versions)
    choices = {name: _values(one, figures, days) for name, one in inputs.items()}
    if prod(map(len, choices.values())) > MOST_CASES:
        raise BadChange(
            Words(
                "分档过多，无法逐一与上级比较",
                "there are too many bounds to compare with the rule above, one by one",
            ),
            Words("减少 rows 中的分档", "write fewer bounds in rows"),
            ("rows",),
        )
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def _values(one: Input, figures: set[Decimal], days: set[dt.date]) -> list[Value]:
    if one.one_of is not None:
        return list(one.one_of)
    if one.type == "bool":
        return [False, True]
    if one.type == "date":
        return sorted(
            {day + dt.timedelta(days=n) for day in days or {dt.date(2021, 1, 1)} for n in (-1, 0, 1)}
        )
    if one.type == "instant":
        return [FIRST_INSTANT, LAST_INSTANT]
    if one.type == "id":
        return ["1"]
    assert one.min is not None
    assert one.max is not None
    step = Decimal(1).scaleb(-one.scale)
    near = {figure + n * step for figure in figures for n in (-1, 0, 1)} | {one.min, one.max}
    rounded = {value.quantize(step) for value in near}
    return sorted(value for value in rounded if one.min <= value <= one.max)


def _turning(versions: tuple[Any, ...]) -> tuple[set[Decimal], set[dt.date]]:
    """The figures and days that stand in the conditions of any row."""
    figures: set[Decimal] = set()
    days: set[dt.date] = set()
    for version in versions:
        for key in ("limits", "classes", "lists"):
            for row in getattr(version, key, ()):
                pending: list[Node] = [language.parse(row.when)] if row.when else []
                while pending:
                    node = pending.pop()
                    pending.extend(node.args)
                    if node.op == "lit" and isinstance(node.value, Decimal):
                        figures.add(node.value)
                    elif node.op == "lit" and isinstance(node.value, dt.date):
                        days.add(node.value)
    return figures, days
