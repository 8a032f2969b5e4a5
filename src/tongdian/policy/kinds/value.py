"""value: one dated quantity with a unit."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from tongdian.policy.answer import Answer
from tongdian.policy.inputs import read_inputs
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.language import Node
from tongdian.policy.reading import Number, Whole
from tongdian.policy.units import Unit


class ValueVersion(Version):
    """The quantity while this version is in force."""

    value: Number


@kind("value")
class ValueRule(Rule):
    """`{kind: value, unit: yuan, versions: [{in_force: …, cite: "9(4)", value: 20}]}`. `stricter` says
    which way an overlay may change it: to less or to more."""

    kind: Literal["value"]
    of_unit: str = "1"
    scale: Whole = 2
    stricter: Literal["less", "more"] | None = None
    versions: tuple[ValueVersion, ...]

    @model_validator(mode="before")
    @classmethod
    def _unit_key(cls, data: Any) -> Any:
        return _rename(data)

    @property
    def unit(self) -> Unit:
        return Unit.parse(self.of_unit)

    def decide(self, pack: Any, version: Any, on: Any, given: Any, taken: Any) -> Answer:
        read_inputs(self.input, given)
        return answer_of(
            self, pack, version, on, value=version.value, inputs={}, taken=taken, reason=lambda _: ""
        )

    def as_node(self, version: Any) -> Node:
        return Node("lit", value=version.value)


def _rename(data: Any) -> Any:
    # a pack says `unit`; the model keeps that word for the parsed Unit
    if isinstance(data, dict) and "unit" in data:
        data = {("of_unit" if key == "unit" else key): item for key, item in data.items()}
    return data
