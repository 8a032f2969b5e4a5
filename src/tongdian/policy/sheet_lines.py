"""The lines of a grain: what it brings, looks up, requires, takes and calculates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tongdian.policy import language
from tongdian.policy.inputs import Input
from tongdian.policy.language import Node
from tongdian.policy.sheet import CALENDAR_OPS, Grain, In, Let, Library, Look, Require, Sheet, uses
from tongdian.policy.sheet_scope import SheetScope
from tongdian.policy.sheet_types import no_instant, read_type, read_type_loosely
from tongdian.policy.typed import BELOW, Expr, fail
from tongdian.policy.types import Date, Ident, LanguageError, Num, Options, Place, Type
from tongdian.policy.typing import infer
from tongdian.policy.words import Words

WORD = r"[a-z][a-z0-9_]*"
RULE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_IN = re.compile(rf"in ({WORD})\s*:\s*(.+?)(?:\s+default\s+(\S+))?\Z")
_GIVEN = re.compile(rf"given ({WORD})\s*:\s*(.+?)\Z")
_ON_A_DATE = re.compile(r"\bon\s+(\d{4}-\d{2}-\d{2})\b")
_LOOK = re.compile(
    rf"look ({WORD})\s*:\s*(.+?)\s*=\s*({RULE})(?:\.({WORD}))? on ({WORD})(?: for ({WORD}(?:\s*,\s*{WORD})*))?\Z"
)
_REQUIRE = re.compile(rf"require (.+?)\s*:\s*({RULE})\Z")
_TAKE = re.compile(rf"take ({WORD})\s*=\s*({RULE})\Z")
_LET = re.compile(rf"({WORD})(?:\s*:\s*([^=]+?))?\s*=\s*(.+)\Z")
RESERVED = language.KEYWORDS | frozenset(language.MODES)

LONGEST_CHAIN = 400  # rows: the days of a year
NOT_IN_CHAINS = (*BELOW, *CALENDAR_OPS, "before", "reached", "share", "previous")


class SheetLines:
    """A sheet as read so far, and every kind of line that a grain may have."""

    def __init__(self, text: str, library: Library) -> None:
        self.text, self.library = text, library
        self.number = 0
        self.grain: Grain | None = None
        self.sheet = Sheet("", "", text, zone=library.zone())
        self.awaited: dict[
            str, Let
        ] = {}  # line not yet written -> the line that takes it from the row before
        self.bounded: set[str] = set()  # the grains whose most rows are already asked for

    def table(self, table: str) -> tuple[Mapping[str, Input], tuple[str, ...]]:
        found = self.library.columns(table)
        if found is None:
            raise fail(
                f"没有表“{table}”",
                f'there is no table "{table}"',
                "写一条 kind: table 的规则",
                "add a rule of kind table",
            )
        return found

    def declare(self, name: str, kind: Type) -> None:
        assert self.grain is not None
        if name in RESERVED:
            raise fail(
                f"“{name}”是语言里的词",
                f'"{name}" is a word of the language',
                "换一个名称",
                "choose another name",
            )
        if (
            name in self.sheet.types
            or (name in self.sheet.grains and self.sheet.grains[name].parent is not None)
            or name in self.sheet.takes
        ):
            raise fail(
                f"名称“{name}”已经用过",
                f'the name "{name}" is already taken',
                "换一个名称",
                "choose another name",
            )
        self.sheet.types[name] = kind
        self.sheet.where[name] = self.grain.name

    # --- lines ---
    def brings(self, body: str) -> None:
        match = _IN.match(body)
        if not match:
            raise fail(
                "in 写得不对",
                "this input is not well formed",
                "in 名称 : 类型 [最小..最大] [default 值]",
                "in name : type [min..max] [default value]",
            )
        name, type_text, default_text = match.groups()
        grain = self.grain
        assert grain is not None
        column = None
        if grain.table is not None:
            column = self.table(grain.table)[0].get(name)
            if column is None:
                raise fail(
                    f"表“{grain.table}”没有列“{name}”",
                    f'the table "{grain.table}" has no column "{name}"',
                    "核对列名",
                    "check the column's name",
                )
        kind = read_type(type_text, column)
        if name == grain.key or default_text is not None:
            no_instant(kind)
        default = None
        if default_text is not None:
            from tongdian.policy.inputs import read_value
            from tongdian.policy.refusals import BadInput

            try:
                default = read_value(name, default_text.strip('"'), kind)
            except BadInput as refusal:
                raise LanguageError(refusal.words, Words("改正默认值", "correct the default")) from None
        self.declare(name, kind)
        grain.inputs.append(In(name, kind, grain.name, self.number, default))

    def given(self, body: str) -> None:
        """A value that is one for the whole run, such as the day on which it is judged."""
        match = _GIVEN.match(body)
        if not match or self._grain() is not self.sheet.root:
            raise fail(
                "given 写得不对",
                "this given is not well formed",
                "在最外层写 given 名称 : 类型",
                "write given name : type in the outermost grain",
            )
        name, type_text = match.groups()
        self.declare(name, no_instant(read_type(type_text)))
        self.sheet.given.add(name)

    def look(self, body: str) -> None:
        match = _LOOK.match(body)
        grain = self.grain
        assert grain is not None
        if not match and (written := _ON_A_DATE.search(body)):
            raise fail(
                f"look 的 on 后是日期 {written[1]}，要的是名称",
                f"after on stands the date {written[1]}, where a name belongs",
                f"另起一行：day = {written[1]}，再写 on day",
                f"write a line for it, day = {written[1]}, and then: on day",
            )
        if not match:
            raise fail(
                "look 写得不对",
                "this look is not well formed",
                "look 名称 : 类型 = 表.列 on 日期 for 键",
                "look name : type = table.column on date for keys",
            )
        name, type_text, table, column, on, keys_text = match.groups()
        self.settle_key()
        if not isinstance(self._visible(on), Date):
            raise fail(f"“{on}”不是日期", f'"{on}" is not a date', "on 后写日期", "name a date after on")
        names = tuple(key.strip() for key in keys_text.split(",")) if keys_text else ()
        for key in names:
            self._visible(key)
        if column is None:
            node = self.library.rule_node(table, Node("name", value=on), names, region=self._place())
            if node is None:
                raise fail(
                    f"没有规则“{table}”", f'there is no rule "{table}"', "核对规则名", "check the rule's name"
                )
            value, in_force = node
            condition = infer(in_force, SheetScope(self.sheet, grain))
            reason = self._waits(name, table) or Words(
                f"{table} 在这一天没有有效版本", f"{table} has no version in force on this day"
            )
            guard = Require(condition, f"{table} on {on}", reason, grain.name, self.number, of=name)
            self.sheet.items.append(guard)
            self._line_of(name, value, body.partition("=")[2].strip(), "", read_type_loosely(type_text))
            return
        columns, table_keys = self.table(table)
        if column not in columns or len(names) != len(table_keys):
            raise fail(
                f"表“{table}”没有列“{column}”，或键的个数不符",
                f'the table "{table}" has no column "{column}", or takes {len(table_keys)} keys',
                f"列：{'、'.join(columns)}；键：{'、'.join(table_keys) or '无'}",
                f"columns: {', '.join(columns)}; keys: {', '.join(table_keys) or 'none'}",
            )
        for table_key, key in zip(table_keys, names, strict=True):
            self.same_kind(key, columns[table_key].value_type)
        kind = read_type(type_text, columns[column] if isinstance(columns[column].value_type, Num) else None)
        if type(kind) is not type(columns[column].value_type):
            raise fail(
                "类型与表的列不同",
                "the type differs from the table's column",
                f"写 {columns[column].value_type}",
                f"write {columns[column].value_type}",
            )
        if isinstance(kind, Options):
            kind = columns[column].value_type
        self.declare(name, kind)
        pairs = tuple(zip(table_keys, names, strict=True))
        self.sheet.items.append(
            Look(
                name,
                kind,
                grain.name,
                self.number,
                table,
                column,
                on,
                pairs,
                self._waits(name, table),
                self.library.title(table),
            )
        )

    def _place(self) -> str:
        """The input that says where a case is, if the sheet has one."""
        return next((one.name for one in self.sheet.root.inputs if isinstance(one.type, Place)), "")

    def _waits(self, name: str, rule: str) -> Words | None:
        """Why a look finds nothing whatever the day."""
        refusal = self.library.waits(rule)
        if refusal is None:
            return None
        self.sheet.waits[name] = refusal
        return refusal.words

    def _visible(self, name: str) -> Type:
        kind = SheetScope(self.sheet, self._grain()).type_of(name)
        if kind is None:
            raise fail(
                f"没有叫“{name}”的输入或行",
                f"there is no input or line called {name!r}",
                "核对名称",
                "check the name",
            )
        return kind

    def same_kind(self, name: str, kind: Type) -> None:
        """Raises LanguageError unless a visible name is of the kind of a table's key."""
        if type(kind) is not type(self._visible(name)):
            raise fail(
                f"键“{name}”与表的列不是同一种值",
                f'the key "{name}" and the table\'s column differ in kind',
                "核对键",
                "check the keys",
            )

    def settle_key(self) -> None:
        """A key that is not an input is an opaque id, such as a meter's number."""
        grain = self.grain
        if grain is None:
            return
        if grain.key not in self.sheet.types:
            self._opaque_key(grain)
        if grain.most is not None and grain.name not in self.bounded:
            self.bounded.add(grain.name)
            assert grain.parent is not None
            above = self.sheet.grains[grain.parent]
            node = Node(
                "<=",
                (Node("count", (Node("name", value=grain.name),)), Node("lit", value=Decimal(grain.most))),
            )
            condition = infer(node, SheetScope(self.sheet, above))
            reason = Words(
                f"{grain.name} 多于 {grain.most} 行", f"more than {grain.most} rows of {grain.name}"
            )
            self.sheet.items.append(
                Require(condition, f"at most {grain.most} rows", reason, above.name, grain.line)
            )

    def _opaque_key(self, grain: Grain) -> None:
        if grain.table is not None:
            raise fail(
                f"键“{grain.key}”要写成 in",
                f'the key "{grain.key}" must be an input',
                "写 in 键 : 类型",
                "declare it with in",
            )
        self.declare(grain.key, Ident())
        grain.inputs.insert(0, In(grain.key, Ident(), grain.name, self.number))

    def _grain(self) -> Grain:
        assert self.grain is not None
        return self.grain

    def require(self, body: str) -> None:
        match = _REQUIRE.match(body)
        if not match:
            raise fail(
                "require 写得不对",
                "this require is not well formed",
                "require 条件 : 理由的 id",
                "require condition : reason-id",
            )
        condition_text, reason_id = match.groups()
        self.settle_key()
        reason = self.library.reason(reason_id)
        if reason is None:
            raise fail(
                f"没有写明理由“{reason_id}”",
                f'the reason "{reason_id}" is not worded',
                "写进规则的 reasons",
                "word it under the rule's reasons",
            )
        node = _fill(language.parse(condition_text), self.sheet.takes)
        condition = (
            infer(Node("not", (Node("not", (node,)),)), SheetScope(self.sheet, self._grain())).args[0].args[0]
        )
        self.sheet.items.append(Require(condition, condition_text, reason, self._grain().name, self.number))

    def take(self, body: str) -> None:
        match = _TAKE.match(body)
        found = self.library.option(match.group(2)) if match else None
        if match is None or found is None:
            raise fail(
                "没有这个解读",
                "there is no such interpretation",
                "take 名称 = 解读的 id",
                "take name = interpretation-id",
            )
        name = match.group(1)
        if name in self.sheet.types or name in self.sheet.takes or name in RESERVED:
            raise fail(
                f"名称“{name}”已经用过",
                f'the name "{name}" is already taken',
                "换一个名称",
                "choose another name",
            )
        option, options = found  # the word knows the other options, so that comparing with one is false
        self.sheet.takes[name] = Node(
            "word", tuple(Node("word", value=other) for other in options), value=option
        )

    def let(self, body: str, comment: str) -> None:
        match = _LET.match(body)
        if not match:
            raise fail(
                f"看不懂“{body[:30]}”",
                f"cannot read {body[:30]!r}",
                "写成 名称 = 式子，或 in、look、require、take",
                "write name = expression, or in, look, require, take",
            )
        name, declared, text = match.groups()  # bare numbers take the declared unit
        node = language.parse(text)
        if node.op == "previous" and self._is_below(node.args[0]):
            self._carried(name, node, declared, text, comment)
            return
        kind = read_type_loosely(declared) if declared else None
        self._line_of(name, node, text, comment, kind)

    # --- what one row hands on to the next ---
    def _is_below(self, node: Node) -> bool:
        return node.op == "name" and node.value not in self.sheet.types

    def _carried(self, name: str, node: Node, declared: str | None, text: str, cite: str) -> None:
        """`NAME : TYPE = previous(LINE BELOW, START)`: the first line of a chain along the rows."""
        self.settle_key()
        grain = self._grain()
        if declared is None or grain.parent is None or not 0 < (grain.most or 0) <= LONGEST_CHAIN:
            raise fail(
                f"没有“{node.args[0].value}”，或它写在下面而这一行、这一层没有写全",
                f'there is no "{node.args[0].value}", or it stands below and this line or grain says too little',
                f"带到下一行的：名称 : 类型 最小..最大 = previous(下面的行, 起始值)，层写 at most N rows（至多 {LONGEST_CHAIN}）",
                f"to hand it on: name : type min..max = previous(line below, start), in a grain of at most "
                f"{LONGEST_CHAIN} rows (each … at most N rows)",
                node.column,
            )
        kind = read_type(declared)
        start = infer(_fill(node.args[1], self.sheet.takes), SheetScope(self.sheet, grain))
        if isinstance(kind, Num) and isinstance(start.type, Num) and expr_is_bare(start):
            start = replace(start, type=replace(start.type, unit=kind.unit))
        self._fits(start.type, kind)
        carried = Expr(
            "carried", kind, (Expr("name", kind, value=str(node.args[0].value)), start), partial=True
        )
        self.awaited[str(node.args[0].value)] = Let(name, carried, kind, text, grain.name, self.number, cite)
        self.declare(name, kind)
        at = len(self.sheet.items)
        self.sheet.items.append(self.awaited[str(node.args[0].value)])
        if len(self.awaited) == 1:
            self.sheet.chains.append(range(at, at + 1))

    def _fits(self, kind: Type, declared: Type) -> None:
        """Raises LanguageError unless every value of a kind can be handed on as what is declared."""
        if isinstance(kind, Num) and isinstance(declared, Num):
            fits = kind.unit == declared.unit and kind.scale <= declared.scale
        elif isinstance(kind, Options) and isinstance(declared, Options):
            fits = set(kind.values) <= set(declared.values)
        else:
            fits = type(kind) is type(declared)
        if not fits:
            raise fail(
                f"带来的是 {kind}，写的是 {declared}", f"what is handed on is {kind}, declared is {declared}",
                "写同样的单位、足够的小数位和全部选项", "write the same unit, enough decimals and every option",
            )  # fmt: skip

    def _chained(self, name: str, expr: Expr, kind: Type) -> None:
        """A further line of a chain; one that the row after waits for may be its last."""
        if any(uses(expr, op) for op in NOT_IN_CHAINS):
            raise fail(
                "带到下一行的一段里不能看其他行，也不能数工作日",
                "a chain along the rows looks at no other rows and counts no working days",
                "把它写成上面的一行",
                "write it as a line above the chain",
            )
        waiting = self.awaited.pop(name, None)
        if waiting is not None:
            self._fits(kind, waiting.type)
        self.sheet.chains[-1] = range(self.sheet.chains[-1].start, len(self.sheet.items) + 1)

    def _line_of(self, name: str, node: Node, text: str, cite: str, declared: Type | None) -> None:
        grain = self._grain()
        self.settle_key()
        expr = infer(_fill(node, self.sheet.takes), SheetScope(self.sheet, grain))
        kind = expr.type
        if isinstance(declared, Num):
            if not isinstance(kind, Num) or (kind.unit != declared.unit and expr_is_bare(expr)):
                kind = Num(declared.unit, kind.scale, kind.low, kind.high) if isinstance(kind, Num) else kind
            if not isinstance(kind, Num) or kind.unit != declared.unit or kind.scale > declared.scale:
                raise fail(
                    f"规则给出 {expr.type}",
                    f"the rule gives {expr.type}",
                    "写成同样的单位和小数位",
                    "declare the same unit and enough decimals",
                )
            kind = Num(kind.unit, declared.scale, kind.low, kind.high)
        elif isinstance(declared, Options) and isinstance(kind, Options):
            if not set(kind.values) <= set(declared.values):
                raise fail(f"规则给出 {kind}", f"the rule gives {kind}", "列出全部选项", "list every option")
            kind = declared
        elif declared is not None and type(declared) is not type(kind):
            raise fail(f"规则给出 {kind}", f"the rule gives {kind}", "改写类型", "correct the type")
        if self.awaited:
            self._chained(name, expr, kind)
        self.declare(name, kind)
        self.sheet.items.append(Let(name, expr, kind, text, grain.name, self.number, cite))


def expr_is_bare(expr: Expr) -> bool:
    """Whether a number carries no unit, as the figures of a limits rule do."""
    return isinstance(expr.type, Num) and not str(expr.type.unit)


def _fill(node: Node, takes: Mapping[str, Node]) -> Node:
    """`node` with the constants of `take` written in."""
    if node.op == "name" and node.value in takes:
        return takes[str(node.value)]
    if not node.args:
        return node
    return Node(node.op, tuple(_fill(arg, takes) for arg in node.args), node.value, node.column)
