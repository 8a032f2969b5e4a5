"""Inputs and facts: what a rule may be told, with unit, decimal places and range."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

from pydantic import model_validator

from tongdian.policy.half_width import NOTHING, half_width, hint
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Id, Model, Name, Number, Whole
from tongdian.policy.refusals import BadInput
from tongdian.policy.rounding import tick
from tongdian.policy.types import (
    CLOCK,
    FIRST_INSTANT,
    LAST_INSTANT,
    LONGEST_IDENT,
    Bool,
    Date,
    Ident,
    Instant,
    Num,
    Options,
    Place,
    TimeOfDay,
    Type,
    Value,
    unseen_in,
)
from tongdian.policy.units import Unit
from tongdian.policy.words import Words
from tongdian.regions import all_regions

_NUMBER = re.compile(r"-?\d{1,38}(\.\d{1,30})?", re.ASCII)
_PER_CENT = Decimal("0.01")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = (
    r"(\d{4}-\d{2}-\d{2})[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.0{1,9})?)? ?"
    r"(?:Z|([+-])(0\d|1[0-4])(?::?([0-5]\d))?)"
)
"""Day, hour, minute, second, and the sign, hours and minutes of the offset; all of it is in every engine's
own regular expressions."""
_INSTANT = re.compile(INSTANT, re.ASCII)
_CLOCK = re.compile(CLOCK, re.ASCII)
_OF_NO_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)


class Input(Model):
    """One declared input or fact, as written in a pack.

    `{unit: kW, scale: 0, min: 0, max: 100000}`, `{one_of: [shop, stall]}`, or
    `{type: date | instant | time | bool | int | id}`. A number without a unit is a bare count or ratio. A bool that is
    `of_class` is true of customers who are supplied in one of these classes: that is looked up. Its default
    is what the rule `default_of` says on the day, an overlay's figure where one binds; `default` stands on
    days about which that rule says nothing.
    """

    title: Bilingual | None = None
    unit: str | None = None
    scale: Whole = 0
    min: Number | None = None
    max: Number | None = None
    one_of: tuple[str, ...] | None = None
    labels: dict[str, Bilingual] = {}
    type: Literal["bool", "date", "instant", "int", "id", "time"] | None = None
    default: str | None = None
    default_of: Id | None = None
    of_class: tuple[str, ...] = ()
    example: str | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> Input:
        numeric = self.unit is not None or self.type == "int"
        if (
            numeric + (self.one_of is not None) + (self.type in ("bool", "date", "instant", "id", "time"))
            != 1
        ):
            raise Miswritten("unit、one_of、type 只写一个", "give exactly one of unit, one_of or type")
        if numeric:
            if self.min is None or self.max is None:
                raise Miswritten("数要写 min 和 max", "a number needs min and max")
            if self.min > self.max:
                raise Miswritten("min 大于 max", "min is above max")
            if not 0 <= self.scale <= 12 or (self.type == "int" and self.scale):
                raise Miswritten(
                    "scale 为 0 至 12；整数的 scale 为 0", "scale is 0 to 12; an int has scale 0"
                )
        if self.one_of is not None and (not self.one_of or len(set(self.one_of)) < len(self.one_of)):
            raise Miswritten("one_of 列出互不相同的词", "one_of lists different words")
        if self.default_of is not None and (self.default is None or self.unit is None):
            raise Miswritten(
                "default_of 只用于有单位的数，且须同时写 default",
                "default_of is of a number with a unit, which has a default beside it",
            )
        if self.of_class and self.type != "bool":
            raise Miswritten("只有 bool 可写 of_class", "only a bool is of_class")
        if set(self.labels) - set(self.one_of or ()):
            raise Miswritten("labels 只为 one_of 中的词命名", "labels name the words of one_of")
        _ = self.value_type
        return self

    @cached_property
    def value_type(self) -> Type:
        """The type this declaration stands for."""
        if self.one_of is not None:
            return Options(self.one_of)
        match self.type:
            case "bool":
                return Bool()
            case "date":
                return Date()
            case "instant":
                return Instant()
            case "id":
                return Ident()
            case "time":
                return TimeOfDay()
            case "region":
                return Place()
        assert self.min is not None
        assert self.max is not None
        unit = Unit.parse(self.unit) if self.unit else Unit()
        return Num(unit, self.scale, self.min, self.max)

    def label(self, value: Value, language: str) -> str:
        """How a value of this input is said: its own label, its unit, or itself."""
        if isinstance(value, str) and value in self.labels:
            return self.labels[value].say(language)
        return say_value(value, self.value_type, language)


def read_inputs(declared: Mapping[Name, Input], given: Mapping[str, Any]) -> dict[str, Value]:
    """Every declared input with its value. Unknown, missing and unreadable ones are refused."""
    unknown = given.keys() - declared.keys()
    if unknown:
        raise BadInput(
            name=min(unknown),
            problem=Words(
                f"没有这个输入；可填：{'、'.join(declared)}",
                f"there is no such input; the inputs are {', '.join(declared)}",
            ),
        )
    return {
        name: read_value(name, given.get(name, declaration.default), declaration.value_type)
        for name, declaration in declared.items()
    }


def read_value(name: str, value: Any, kind: Type) -> Value:
    """`value` (text, int, Decimal, date or bool) as a value of `kind`. Raises BadInput.

    A binary float is refused: 0.1 is not 0.1 in it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        raise BadInput(
            name=name,
            problem=Words(f"未填（应为{expected(kind).zh}）", f"missing (expected {expected(kind).en})"),
        )
    text = value.strip() if isinstance(value, str) else value
    match kind:
        case Num():
            return _read_number(name, text, kind)
        case Bool():
            if text in (True, False) or text in ("true", "false"):
                return text in (True, "true")
        case Date():
            if isinstance(text, dt.date) and not isinstance(text, dt.datetime):
                return text
            if isinstance(text, str) and _DAY.fullmatch(text):
                try:
                    return dt.date.fromisoformat(text)
                except ValueError:
                    pass
        case Instant():
            if (at := _instant(text)) is not None:
                return at
        case TimeOfDay():
            if isinstance(text, str) and _CLOCK.fullmatch(text) and text <= "24:00":
                return text
        case Options(values):
            if isinstance(text, str) and text in values:
                return text
        case Ident():
            if isinstance(text, (str, int)) and not isinstance(text, bool):
                return _ident(name, str(text))
        case Place():
            if isinstance(text, str) and text in all_regions():
                return text
    wide = _without_zone(text) if isinstance(kind, Instant) else _hint(value, kind)
    raise BadInput(
        name=name,
        problem=Words(
            f"“{str(value)[:60]}”不是{expected(kind).zh}{wide.zh}",
            f"{str(value)[:60]!r} is not {expected(kind).en}{wide.en}",
        ),
    )


