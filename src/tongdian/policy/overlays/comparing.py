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
    # the pairs of versions that hold: the day and what is taken only choose among them
    kept: set[tuple[int, int]] = set()
    for taken in _takings(above, old):
        for day in _days(old, new):
            try:
                was = old.version_on(day, taken)
            except NotInForce:
                continue  # the parent says nothing of that day
            now = new.version_on(day, taken)
            if (id(was), id(now)) in kept or now == was:
                continue
            for given in _cases(old.input, (was, now)):
                found = _worse(old, above, was, new, below, now, day, given, taken, may_add)
                if found is not None:
                    return found
            kept.add((id(was), id(now)))
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
    turning = _turning(inputs, versions)
    choices = {
        name: _values(one, turning[name]) if name in turning else _values(one, set())[:1]
        for name, one in inputs.items()
    }
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


def _values(one: Input, turns: set[Value]) -> list[Value]:
    if one.one_of is not None:
        # the words that no condition names are all answered alike: the first stands for them
        other = [word for word in one.one_of if word not in turns][:1]
        return [*(word for word in one.one_of if word in turns), *other]
    if one.type == "bool":
        return [False, True]
    if one.type == "date":
        days = [turn for turn in turns if isinstance(turn, dt.date)]
        near = {day + dt.timedelta(days=n) for day in days for n in (-1, 0, 1)}
        return sorted(near) or [dt.date(2021, 1, 1)]
    if one.type == "instant":
        return [FIRST_INSTANT, LAST_INSTANT]
    if one.type == "id":
        return ["1"]
    assert one.min is not None
    assert one.max is not None
    step = Decimal(1).scaleb(-one.scale)
    figures = [turn for turn in turns if isinstance(turn, Decimal)]
    tried = {figure + n * step for figure in figures for n in (-1, 0, 1)} | {one.min, one.max}
    rounded = {value.quantize(step) for value in tried}
    return sorted(value for value in rounded if one.min <= value <= one.max)


def _turning(inputs: Mapping[str, Input], versions: tuple[Any, ...]) -> dict[str, set[Value]]:
    """For each input that the rows' conditions name: the figures, days and words it is compared with.
    Those that stand in one comparison turn on whatever any of them is compared with."""
    turns: dict[str, set[Value]] = {}
    tied: set[str] = set()
    for condition in _conditions(versions):
        for comparison in _comparisons(condition):
            named, said = _said_in(comparison, inputs)
            if len(named) > 1:
                tied |= named
            for name in named:
                turns.setdefault(name, set()).update(said)
    everything: set[Value] = set().union(*(turns[name] for name in tied))
    return {name: said | everything if name in tied else said for name, said in turns.items()}


def _conditions(versions: tuple[Any, ...]) -> Iterator[Node]:
    for version in versions:
        for key in ("limits", "classes", "lists"):
            for row in getattr(version, key, ()):
                if row.when:
                    yield language.parse(row.when)


def _comparisons(node: Node) -> Iterator[Node]:
    if node.op in ("and", "or", "not"):
        for part in node.args:
            yield from _comparisons(part)
    else:
        yield node


def _said_in(node: Node, inputs: Mapping[str, Input]) -> tuple[set[str], set[Value]]:
    """The inputs that stand in a comparison, and the figures, days and words; a bare word is a name."""
    named: set[str] = set()
    said: set[Value] = set()
    pending = [node]
    while pending:
        one = pending.pop()
        pending.extend(one.args)
        if one.op == "name" and one.value in inputs:
            named.add(str(one.value))
        elif one.value is not None:
            said.add(one.value)
    return named, said
