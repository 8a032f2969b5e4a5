"""What a name means on a line of a sheet: its own row, its parents, and rows across."""

from __future__ import annotations

from dataclasses import dataclass

from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.typed import BELOW, ROWS_PER_PARENT, fail
from tongdian.policy.types import Options, Type

_BELOW = "{} 看下层的行", "{} looks at rows of a lower grain"
_EARLIER = "{} 看同层、同上层的前面各行", "{} looks at earlier rows of the same grain"
_REACHES = {
    op: tuple(text.format(word) for text in said)
    for op, word, said in (
        ("any", "any", _BELOW),
        ("sum", "sum", _BELOW),
        ("least", "min", _BELOW),
        ("most", "max", _BELOW),
        ("rows", "count", _BELOW),
        ("holds", "count", _BELOW),
        ("first", "first", ("{} 看下一层的行", "{} looks at the rows of the grain just below")),
        ("last", "last", ("{} 看下一层的行", "{} looks at the rows of the grain just below")),
        ("before", "before", _EARLIER),
        ("reached", "reached", _EARLIER),
        ("previous", "previous", _EARLIER),
        (
            "share",
            "share",
            ("{} 把上层的数按本层的权数分摊", "{} splits a number of the parent by weights of this grain"),
        ),
    )
}


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
                *self._remedy(name),
            )
        return self.sheet.types[name]

    def _remedy(self, name: str) -> tuple[str, str]:
        """Of many rows one value is made; a word of a choice that is called like a line is quoted."""
        if any(isinstance(one, Options) and name in one.values for one in self.sheet.types.values()):
            return (
                f'若指选项，写成 "{name}"；若指这些行，用 sum、max、min、count、first 或 last',
                f'for the word of a choice write "{name}"; of the rows take sum, max, min, count, first or last',
            )
        return "用 sum、max、min、count、first 或 last", "use sum, max, min, count, first or last"

    def names(self) -> list[str]:
        above = {g.name for g in self.sheet.chain(self.grain.name)}
        return [name for name, where in self.sheet.where.items() if where in above]

    def zone(self) -> str:
        return self.sheet.zone

    def key_of(self, grain: str) -> str | None:
        known = self.sheet.grains.get(grain)
        return known.key if known else None

    def most_rows(self, name: str) -> int:
        own = {g.name for g in self.sheet.chain(self.grain.name)}
        most = 1
        for grain in self.sheet.chain(self.sheet.where[name]):
            if grain.name not in own or grain.name == self.grain.name == self.sheet.where[name]:
                most *= grain.most or ROWS_PER_PARENT
        return min(most, ROWS_PER_PARENT)

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
        if op in ("first", "last"):
            fits = sheet.grains[where[0]].parent == grain.name
        elif op in BELOW:
            fits = sheet.is_below(where[0], grain.name)
        elif op in ("before", "reached", "previous"):
            fits = set(where) == {grain.name} and grain.parent is not None
        else:
            fits = (
                grain.parent is not None
                and sheet.is_below(grain.name, where[0])
                and where[1] == grain.name
                and where[0] == grain.parent
            )
        if not fits:
            said = _REACHES[op]
            raise fail(said[0], said[1], "核对名称所在的层", "check which grain the names belong to", column)
        return tuple(sheet.types[name] for name in names)
