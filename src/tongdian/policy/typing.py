"""Types of expressions, inferred from the declared inputs: units agree and 38 digits are enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Protocol, cast

from tongdian.calendar import region_prefix
from tongdian.policy.language import MODES, Node
from tongdian.policy.rounding import EXACT, Mode, rounded
from tongdian.policy.types import (
    DAYS,
    PARTS_OF_DATES,
    WORKDAYS,
    WORKED,
    Bool,
    Date,
    LanguageError,
    Num,
    Options,
    Place,
    Type,
    Value,
    literal_type,
)
from tongdian.policy.units import BARE
from tongdian.policy.words import Words

BELOW = ("sum", "most", "least", "any")  # what looks at the rows of a lower grain
ROWS_PER_PARENT = 1_000_000  # the most rows a sum, before or share may look across


@dataclass(frozen=True, slots=True)
class Expr:
    """A typed expression. `partial` means it may fail for admitted inputs (a ratio by zero)."""

    op: str
    type: Type
    args: tuple[Expr, ...] = ()
    value: Value | None = None
    partial: bool = False


class NameScope(Protocol):
    """What names mean where an expression stands."""

    def type_of(self, name: str) -> Type | None:
        """The type of a visible name, or None."""

    def across(self, op: str, names: tuple[str, ...], column: int) -> tuple[Type, ...]:
        """Types of the names that sum, before or share reach. Raises LanguageError."""

    def names(self) -> list[str]:
        """Every visible name, for messages."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A scope of plain inputs: conditions of limits, classes, stages."""

    types: Mapping[str, Type]

    def type_of(self, name: str) -> Type | None:
        return self.types.get(name)

    def across(self, op: str, names: tuple[str, ...], column: int) -> tuple[Type, ...]:
        raise LanguageError(
            Words(f"{op} 只能用在计算表里", f"{op} belongs in a sheet"),
            Words("改用输入", "use an input instead"),
            column,
        )

    def names(self) -> list[str]:
        return list(self.types)


def infer(node: Node, scope: NameScope) -> Expr:
    """The typed form of `node`. Raises LanguageError naming what does not fit."""
    with localcontext(EXACT):  # ranges multiply past Python's default 28 digits
        return _Inference(scope).expr(node)


def fail(zh: str, en: str, remedy_zh: str, remedy_en: str, column: int = 0) -> LanguageError:
    """A LanguageError from four short texts."""
    return LanguageError(Words(zh, en), Words(remedy_zh, remedy_en), column)


