"""bands: thresholds of one input → an amount, a rate of something, or a range to choose from.

Bounds include the number (`up_to`: 以上/以下/以内, 民法典 1259) or not (`below`: 不满/超过).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tongdian.policy.answer import Answer, Range
from tongdian.policy.inputs import read_inputs, read_value, say_unit
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.kinds.value import _rename
from tongdian.policy.language import Node
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Model, Name, Number, Texts, Whole, YamlNode
from tongdian.policy.refusals import BadInput
from tongdian.policy.rounding import EXACT, Mode, rounded
from tongdian.policy.types import Num
from tongdian.policy.units import Unit
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class Band(Model):
    """One band. It gives an `amount`, a `rate` (of `of`, else of the banded input), or a `range`."""

    up_to: Number | None = None
    below: Number | None = None
    amount: Number | None = None
    rate: Number | None = None
    of: Name | None = None
    range: tuple[Number, Number] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    cite: Texts = ()

    @model_validator(mode="after")
    def _is_one_thing(self) -> Band:
        if (self.amount is not None) + (self.rate is not None) + (self.range is not None) != 1:
            raise Miswritten(
                "一档只写 amount、rate、range 中的一个", "a band gives exactly one of amount, rate or range"
            )
        if self.up_to is not None and self.below is not None:
            raise Miswritten(
                "一档以 up_to（含该数）或 below 为界，不能都写",
                "a band ends with up_to (including the number) or below, not both",
            )
        if self.range is not None and self.range[0] > self.range[1]:
            raise Miswritten("range 由小到大", "a range runs from the smaller to the larger amount")
        if self.rate is None and (self.of or self.at_least is not None or self.at_most is not None):
            raise Miswritten(
                "of、at_least、at_most 只与 rate 同写", "of, at_least and at_most belong to a rate"
            )
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise Miswritten("at_least 大于 at_most", "at_least is above at_most")
        return self

    @property
    def edge(self) -> tuple[Decimal, bool] | None:
        """The upper bound and whether it belongs to the band; None when open."""
        if self.up_to is not None:
            return self.up_to, True
        return (self.below, False) if self.below is not None else None

    def holds(self, x: Decimal) -> bool:
        """Whether `x` does not pass the upper bound."""
        if self.up_to is not None:
            return x <= self.up_to
        return self.below is None or x < self.below


class BandsVersion(Version):
    """The bands, rising; the last is open."""

    bands: tuple[Band, ...]

    @model_validator(mode="after")
    def _rises(self) -> BandsVersion:
        if not self.bands:
            raise Miswritten("至少写一档", "write at least one band")
        edges = [band.edge for band in self.bands]
        if edges[-1] is not None or None in edges[:-1]:
            raise Miswritten(
                "除最后一档外都写 up_to 或 below，最后一档两者都不写",
                "every band but the last has up_to or below, and the last has neither",
            )
        numbers = [edge[0] for edge in edges[:-1] if edge]
        if any(a >= b for a, b in itertools.pairwise(numbers)):
            raise Miswritten("各档应逐档升高", "bands must rise from one to the next")
        return self


@kind("bands")
class BandsRule(Rule):
    """`over` names the banded input; the answer is in `unit`, to `scale` decimals."""

    kind: Literal["bands"]
    over: Name | None = None
    of_unit: str = "yuan"
    scale: Whole = 2
    round: Mode = "half_up"
    versions: tuple[BandsVersion, ...]

    @model_validator(mode="before")
    @classmethod
    def _unit_key(cls, data: Any) -> Any:
        return _rename(data)

    @property
    def unit(self) -> Unit:
        return Unit.parse(self.of_unit)

    def check(self, pack: Pack, source: YamlNode) -> None:
        for v, version in enumerate(self.versions):
            if len(version.bands) > 1 and self.over is None:
                raise source.error(
                    Words("没有说明按哪个输入分档", "it does not say which input is banded"),
                    Words("写 over: 输入名", "write over: and the input's name"),
                )
            for b, band in enumerate(version.bands):
                self._check_band(source, band, ("versions", v, "bands", b))

    def _check_band(self, source: YamlNode, band: Band, loc: tuple[str | int, ...]) -> None:
        for name in filter(None, (self.over, band.of)):
            declared = self.input.get(name)
            if declared is None or not isinstance(declared.value_type, Num):
                raise source.error(
                    Words(f"没有数值输入“{name}”", f'there is no numeric input "{name}"'),
                    Words("写进 input", "declare it under input"),
                    loc=loc,
                )
        if band.rate is not None:
            base = self.input[band.of or self.over or ""].value_type if (band.of or self.over) else None
            if not isinstance(base, Num) or base.unit != self.unit:
                raise source.error(
                    Words("费率的基数与结果单位不同", "the rate's base and the result have different units"),
                    Words("用 of 指明同单位的输入", "name an input of the same unit with of"),
                    loc=loc,
                )

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """The band of the given value. A range may be narrowed by an extra input `chosen`."""
        chosen = given.get("chosen")
        if "chosen" in given:
            given = {name: value for name, value in given.items() if name != "chosen"}
        row, inputs = self._place(version, given)
        band = version.bands[row]
        value: Decimal | Range
        if band.range is not None:
            value = Range(*band.range)
            if chosen is not None:
                value = self._chosen(value, chosen)
                inputs["chosen"] = value
        elif band.amount is not None:
            value = band.amount
        else:
            value = self._share_of(band, inputs)
        return answer_of(
            self,
            pack,
            version,
            on,
            value=value,
            inputs=inputs,
            taken=taken,
            row=row,
            cite=tuple(band.cite),
            reason=lambda language: self._reason(version, row, inputs, language),
        )

    def _place(self, version: BandsVersion, given: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The band and the inputs. What only another band needs (`of`) may be left out."""
        row = 0
        if self.over:
            declared = self.input[self.over]
            over: Any = read_value(self.over, given.get(self.over, declared.default), declared.value_type)
            row = next(i for i, band in enumerate(version.bands) if band.holds(over))
            given = {**given, self.over: over}
        optional = self._bases - {self.over, version.bands[row].of}
        wanted = {k: d for k, d in self.input.items() if k in given or k not in optional}
        return row, read_inputs(wanted, given)

    @cached_property
    def _bases(self) -> frozenset[str | None]:
        """Every input that some band takes a rate of."""
        return frozenset(band.of for version in self.versions for band in version.bands)

    def _chosen(self, offered: Range, chosen: Any) -> Decimal:
        try:
            amount = Decimal(str(chosen))
        except ArithmeticError:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount not in offered:
            raise BadInput(
                name="chosen",
                problem=Words(
                    f"{chosen} 不在 {offered.low:,f}–{offered.high:,f} 之内",
                    f"{chosen} is not within {offered.low:,f}–{offered.high:,f}",
                ),
            )
        return amount

    def _share_of(self, band: Band, inputs: Mapping[str, Any]) -> Decimal:
        assert band.rate is not None
        with localcontext(EXACT):
            raw: Decimal = inputs[band.of or self.over or ""] * band.rate
        if band.at_most is not None:
            raw = min(raw, band.at_most)
        if band.at_least is not None:
            raw = max(raw, band.at_least)
        return rounded(raw, self.scale, self.round)

    def _reason(self, version: BandsVersion, row: int, inputs: Mapping[str, Any], language: str) -> str:
        parts = []
        band = version.bands[row]
        if self.over and len(version.bands) > 1:
            parts.append(self._say_place(version, row, inputs[self.over], language))
        if band.rate is not None:
            parts.append(self._say_rate(band, inputs, language))
        return Words("，", ", ").say(language).join(parts)

    def _say_place(self, version: BandsVersion, row: int, x: Decimal, language: str) -> str:
        assert self.over is not None
        declared = self.input[self.over]
        title = (declared.title or Words(self.over, self.over)).say(language)
        unit = say_unit(Unit.parse(declared.unit or "1"), language)
        low = version.bands[row - 1].edge if row else None
        high = version.bands[row].edge
        said = f"{title} {x:,f} {unit}"
        if language.startswith("en"):
            return f"{said} is in the band {_say_bounds_en(low, high)}"
        return f"{said}在{_say_bounds_zh(low, high)}档"

    def _say_rate(self, band: Band, inputs: Mapping[str, Any], language: str) -> str:
        name = band.of or self.over or ""
        title = (self.input[name].title or Words(name, name)).say(language)
        said = f"{title} {inputs[name]:,f} × {band.rate:f}"
        if band.at_least is not None:
            said += Words(f"，不低于 {band.at_least:,f}", f", at least {band.at_least:,f}").say(language)
        if band.at_most is not None:
            said += Words(f"，不超过 {band.at_most:,f}", f", at most {band.at_most:,f}").say(language)
        return said

    def as_node(self, version: Any) -> Node:
        """Nested ifs; a band that offers a range cannot be computed without a person."""
        if any(band.range is not None for band in version.bands):
            return super().as_node(version)
        node: Node | None = None
        for band in reversed(version.bands):
            value = self._band_node(band)
            if node is None or band.edge is None:
                node = value
                continue
            edge, included = band.edge
            test = Node("<=" if included else "<", (Node("name", value=self.over), Node("lit", value=edge)))
            node = Node("if", (test, value, node))
        assert node is not None
        return node

    def _band_node(self, band: Band) -> Node:
        if band.amount is not None:
            return Node("lit", value=band.amount)
        node = Node("*", (Node("name", value=band.of or self.over), Node("lit", value=band.rate)))
        if band.at_most is not None:
            node = Node("min", (node, Node("lit", value=band.at_most)))
        if band.at_least is not None:
            node = Node("max", (node, Node("lit", value=band.at_least)))
        return Node("round", (node, Node("lit", value=Decimal(self.scale)), Node("name", value=self.round)))


Edge = tuple[Decimal, bool] | None


def _say_bounds_zh(low: Edge, high: Edge) -> str:
    lower = f"{_wan(low[0])}（{'不含' if low[1] else '含'}）" if low else ""
    upper = f"{_wan(high[0])}（{'含' if high[1] else '不含'}）" if high else ""
    if low and high:
        return f" {lower}至 {upper}"
    return f" {lower}以上" if low else f" {upper}以下"


def _say_bounds_en(low: Edge, high: Edge) -> str:
    lower = f"{'over' if low[1] else 'from'} {low[0]:,f}" if low else ""
    upper = f"{'up to and including' if high[1] else 'below'} {high[0]:,f}" if high else ""
    return f"{lower}, {upper}" if low and high else lower or upper


def _wan(x: Decimal) -> str:
    return f"{(x / 10000).normalize():f} 万" if x >= 10000 and not x % 1000 else f"{x:,f}"
