"""The columns of a template, and what each takes from a cell, as the staging table keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tongdian.parties.numbers import checked_phone
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell, CellRefused

NOTHING = Words("", "")


class CellMissing(CellRefused):
    """An empty cell in a column that must be filled in."""

    says = Words("必填，不能为空", "it must be filled in")


class NotOffered(CellRefused):
    """None of the column's choices."""

    says = Words("“{value}”不在可选值之中：{known}", '"{value}" is not one of: {known}')


class NotAPhone(CellRefused):
    """What no telephone has as its number."""

    says = Words("{problem}", "{problem}")


Choices = Mapping[str, Words]
YES_NO: Choices = {"yes": Words("是", "yes"), "no": Words("否", "no")}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a template."""

    name: str
    title: Words
    note: Words = NOTHING
    example: str = ""
    takes: Callable[[Cell, Column], str]
    unit: str = ""
    decimals: int = 2
    required: bool = False
    secret: bool = False
    bulky: bool = False
    """Kept of a row, and shown nowhere: three hundred figures, say."""
    most: int = 120
    choices: Choices = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, str, str]:
        """Every heading that names it."""
        return self.title.zh, self.title.en, self.name

    def understood(self, cell: Cell | None) -> str:
        """The value as kept in the staging table; empty for an empty cell. Raises CellRefused."""
        if cell is None or cells.is_empty(cell):
            if self.required:
                raise CellMissing
            return ""
        return self.takes(cell, self)


def text(cell: Cell, column: Column) -> str:
    """Text on one line."""
    return cells.text(cell, most=column.most)


def code(cell: Cell, column: Column) -> str:
    """A short code, or a personal or credit number: full-width letters and digits made plain."""
    return cells.code(cell, most=column.most)


def day(cell: Cell, column: Column) -> str:
    """A day, ISO."""
    return cells.day(cell).isoformat()


def amount(cell: Cell, column: Column) -> str:
    """A number in the column's unit, as a plain decimal."""
    return f"{cells.number(cell, unit=column.unit, decimals=column.decimals):f}"


def positive(cell: Cell, column: Column) -> str:
    """An amount of more than nothing."""
    return f"{cells.number(cell, unit=column.unit, decimals=column.decimals, positive=True):f}"


def choice(cell: Cell, column: Column) -> str:
    """One of the column's choices, by its code or its words in either language."""
    said = text(cell, column)
    folded = said.casefold()
    for key, words in column.choices.items():
        if folded in (key.casefold(), words.zh.casefold(), words.en.casefold()):
            return key
    raise NotOffered(value=said, known=list(column.choices.values()))


identity = code


def phone(cell: Cell, column: Column) -> str:
    """A telephone number, checked."""
    try:
        return checked_phone(text(cell, column))
    except CellRefused:
        raise
    except Refusal as refusal:
        raise NotAPhone(problem=refusal.words) from None
