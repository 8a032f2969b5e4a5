"""The expression language of rules: a parser for

    expr = "if" cond "then" expr "else" expr | + - * | and or not | comparisons | in (…) | call

A number may carry its unit: `0.5 yuan/kWh`, `10 kWh`, `14 days`.

It has no division (`ratio` rounds where it divides), no powers, no strings to build, no loops and
no attribute of anything, so an expression can neither run long nor reach outside its inputs.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tongdian.policy.types import LanguageError, Value
from tongdian.policy.words import Words

MAX_LENGTH, MAX_DEPTH, MAX_NODES = 2000, 40, 400

KEYWORDS = frozenset(["if", "then", "else", "and", "or", "not", "in", "true", "false"])
FUNCTIONS = {  # name: (fewest, most) arguments
    "round": (2, 3),
    "clip": (3, 3),
    "min": (1, 8),  # of one name: the least over the rows of a lower grain; so with max
    "max": (1, 8),
    "ratio": (4, 4),
    "days": (2, 2),
    "seconds": (2, 2),
    "minutes": (4, 4),  # what is not whole is rounded, so the sheet says to how many decimals and how
    "hours": (4, 4),
    "legal_day": (1, 1),
    "workdays": (2, 3),
    "worked_by": (1, 2),
    "worked_before": (1, 2),
    "workday_after": (2, 3),
    "is_workday": (1, 2),
    "next_workday": (1, 2),  # the day itself where it is one
    "year": (1, 1),
    "month": (1, 1),
    "day": (1, 1),
    "weekday": (1, 1),
    "first_of_month": (1, 1),
    "last_of_month": (1, 1),
    "sum": (1, 1),
    "any": (1, 1),
    "count": (1, 1),
    "first": (1, 1),
    "last": (1, 1),
    "before": (2, 2),
    "reached": (2, 2),
    "previous": (2, 2),
    "share": (2, 2),
}
MODES = ("half_up", "down", "up")
PLURALS = {
    f"{unit}s": unit for unit in ("day", "workday", "month", "year", "hour", "minute", "second", "person")
}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{2}-\d{2})(?![\w-])
    | (?P<number>\d+(?:\.\d+)?)(?![\w.])(?:\s*(?!(?:if|then|else|and|or|not|in)\b)(?P<unit>[A-Za-z³²]+(?:/[A-Za-z³²]+)*)(?!\s*\())?
    | (?P<text>"[^"\n]{0,80}")
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark><=|>=|!=|[-+*(),<>=])
    )""",
    re.VERBOSE | re.ASCII,
)
_INSTEAD = {
    "/": Words("除法只写作 ratio(a, b, 小数位, 取整方式)", "division is written ratio(a, b, decimals, mode)"),
    "%": Words("没有取余；百分数写成 0.05", "there is no remainder; write a percentage as 0.05"),
    "!": Words("不等写作 !=，否定写作 not", "write != for unequal and not for negation"),
    ".": Words("没有属性；小数写成 0.5", "nothing has attributes; write a fraction as 0.5"),
    "[": Words(
        "没有下标；看其他行用 sum、first、last、previous 等",
        "there is no indexing; other rows are reached by sum, first, last, previous and their like",
    ),
    "'": Words("文字用双引号", "quote text with double quotes"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a parsed expression, before its types are known."""

    op: str
    args: tuple[Node, ...] = ()
    value: Value | None = None
    column: int = 0


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int
    unit: str = ""  # of a number


def _tokens(text: str) -> list[_Token]:
    out: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.end() > end:
            rest = text[position:].lstrip()
            raise LanguageError(
                Words(f"看不懂“{rest[:12]}”", f"cannot read {rest[:12]!r}"),
                _INSTEAD.get(
                    rest[:1],
                    Words(
                        "只用名称、数、日期和 + - * 比较", "use names, numbers, dates, + - * and comparisons"
                    ),
                ),
                position,
            )
        kind = "number" if match["number"] else str(match.lastgroup)
        out.append(_Token(kind, match.group(kind), match.start(kind), match["unit"] or ""))
        position = match.end()
    return out


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of one expression. Raises LanguageError with the column of the mistake."""
    if len(text) > MAX_LENGTH:
        raise LanguageError(
            Words(f"表达式长于 {MAX_LENGTH} 字符", f"the expression is longer than {MAX_LENGTH} characters"),
            Words("拆成几行", "split it over several lines"),
        )
    parser = _Parser(_tokens(text))
    node = parser.expression()
    if parser.at < len(parser.tokens):
        token = parser.tokens[parser.at]
        raise LanguageError(
            Words(f"多出“{token.text}”", f"{token.text!r} is left over"),
            Words(
                "比较不能连写；用 and 连接，或补上运算符",
                "comparisons do not chain: join them with and, or add the missing operator",
            ),
            token.column,
        )
    return node


ONE_WAY = ({"<", "<="}, {">", ">="})  # comparisons that may follow one another


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at, self.depth, self.nodes = tokens, 0, 0, 0

    # --- tokens ---
    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self) -> _Token:
        if self.at >= len(self.tokens):
            column = self.tokens[-1].column if self.tokens else 0
            raise LanguageError(
                Words("表达式没有写完", "the expression stops early"),
                Words("补上缺少的部分", "write the missing part"),
                column,
            )
        token = self.tokens[self.at]
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        token = self.take()
        if token.text != text:
            raise LanguageError(
                Words(f"这里应是“{text}”，写的是“{token.text}”", f"expected {text!r}, found {token.text!r}"),
                Words(f"补上“{text}”", f"add {text!r}"),
                token.column,
            )

    def node(self, op: str, *args: Node, value: Value | None = None, column: int = 0) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise LanguageError(
                Words("表达式过大", "the expression is too large"),
                Words("拆成几行", "split it over several lines"),
                column,
            )
        return Node(op, args, value, column)

    # --- grammar, loosest first ---
    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LanguageError(
                Words("括号嵌套过深", "nested too deeply"), Words("拆成几行", "split it over several lines")
            )
        try:
            if self.peek() == "if":
                column = self.take().column
                condition = self.expression()
                self.need("then")
                then = self.expression()
                self.need("else")
                return self.node("if", condition, then, self.expression(), column=column)
            return self.either()
        finally:
            self.depth -= 1

    def either(self) -> Node:
        node = self.both()
        while self.peek() == "or":
            column = self.take().column
            node = self.node("or", node, self.both(), column=column)
        return node

    def both(self) -> Node:
        node = self.negation()
        while self.peek() == "and":
            column = self.take().column
            node = self.node("and", node, self.negation(), column=column)
        return node

    def negation(self) -> Node:
        if self.peek() == "not":
            column = self.take().column
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise LanguageError(Words("not 过多", "too many nots"), Words("删去", "remove some"), column)
            node = self.node("not", self.negation(), column=column)
            self.depth -= 1
            return node
        return self.comparison()

    def comparison(self) -> Node:
        node = self.sum_()
        if self.peek() in ("=", "!=", "<", "<=", ">", ">="):
            return self.chained(node)
        negated = (
            self.peek() == "not" and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text == "in"
        )
        if negated:
            self.take()
        if self.peek() == "in":
            column = self.take().column
            self.need("(")
            members = [self.primary()]
            while self.skip(","):
                members.append(self.primary())
            self.need(")")
            node = self.node("in", node, *members, column=column)
            return self.node("not", node, column=column) if negated else node
        return node

    def chained(self, left: Node) -> Node:
        """`a < b`, and `a <= m < b`, which is `a <= m and m < b`: one way up or one way down."""
        token = self.take()
        right = self.sum_()
        node = self.node(token.text, left, right, column=token.column)
        while self.peek() in ("=", "!=", "<", "<=", ">", ">="):
            following = self.take()
            if not any({token.text, following.text} <= way for way in ONE_WAY):
                raise LanguageError(
                    Words(
                        f"“{token.text}”之后不能接“{following.text}”",
                        f"{following.text!r} does not follow {token.text!r}",
                    ),
                    Words(
                        "连写只能同向，如 a <= m < b；否则用 and 连接",
                        "chain one way, as in a <= m < b; else join with and",
                    ),
                    following.column,
                )
            left, right = right, self.sum_()
            further = self.node(following.text, left, right, column=following.column)
            node = self.node("and", node, further, column=following.column)
        return node

    def sum_(self) -> Node:
        node = self.product()
        while self.peek() in ("+", "-"):
            token = self.take()
            node = self.node(token.text, node, self.product(), column=token.column)
        return node

    def product(self) -> Node:
        node = self.primary()
        while self.peek() == "*":
            column = self.take().column
            node = self.node("*", node, self.primary(), column=column)
        return node

    def primary(self) -> Node:
        token = self.take()
        column = token.column
        match token.kind:
            case "number":
                if len(token.text) > 39:
                    raise LanguageError(
                        Words("数字过长", "the number is too long"),
                        Words("至多 38 位", "38 digits at most"),
                        column,
                    )
                unit = (self.node("unit", value=PLURALS.get(token.unit, token.unit)),) if token.unit else ()
                return self.node("lit", *unit, value=Decimal(token.text), column=column)
            case "date":
                try:
                    return self.node("lit", value=dt.date.fromisoformat(token.text), column=column)
                except ValueError:
                    raise LanguageError(
                        Words(f"没有 {token.text} 这一天", f"there is no day {token.text}"),
                        Words("改正日期", "correct the date"),
                        column,
                    ) from None
            case "text":
                return self.node("word", value=token.text[1:-1], column=column)
        if token.text == "(":
            node = self.expression()
            self.need(")")
            return node
        if token.text == "-":
            return self._negative(column)
        if token.text in ("true", "false"):
            return self.node("lit", value=token.text == "true", column=column)
        if token.kind != "name" or token.text in KEYWORDS:
            raise LanguageError(
                Words(f"这里不能是“{token.text}”", f"{token.text!r} cannot stand here"),
                Words("写一个名称、数或括号", "write a name, a number or parentheses"),
                column,
            )
        return self._call(token) if self.peek() == "(" else self.node("name", value=token.text, column=column)

    def _negative(self, column: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LanguageError(
                Words("负号过多", "too many minus signs"), Words("删去", "remove some"), column
            )
        inner = self.primary()
        self.depth -= 1
        if inner.op == "lit" and isinstance(inner.value, Decimal):
            return self.node("lit", *inner.args, value=-inner.value, column=column)
        return self.node("neg", inner, column=column)

    def _call(self, token: _Token) -> Node:
        if token.text not in FUNCTIONS:
            raise LanguageError(
                Words(f"没有函数“{token.text}”", f"there is no function {token.text!r}"),
                Words(f"可用：{'、'.join(FUNCTIONS)}", f"the functions are {', '.join(FUNCTIONS)}"),
                token.column,
            )
        self.need("(")
        args = [self.expression()]
        while self.skip(","):
            args.append(self.expression())
        self.need(")")
        fewest, most = FUNCTIONS[token.text]
        if not fewest <= len(args) <= most:
            count = str(fewest) if fewest == most else f"{fewest}–{most}"
            raise LanguageError(
                Words(f"{token.text} 要 {count} 个参数", f"{token.text} takes {count} arguments"),
                Words("核对参数", "check its arguments"),
                token.column,
            )
        return self.node(token.text, *args, column=token.column)


def written(node: Node) -> str:
    """An expression as it would be written, every part in brackets."""
    match node.op:
        case "lit":
            if isinstance(node.value, bool):
                return "true" if node.value else "false"
            if isinstance(node.value, dt.date):
                return node.value.isoformat()
            return f"{node.value:f}" + "".join(f" {unit.value}" for unit in node.args)
        case "word":
            return f'"{node.value}"'
        case "name":
            return str(node.value)
        case "if":
            condition, then, other = map(written, node.args)
            return f"(if {condition} then {then} else {other})"
        case "not" | "neg":
            return f"({'not ' if node.op == 'not' else '-'}{written(node.args[0])})"
        case "in":
            return f"{written(node.args[0])} in ({', '.join(map(written, node.args[1:]))})"
        case "and" | "or" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*":
            left, right = map(written, node.args)
            return f"({left} {node.op} {right})"
    return f"{node.op}({', '.join(map(written, node.args))})"
