"""Reading the text of a sheet into a typed Sheet, line by line, each mistake at its line."""

from __future__ import annotations

import re
from decimal import localcontext

from tongdian.policy.rounding import EXACT
from tongdian.policy.sheet import Grain, Library, Sheet, SheetError
from tongdian.policy.sheet_lines import RESERVED, RULE, WORD, SheetLines
from tongdian.policy.sheet_use import asked_in_use
from tongdian.policy.typed import ROWS_PER_PARENT, fail
from tongdian.policy.types import Date, Ident, LanguageError
from tongdian.policy.words import Words

MAX_LINES, MAX_GRAINS = 300, 8

_HEAD = re.compile(rf"sheet ({RULE}) -> ((?:{WORD}\.)?{WORD})\Z")
_EACH = re.compile(
    rf"each ({WORD})(?: in ({WORD}) by ({WORD}))?"
    rf"(?: from ({RULE}) on ({WORD})(?: for ({WORD}(?:\s*,\s*{WORD})*))?)?(?: at most (\d{{1,7}}) rows)?\Z"
)


def parse_sheet(text: str, library: Library) -> Sheet:
    """Read a sheet. Raises SheetError at the line of the first mistake."""
    with localcontext(EXACT):
        return _Reader(text, library).read()


class _Reader(SheetLines):
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
        return asked_in_use(self.sheet)

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
        if self.awaited:
            self._refuse_awaited()
        self.settle_key()
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
        elif self.awaited and body.startswith(("each ", "in ", "given ", "look ", "require ", "take ")):
            self._refuse_awaited()
        elif body.startswith("each "):
            self._each(body)
        elif self.grain is None:
            raise fail(
                "这一行不属于任何层", "this line belongs to no grain", "先写 each …", "write each … above it"
            )
        elif body.startswith("in "):
            self.brings(body)
        elif body.startswith("given "):
            self.given(body)
        elif body.startswith("look "):
            self.look(body)
        elif body.startswith("require "):
            self.require(body)
        elif body.startswith("take "):
            self.take(body)
        else:
            self.let(body, comment)

    def _refuse_awaited(self) -> None:
        names = ", ".join(self.awaited)
        raise SheetError(
            self.number,
            Words(
                f"previous 等的行“{names}”还没有写", f'previous waits for "{names}", which is not written yet'
            ),
            Words(
                "紧接着写出各行，其间没有 in、look、require 和别的层",
                "write the lines that lead to it directly below, without in, look, require or another grain between",
            ),
        )

    # --- grains ---
    def _each(self, body: str) -> None:
        match = _EACH.match(body)
        if not match:
            raise fail(
                "each 写得不对",
                "this each is not well formed",
                "each 层 in 上层 by 键 [from 表 on 日期 [for 名称, …]] [at most N rows]",
                "each grain in parent by key [from table on date [for name, …]] [at most N rows]",
            )
        name, parent, key, table, on, names, most = match.groups()
        self.settle_key()
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
        if len(self.sheet.grains) >= MAX_GRAINS or name in self.sheet.types or name in RESERVED:
            raise fail(
                f"层“{name}”不能用",
                f'the grain "{name}" cannot be used',
                f"换个名称；至多 {MAX_GRAINS} 层",
                f"choose another name; at most {MAX_GRAINS} grains",
            )
        bound = int(most) if most else None
        if bound is not None and (parent is None or not 0 < bound <= ROWS_PER_PARENT):
            raise fail(
                "at most 写在下层，1 到 1000000 行", "at most bounds the rows of a lower grain, 1 to 1000000",
                "改写行数", "correct the number",
            )  # fmt: skip
        grain = Grain(name, parent, key or name, table, on, self.number, most=bound)
        if table is not None:
            self.table(table)
            if on not in self.sheet.types or not isinstance(self.sheet.types[on], Date):
                raise fail(
                    f"“{on}”不是日期", f'"{on}" is not a date', "写上层的一个日期", "name a date of a parent"
                )
            if names:
                grain.keys = self._matching(table, tuple(n.strip() for n in names.split(",")), parent)
        self.sheet.grains[name] = self.grain = grain
        if parent is None:
            self.declare(name, Ident())

    def _matching(
        self, table: str, names: tuple[str, ...], parent: str | None
    ) -> tuple[tuple[str, str], ...]:
        """The first keys of a table, and what they have to be equal to in a row of the parent."""
        columns, keys = self.table(table)
        if len(names) > len(keys):
            raise fail(
                f"表“{table}”只有 {len(keys)} 个键", f'the table "{table}" has {len(keys)} keys',
                f"键：{'、'.join(keys) or '无'}", f"its keys: {', '.join(keys) or 'none'}",
            )  # fmt: skip
        assert parent is not None
        self.grain = self.sheet.grains[parent]
        for column, name in zip(keys, names, strict=False):
            self.same_kind(name, columns[column].value_type)
        return tuple(zip(keys, names, strict=False))
