"""table: dated rows that sheets look things up in, or make rows from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.answer import Answer
from tongdian.policy.inputs import Input, read_inputs, read_value
from tongdian.policy.kinds import Rule, Version, answer_of, describe_input, kind
from tongdian.policy.reading import Flag, Name, YamlNode
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

MAX_ROWS = 10_000


class TableVersion(Version):
    """Rows while this version is in force."""

    rows: tuple[dict[str, str], ...]


@kind("table")
class TableRule(Rule):
    """`columns` are typed like inputs; `keys` name the columns a sheet's `look … for` matches.

    `example: true` marks figures that are not official: an operator replaces them.
    """

    kind: Literal["table"]
    columns: dict[Name, Input]
    keys: tuple[Name, ...] = ()
    example: Flag = False
    versions: tuple[TableVersion, ...]

    @cached_property
    def typed(self) -> dict[int, tuple[dict[str, Value], ...]]:
        """Rows of each version (by identity) with their values read."""
        return {
            id(version): tuple(read_inputs(self.columns, row) for row in version.rows)
            for version in self.versions
        }

    def check(self, pack: Pack, source: YamlNode) -> None:
        for key in self.keys:
            if key not in self.columns:
                raise source.error(
                    Words(f"键“{key}”不是列", f'the key "{key}" is not a column'),
                    Words("写进 columns", "declare it under columns"),
                    loc=("keys",),
                )
        for column, declared in self.columns.items():
            if declared.type == "instant":
                raise source.error(
                    Words(
                        "表的列不是时刻：表依日期生效",
                        "no column of a table is an instant: tables go by days",
                    ),
                    Words("写 type: date", "write type: date"),
                    loc=("columns", column),
                )
        for v, version in enumerate(self.versions):
            self._check_rows(source, version, ("versions", v, "rows"))

    def _check_rows(self, source: YamlNode, version: TableVersion, loc: tuple[str | int, ...]) -> None:
        if len(version.rows) > MAX_ROWS:
            raise source.error(
                Words("行数过多", "too many rows"),
                Words(f"至多 {MAX_ROWS} 行", f"keep it within {MAX_ROWS} rows"),
                loc=loc,
            )
        seen: set[tuple[Value, ...]] = set()
        for r, row in enumerate(version.rows):
            try:
                values = read_inputs(self.columns, row)
            except BadInput as refusal:
                raise source.error(
                    refusal.words,
                    Words("按 columns 的声明填写", "write it as columns declares"),
                    loc=(*loc, r),
                ) from None
            key = tuple(values[name] for name in self.keys)
            if self.keys and key in seen:
                raise source.error(
                    Words("同一个键有两行", "two rows have the same key"),
                    Words("删去一行", "remove one"),
                    loc=(*loc, r),
                )
            seen.add(key)

    def describe(self) -> dict[str, Any]:
        """The kernel's description with the columns, and which of them a row is found by."""
        described = super().describe()
        described["inputs"] = {name: describe_input(one) for name, one in self.columns.items()}
        described["keys"] = list(self.keys)
        described["example"] = self.example
        return described

    def rows_on(self, on: dt.date, taken: Mapping[str, str]) -> tuple[dict[str, Value], ...]:
        """The rows in force on a day. Raises NotInForce."""
        return self.typed[id(self.version_on(on, taken))]

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """One row by its keys; `column` names the value wanted (the only other column by default)."""
        others = [name for name in self.columns if name not in self.keys]
        column = str(given.get("column", others[0] if others else ""))
        wanted = {key: read_value(key, given.get(key), self.columns[key].value_type) for key in self.keys}
        for index, row in enumerate(self.typed[id(version)]):
            if column in row and all(row[key] == value for key, value in wanted.items()):
                from tongdian.policy.types import Num

                kind_ = self.columns[column].value_type
                return answer_of(
                    self,
                    pack,
                    version,
                    on,
                    value=row[column],
                    inputs=wanted,
                    taken=taken,
                    row=index,
                    is_example=self.example,
                    unit=kind_.unit if isinstance(kind_, Num) else None,
                    reason=lambda language: self._found_by(wanted, language),
                    say_option=partial(self.columns[column].label, row[column]),
                )
        raise BadInput(name=self.rule, problem=Words("没有这一行或这一列", "there is no such row or column"))

    def _found_by(self, wanted: Mapping[str, Value], language: str) -> str:
        """The keys as people call them."""
        said = []
        for name, value in wanted.items():
            column = self.columns[name]
            title = column.title.say(language) if column.title else name
            said.append(f"{title} {column.label(value, language)}")
        return Words("，", ", ").say(language).join(said)