def _instant(value: Any) -> dt.datetime | None:
    """An instant to the second, as far from UTC as it says; None for what says no zone, or is none."""
    if isinstance(value, str) and (found := _INSTANT.fullmatch(value)):
        day, hour, minute, second, sign, hours, minutes = found.groups()
        off = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = dt.timezone(-off if sign == "-" else off)
        try:
            clock = dt.time(int(hour), int(minute), int(second or 0), tzinfo=zone)
            value = dt.datetime.combine(dt.date.fromisoformat(day), clock)
        except ValueError:
            return None
    if not isinstance(value, dt.datetime) or value.utcoffset() is None or value.microsecond:
        return None
    return value if FIRST_INSTANT <= value <= LAST_INSTANT else None


def _without_zone(value: Any) -> Words:
    """What is lacking in an instant that states no zone: it is not guessed."""
    written = value.isoformat() if isinstance(value, dt.date) else value
    if not isinstance(written, str) or not _OF_NO_ZONE.fullmatch(half_width(written)):
        return _hint(value, Instant())
    return Words("；没有写明时区（如 +08:00）", "; it states no zone (like +08:00)")


def _hint(value: Any, kind: Type) -> Words:
    """What a text would be in half-width characters, where it could then be read."""
    if not isinstance(value, str) or half_width(value) == value:
        return NOTHING
    try:
        read_value("", half_width(value), kind)
    except BadInput:
        return NOTHING
    return hint(value)


def _ident(name: str, text: str) -> str:
    """One line that every terminal shows as it is. Raises BadInput."""
    if len(text) > LONGEST_IDENT:
        said = f"{len(text):,}"
        raise BadInput(
            name=name,
            problem=Words(
                f"共 {said} 个字符，最多 {LONGEST_IDENT} 个", f"{said} characters, {LONGEST_IDENT} at most"
            ),
        )
    if found := unseen_in(text):
        code = f"U+{ord(found):04X}"
        problem = Words(f"含有看不见的控制字符（{code}）", f"it holds a control character ({code})")
        raise BadInput(name=name, problem=problem)
    return text


