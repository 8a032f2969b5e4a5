"""Types of expressions, inferred from the declared inputs: units agree and 38 digits are enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from tongdian.calendar import region_prefix
from tongdian.policy.function_types import Calls
from tongdian.policy.language import Node
from tongdian.policy.rounding import EXACT
from tongdian.policy.typed import Expr, NameScope, any_partial, fail, number_of
from tongdian.policy.types import (
    DAYS,
    IN_SECONDS,
    SECONDS,
    Bool,
    Date,
    Instant,
    LanguageError,
    Num,
    Options,
    Place,
    Type,
    Value,
    literal_type,
)
from tongdian.policy.units import BARE, Unit
from tongdian.policy.words import Words

LONGEST_MOVE = Decimal(2_000_000_000)  # seconds: what 32 bits hold


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

    def key_of(self, grain: str) -> str | None:
        return None

    def most_rows(self, name: str) -> int:
        return 1

    def names(self) -> list[str]:
        return list(self.types)

    def zone(self) -> str:
        return ""


def infer(node: Node, scope: NameScope) -> Expr:
    """The typed form of `node`. Raises LanguageError naming what does not fit."""
    with localcontext(EXACT):  # ranges multiply past Python's default 28 digits
        return _Inference(scope).expr(node)


class _Inference(Calls):
    def expr(self, node: Node) -> Expr:
        match node.op:
            case "lit":
                assert node.value is not None
                return self._constant(node, node.value)
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
                return Expr(node.op, Bool(), args, partial=any_partial(args))
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return self._comparison(node)
            case "in":
                return self._membership(node)
            case "neg":
                inner = self.number(node.args[0])
                kind = number_of(inner)
                return Expr(
                    "neg", replace(kind, low=-kind.high, high=-kind.low), (inner,), partial=inner.partial
                )
            case "+" | "-":
                return self._sum(node)
            case "*":
                return self._product(node)
            case _:
                return self.call(node)

    def _constant(self, node: Node, value: Value) -> Expr:
        kind = literal_type(value)
        if node.args:  # its unit is written beside it
            kind = replace(number_of(Expr("lit", kind)), unit=Unit.parse(str(node.args[0].value)))
        return Expr("lit", kind, value=value)

    # --- names and words ---
    def _name(self, node: Node) -> Expr:
        name = str(node.value)
        kind = self.scope.type_of(name)
        if kind is None:
            known = self.scope.names()
            if any(isinstance(one, Options) and name in one.values for one in map(self.scope.type_of, known)):
                raise fail(
                    f"没有叫“{name}”的输入或行；它是一个选项",
                    f"there is no input or line called {name!r}; it is the word of a choice",
                    f'写成 "{name}"',
                    f'write "{name}"',
                    node.column,
                )
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
        if self._is_bare(right):
            host = self.expr(left)
            # what is no option is asked for as a name, and refused as one
            return host, (
                self._option(right, host.type) if isinstance(host.type, Options) else self.expr(right)
            )
        if self._is_bare(left):
            host = self.expr(right)
            return (
                self._option(left, host.type) if isinstance(host.type, Options) else self.expr(left)
            ), host
        return self.expr(left), self.expr(right)

    def _is_bare(self, node: Node) -> bool:
        return node.op == "name" and self.scope.type_of(str(node.value)) is None

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
            left, right = self.same_unit(left, right, node)
            self.common(left, right, column=node.column)
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
                found = self.same_unit(host, found, node)[1]
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
    def number(self, node: Node) -> Expr:
        return self._as_number(self.expr(node), node)

    def _as_number(self, inner: Expr, node: Node) -> Expr:
        if not isinstance(inner.type, Num):
            raise fail(
                f"这里要数，写的是 {inner.type}",
                f"a number belongs here, not {inner.type}",
                "日期相减用 days(a, b)，时刻相减用 minutes(a, b, 小数位, 取整方式)",
                "subtract dates with days(a, b), instants with minutes(a, b, decimals, mode)",
                node.column,
            )
        return inner

    def same_unit(self, left: Expr, right: Expr, node: Node) -> tuple[Expr, Expr]:
        """Both with one unit; a bare constant takes the unit of what it stands beside."""
        a, b = number_of(left), number_of(right)
        if a.unit == b.unit:
            return left, right
        if right.op == "lit" and b.unit == BARE:
            return left, replace(right, type=replace(b, unit=a.unit))
        if left.op == "lit" and a.unit == BARE:
            return replace(left, type=replace(a, unit=b.unit)), right
        raise fail(
            f"单位不同：{str(a.unit) or '无单位'} 与 {str(b.unit) or '无单位'}",
            f"units differ: {str(a.unit) or 'none'} and {str(b.unit) or 'none'} in {node.op}",
            "先换算成同一单位；常数可带单位，如 0.5 kWh",
            "bring both to one unit first; a constant may carry its unit, like 0.5 kWh",
            node.column,
        )

    def common(self, *exprs: Expr, column: int) -> Num:
        kinds = [number_of(e) for e in exprs]
        return Num(
            kinds[0].unit, max(k.scale for k in kinds), min(k.low for k in kinds), max(k.high for k in kinds)
        ).checked(column)

    def _sum(self, node: Node) -> Expr:
        first = self.expr(node.args[0])
        if isinstance(first.type, Date):
            return self._moved(first, node)
        if isinstance(first.type, Instant):
            return self._moved_by_the_clock(first, node)
        # `first` again, not inferred anew: a long chain would take time twice over for each sign
        left, right = self.same_unit(self._as_number(first, node.args[0]), self.number(node.args[1]), node)
        a, b = number_of(left), number_of(right)
        low, high = (a.low + b.low, a.high + b.high) if node.op == "+" else (a.low - b.high, a.high - b.low)
        kind = Num(a.unit, max(a.scale, b.scale), low, high).checked(node.column)
        return Expr(node.op, kind, (left, right), partial=left.partial or right.partial)

    def _moved(self, start: Expr, node: Node) -> Expr:
        """A date and so many days: `d + 14 days`, `d - n`."""
        days = self.expr(node.args[1])
        if not isinstance(days.type, Num) or days.type.scale or days.type.unit != DAYS.unit:
            raise fail(
                f"日期只能加减整日数，写的是 {days.type}",
                f"a date takes a whole number of days, not {days.type}",
                "写 14 days，或用 day(0) 的数；日期相减用 days(a, b)，工作日用 workday_after",
                "write 14 days, or a number in day(0); subtract dates with days(a, b), count working days with workday_after",
                node.column,
            )
        if max(abs(days.type.low), abs(days.type.high)) > DAYS.high:
            raise fail(
                f"日数可达 {days.type.low:f} 至 {days.type.high:f}，最多 {DAYS.high:f}",
                f"the days may reach {days.type.low:f} to {days.type.high:f}; {DAYS.high:f} is the most",
                "缩小日数的范围", "narrow the range of the days", node.column,
            )  # fmt: skip
        return Expr("later" if node.op == "+" else "earlier", Date(), (start, days), partial=True)

    def _moved_by_the_clock(self, start: Expr, node: Node) -> Expr:
        """An instant and so long: `cut + 24 hours`, `at - n` with n in minute(0)."""
        long = self.expr(node.args[1])
        kind = long.type
        unit = str(kind.unit) if isinstance(kind, Num) else ""
        if not isinstance(kind, Num) or kind.scale or unit not in IN_SECONDS:
            raise fail(
                f"时刻只能加减整数的小时、分钟或秒，写的是 {kind}",
                f"an instant takes whole hours, minutes or seconds, not {kind}",
                "写 24 hours，或用 minute(0) 的数；时刻相减用 seconds、minutes 或 hours；要日期用 legal_day",
                "write 24 hours, or a number in minute(0); subtract instants with seconds, minutes or hours; "
                "for a day use legal_day",
                node.column,
            )
        size = Decimal(IN_SECONDS[unit])
        if max(abs(kind.low), abs(kind.high)) * size > LONGEST_MOVE:
            raise fail(
                f"可达 {kind.low:f} 至 {kind.high:f}，最多 {LONGEST_MOVE // size:f}",
                f"it may reach {kind.low:f} to {kind.high:f}; {LONGEST_MOVE // size:f} is the most",
                "缩小范围", "narrow the range", node.column,
            )  # fmt: skip
        each = Expr("lit", Num(SECONDS.unit / kind.unit, 0, size, size), value=size)
        seconds = Num(SECONDS.unit, 0, kind.low * size, kind.high * size)
        by = long if size == 1 else Expr("*", seconds, (long, each), partial=long.partial)
        return Expr("sooner" if node.op == "-" else "after", Instant(), (start, by), partial=True)

    def _product(self, node: Node) -> Expr:
        left, right = (self.number(arg) for arg in node.args)
        a, b = number_of(left), number_of(right)
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        kind = Num(a.unit * b.unit, a.scale + b.scale, min(corners), max(corners)).checked(node.column)
        return Expr("*", kind, (left, right), partial=left.partial or right.partial)

    def _if(self, node: Node) -> Expr:
        condition = self._truth(node.args[0])
        then, other = self._pair(node.args[1], node.args[2])
        kind: Type
        if isinstance(then.type, Num) and isinstance(other.type, Num):
            then, other = self.same_unit(then, other, node)
            kind = self.common(then, other, column=node.column)
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
        return Expr("if", kind, args, partial=any_partial(args))
