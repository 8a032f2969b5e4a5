"""Limits as expressions: a rule's rows with what a process fixes written in.

A limit hangs on the day and on facts of the case. What the process gives is decided here, once; what
is left is an `if` over days and facts, so that a file of cases needs no rule looked up a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tongdian.policy import language
from tongdian.policy.language import Node
from tongdian.policy.process.model import Limited
from tongdian.policy.refusals import NotApplicable
from tongdian.policy.typed import names_in

if TYPE_CHECKING:
    from tongdian.policy.inputs import Input
    from tongdian.policy.measured.judged import JudgedVersion

NO_LIMIT = 9999  # more days than anything takes: the document sets no limit
Said = Callable[[str], str]  # how a number of days is written


class LimitWriter:
    """Writes the limits of one measure, and collects the facts that they ask for."""

    def __init__(self, taken: Mapping[str, str]) -> None:
        self.taken = taken
        self.facts: dict[str, Any] = {}  # name -> declared input, of every fact that some limit asks

    def written(self, form: JudgedVersion, limited: Limited, said: Said = str) -> str:
        """A limit over `limit_on` and the facts. `said` writes each number of working days; where
        the rule does not apply or was not in force, that is NO_LIMIT."""
        if limited.working_days is not None:
            return said(str(limited.working_days))
        if limited.limit is None:
            return said(str(NO_LIMIT))
        rule: Any = form.pack.rules[limited.limit]
        given = {**form.version.given, **limited.given}
        steps: dict[dt.date | None, str] = {None: said(str(NO_LIMIT))}
        for version in sorted(self._versions(rule), key=lambda v: v.in_force.start):
            # a version that starts where another ends takes its place
            steps[version.in_force.start] = self._rows(rule, version, given, form, said)
            if version.in_force.before is not None:
                steps[version.in_force.before] = said(str(NO_LIMIT))
        return _by_day(list(steps.items()), form.version.in_force.start)

    def numbers(self, form: JudgedVersion, limited: Limited) -> tuple[str, ...]:
        """Every number of days that a limit may be, NO_LIMIT left out."""
        found: dict[str, None] = {}

        def noted(days: str) -> str:
            found[days] = None
            return days

        self.written(form, limited, noted)
        return tuple(days for days in found if days != str(NO_LIMIT))

    def _versions(self, rule: Any) -> list[Any]:
        return [v for v in rule.versions if all(self.taken.get(k) == o for k, o in v.taking.items())]

    def _rows(
        self, rule: Any, version: Any, given: Mapping[str, str], form: JudgedVersion, said: Said
    ) -> str:
        if set(rule.input) <= set(given):
            asked = {name: given[name] for name in rule.input}
            try:
                answer = rule.decide(form.pack, version, version.in_force.start, asked, self.taken)
            except NotApplicable:
                return said(str(NO_LIMIT))
            return said(f"{answer.value:f}")
        text = said(str(NO_LIMIT))
        for row in reversed(rule.rows(version)):
            condition = decided(language.parse(row.when), given) if row.when else Node("lit", value=True)
            if condition.op == "lit":
                text = said(f"{row.limit:f}") if condition.value else text
                continue
            for name in names_in(condition):
                self.facts[name] = wider(self.facts.get(name), form.version.facts[name])
            text = f"if {language.written(condition)} then {said(f'{row.limit:f}')} else {text}"
        return f"({text})"


def _by_day(steps: list[tuple[dt.date | None, str]], floor: dt.date) -> str:
    """One value from each day on; what lies before `floor`, when no case is that old, is left out."""
    while len(steps) > 1 and (first := steps[1][0]) is not None and first <= floor:
        steps.pop(0)
    text = last = steps[0][1]
    for since, value in steps[1:]:
        if value != last:
            assert since is not None
            text, last = f"(if limit_on < {since.isoformat()} then {text} else {value})", value
    return text


def wider(one: Input | None, other: Input) -> Input:
    """A fact that admits what either admits: an overlay may have widened it."""
    if one is None or one.min is None or other.min is None or one.max is None or other.max is None:
        return other
    return other.model_copy(update={"min": min(one.min, other.min), "max": max(one.max, other.max)})


def decided(node: Node, given: Mapping[str, str]) -> Node:
    """A condition with the given words written in, and decided as far as they decide it."""
    match node.op:
        case "=" | "!=" if _is_given(node.args[0], given):
            same = given[str(node.args[0].value)] == str(node.args[1].value)
            return Node("lit", value=same == (node.op == "="))
        case "in" if _is_given(node.args[0], given):
            words = {str(arg.value) for arg in node.args[1:]}
            return Node("lit", value=given[str(node.args[0].value)] in words)
        case "and" | "or":
            left, right = (decided(arg, given) for arg in node.args)
            for one, other in ((left, right), (right, left)):
                if one.op == "lit":  # true decides an or, false an and; otherwise the other side does
                    return one if one.value == (node.op == "or") else other
            return Node(node.op, (left, right))
        case "not":
            inner = decided(node.args[0], given)
            return Node("lit", value=not inner.value) if inner.op == "lit" else Node("not", (inner,))
    return node


def _is_given(node: Node, given: Mapping[str, str]) -> bool:
    return node.op == "name" and node.value in given