def _read_number(name: str, value: Any, kind: Num) -> Decimal:
    decimals = None  # how many were written
    if isinstance(value, str) and (written := _NUMBER.fullmatch(value)):
        number, decimals = Decimal(value), len(written[1] or ".") - 1
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        wide = _hint(value, kind)
        raise BadInput(
            name=name,
            problem=Words(
                f"“{str(value)[:60]}”不是数；请写成 1234.56，不带单位和千分位{wide.zh}",
                f"{str(value)[:60]!r} is not a number; write it like 1234.56, without unit or commas{wide.en}",
            ),
        )
    if not kind.low <= number <= kind.high:
        unit = {one: f" {said}" if (said := _counted(kind.unit, one)) else "" for one in ("zh", "en")}
        shown = _shown(number)
        raise BadInput(
            name=name,
            problem=Words(
                f"{shown} 不在 {kind.low:f} 至 {kind.high:f}{unit['zh']} 之间",
                f"{shown} is not between {kind.low:f} and {kind.high:f}{unit['en']}",
            ),
        )
    if decimals == kind.scale:
        return number
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > kind.scale:
        number = number.normalize()
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > kind.scale:
            shown = _shown(number)
            raise BadInput(
                name=name,
                problem=Words(
                    f"{shown} 的小数超过 {kind.scale} 位", f"{shown} has more than {kind.scale} decimals"
                ),
            )
    # adding a zero of the right scale keeps 1E+2 from reaching a page
    return number if exponent == -kind.scale else number.quantize(tick(kind.scale))


def _shown(number: Decimal) -> str:
    """A number with as few decimals as it has, and every digit that was written."""
    said = f"{number:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def expected(kind: Type) -> Words:
    """What may be written for a value of this type."""
    match kind:
        case Num(unit, scale, low, high):
            said = {one: f" {counted}" if (counted := _counted(unit, one)) else "" for one in ("zh", "en")}
            some = f", {scale} decimals at most" if scale else ""
            return Words(
                f" {low:,f} 至 {high:,f}{said['zh']}的数" + (f"，至多 {scale} 位小数" if scale else ""),
                f"a number from {low:,f} to {high:,f}{said['en']}{some}",
            )
        case Bool():
            return Words(" true 或 false", "true or false")
        case Date():
            return Words("日期，如 2022-01-31", "a date like 2022-01-31")
        case Instant():
            return Words(
                "写明时区的时刻，如 2026-03-02T09:30+08:00（1970 至 2100 年，到秒）",
                "an instant with its zone, like 2026-03-02T09:30+08:00 (1970 to 2100, to the second)",
            )
        case TimeOfDay():
            return Words("时刻，如 18:30", "a time of day like 18:30")
        case Options(values):
            return Words(f"以下之一：{'、'.join(values)}", f"one of {', '.join(values)}")
        case Place():
            return Words("地区的六位代码，如 450300", "the six digits of a region, like 450300")
    return Words("编号", "an identifier")


_UNIT_WORDS = {
    "yuan": Words("元", "yuan"),
    "day": Words("日", "days"),
    "workday": Words("个工作日", "working days"),
    "month": Words("个月", "months"),
    "year": Words("年", "years"),
    "hour": Words("小时", "hours"),
    "minute": Words("分钟", "minutes"),
    "second": Words("秒", "seconds"),
    "person": Words("人", "persons"),
    "step": Words("个环节", "steps"),
    "time": Words("次", "times"),
    "m³": Words("立方米", "m³"),
    "kWh": Words("千瓦时", "kWh"),
}


@lru_cache(maxsize=512)
def say_unit(unit: Unit, language: str) -> str:
    """A unit as people write it: `yuan/kWh` is 元/千瓦时, and `kWh/hour` is a power, 千瓦."""
    said = str(unit)
    if not said:
        return ""
    said = re.sub(r"^kWh(.*)/hour\b", lambda found: Words("千瓦", "kW").say(language) + found[1], said)
    return re.sub(
        r"(?!kW\b)[A-Za-z]\w*",
        lambda word: (
            _UNIT_WORDS[word.group()].say(language).removeprefix("个")
            if word.group() in _UNIT_WORDS
            else word.group()
        ),
        said,
    )


def _counted(unit: Unit, language: str) -> str:
    """A unit behind its number: 5 个工作日, but 元/千瓦时."""
    counted = _UNIT_WORDS.get(str(unit))
    return counted.say(language) if counted else say_unit(unit, language)


def say_value(value: Value, kind: Type, language: str) -> str:
    """A value as people read it: grouped thousands, its unit, 是/否, an ISO date."""
    if isinstance(value, bool):
        return Words("是", "yes").say(language) if value else Words("否", "no").say(language)
    if isinstance(value, Decimal):
        if isinstance(kind, Num) and not str(kind.unit) and 0 < value < _PER_CENT:
            return f"{(value * 1000).normalize():,f}‰"  # 0.008 is misread, 8‰ is what articles print
        number = f"{value:,f}".replace("-", "−")
        if not isinstance(kind, Num) or not str(kind.unit):
            return number
        return f"{number} {_counted(kind.unit, language)}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    return str(value)
