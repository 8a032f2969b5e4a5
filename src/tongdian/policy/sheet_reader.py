"""Reading the text of a sheet into a typed Sheet, line by line, each mistake at its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tongdian.policy import language
from tongdian.policy.inputs import Input
from tongdian.policy.language import Node
from tongdian.policy.rounding import EXACT
from tongdian.policy.sheet import Grain, In, Let, Library, Look, Require, Sheet, SheetError
from tongdian.policy.types import Bool, Date, Ident, LanguageError, Num, Options, Place, Type
from tongdian.policy.typing import BELOW, Expr, fail, infer
from tongdian.policy.units import Unit
from tongdian.policy.words import Words

MAX_LINES, MAX_GRAINS = 300, 8

_WORD = r"[a-z][a-z0-9_]*"
_RULE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_HEAD = re.compile(rf"sheet ({_RULE}) -> ((?:{_WORD}\.)?{_WORD})\Z")
_EACH = re.compile(rf"each ({_WORD})(?: in ({_WORD}) by ({_WORD}))?(?: from ({_RULE}) on ({_WORD}))?\Z")
_IN = re.compile(rf"in ({_WORD})\s*:\s*(.+?)(?:\s+default\s+(\S+))?\Z")
_GIVEN = re.compile(rf"given ({_WORD})\s*:\s*(.+?)\Z")
_LOOK = re.compile(
    rf"look ({_WORD})\s*:\s*(.+?)\s*=\s*({_RULE})(?:\.({_WORD}))? on ({_WORD})(?: for ({_WORD}(?:\s*,\s*{_WORD})*))?\Z"
)
_REQUIRE = re.compile(rf"require (.+?)\s*:\s*({_RULE})\Z")
_TAKE = re.compile(rf"take ({_WORD})\s*=\s*({_RULE})\Z")
_LET = re.compile(rf"({_WORD})(?:\s*:\s*([^=]+?))?\s*=\s*(.+)\Z")
_TYPE = re.compile(
    r"(?:(?P<plain>date|bool|id|region)|one_of\((?P<options>[^()]*)\)|(?P<int>int)|(?P<unit>[A-Za-z0-9/*³²%]+)\((?P<scale>\d{1,2})\))"
    r"(?:\s+(?P<low>-?\d+(?:\.\d+)?)\.\.(?P<high>-?\d+(?:\.\d+)?))?\Z"
)
_PLAIN_TYPES: dict[str, Type] = {"date": Date(), "bool": Bool(), "id": Ident(), "region": Place()}
_RESERVED = language.KEYWORDS | frozenset(language.MODES)


def parse_sheet(text: str, library: Library) -> Sheet:
    """Read a sheet. Raises SheetError at the line of the first mistake."""
    with localcontext(EXACT):
        return _Reader(text, library).read()


class _Reader:
    def __init__(self, text: str, library: Library) -> None:
        self.text, self.library = text, library
        self.number = 0
        self.grain: Grain | None = None
        self.sheet = Sheet("", "", text)

    def read(self) -> Sheet:
        lines = self.text.splitlines()
        if len(lines) > MAX_LINES:
            raise SheetError(
                MAX_LINES,
                Words("表过长", "the sheet is too long"),
                Words(f"至多 {MAX_LINES} 行", f"keep it within {MAX_LINES} lines"),
            )
        for self.number, raw in enumerate(lines, 1):
            body, _, comment = raw.partition("#")
            if body.strip():
                try:
                    self._line(body.strip(), comment.strip())
                except LanguageError as error:
                    raise SheetError(self.number, error.problem, error.remedy) from None
        self._finish()
        return self.sheet

    def _finish(self) -> None:
        sheet = self.sheet
        if not sheet.id:
            self._refuse(
                "没有 sheet 开头",
                "there is no sheet header",
                "第一行写 sheet 名称 -> 结果",
                "begin with: sheet id -> name",
            )
        if not sheet.grains:
            self._refuse("没有一层行", "there is no grain", "写 each …", "write each …")
        self._settle_key()
        grain, _, name = sheet.result.rpartition(".")
        self.number = 1
        if name not in sheet.types or (grain and sheet.where[name] != grain):
            self._refuse(
                f"结果“{sheet.result}”没有定义",
                f'the result "{sheet.result}" is not defined',
                "定义它或改写结果",
                "define it or name another result",
            )
        if sheet.where[name] != sheet.root.name:
            self._refuse(
                "结果不在最外层",
                "the result is not in the outermost grain",
                "用 sum 汇总到最外层",
                "sum it up to the outermost grain",
            )
        sheet.result = name

    def _refuse(self, zh: str, en: str, remedy_zh: str, remedy_en: str) -> None:
        raise SheetError(self.number, Words(zh, en), Words(remedy_zh, remedy_en))

    def _line(self, body: str, comment: str) -> None:
        if not self.sheet.id:
            match = _HEAD.match(body)
            if not match:
                raise fail(
                    "第一行要是 sheet",
                    "the first line must be the header",
                    "写 sheet 名称 -> 结果",
                    "write: sheet id -> name",
                )
            self.sheet.id, self.sheet.result = match.groups()
        elif body.startswith("each "):
            self._each(body)
        elif self.grain is None:
            raise fail(
                "这一行不属于任何层", "this line belongs to no grain", "先写 each …", "write each … above it"
            )
        elif body.startswith("in "):
            self._in(body)
        elif body.startswith("given "):
            self._given(body)
        elif body.startswith("look "):
            self._look(body)
        elif body.startswith("require "):
            self._require(body)
        elif body.startswith("take "):
            self._take(body)
        else:
            self._let(body, comment)

    # --- grains ---
    def _each(self, body: str) -> None:
        match = _EACH.match(body)
        if not match:
            raise fail(
                "each 写得不对",
                "this each is not well formed",
                "each 层 in 上层 by 键 [from 表 on 日期]",
                "each grain in parent by key [from table on date]",
            )
        name, parent, key, table, on = match.groups()
        self._settle_key()
        known = self.sheet.grains.get(name)
        if known is not None:
            if parent and (parent, key, table, on) != (known.parent, known.key, known.table, known.on):
                raise fail(
                    f"“{name}”前面写得不同",
                    f'"{name}" was declared differently above',
                    "再开一层时只写 each 名称",
                    "reopen it with: each name",
                )
            self.grain = known
            return
        if (parent is None) != (not self.sheet.grains):
            raise fail(
                "只有一个最外层",
                "there is exactly one outermost grain",
                "其他层写 in 上层 by 键",
                "give the others: in parent by key",
            )
        if parent is not None and parent not in self.sheet.grains:
            raise fail(
                f"没有层“{parent}”", f'there is no grain "{parent}"', "先声明上层", "declare the parent first"
            )
        if parent is not None and table is None and self.sheet.grains[parent].table:
            raise fail(
                "由表生成的层下面不能有输入的层",
                "a grain made from a table has no rows given below it",
                "换一个上层",
                "choose another parent",
            )
        if len(self.sheet.grains) >= MAX_GRAINS or name in self.sheet.types or name in _RESERVED:
            raise fail(
                f"层“{name}”不能用",
                f'the grain "{name}" cannot be used',
                f"换个名称；至多 {MAX_GRAINS} 层",
                f"choose another name; at most {MAX_GRAINS} grains",
            )
        grain = Grain(name, parent, key or name, table, on, self.number)
        if table is not None:
            self._table(table)
            if on not in self.sheet.types or not isinstance(self.sheet.types[on], Date):
                raise fail(
                    f"“{on}”不是日期", f'"{on}" is not a date', "写上层的一个日期", "name a date of a parent"
                )
        self.sheet.grains[name] = self.grain = grain
        if parent is None:
            self._declare(name, Ident())

    def _table(self, table: str) -> tuple[Mapping[str, Input], tuple[str, ...]]:
        found = self.library.columns(table)
        if found is None:
            raise fail(
                f"没有表“{table}”",
                f'there is no table "{table}"',
                "写一条 kind: table 的规则",
                "add a rule of kind table",
            )
        return found

    def _declare(self, name: str, kind: Type) -> None:
        assert self.grain is not None
        if name in _RESERVED:
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
    def _in(self, body: str) -> None:
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
            column = self._table(grain.table)[0].get(name)
            if column is None:
                raise fail(
                    f"表“{grain.table}”没有列“{name}”",
                    f'the table "{grain.table}" has no column "{name}"',
                    "核对列名",
                    "check the column's name",
                )
        kind = self._type(type_text, column)
        default = None
        if default_text is not None:
            from tongdian.policy.inputs import read_value
            from tongdian.policy.refusals import BadInput

            try:
                default = read_value(name, default_text.strip('"'), kind)
            except BadInput as refusal:
                raise LanguageError(refusal.words, Words("改正默认值", "correct the default")) from None
        self._declare(name, kind)
        grain.inputs.append(In(name, kind, grain.name, self.number, default))

    def _given(self, body: str) -> None:
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
        self._declare(name, self._type(type_text))
        self.sheet.given.add(name)

    def _type(self, text: str, column: Input | None = None) -> Type:
        match = _TYPE.match(text.strip())
        if not match:
            raise fail(
                f"类型“{text}”写得不对",
                f'the type "{text}" is not well formed',
                "如 kWh(2) 0..99999、date、one_of(a, b)",
                "for example kWh(2) 0..99999, date, one_of(a, b)",
            )
        low, high = match["low"], match["high"]
        if match["plain"]:
            return _PLAIN_TYPES[match["plain"]]
        if match["options"] is not None:
            options = tuple(word.strip().strip('"') for word in match["options"].split(",") if word.strip())
            if not options or len(set(options)) < len(options):
                raise fail("选项要各不相同", "options must differ", "one_of(a, b)", "one_of(a, b)")
            return Options(options)
        scale = int(match["scale"] or 0)
        try:
            unit = Unit.parse(match["unit"]) if match["unit"] else Unit()
        except ValueError:
            raise fail(
                f"单位“{match['unit']}”写得不对",
                f'the unit "{match["unit"]}" is not well formed',
                "如 yuan/kWh",
                "for example yuan/kWh",
            ) from None
        if column is not None:
            known = column.value_type
            if not isinstance(known, Num) or known.unit != unit or known.scale != scale:
                raise fail(
                    f"表里这一列是 {known}",
                    f"the table's column is {known}",
                    "写成一样的单位和小数位",
                    "write the same unit and decimals",
                )
            if low is None:
                return known
        if low is None or Decimal(low) > Decimal(high):
            raise fail(
                "数要写范围", "a number needs a range", "如 kWh(2) 0..99999", "for example kWh(2) 0..99999"
            )
        if scale > 12:
            raise fail("小数位过多", "too many decimals", "至多 12 位", "12 at most")
        return Num(unit, scale, Decimal(low), Decimal(high)).checked()

    def _look(self, body: str) -> None:
        match = _LOOK.match(body)
        grain = self.grain
        assert grain is not None
        if not match:
            raise fail(
                "look 写得不对",
                "this look is not well formed",
                "look 名称 : 类型 = 表.列 on 日期 for 键",
                "look name : type = table.column on date for keys",
            )
        name, type_text, table, column, on, keys_text = match.groups()
        self._settle_key()
        if not isinstance(self._visible(on), Date):
            raise fail(f"“{on}”不是日期", f'"{on}" is not a date', "on 后写日期", "name a date after on")
        names = tuple(key.strip() for key in keys_text.split(",")) if keys_text else ()
        for key in names:
            self._visible(key)
        if column is None:
            node = self.library.rule_node(table, Node("name", value=on), names)
            if node is None:
                raise fail(
                    f"没有规则“{table}”", f'there is no rule "{table}"', "核对规则名", "check the rule's name"
                )
            value, in_force = node
            condition = infer(in_force, _Scope(self.sheet, grain))
            reason = Words(f"{table} 在这一天没有有效版本", f"{table} has no version in force on this day")
            self.sheet.items.append(Require(condition, f"{table} on {on}", reason, grain.name, self.number))
            self._line_of(name, value, body.partition("=")[2].strip(), "", self._type_loosely(type_text))
            return
        columns, table_keys = self._table(table)
        if column not in columns or len(names) != len(table_keys):
            raise fail(
                f"表“{table}”没有列“{column}”，或键的个数不符",
                f'the table "{table}" has no column "{column}", or takes {len(table_keys)} keys',
                f"列：{'、'.join(columns)}；键：{'、'.join(table_keys) or '无'}",
                f"columns: {', '.join(columns)}; keys: {', '.join(table_keys) or 'none'}",
            )
        for table_key, key in zip(table_keys, names, strict=True):
            if type(columns[table_key].value_type) is not type(self._visible(key)):
                raise fail(
                    f"键“{key}”与表的列不是同一种值",
                    f'the key "{key}" and the table\'s column differ in kind',
                    "核对键",
                    "check the keys",
                )
        kind = self._type(type_text, columns[column] if isinstance(columns[column].value_type, Num) else None)
        if type(kind) is not type(columns[column].value_type):
            raise fail(
                "类型与表的列不同",
                "the type differs from the table's column",
                f"写 {columns[column].value_type}",
                f"write {columns[column].value_type}",
            )
        if isinstance(kind, Options):
            kind = columns[column].value_type
        self._declare(name, kind)
        pairs = tuple(zip(table_keys, names, strict=True))
        self.sheet.items.append(Look(name, kind, grain.name, self.number, table, column, on, pairs))

    def _type_loosely(self, text: str) -> Type:
        """A type whose range is left to inference."""
        match = _TYPE.match(text.strip())
        if match and match["low"] is None and (match["unit"] or match["int"]):
            widest = Decimal(10) ** 25
            unit = Unit.parse(match["unit"]) if match["unit"] else Unit()
            return Num(unit, int(match["scale"] or 0), -widest, widest)
        return self._type(text)

    def _visible(self, name: str) -> Type:
        kind = _Scope(self.sheet, self._grain()).type_of(name)
        if kind is None:
            raise fail(
                f"没有叫“{name}”的输入或行",
                f"there is no input or line called {name!r}",
                "核对名称",
                "check the name",
            )
        return kind

    def _settle_key(self) -> None:
        """A key that is not an input is an opaque id, such as a meter's number."""
        grain = self.grain
        if grain is None or grain.key in self.sheet.types:
            return
        if grain.table is not None:
            raise fail(
                f"键“{grain.key}”要写成 in",
                f'the key "{grain.key}" must be an input',
                "写 in 键 : 类型",
                "declare it with in",
            )
        self._declare(grain.key, Ident())
        grain.inputs.insert(0, In(grain.key, Ident(), grain.name, self.number))

    def _grain(self) -> Grain:
        assert self.grain is not None
        return self.grain

    def _require(self, body: str) -> None:
        match = _REQUIRE.match(body)
        if not match:
            raise fail(
                "require 写得不对",
                "this require is not well formed",
                "require 条件 : 理由的 id",
                "require condition : reason-id",
            )
        condition_text, reason_id = match.groups()
        self._settle_key()
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
            infer(Node("not", (Node("not", (node,)),)), _Scope(self.sheet, self._grain())).args[0].args[0]
        )
        self.sheet.items.append(Require(condition, condition_text, reason, self._grain().name, self.number))

    def _take(self, body: str) -> None:
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
        if name in self.sheet.types or name in self.sheet.takes or name in _RESERVED:
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

    def _let(self, body: str, comment: str) -> None:
        match = _LET.match(body)
        if not match:
            raise fail(
                f"看不懂“{body[:30]}”",
                f"cannot read {body[:30]!r}",
                "写成 名称 = 式子，或 in、look、require、take",
                "write name = expression, or in, look, require, take",
            )
        name, declared, text = match.groups()  # bare numbers take the declared unit
        kind = self._type_loosely(declared) if declared else None
        self._line_of(name, language.parse(text), text, comment, kind)

    def _line_of(self, name: str, node: Node, text: str, cite: str, declared: Type | None) -> None:
        grain = self._grain()
        self._settle_key()
        expr = infer(_fill(node, self.sheet.takes), _Scope(self.sheet, grain))
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
        self._declare(name, kind)
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


