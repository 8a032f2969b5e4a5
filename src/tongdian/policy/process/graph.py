"""The stages of one version as a graph: what follows what, and which conditions decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import localcontext
from typing import TYPE_CHECKING

from tongdian.policy.code import Condition, PythonText
from tongdian.policy.inputs import Input
from tongdian.policy.rounding import EXACT
from tongdian.policy.typed import Expr, names_in
from tongdian.policy.types import Value

if TYPE_CHECKING:
    from tongdian.policy.process.model import Stage


class Graph:
    """Stages in the order they are written, which is an order they can happen in.

    A stage waits only for stages written above it, so there is no cycle and no deadlock.
    `downstream[s]` is `s` and everything that waits for it, directly or not.
    """

    def __init__(self, stages: Mapping[str, Stage], facts: Mapping[str, Input]) -> None:
        """Raises LanguageError for a `when` that cannot be read over the facts."""
        self.stages = stages
        self.order = tuple(stages)
        self.after = {key: tuple(stage.after) for key, stage in stages.items()}
        self.followers = {key: tuple(other for other in stages if key in self.after[other]) for key in stages}
        self.guards = {key: Condition.parse(stage.when, facts) for key, stage in stages.items() if stage.when}
        self.asks = {key: names_in(guard.expr) for key, guard in self.guards.items()}
        self._partial = {key: _Partial(guard.expr) for key, guard in self.guards.items()}
        self.downstream = self._downstream()
        self.last = tuple(key for key in stages if not self.followers[key])

    def _downstream(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for key in reversed(self.order):
            found[key] = frozenset({key}).union(*(found[each] for each in self.followers[key]))
        return found

    def ahead(self, stage: str, is_passed: Callable[[str], bool]) -> tuple[str, ...]:
        """The stages that follow one, and those beyond each that `is_passed`, in order."""
        found: set[str] = set()
        pending = [stage]
        while pending:
            for following in self.followers[pending.pop()]:
                if following not in found:
                    found.add(following)
                    if is_passed(following):
                        pending.append(following)
        return tuple(key for key in self.order if key in found)

    def is_needed(self, stage: str, facts: Mapping[str, Value]) -> bool | None:
        """Whether the stage's condition holds; None while that depends on an unknown fact."""
        guard = self.guards.get(stage)
        if guard is None:
            return True
        if any(name not in facts for name in self.asks[stage]):
            return self._partial[stage].holds(facts)
        return guard.holds(facts)

    def unknown_facts(self, stage: str, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The facts the stage's condition asks for that are not recorded."""
        return tuple(name for name in self.asks.get(stage, ()) if name not in facts)


class _Partial:
    """A condition that can be decided before every fact is known: `false and x` is false, and so is
    `false or (false and x)`."""

    def __init__(self, expression: Expr) -> None:
        self._op = expression.op if expression.op in ("and", "or", "not") else ""
        self._parts = [_Partial(part) for part in expression.args] if self._op else []
        self._names = names_in(expression)
        source = PythonText(lambda name: f"v[{name!r}]")
        self._whole = source.function("v", source.text(expression))

    def holds(self, facts: Mapping[str, Value]) -> bool | None:
        if all(name in facts for name in self._names):
            with localcontext(EXACT):
                return bool(self._whole(facts))
        if not self._op:
            return None
        known = [part.holds(facts) for part in self._parts]
        if self._op == "not":
            return None if known[0] is None else not known[0]
        decisive = self._op == "or"
        if decisive in known:
            return decisive
        return None if None in known else not decisive
