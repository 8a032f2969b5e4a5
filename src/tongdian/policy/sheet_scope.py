"""What a name means on a line of a sheet: its own row, its parents, and rows across."""

from __future__ import annotations

from dataclasses import dataclass

from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.typed import BELOW, fail
from tongdian.policy.types import Type


@dataclass(frozen=True, slots=True)
class SheetScope:
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
