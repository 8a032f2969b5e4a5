"""Types of calls: round, ratio, min and max, dates, working days, and what looks at other rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal
from typing import cast

from tongdian.policy.language import MODES, Node
from tongdian.policy.rounding import Mode, rounded
from tongdian.policy.typed import Expr, NameScope, any_partial, fail, number_of
from tongdian.policy.types import (
    DAYS,
    IN_SECONDS,
    PARTS_OF_DATES,
    SECONDS,
    WORKDAYS,
    WORKED,
    Bool,
    Date,
    Instant,
    Num,
    Options,
    Place,
    literal_type,
)
from tongdian.policy.units import BARE, Unit


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
            case "seconds" | "minutes" | "hours":
                return self._lasting(node)
            case "legal_day":
                return self._legal_day(node)
            case "workday_after":
                return self._workday_after(node)
            case "is_workday":
                return self._is_workday(self._date(node.args[0]), self._region(node.args[1:]))
            case "next_workday":
                return self._next_workday(node)
            case "previous":
                return self._previous(node)
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
        return Expr("workday_after", Date(), (start, count, *self._region(node.args[2:])), partial=True)

    def _is_workday(self, day: Expr, region: tuple[Expr, ...]) -> Expr:
        """Whether the count of working days goes up on that day."""
        by, before = (Expr(op, WORKED, (day, *region), partial=True) for op in ("worked_by", "worked_before"))
        return Expr(">", Bool(), (by, before), partial=True)

    def _next_workday(self, node: Node) -> Expr:
        """The day itself if it is worked, else the next that is: where a period that ends on a rest
        day runs on to (Civil Code, 203)."""
        day, region = self._date(node.args[0]), self._region(node.args[1:])
        one = Expr("lit", replace(WORKDAYS, low=Decimal(1), high=Decimal(1)), value=Decimal(1))
        after = Expr("workday_after", Date(), (day, one, *region), partial=True)
        return Expr("if", Date(), (self._is_workday(day, region), day, after), partial=True)

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

    def _instant(self, node: Node) -> Expr:
        inner = self.expr(node)
        if not isinstance(inner.type, Instant):
            raise fail(
                f"这里要时刻，写的是 {inner.type}",
                f"an instant belongs here, not {inner.type}",
                "用 instant 类型的输入",
                "use an input of type instant",
                node.column,
            )
        return inner

    def _lasting(self, node: Node) -> Expr:
        """How long from one instant to another: in whole seconds, or rounded as the sheet says."""
        args = tuple(self._instant(arg) for arg in node.args[:2])
        seconds = Expr("seconds", SECONDS, args, partial=any_partial(args))
        if node.op == "seconds":
            return seconds
        unit = node.op.removesuffix("s")
        size = Decimal(IN_SECONDS[unit])
        each = Num(SECONDS.unit / Unit.parse(unit), 0, size, size)
        places, mode = self._places(node.args[2]), self._mode(node.args[3])
        made = self._quotient(seconds, Expr("lit", each, value=size), places, mode, node)
        return replace(made, op="lasting", partial=seconds.partial)  # nothing is divided by zero

    def _legal_day(self, node: Node) -> Expr:
        """The date that an instant has where the pack's calendar is."""
        at = self._instant(node.args[0])
        if not self.scope.zone():
            raise fail(
                "不知道这里依哪个时区定日期",
                "nothing here says by the clocks of which zone an instant has its day",
                "用在计算表里；pack.yaml 的 calendar 写 CN，或在自己的日历写 zone，如 zone: Europe/Amsterdam",
                "use it in a sheet; pack.yaml says calendar: CN, or a calendar of its own with its zone, "
                "like zone: Europe/Amsterdam",
                node.column,
            )
        return Expr("legal_day", Date(), (at,), value=self.scope.zone(), partial=at.partial)

    def _places(self, node: Node, fewest: int = 0) -> int:
        known = node.op == "lit" and not node.args and isinstance(node.value, Decimal)
        if known and node.value in range(fewest, 13):
            return int(str(node.value))
        raise fail(
            f"小数位数要写 {fewest} 到 12" + ("，-1 是取整到十位" if fewest else ""),
            f"decimals are written {fewest} to 12" + ("; -1 rounds to tens" if fewest else ""),
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
        inner, places = self.number(node.args[0]), self._places(node.args[1], fewest=-12)
        mode: Mode = self._mode(node.args[2]) if len(node.args) == 3 else "half_up"
        kind = number_of(inner)
        places = min(places, kind.scale)
        low, high = rounded(kind.low, places, mode), rounded(kind.high, places, mode)
        result = Num(kind.unit, max(places, 0), low, high).checked(node.column)
        args: tuple[Expr, ...] = (inner,)
        if places < 0:  # the type does not say how far: it has no decimals either way
            args = (inner, Expr("lit", literal_type(Decimal(places)), value=Decimal(places)))
        return Expr("round", result, args, value=mode, partial=inner.partial)

    def _ratio(self, node: Node) -> Expr:
        above, below = (self.number(arg) for arg in node.args[:2])
        return self._quotient(above, below, self._places(node.args[2]), self._mode(node.args[3]), node)

    def _quotient(self, above: Expr, below: Expr, places: int, mode: Mode, node: Node) -> Expr:
        a, b = number_of(above), number_of(below)
        smallest = _smallest_size(b)
        largest = rounded(max(abs(a.low), abs(a.high)) / smallest, places, "up")
        signed = a.low < 0 or b.low < 0
        kind = Num(a.unit / b.unit, places, -largest if signed else Decimal(0), largest)
        # both engines divide whole numbers: the doubled dividend must fit 38 digits, the quotient 18
        over = max(a.digits + a.scale, a.digits + b.scale + places + 2)
        under = max(b.digits + b.scale, b.digits + a.scale + 2)
        if kind.digits > 18 or over > 38 or under > 38:
            raise fail(
                f"商可能有 {kind.digits} 位（最多 18），被除数 {over} 位、除数 {under} 位（最多 38）",
                f"the quotient may reach {kind.digits} digits of 18, "
                f"the dividend {over} and the divisor {under} of 38",
                "缩小输入范围、减少小数位，用 max(除数, 最小值) 使除数不太小，或给层写 at most N rows",
                "narrow the ranges, ask for fewer decimals, keep the divisor from being tiny with "
                "max(divisor, least), or bound the rows with: at most N rows",
                node.column,
            )
        return Expr("ratio", kind, (above, below), value=mode, partial=True)

    def _extreme(self, node: Node) -> Expr:
        if isinstance(kind := self.expr(node.args[0]).type, Date | Instant):
            of_kind = self._date if isinstance(kind, Date) else self._instant
            dates = tuple(of_kind(arg) for arg in node.args)
            return Expr(node.op, kind, dates, partial=any_partial(dates))
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

    def _previous(self, node: Node) -> Expr:
        """A line of the row before; of the first row, what is written instead."""
        name = self._named(node, node.args[0])
        (known,) = self.scope.across("previous", (name,), node.column)
        before, start = Expr("name", known, value=name), self.expr(node.args[1])
        kind = known
        if isinstance(known, Num) and isinstance(start.type, Num):
            before, start = self.same_unit(before, start, node)
            kind = self.common(before, start, column=node.column)
        elif isinstance(known, Options) and isinstance(start.type, Options):
            kind = Options(tuple(dict.fromkeys(known.values + start.type.values)))
        elif type(known) is not type(start.type):
            raise fail(
                f"{name} 是 {known}，起始值是 {start.type}", f"{name} is {known}, the start is {start.type}",
                "写同一种值", "write a value of the same kind", node.column,
            )  # fmt: skip
        return Expr("previous", kind, (before, start), partial=start.partial)

    def _named(self, node: Node, arg: Node) -> str:
        if arg.op != "name":
            raise fail(
                f"{node.op} 的参数是名称",
                f"{node.op} takes names",
                "先把式子写成一行，再用它的名称",
                "write the expression as a line of its own and name it",
                arg.column,
            )
        return str(arg.value)

    def _across(self, node: Node) -> Expr:
        names = [self._named(node, arg) for arg in node.args]
        op = node.op
        if op == "count":
            key = self.scope.key_of(names[0])
            op, names = ("holds", names) if key is None else ("rows", [key])
        kinds = self.scope.across(op, tuple(names), node.column)
        args = tuple(Expr("name", kind, value=name) for kind, name in zip(kinds, names, strict=True))
        first = kinds[0]
        if op in ("any", "holds") and not isinstance(first, Bool):
            raise fail(
                f"{node.op} 问的是条件", f"{node.op} asks about a condition",
                "用真假的行；行数写 count(层)", "name a line that is true or false; rows are counted by count(grain)",
                node.column,
            )  # fmt: skip
        if op == "any":
            return Expr("any", Bool(), args)
        if op in ("rows", "holds"):
            most = Decimal(self.scope.most_rows(names[0]))
            return Expr(op, Num(BARE, 0, Decimal(0), most), args)
        if op in ("first", "last"):
            return Expr(op, first, args, partial=True)
        if op in ("most", "least") and isinstance(first, Date | Instant):
            return Expr({"most": "latest", "least": "earliest"}[op], first, args, partial=True)
        if not isinstance(first, Num):
            raise fail(f"{node.op} 只合计数", f"{node.op} adds numbers", "用数", "use a number", node.column)
        if op in ("reached", "most", "least"):  # nothing yet, and none of no rows, count as zero
            kind = replace(first, low=min(first.low, Decimal(0)), high=max(first.high, Decimal(0)))
            return Expr(op, kind, args)
        if node.op == "share":
            weight = kinds[1]
            if not isinstance(weight, Num):
                raise fail("权数要是数", "a weight is a number", "用数", "use a number", node.column)
            if first.digits > 18 or first.digits + weight.digits > 37:
                both = first.digits + weight.digits
                raise fail(
                    f"分摊的总数可有 {first.digits} 位（最多 18），连同权数 {both} 位（最多 37）",
                    f"what is shared may reach {first.digits} digits of 18, with the weight {both} of 37",
                    "缩小范围",
                    "narrow the ranges",
                    node.column,
                )
            kind = replace(first, low=Decimal(0), high=max(first.high, Decimal(0)))
            return Expr("share", kind, args, partial=True)
        grown = replace(
            first,
            low=min(first.low, Decimal(0)) * self.scope.most_rows(names[0]),
            high=max(first.high, Decimal(0)) * self.scope.most_rows(names[0]),
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
