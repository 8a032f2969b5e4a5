"""What a cell means: text, a day, an amount, a number of a person; or why it cannot be taken."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tongdian import plain_text
from tongdian.agreements.importing.reading import Cell
from tongdian.bounded_days import open_end
from tongdian.parties.numbers import checked_phone
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class CellRefused(Exception):
    """Why a cell is not taken."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


NOTHING = Words("", "")
MISSING = Words("必填，不能为空", "it must be filled in")
TOO_LONG = Words("超过 {most} 个字", "it is longer than {most} characters")
NOT_A_DAY = Words("“{value}”不是日期；请写成 2026-04-12", '"{value}" is no day; write it as 2026-04-12')
SERIAL = Words(
    "“{value}”是数字而不是日期；请把单元格格式设为日期，或写成 2026-04-12",
    '"{value}" is a number and no day; format the cell as a date, or write 2026-04-12',
)
NOT_A_NUMBER = Words("“{value}”不是数字", '"{value}" is no number')
TOO_FINE = Words("“{value}”的小数多于两位", '"{value}" has more than two decimals')
TOO_MUCH = Words("“{value}”太大", '"{value}" is too large')
NOT_POSITIVE = Words("必须大于 0", "it must be more than 0")
NOT_OFFERED = Words("“{value}”不在可选值之中：{known}", '"{value}" is not one of: {known}')
LOST_DIGITS = Words(
    "证件号码存成了数字，Excel 只保留 15 位，后几位已丢失；请把单元格格式设为文本后重新录入",
    "the number was stored as a figure, of which Excel keeps 15 digits: the last ones are lost. "
    "Format the cell as text and enter it anew",
)

Choices = Mapping[str, Words]
YES_NO: Choices = {"yes": Words("是", "yes"), "no": Words("否", "no")}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a template."""

    name: str
    title: Words
    note: Words = NOTHING
    example: str = ""
    takes: Callable[[Any, Column], str]
    required: bool = False
    secret: bool = False
    most: int = 120
    choices: Choices = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, str, str]:
        """Every heading that names it."""
        return self.title.zh, self.title.en, self.name

    def understood(self, cell: Cell | None) -> str:
        """The value as kept in the staging table; empty for an empty cell. Raises CellRefused."""
        if cell is not None and cell.problem is not None:
            raise CellRefused(cell.problem)
        value = cell.value if cell is not None else None
        if value is None or (isinstance(value, str) and not value.strip()):
            if self.required:
                raise CellRefused(MISSING)
            return ""
        return self.takes(value, self)


def text(value: Any, column: Column) -> str:
    """Text; a whole number that Excel keeps as 101.0 is 101."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (dt.datetime, dt.date)):
        value = value.strftime("%Y-%m-%d")
    said = str(value).replace("_x000D_", " ")  # how a workbook writes a carriage return
    try:
        plain_text.check(said)
    except Refusal as refusal:
        raise CellRefused(refusal.words) from None
    found = " ".join(said.split())
    if len(found) > column.most:
        raise CellRefused(TOO_LONG.fill(most=column.most))
    return found


def code(value: Any, column: Column) -> str:
    """A short code: full-width letters and digits made plain."""
    return unicodedata.normalize("NFKC", text(value, column)).replace(" ", "")


def day(value: Any, column: Column) -> str:
    """A day, from a date cell or as people write it; ISO."""
    said = _read_day(value)
    try:
        open_end(dt.date.fromisoformat(said))
    except Refusal as refusal:
        raise CellRefused(refusal.words) from None
    return said


def _read_day(value: Any) -> str:
    """A day, from a date cell or as people write it; ISO, whatever the year."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    said = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, (int, float)) and not re.fullmatch(r"(19|20)\d{6}", said):
        raise CellRefused(SERIAL.fill(value=said))
    found = re.fullmatch(
        r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?", said
    ) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", said)
    if found is None:
        raise CellRefused(NOT_A_DAY.fill(value=said))
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        raise CellRefused(NOT_A_DAY.fill(value=said)) from None


def amount(value: Any, column: Column) -> str:
    """A number of two decimals at most, thousands separated or not; as a plain decimal."""
    said = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, float):
        said = f"{value:.10f}"  # 0.1 + 0.2 as Excel shows it, 0.3
    bare = re.sub(r"[,\s¥元]|kW$", "", said, flags=re.IGNORECASE).replace("−", "-")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        raise CellRefused(NOT_A_NUMBER.fill(value=said)) from None
    if not number.is_finite():
        raise CellRefused(NOT_A_NUMBER.fill(value=said))
    if abs(number) >= 10**10:
        raise CellRefused(TOO_MUCH.fill(value=said))
    rounded = number.quantize(Decimal("0.01"))
    if rounded != number:
        raise CellRefused(TOO_FINE.fill(value=said))
    return f"{rounded:f}"


def positive(value: Any, column: Column) -> str:
    """An amount of more than nothing."""
    found = amount(value, column)
    if Decimal(found) <= 0:
        raise CellRefused(NOT_POSITIVE)
    return found


def choice(value: Any, column: Column) -> str:
    """One of the column's choices, by its code or its words in either language."""
    said = text(value, column)
    folded = said.casefold()
    for key, words in column.choices.items():
        if folded in (key.casefold(), words.zh.casefold(), words.en.casefold()):
            return key
    known = list(column.choices.values())
    raise CellRefused(NOT_OFFERED.fill(value=said, known=known))


def identity(value: Any, column: Column) -> str:
    """A personal or credit number as text; a figure has lost digits in Excel."""
    said = unicodedata.normalize("NFKC", str(value)).strip()
    is_figure = isinstance(value, (int, float)) and len(str(int(value))) > 15
    if is_figure or re.fullmatch(r"\d(\.\d+)?E\+?\d+", said, re.IGNORECASE):
        raise CellRefused(LOST_DIGITS)
    return text(said, column)


def phone(value: Any, column: Column) -> str:
    """A telephone number, checked."""
    try:
        return checked_phone(text(value, column))
    except Refusal as refusal:
        raise CellRefused(refusal.words) from None


def shown(cell: Cell | None) -> str:
    """What the preview shows of a cell."""
    value = cell.value if cell is not None else None
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.strftime("%Y-%m-%d")
    return legible(str(value)[:200])
