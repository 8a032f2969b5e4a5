"""Typed expressions of a sheet as steps of numpy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol

from tongdian.policy.code import places_of
from tongdian.policy.fold_values import (
    DAY,
    FALSE,
    NAME,
    NUMBER,
    PLACE,
    TRUE,
    TRUTH,
    WORD,
    Steps,
    Unsaid,
    Value,
    constant,
)
from tongdian.policy.typed import BELOW, Expr
from tongdian.policy.types import (
    FIRST_DAY,
    LAST_DAY,
    PARTS_OF_DATES,
    Bool,
    Date,
    Ident,
    Instant,
    Num,
    Options,
    Place,
    Type,
)
from tongdian.policy.words import Words

EPOCH = dt.date(1970, 1, 1).toordinal()
DAYS_OF_DATES = (dt.date.min.toordinal() - EPOCH, dt.date.max.toordinal() - EPOCH)
MOST_WORKED = 100_000  # working days that a calendar may reach (`types.WORKED`)
SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
SORTS: dict[type, str] = {Num: NUMBER, Bool: TRUTH, Date: DAY, Options: WORD, Place: PLACE, Ident: NAME}


def ticks(value: Decimal, scale: int) -> int:
    """A number as whole ticks of a scale that holds it."""
    return int(value.scaleb(scale))


def number_of_day(day: dt.date) -> int:
    """A day as so many from 1970-01-01."""
    return day.toordinal() - EPOCH


def sort_of(kind: Type) -> str:
    """How values of a type stand in arrays. Raises Unsaid."""
    if isinstance(kind, Instant):
        raise Unsaid(Words("时刻", "instants"))
    return SORTS[type(kind)]


class SheetNames(Protocol):
    """What the lines of a sheet are called in the function, and what lies across."""

    def value_of(self, name: str, grain: str) -> Value:
        """A line or an input, as rows of a grain see it."""

    def grain_of(self, name: str) -> str:
        """The grain whose rows have it."""

    def raised(self, value: Value, where: str, grain: str) -> Value:
        """A value of rows of `where` as rows of a grain below see it."""

    def across(self, e: Expr, grain: str) -> Value:
        """What looks at the rows of a lower grain, or at earlier rows of its own."""

    def word(self, word: str) -> int:
        """The number of a word of a choice."""


class FoldExpressions:
    """Writes the steps of expressions."""

    def __init__(self, steps: Steps, names: SheetNames) -> None:
        self.steps, self.names = steps, names

    def value(self, e: Expr, grain: str) -> Value:
        """An expression as the rows of a grain reckon it. Raises Unsaid."""
        match e.op:
            case "lit":
                return self._literal(e)
            case "name":
                found = self.names.value_of(str(e.value), grain)
                return found if e.partial else found.firm
            case "if":
                return self._if(e, grain)
            case "and" | "or":
                return self._both(e, grain)
            case "lacking":
                return replace(self._nothing(e.type), exists=FALSE)
            case "previous":
                return self._previous(e, grain)
            case op if op in BELOW or op in ("before", "reached"):
                return self.names.across(e, grain)
        args = [self.value(arg, grain) for arg in e.args]
        found = self._of(e, [one.firm for one in args], grain)
        return replace(found, exists=self.steps.all_exist(*args, found))

    def _of(self, e: Expr, args: list[Value], grain: str) -> Value:
        """Of arguments that exist."""
        match e.op:
            case "not":
                return self.steps.no(args[0])
            case "neg":
                x = args[0]
                return self._made(f"-{x.text}", replace(x, low=-x.high, high=-x.low), x)
            case "+" | "-" | "*":
                return self._arithmetic(e.op, *args)
            case op if op in SIGNS:
                return self._compared(op, *args)
            case "in":
                return self._among(args[0], args[1:], e)
            case "min" | "max" | "clip":
                return self._extreme(e.op, args)
            case "days":
                return self._arithmetic("-", *(replace(x, sort=NUMBER) for x in reversed(args)))
            case "later" | "earlier":
                return self._moved(args, "+" if e.op == "later" else "-")
            case "round":
                return self._rounded(e, args[0])
            case "ratio":
                return self._ratio(e, *args)
            case "worked_by" | "worked_before":
                return self._counted(e.op, self._on_calendar(args[0], e.args[1:], grain))
            case "workdays":
                start, end = (
                    self._counted("worked_by", self._on_calendar(day, e.args[2:], grain)) for day in args[:2]
                )
                found = self._arithmetic("-", end.firm, start.firm)
                return replace(found, exists=self.steps.all_exist(start, end))
            case "workday_after":
                return self._workday_after(args[0], args[1], self._on_calendar(args[0], e.args[2:], grain))
            case part if part in PARTS_OF_DATES or part in ("first_of_month", "last_of_month"):
                return self._part(part, args[0])
        named = {"share": "share", "carried": "previous", "lasting": "minutes"}.get(e.op, e.op)
        raise Unsaid(Words(named, named))

    # --- constants ---
    def _literal(self, e: Expr) -> Value:
        value: Any = e.value
        match value:
            case bool():
                return TRUE if value else FALSE
            case Decimal():
                scale = max(0, -int(value.as_tuple().exponent))
                return constant(ticks(value, scale), NUMBER, scale=scale)
            case dt.datetime():
                raise Unsaid(Words("时刻", "instants"))
            case dt.date():
                return constant(number_of_day(value), DAY)
        if isinstance(e.type, Options):
            return constant(self.names.word(str(value)), WORD)
        return Value(repr(str(value)), sort_of(e.type), one=True)

    def _nothing(self, kind: Type) -> Value:
        scale = kind.scale if isinstance(kind, Num) else 0
        return constant(0, sort_of(kind), scale=scale)

    # --- scales and widths ---
    def scaled(self, x: Value, scale: int) -> Value:
        """The same number in finer ticks."""
        if x.sort != NUMBER or x.scale == scale:
            return x
        by = 10 ** (scale - x.scale)
        return replace(self._arithmetic("*", x, constant(by, NUMBER)), scale=scale)

    def _alike(self, values: Sequence[Value]) -> list[Value]:
        if values[0].sort != NUMBER:
            return list(values)
        scale = max(x.scale for x in values)
        return [self.scaled(x, scale) for x in values]

    def _made(self, text: str, like: Value, *of: Value) -> Value:
        one = all(x.one for x in of)
        return replace(like, text=self.steps.step(text), one=one, known=None, exists=None)

    def _arithmetic(self, op: str, a: Value, b: Value) -> Value:
        if op != "*":
            a, b = self._alike([a, b])
        corners = {
            "+": (a.low + b.low, a.high + b.high),
            "-": (a.low - b.high, a.high - b.low),
            "*": tuple(x * y for x in (a.low, a.high) for y in (b.low, b.high)),
        }[op]
        scale = a.scale + b.scale if op == "*" else a.scale
        kind = Value("", NUMBER, min(corners), max(corners), scale)
        if a.known is not None and b.known is not None:
            return constant(kind.low, NUMBER, scale=scale)
        if (known := self._unchanged(op, a, b)) is not None:
            return replace(known, scale=scale)
        bits = max(kind.bits, a.bits, b.bits)
        if (a.one and b.one) or bits == max(x.bits for x in (a, b) if not x.one):
            return self._made(f"{a.text} {op} {b.text}", kind, a, b)
        name = {"+": "add", "-": "subtract", "*": "multiply"}[op]
        return self._made(f"np.{name}({a.text}, {b.text}, dtype=i{bits})", kind, a, b)

    @staticmethod
    def _unchanged(op: str, a: Value, b: Value) -> Value | None:
        neutral = 1 if op == "*" else 0
        if b.known == neutral and a.sort == NUMBER:
            return a
        return b if a.known == neutral and op != "-" else None

    # --- comparisons ---
    def _compared(self, op: str, a: Value, b: Value) -> Value:
        if NAME in (a.sort, b.sort) and op not in ("=", "!="):
            raise Unsaid(Words("标识的大小", "the order of identifiers"))
        a, b = self._alike([a, b])
        if a.known is not None and b.known is not None:
            held = {"=": a.known == b.known, "!=": a.known != b.known, "<": a.known < b.known}
            held |= {"<=": a.known <= b.known, ">": a.known > b.known, ">=": a.known >= b.known}
            return TRUE if held[op] else FALSE
        return self._made(f"{a.text} {SIGNS[op]} {b.text}", Value("", TRUTH), a, b)

    def _among(self, x: Value, members: Sequence[Value], e: Expr) -> Value:
        if x.sort == PLACE:
            around = tuple(str(arg.value) for arg in e.args[1:])
            return self._made(f"at.around({x.text}, {around!r})", Value("", TRUTH), x)
        found = FALSE
        for member in members:
            found = self.steps.either(found, self._compared("=", x, member))
        return found

    def _extreme(self, op: str, args: list[Value]) -> Value:
        if op == "clip":
            x, low, high = args
            return self._extreme("min", [self._extreme("max", [x, low]), high])
        first, *rest = self._alike(args)
        choose = max if op == "max" else min
        for other in rest:
            kind = replace(first, low=choose(first.low, other.low), high=choose(first.high, other.high))
            if first.known is not None and other.known is not None:
                first = constant(choose(first.known, other.known), first.sort, scale=first.scale)
            elif first.one and other.one:
                first = self._made(f"{op}({first.text}, {other.text})", kind, first, other)
            else:
                first = self._made(f"np.{op}imum({first.text}, {other.text})", kind, first, other)
        return first

    # --- choosing ---
    def _if(self, e: Expr, grain: str) -> Value:
        if (bounded := self._bounded(e, grain)) is not None:
            return bounded
        condition, then, other = (self.value(arg, grain) for arg in e.args)
        then, other = self._alike([then, other])
        found = self.steps.chosen(condition.firm, then, other)
        if e.args[0].partial or then.exists is not None or other.exists is not None:
            branch = self.steps.chosen(condition.firm, then.exists or TRUE, other.exists or TRUE)
            exists = self.steps.all_exist(replace(condition), Value("", TRUTH, exists=branch))
            found = replace(found, exists=exists)
        return found

    def _bounded(self, e: Expr, grain: str) -> Value | None:
        """`if a > b then b else a` is the lesser of the two, which the processor finds at once."""
        test, then, other = e.args
        if test.op not in ("<", "<=", ">", ">=") or not isinstance(then.type, Num | Date):
            return None
        kept = {test.args[0]: "a", test.args[1]: "b"}
        if len(kept) < 2 or {then, other} != set(kept):
            return None
        first_if_less = kept[then] == "a"
        op = "min" if (test.op in ("<", "<=")) == first_if_less else "max"
        return self.value(replace(e, op=op, args=test.args), grain)

    def _both(self, e: Expr, grain: str) -> Value:
        left, right = (self.value(arg, grain) for arg in e.args)
        join = self.steps.both if e.op == "and" else self.steps.either
        found = join(left.firm, right.firm)
        if left.exists is None and right.exists is None:
            return found
        # the left side decides first: where it does, the right one is not asked
        decided = self.steps.no(left.firm) if e.op == "and" else left.firm
        asked = self.steps.either(decided, right.exists or TRUE)
        exists = self.steps.all_exist(left, Value("", TRUTH, exists=asked))
        return replace(found, exists=exists)

    def _previous(self, e: Expr, grain: str) -> Value:
        before = self.names.value_of(str(e.args[0].value), grain)
        start = self.value(e.args[1], grain)
        shifted = Value(self.steps.step(f"at.shifted({grain!r}, {before.text})"), before.sort)
        shifted = replace(before, text=shifted.text, one=False, known=None, exists=None)
        shifted, firm = self._alike([shifted, start.firm])
        is_first = Value(self.steps.step(f"at.is_first({grain!r})"), TRUTH)
        found = self.steps.chosen(is_first, firm, shifted)
        if start.exists is None:
            return found
        return replace(found, exists=self.steps.chosen(is_first, start.exists, TRUE))

    # --- days ---
    def _within(self, made: Value, low: dt.date, high: dt.date) -> Value:
        first, last = number_of_day(low), number_of_day(high)
        exists = self.steps.both(
            self._compared(">=", made, constant(first, DAY)), self._compared("<=", made, constant(last, DAY))
        )
        return replace(made, exists=exists)

    def _moved(self, args: list[Value], op: str) -> Value:
        day, count = (replace(x, sort=NUMBER) for x in args)
        moved = replace(self._arithmetic(op, day, count), sort=DAY)
        return self._within(moved, FIRST_DAY, LAST_DAY)

    def _on_calendar(self, day: Value, region: Sequence[Expr], grain: str) -> Value:
        """Where a date stands on the calendar of its place; the place is found once a case."""
        place = "None"
        if region:
            where = self.names.grain_of(str(region[0].value)) if region[0].op == "name" else grain
            own = self.value(region[0], where)
            asked = Value(self.steps.step(f"at.calendars({own.text})"), PLACE)
            place = self.names.raised(asked, where, grain).text
        text = self.steps.step(f"at.calendar_day({day.text}, {place})")
        return Value(text, DAY, one=day.one and not region)

    def _counted(self, op: str, at: Value) -> Value:
        """The running count of working days on a date, and where the calendar has it."""
        found = Value(self.steps.step(f"at.{op}({at.text})"), NUMBER, 0, MOST_WORKED, one=at.one)
        return replace(found, exists=self._published(at))

    def _published(self, at: Value) -> Value:
        return Value(self.steps.step(f"at.is_published({at.text})"), TRUTH, one=at.one)

    def _workday_after(self, day: Value, count: Value, at: Value) -> Value:
        both = self.steps.step(f"at.workday_after({at.text}, {day.text}, {count.text})")
        one = at.one and count.one
        exists = Value(self.steps.step(f"{both}[1]"), TRUTH, one=one)
        return Value(self.steps.step(f"{both}[0]"), DAY, *DAYS_OF_DATES, one=one, exists=exists)

    def _part(self, part: str, day: Value) -> Value:
        made = f"at.{part}({day.text})"
        if part not in PARTS_OF_DATES:
            return self._made(made, Value("", DAY, *DAYS_OF_DATES))
        kind = PARTS_OF_DATES[part]
        return self._made(made, Value("", NUMBER, int(kind.low), int(kind.high)))

    # --- division ---
    def _rounded(self, e: Expr, x: Value) -> Value:
        places, kind = places_of(e), e.type
        assert isinstance(kind, Num)
        drop = x.scale - places
        if drop <= 0:
            return x
        by = 10**drop
        made = f"at.divided({x.text}, {by}, {e.value!r}, i{x.bits})"
        low, high = -(-x.low // by) - 1, x.high // by + 1
        found = self._made(made, Value("", NUMBER, min(low, x.low // by), high, max(places, 0)), x)
        if places >= 0:
            return found
        return replace(self._arithmetic("*", found, constant(10**-places, NUMBER)), scale=0)

    def _ratio(self, e: Expr, above: Value, below: Value) -> Value:
        kind = e.type
        assert isinstance(kind, Num)
        shift = below.scale + kind.scale - above.scale
        if shift > 0:
            above = self._arithmetic("*", above, constant(10**shift, NUMBER))
        elif shift < 0:
            below = self._arithmetic("*", below, constant(10**-shift, NUMBER))
        doubled = 2 * max(abs(above.low), abs(above.high)) + max(abs(below.low), abs(below.high))
        replace(above, high=doubled).bits  # noqa: B018  # raises where 64 bits do not hold it
        exists = self._compared("!=", below, constant(0, NUMBER))
        size = ticks(max(abs(kind.low), abs(kind.high)), kind.scale)
        made = self._made(
            f"at.divided({above.text}, {below.text}, {e.value!r}, i64)",
            Value("", NUMBER, -size, size, kind.scale), above, below,
        )  # fmt: skip
        if made.bits == 32 and not made.one:
            made = self._made(f"{made.text}.astype(i32)", made, made)
        return replace(made, exists=exists)
