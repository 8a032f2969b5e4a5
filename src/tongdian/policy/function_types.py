"""Types of calls: round, ratio, min and max, dates, working days, and what looks at other rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal
from typing import cast

from tongdian.policy.language import MODES, Node
from tongdian.policy.rounding import Mode, rounded
from tongdian.policy.typed import ROWS_PER_PARENT, Expr, NameScope, any_partial, fail, number_of
from tongdian.policy.types import DAYS, PARTS_OF_DATES, WORKDAYS, WORKED, Bool, Date, Num, Place
from tongdian.policy.units import BARE


class Calls(ABC):
    """The typed form of every function. The expressions around a call are inferred elsewhere."""

    def __init__(self, scope: NameScope) -> None:
        self.scope = scope

    @abstractmethod
    def expr(self, node: Node) -> Expr:
        """The typed form of any expression."""

    @abstractmethod
    def number(self, node: Node) -> Expr:
        """The typed form of an expression that has to be a number."""

    @abstractmethod
    def same_unit(self, left: Expr, right: Expr, node: Node) -> tuple[Expr, Expr]:
        """Both with one unit; a bare constant takes the unit of what it stands beside."""

    @abstractmethod
    def common(self, *exprs: Expr, column: int) -> Num:
        """The type that holds them all."""

    def call(self, node: Node) -> Expr:
        """The typed form of a call."""
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
                return Expr(node.op, kind, args, partial=node.op == "workdays" or any_partial(args))
            case "workday_after":
                return self._workday_after(node)
            case op if op in PARTS_OF_DATES or op in ("first_of_month", "last_of_month"):
                args = (self._date(node.args[0]),)
                return Expr(op, PARTS_OF_DATES.get(op, Date()), args, partial=any_partial(args))
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
        start, count = self._date(node.args[0]), self.number(node.args[1])
        kind = number_of(count)
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
        inner, places = self.number(node.args[0]), self._places(node.args[1])
        mode: Mode = self._mode(node.args[2]) if len(node.args) == 3 else "half_up"
        kind = number_of(inner)
        scale = min(places, kind.scale)
        result = Num(
            kind.unit, scale, rounded(kind.low, scale, mode), rounded(kind.high, scale, mode)
        ).checked(node.column)
        return Expr("round", result, (inner,), value=mode, partial=inner.partial)

    def _ratio(self, node: Node) -> Expr:
        above, below = (self.number(arg) for arg in node.args[:2])
        places, mode = self._places(node.args[2]), self._mode(node.args[3])
        a, b = number_of(above), number_of(below)
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
        first = self.number(node.args[0])
        rest = [self.number(arg) for arg in node.args[1:]]
        args = [first]
        for other in rest:
            head, other = self.same_unit(args[0], other, node)
            args = [self.same_unit(head, arg, node)[1] for arg in args] + [other]
        self.common(*args, column=node.column)
        kinds = [number_of(arg) for arg in args]
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
        return Expr(node.op, kind, tuple(args), partial=any_partial(args))

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
