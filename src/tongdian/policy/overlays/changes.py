"""What an overlay writes: overlay.yaml."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from tongdian.policy.kinds import InForce
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.process.model import Days
from tongdian.policy.reading import Bilingual, Id, Model, Name, Number, Texts


class Shortened(Model):
    """A stage or clock with fewer working days."""

    working_days: Days


class Widened(Model):
    """A fact that admits more: a lower least value, a greater most."""

    min: Number | None = None
    max: Number | None = None


class RuleChange(Model):
    """One change of one of the parent's rules, by the overlay's own clauses; without `in_force` as long
    as the overlay is.

    `value` of a value; `rows` of limits (`limit`) or a class (`becomes`), which go before the parent's;
    `removes` papers of a checklist, of the lists on which `when` holds, or stages of a process; `stages`,
    `clocks` and `facts` of a process. `adds` a paper or a stage only by a `law`. Only `tests`: an example
    of what the other changes make of a rule.
    """

    rule: Id
    cite: Texts = ()
    in_force: InForce | None = None
    value: Number | None = None
    rows: tuple[dict[str, Any], ...] = ()
    removes: Texts = ()
    when: str | None = None
    stages: dict[Name, Shortened] = {}
    clocks: dict[Name, Shortened] = {}
    facts: dict[Name, Widened] = {}
    adds: dict[str, dict[str, Any]] = {}
    law: Bilingual | None = None
    tests: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> RuleChange:
        if self.is_change and not self.cite:
            raise Miswritten("cite 写叠加包中如此规定的条款", "cite names the overlay's clause that says so")
        if not (self.is_change or self.tests):
            raise Miswritten(
                "写 value、rows、removes、stages、clocks、facts、adds 或 tests",
                "write value, rows, removes, stages, clocks, facts, adds or tests",
            )
        return self

    @property
    def is_change(self) -> bool:
        """Whether it changes the rule, or only tries it."""
        return self.value is not None or any(
            (self.rows, self.removes, self.stages, self.clocks, self.facts, self.adds)
        )


class OverlayFile(Model):
    """overlay.yaml: changes of rules above, and `rules` of its own that only look at cases and returns, which
    loosens nothing: indicators and checks."""

    changes: tuple[dict[str, Any], ...] = ()
    rules: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> OverlayFile:
        if not (self.changes or self.rules):
            raise Miswritten("写 changes 或 rules", "write changes, or rules")
        return self