class _Inference:
    def __init__(self, scope: NameScope) -> None:
        self.scope = scope

    def expr(self, node: Node) -> Expr:
        match node.op:
            case "lit":
                assert node.value is not None
                return Expr("lit", literal_type(node.value), value=node.value)
            case "word":
                assert isinstance(node.value, str)
                options = dict.fromkeys((node.value, *(str(other.value) for other in node.args)))
                return Expr("lit", Options(tuple(options)), value=node.value)
            case "name":
                return self._name(node)
            case "if":
                return self._if(node)
            case "and" | "or" | "not":
                args = tuple(self._truth(arg) for arg in node.args)
                return Expr(node.op, Bool(), args, partial=_any_partial(args))
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return self._comparison(node)
            case "in":
                return self._membership(node)
            case "neg":
                inner = self._number(node.args[0])
                kind = _num(inner)
                return Expr(
                    "neg", replace(kind, low=-kind.high, high=-kind.low), (inner,), partial=inner.partial
                )
            case "+" | "-":
                return self._sum(node)
            case "*":
                return self._product(node)
            case _:
                return self._call(node)

    # --- names and words ---
    def _name(self, node: Node) -> Expr:
        name = str(node.value)
        kind = self.scope.type_of(name)
        if kind is None:
            known = self.scope.names()
            raise fail(
                f"没有叫“{name}”的输入或行",
                f"there is no input or line called {name!r}",
                f"可用：{'、'.join(known[:12])}",
                f"names here: {', '.join(known[:12])}",
                node.column,
            )
        return Expr("name", kind, value=name)

    def _pair(self, left: Node, right: Node) -> tuple[Expr, Expr]:
        """Both sides, where a bare word takes its meaning from the other side's options."""
        for word, other, swap in ((right, left, False), (left, right, True)):
            if word.op == "name" and self.scope.type_of(str(word.value)) is None:
                host = self.expr(other)
                if isinstance(host.type, Options):
                    literal = self._option(word, host.type)
                    return (literal, host) if swap else (host, literal)
        return self.expr(left), self.expr(right)

    def _option(self, node: Node, kind: Options) -> Expr:
        word = str(node.value)
        if node.op not in ("name", "word") or word not in kind.values:
            raise fail(
                f"“{word}”不在可选值中",
                f"{word!r} is not one of the options",
                f"可选：{'、'.join(kind.values)}",
                f"the options are {', '.join(kind.values)}",
                node.column,
            )
        return Expr("lit", Options((word,)), value=word)

    # --- truth ---
    def _truth(self, node: Node) -> Expr:
        inner = self.expr(node)
        if not isinstance(inner.type, Bool):
            raise fail(
                f"这里要条件，写的是 {inner.type}",
                f"a condition belongs here, not {inner.type}",
                "写一个比较",
                "write a comparison",
                node.column,
            )
        return inner

    def _comparison(self, node: Node) -> Expr:
        left, right = self._pair(*node.args)
        if isinstance(left.type, Num) and isinstance(right.type, Num):
            left, right = self._same_unit(left, right, node)
            self._common(left, right, column=node.column)
        elif isinstance(left.type, Options) and isinstance(right.type, Options):
            if node.op not in ("=", "!="):
                raise fail("选项不分大小", "options have no order", "用 = 或 !=", "use = or !=", node.column)
            if not set(left.type.values) & set(right.type.values):
                raise fail(
                    "两边没有共同的选项",
                    "the two sides share no option",
                    "核对用词",
                    "check the words",
                    node.column,
                )
        elif type(left.type) is not type(right.type):
            raise fail(
                f"{left.type} 不能与 {right.type} 比较",
                f"{left.type} cannot be compared with {right.type}",
                "两边用同一种值",
                "compare values of one kind",
                node.column,
            )
        elif isinstance(left.type, Bool) and node.op not in ("=", "!="):
            raise fail("是非不分大小", "true and false have no order", "用 =", "use =", node.column)
        return Expr(node.op, Bool(), (left, right), partial=left.partial or right.partial)

    def _membership(self, node: Node) -> Expr:
        host = self.expr(node.args[0])
        members = []
        for member in node.args[1:]:
            if isinstance(host.type, Options):
                members.append(self._option(member, host.type))
                continue
            if isinstance(host.type, Place) and member.op == "word":
                members.append(Expr("lit", host.type, value=region_prefix(str(member.value))))
                continue
            found = self.expr(member)
            if isinstance(host.type, Num) and isinstance(found.type, Num) and found.op == "lit":
                found = self._same_unit(host, found, node)[1]
            elif type(found.type) is not type(host.type) or found.op != "lit":
                raise fail(
                    "in 的括号里只放常数",
                    "in lists constants",
                    "写出每个值",
                    "write each value out",
                    member.column,
                )
            members.append(found)
        return Expr("in", Bool(), (host, *members), partial=host.partial)

    # --- numbers ---
    def _number(self, node: Node) -> Expr:
        inner = self.expr(node)
        if not isinstance(inner.type, Num):
            raise fail(
                f"这里要数，写的是 {inner.type}",
                f"a number belongs here, not {inner.type}",
                "日期相减用 days(a, b)",
                "subtract dates with days(a, b)",
                node.column,
            )
        return inner

    def _same_unit(self, left: Expr, right: Expr, node: Node) -> tuple[Expr, Expr]:
        """Both with one unit; a bare constant takes the unit of what it stands beside."""
        a, b = _num(left), _num(right)
        if a.unit == b.unit:
            return left, right
        if right.op == "lit" and b.unit == BARE:
            return left, replace(right, type=replace(b, unit=a.unit))
        if left.op == "lit" and a.unit == BARE:
            return replace(left, type=replace(a, unit=b.unit)), right
        raise fail(
            f"单位不同：{a.unit or '无单位'} 与 {b.unit or '无单位'}",
            f"units differ: {a.unit or 'none'} and {b.unit or 'none'} in {node.op}",
            "先换算成同一单位",
            "bring both to one unit first",
            node.column,
        )

    def _common(self, *exprs: Expr, column: int) -> Num:
        kinds = [_num(e) for e in exprs]
        return Num(
            kinds[0].unit, max(k.scale for k in kinds), min(k.low for k in kinds), max(k.high for k in kinds)
        ).checked(column)

    def _sum(self, node: Node) -> Expr:
        left, right = self._same_unit(self._number(node.args[0]), self._number(node.args[1]), node)
        a, b = _num(left), _num(right)
        low, high = (a.low + b.low, a.high + b.high) if node.op == "+" else (a.low - b.high, a.high - b.low)
        kind = Num(a.unit, max(a.scale, b.scale), low, high).checked(node.column)
        return Expr(node.op, kind, (left, right), partial=left.partial or right.partial)

    def _product(self, node: Node) -> Expr:
        left, right = (self._number(arg) for arg in node.args)
        a, b = _num(left), _num(right)
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        kind = Num(a.unit * b.unit, a.scale + b.scale, min(corners), max(corners)).checked(node.column)
        return Expr("*", kind, (left, right), partial=left.partial or right.partial)

    def _if(self, node: Node) -> Expr:
        condition = self._truth(node.args[0])
        then, other = self._pair(node.args[1], node.args[2])
        kind: Type
        if isinstance(then.type, Num) and isinstance(other.type, Num):
            then, other = self._same_unit(then, other, node)
            kind = self._common(then, other, column=node.column)
        elif isinstance(then.type, Options) and isinstance(other.type, Options):
            kind = Options(tuple(dict.fromkeys(then.type.values + other.type.values)))
        elif type(then.type) is type(other.type):
            kind = then.type
        else:
            raise fail(
                f"then 是 {then.type}，else 是 {other.type}",
                f"then gives {then.type}, else gives {other.type}",
                "两个分支给同一种值",
                "give one kind of value on both sides",
                node.column,
            )
        args = (condition, then, other)
        return Expr("if", kind, args, partial=_any_partial(args))

    # --- calls ---
    def _call(self, node: Node) -> Expr:
        match node.op:
            case "round":
                return self._round(node)
            case "ratio":
                return self._ratio(node)
            case "min" | "max" if len(node.args) == 1:
                return self._across(replace(node, op={"min": "least", "max": "most"}[node.op]))
            case "min" | "max" | "clip":
                return self._extreme(node)
            case "worked_by" | "worked_before":
                args = (self._date(node.args[0]), *self._region(node.args[1:]))
                return Expr(node.op, WORKED, args, partial=True)
            case "days" | "workdays":
                dates = tuple(self._date(arg) for arg in node.args[:2])
                args = (*dates, *self._region(node.args[2:]))
                # a date past the published calendar makes workdays fail
                kind = WORKDAYS if node.op == "workdays" else DAYS
                return Expr(node.op, kind, args, partial=node.op == "workdays" or _any_partial(args))
            case "workday_after":
                return self._workday_after(node)
            case op if op in PARTS_OF_DATES or op in ("first_of_month", "last_of_month"):
                args = (self._date(node.args[0]),)
                return Expr(op, PARTS_OF_DATES.get(op, Date()), args, partial=_any_partial(args))
        return self._across(node)

    def _region(self, nodes: tuple[Node, ...]) -> tuple[Expr, ...]:
        """The name of an id that says by whose local rest days to count; none: the pack's."""
        found = tuple(self.expr(node) for node in nodes)
        for node, each in zip(nodes, found, strict=True):
            if not isinstance(each.type, Place) or each.op != "name":
                raise fail(
                    "这里要地区（id）", "a region (an id) belongs here", "写一个 id 输入", "name an id",
                    node.column,
                )  # fmt: skip
        return found

    def _workday_after(self, node: Node) -> Expr:
        start, count = self._date(node.args[0]), self._number(node.args[1])
        kind = _num(count)
        if kind.scale or (kind.unit != WORKDAYS.unit and not (count.op == "lit" and kind.unit == BARE)):
            raise fail(
                f"这里要工作日数，写的是 {kind}",
                f"a number of working days belongs here, not {kind}",
                "用 workday(0)",
                "use workday(0)",
                node.column,
            )
        return Expr("workday_after", Date(), (start, count), partial=True)

    def _date(self, node: Node) -> Expr:
        inner = self.expr(node)
        if not isinstance(inner.type, Date):
            raise fail(
                f"这里要日期，写的是 {inner.type}",
                f"a date belongs here, not {inner.type}",
                "用 date 类型的输入",
                "use an input of type date",
                node.column,
            )
        return inner

    def _places(self, node: Node) -> int:
        if node.op == "lit" and isinstance(node.value, Decimal) and node.value in range(13):
            return int(node.value)
        raise fail(
            "小数位数要写 0 到 12",
            "decimals are written 0 to 12",
            "写一个常数",
            "write a constant",
            node.column,
        )

    def _mode(self, node: Node) -> Mode:
        if node.op == "name" and node.value in MODES:
            return cast(Mode, node.value)
        raise fail(
            "取整方式不对",
            "not a way of rounding",
            f"可选：{'、'.join(MODES)}",
            f"use {', '.join(MODES)}",
            node.column,
        )

    def _round(self, node: Node) -> Expr:
        inner, places = self._number(node.args[0]), self._places(node.args[1])
        mode: Mode = self._mode(node.args[2]) if len(node.args) == 3 else "half_up"
        kind = _num(inner)
        scale = min(places, kind.scale)
        result = Num(
            kind.unit, scale, rounded(kind.low, scale, mode), rounded(kind.high, scale, mode)
        ).checked(node.column)
        return Expr("round", result, (inner,), value=mode, partial=inner.partial)

    def _ratio(self, node: Node) -> Expr:
        above, below = (self._number(arg) for arg in node.args[:2])
        places, mode = self._places(node.args[2]), self._mode(node.args[3])
        a, b = _num(above), _num(below)
        smallest = _smallest_size(b)
        largest = rounded(max(abs(a.low), abs(a.high)) / smallest, places, "up")
        signed = a.low < 0 or b.low < 0
        kind = Num(a.unit / b.unit, places, -largest if signed else Decimal(0), largest)
        # both engines divide whole numbers: the doubled dividend must fit 38 digits, the quotient 18
        ticks = max(a.digits + a.scale, b.digits + b.scale)
        if (
            kind.digits > 18
            or ticks > 38
            or a.digits + b.scale + places + 1 > 37
            or b.digits + a.scale + 1 > 37
        ):
            raise fail(
                "商可能过大",
                "the quotient may be too large to divide exactly",
                "缩小输入范围、减少小数位，或先 require 除数不小于某值并用 max",
                "narrow the ranges, ask for fewer decimals, or raise the divisor's least size",
                node.column,
            )
        return Expr("ratio", kind, (above, below), value=mode, partial=True)

    def _extreme(self, node: Node) -> Expr:
        first = self._number(node.args[0])
        rest = [self._number(arg) for arg in node.args[1:]]
        args = [first]
        for other in rest:
            head, other = self._same_unit(args[0], other, node)
            args = [self._same_unit(head, arg, node)[1] for arg in args] + [other]
        self._common(*args, column=node.column)
        kinds = [_num(arg) for arg in args]
        choose = max if node.op == "max" else min
        if node.op == "clip":
            x, low, high = kinds
            ends = [
                min(max(e, lo), hi)
                for e, lo, hi in ((x.low, low.low, high.low), (x.high, low.high, high.high))
            ]
        else:
            ends = [choose(k.low for k in kinds), choose(k.high for k in kinds)]
        kind = Num(kinds[0].unit, max(k.scale for k in kinds), ends[0], ends[1]).checked(node.column)
        return Expr(node.op, kind, tuple(args), partial=_any_partial(args))

    def _across(self, node: Node) -> Expr:
        names = []
        for arg in node.args:
            if arg.op != "name":
                raise fail(
                    f"{node.op} 的参数是名称",
                    f"{node.op} takes names",
                    "先把式子写成一行，再用它的名称",
                    "write the expression as a line of its own and name it",
                    arg.column,
                )
            names.append(str(arg.value))
        kinds = self.scope.across(node.op, tuple(names), node.column)
        args = tuple(Expr("name", kind, value=name) for kind, name in zip(kinds, names, strict=True))
        first = kinds[0]
        if node.op == "any":
            if not isinstance(first, Bool):
                raise fail(
                    "any 问的是条件", "any asks about a condition", "用真假的行", "name a line that is true or false",
                    node.column,
                )  # fmt: skip
            return Expr("any", Bool(), args)
        if not isinstance(first, Num):
            raise fail(f"{node.op} 只合计数", f"{node.op} adds numbers", "用数", "use a number", node.column)
        if node.op == "reached":  # nothing yet counts as zero
            kind = replace(first, low=min(first.low, Decimal(0)), high=max(first.high, Decimal(0)))
            return Expr("reached", kind, args)
        if node.op in ("most", "least"):  # none of no rows counts as zero
            return Expr(
                node.op,
                replace(first, low=min(first.low, Decimal(0)), high=max(first.high, Decimal(0))),
                args,
            )
        if node.op == "share":
            weight = kinds[1]
            if not isinstance(weight, Num):
                raise fail("权数要是数", "a weight is a number", "用数", "use a number", node.column)
            if first.digits > 18 or first.digits + weight.digits > 37:
                raise fail(
                    "分摊的位数过多",
                    "too many digits to share exactly",
                    "缩小范围",
                    "narrow the ranges",
                    node.column,
                )
            kind = replace(first, low=Decimal(0), high=max(first.high, Decimal(0)))
            return Expr("share", kind, args, partial=True)
        grown = replace(
            first,
            low=min(first.low, Decimal(0)) * ROWS_PER_PARENT,
            high=max(first.high, Decimal(0)) * ROWS_PER_PARENT,
        )
        return Expr(node.op, grown.checked(node.column), args)


def _smallest_size(kind: Num) -> Decimal:
    """The least size a divisor of this type can have without being zero."""
    tick = Decimal(1).scaleb(-kind.scale)
    if kind.low > 0:
        return kind.low
    if kind.high < 0:
        return -kind.high
    return tick


def _num(expr: Expr) -> Num:
    assert isinstance(expr.type, Num)
    return expr.type


def _any_partial(args: tuple[Expr, ...] | list[Expr]) -> bool:
    return any(arg.partial for arg in args)
