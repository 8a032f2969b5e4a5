"""Typed expressions as Python functions over Decimal.

The source is written from our own checked tree, names only ever appear as quoted dictionary keys,
and the functions see no builtins: a pack cannot put a word of Python into it.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tongdian.calendar.legal import legal_day
from tongdian.policy import language
from tongdian.policy.inputs import Input
from tongdian.policy.rounding import EXACT, rounded
from tongdian.policy.rounding import ratio as exact_ratio
from tongdian.policy.typed import Expr
from tongdian.policy.types import (
    FIRST_DAY,
    FIRST_INSTANT,
    LAST_DAY,
    LAST_INSTANT,
    PARTS_OF_DATES,
    Num,
    Place,
    Type,
    Value,
)
from tongdian.policy.typing import Flat, infer


class Workdays(Protocol):
    """The calendar that a sheet counts by. Both refuse days that are not published."""

    def between(self, start: dt.date, end: dt.date, region: str = "") -> int:
        """Working days in (start, end], negative when end is earlier."""

    def by(self, day: dt.date, region: str = "") -> int:
        """Working days reached by the end of a day."""

    def before(self, day: dt.date, region: str = "") -> int:
        """Working days reached before a day."""

    def after(self, start: dt.date, count: int, region: str = "") -> dt.date:
        """The day `count` working days after `start`."""


class NoQuotient(Exception):
    """A ratio whose divisor is zero in this case."""


class OutsideTheCenturies(ArithmeticError):
    """A date moved out of the years that rules reckon with."""


def _ratio(above: Decimal, below: Decimal, places: int, mode: Any) -> Decimal:
    if not below:
        raise NoQuotient
    return exact_ratio(above, below, places, mode)


def _lacking() -> Any:
    raise LookupError


def _days(start: dt.date, end: dt.date) -> Decimal:
    return Decimal((end - start).days)


def _later(day: dt.date, count: Decimal) -> dt.date:
    moved = day.toordinal() + int(count)
    if not FIRST_DAY.toordinal() <= moved <= LAST_DAY.toordinal():
        raise OutsideTheCenturies
    return dt.date.fromordinal(moved)


def _earlier(day: dt.date, count: Decimal) -> dt.date:
    return _later(day, -count)


def _seconds(start: dt.datetime, end: dt.datetime) -> Decimal:
    return Decimal((end - start) // _SECOND)


def _after(at: dt.datetime, seconds: Decimal) -> dt.datetime:
    moved = at + dt.timedelta(seconds=int(seconds))
    if not FIRST_INSTANT <= moved <= LAST_INSTANT:
        raise OutsideTheCenturies
    return moved


def _sooner(at: dt.datetime, seconds: Decimal) -> dt.datetime:
    return _after(at, -seconds)


def _year(day: dt.date) -> Decimal:
    return Decimal(day.year)


def _month(day: dt.date) -> Decimal:
    return Decimal(day.month)


def _day(day: dt.date) -> Decimal:
    return Decimal(day.day)


def _weekday(day: dt.date) -> Decimal:
    return Decimal(day.isoweekday())


def _first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _last_of_month(day: dt.date) -> dt.date:
    return day.replace(day=monthrange(day.year, day.month)[1])


_SECOND = dt.timedelta(seconds=1)
_OF_DATES = frozenset(
    {
        *("seconds", "after", "sooner"),
        *("days", "later", "earlier", "workdays", "workday_after", "worked_by", "worked_before"),
        *PARTS_OF_DATES,
        *("first_of_month", "last_of_month"),
    }
)


_BASE: dict[str, Any] = {
    "__builtins__": {},
    "ROUND": rounded,
    "RATIO": _ratio,
    "LACKING": _lacking,
    "MIN": min,
    "MAX": max,
    "DAYS": _days,
    "LATER": _later,
    "EARLIER": _earlier,
    "SECONDS": _seconds,
    "AFTER": _after,
    "SOONER": _sooner,
    "LEGAL_DAY": legal_day,
    "YEAR": _year,
    "MONTH": _month,
    "DAY": _day,
    "WEEKDAY": _weekday,
    "FIRST_OF_MONTH": _first_of_month,
    "LAST_OF_MONTH": _last_of_month,
}


@dataclass(slots=True)
class PythonText:
    """Writes the Python text of expressions and collects their constants."""

    reference: Callable[[str], str]  # how a name is reached, e.g. lambda name: f"r[{name!r}]"
    constants: dict[str, Any] = field(default_factory=dict)

    def constant(self, value: Any) -> str:
        for name, known in self.constants.items():
            if type(known) is type(value) and str(known) == str(value):
                return name
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return name

    def text(self, e: Expr) -> str:
        """The Python expression for `e`, fully parenthesised."""
        match e.op:
            case "lit":
                return self.constant(e.value)
            case "name":
                return self.reference(str(e.value))
            case "if":
                condition, then, other = map(self.text, e.args)
                return f"({then} if {condition} else {other})"
            case "lacking":  # what a rule that is not in force would give
                return "LACKING()"
            case "and" | "or":
                return f"({f' {e.op} '.join(map(self.text, e.args))})"
            case "not" | "neg":
                return f"({'not ' if e.op == 'not' else '-'}{self.text(e.args[0])})"
            case "in":
                members = self.constant(tuple(arg.value for arg in e.args[1:]))
                if isinstance(e.args[0].type, Place):  # a place is in those around it
                    return f"{self.text(e.args[0])}.startswith({members})"
                return f"({self.text(e.args[0])} in {members})"
            case "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*":
                left, right = map(self.text, e.args)
                return f"({left} {'==' if e.op == '=' else e.op} {right})"
            case "round":
                return f"ROUND({self.text(e.args[0])}, {places_of(e)}, {self.constant(e.value)})"
            case "legal_day":
                return f"LEGAL_DAY({self.text(e.args[0])}, {self.constant(ZoneInfo(str(e.value)))})"
            case "ratio" | "lasting":
                above, below = map(self.text, e.args)
                return f"RATIO({above}, {below}, {_scale(e)}, {self.constant(e.value)})"
            case "clip":
                x, low, high = map(self.text, e.args)
                return f"MIN(MAX({x}, {low}), {high})"
            case "min" | "max":
                return f"{e.op.upper()}({', '.join(map(self.text, e.args))})"
            case op if op in _OF_DATES:
                return f"{e.op.upper()}({', '.join(map(self.text, e.args))})"
        return self.reference_across(e)

    def reference_across(self, e: Expr) -> str:
        """sum, before and share: a sheet supplies these; nothing else may contain them."""
        raise AssertionError(e.op)

    def function(self, parameters: str, body: str, workdays: Workdays | None = None) -> Callable[..., Any]:
        """A compiled `lambda parameters: body`."""
        names = _BASE | self.constants
        if workdays is not None:
            names = names | {
                "WORKDAYS": lambda a, b, *region: Decimal(workdays.between(a, b, *region)),
                "WORKED_BY": lambda a, *region: Decimal(workdays.by(a, *region)),
                "WORKED_BEFORE": lambda a, *region: Decimal(workdays.before(a, *region)),
                "WORKDAY_AFTER": lambda day, n, *region: workdays.after(day, int(n), *region),
            }
        # the text comes from Source.text alone: constants by number, names as quoted keys
        return eval(compile(f"lambda {parameters}: {body}", "<rule>", "eval"), names)  # type: ignore[no-any-return]  # noqa: S307


def places_of(e: Expr) -> int:
    """The decimals that a number is rounded to; below zero to tens, hundreds."""
    return int(str(e.args[1].value)) if len(e.args) > 1 else _scale(e)


def _scale(e: Expr) -> int:
    assert isinstance(e.type, Num)
    return e.type.scale


@dataclass(frozen=True)
class Condition:
    """A parsed, typed and compiled condition over declared inputs.

    >>> c = Condition.parse("capacity > 160", {"capacity": Input(unit="kW", min=0, max=9999)})
    >>> c.holds({"capacity": Decimal(200)})
    True
    """

    text: str
    expr: Expr
    _run: Callable[[Mapping[str, Value]], Any] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, names: Mapping[str, Input] | Mapping[str, Type]) -> Condition:
        """Read `text` over `names`. Raises LanguageError."""
        types = {
            name: declared.value_type if isinstance(declared, Input) else declared
            for name, declared in names.items()
        }
        node = language.parse(text)
        wrapped = language.Node("not", (language.Node("not", (node,)),))
        expr = infer(wrapped, Flat(types)).args[0].args[0]
        source = PythonText(lambda name: f"v[{name!r}]")
        return cls(text, expr, source.function("v", source.text(expr)))

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether the condition is true for `values` (already read by their declarations)."""
        with localcontext(EXACT):
            return bool(self._run(values))


@dataclass(frozen=True)
class Formula:
    """Like Condition, for an expression that gives a number (or any value)."""

    text: str
    expr: Expr
    _run: Callable[[Mapping[str, Value]], Any] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, types: Mapping[str, Type]) -> Formula:
        """Read `text` over `types`. Raises LanguageError."""
        expr = infer(language.parse(text), Flat(types))
        source = PythonText(lambda name: f"v[{name!r}]")
        return cls(text, expr, source.function("v", source.text(expr)))

    def value(self, values: Mapping[str, Value]) -> Value:
        """The value for these inputs."""
        with localcontext(EXACT):
            result: Value = self._run(values)
        return result