@dataclass(frozen=True, slots=True)
class _Scope:
    """Names seen from a line: its own row and its parents."""

    sheet: Sheet
    grain: Grain

    def type_of(self, name: str) -> Type | None:
        where = self.sheet.where.get(name)
        if where is None:
            return None
        if all(g.name != where for g in self.sheet.chain(self.grain.name)):
            raise fail(
                f"每个 {self.grain.name} 有多个“{name}”",
                f"{name!r} has many values per {self.grain.name}",
                "用 sum 汇总",
                "use sum",
            )
        return self.sheet.types[name]

    def names(self) -> list[str]:
        above = {g.name for g in self.sheet.chain(self.grain.name)}
        return [name for name, where in self.sheet.where.items() if where in above]

    def across(self, op: str, names: tuple[str, ...], column: int) -> tuple[Type, ...]:
        sheet, grain = self.sheet, self.grain
        for name in names:
            if name not in sheet.types:
                raise fail(
                    f"没有叫“{name}”的输入或行",
                    f"there is no input or line called {name!r}",
                    "核对名称",
                    "check the name",
                    column,
                )
        where = [sheet.where[name] for name in names]
        if op in BELOW:
            fits = sheet.is_below(where[0], grain.name)
        elif op in ("before", "reached"):
            fits = where == [grain.name, grain.name] and grain.parent is not None
        else:
            fits = (
                grain.parent is not None
                and sheet.is_below(grain.name, where[0])
                and where[1] == grain.name
                and where[0] == grain.parent
            )
        if not fits:
            said = {
                "any": ("any 看下层的行", "any looks at rows of a lower grain"),
                "reached": (
                    "reached 看同层、同上层的前面各行",
                    "reached looks at earlier rows of the same grain",
                ),
                "least": ("min 看下层的行", "min of one name looks at rows of a lower grain"),
                "most": ("max 看下层的行", "max of one name looks at rows of a lower grain"),
                "sum": ("sum 汇总下层的行", "sum adds up rows of a lower grain"),
                "before": (
                    "before 看同层、同上层的前面各行",
                    "before looks at earlier rows of the same grain",
                ),
                "share": (
                    "share 把上层的数按本层的权数分摊",
                    "share splits a number of the parent by weights of this grain",
                ),
            }[op]
            raise fail(said[0], said[1], "核对名称所在的层", "check which grain the names belong to", column)
        return tuple(sheet.types[name] for name in names)
