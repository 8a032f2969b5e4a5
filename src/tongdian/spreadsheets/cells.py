"""What a cell means: a number, a day, a text or a code; or why it is not taken.

A cell is taken as the person before the spreadsheet sees it. Where Excel has changed what was typed
(a code `3-1` into a day, the sixteenth digit into a nought) it is refused, never mended by a guess.

    number(cell, unit="kW", decimals=2) -> Decimal
    day(cell) -> date
    text(cell, most=120) -> str
    code(cell, most=40) -> str

Each raises a CellRefused, whose words say what stands there, why it is not taken and what to do. An
empty cell is the caller's matter: `is_empty(cell)` tells.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian import plain_text
from tongdian.bounded_days import open_end
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets.formats import UNITS, digits_of, named_in, shows_all

ZIPPED, COMPOUND = b"PK", b"\xd0\xcf\x11\xe0"  # how a workbook begins, and an old one
NO_VALUE = Words(
    "公式没有计算结果；请在 Excel 中打开并保存，或粘贴为数值",
    "the formula has no result: open and save it in Excel, or paste it as a value",
)
MOST_DIGITS = 15
"""So many digits of a figure does Excel keep; the further ones are noughts."""


@dataclass(slots=True)
class Cell:
    """A value as the file has it, where it stands, how it is shown, what is wrong with reading it."""

    value: Any
    address: str = ""
    number_format: str = "General"
    problem: Words | None = None
    as_shown: bool = False
    """Of a table of text: what Excel showed, without a sign that it is a day or a truth value."""
    is_formula: bool = False
    """Whether a formula stands behind the value."""


Line = tuple[int, list[Cell | None]]  # a row by its number


def letter(place: int) -> str:
    """A column's letters by its place, from 0."""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


class CellRefused(Refusal):
    """Why a cell is not taken. The sentence goes behind the cell's address, without a full stop."""


class CellUnreadable(CellRefused):
    """What the file itself is wrong about: an error, a formula without result, merged cells."""

    says = Words("{problem}", "{problem}")


class NotANumber(CellRefused):
    """No figure, or one written otherwise than figures are."""

    says = Words(
        "“{value}”不是数字；请写成 1234.56 或 1,234.56",
        '"{value}" is no number; write it as 1234.56 or 1,234.56',
    )


class CommaForDecimals(CellRefused):
    """A comma that does not stand before three digits: decimals, or thousands mistyped."""

    says = Words(
        "“{value}”中的逗号有歧义；小数点请用“.”，千分位逗号后须有三位数字",
        'the comma in "{value}" can be meant in two ways; write decimals after a point, and three digits '
        "after a comma",
    )


class OtherUnit(CellRefused):
    """A number in another unit than the column's."""

    says = Words(
        "“{value}”的单位不是本列的{unit}；请换算后只填数字",
        '"{value}" is not in the unit of this column, {unit}; convert it and write the number alone',
    )


class UnitNotAsked(CellRefused):
    """A number with a unit in a column that has none."""

    says = Words("“{value}”带有单位；请只填数字", '"{value}" has a unit; write the number alone')


class TooManyDecimals(CellRefused):
    """A number finer than the column."""

    says = Words(
        "“{value}”的小数多于 {decimals} 位；请先按规定取舍",
        '"{value}" has more than {decimals} decimals; round it first, as the rules say',
    )


class NumberOutOfRange(CellRefused):
    """A number larger or smaller than can be meant."""

    says = Words("“{value}”超出范围；请核对", '"{value}" is out of range; look at it again')


class NumberNotPositive(CellRefused):
    """Nothing or less, where something is needed."""

    says = Words("“{value}”：必须大于 0", '"{value}": it must be more than 0')


class NotADay(CellRefused):
    """No day, or one that the calendar does not have."""

    says = Words("“{value}”不是日期；请写成 2026-04-12", '"{value}" is no day; write it as 2026-04-12')


class SerialNumber(CellRefused):
    """A figure where a day is meant, as a spreadsheet counts days."""

    says = Words(
        "“{value}”是数字而不是日期；请把单元格格式设为日期，或写成 2026-04-12",
        '"{value}" is a number and no day; format the cell as a date, or write 2026-04-12',
    )


class DayUnlikely(CellRefused):
    """A day that nobody can mean."""

    says = Words("{problem}", "{problem}")


class ExcelMadeADay(CellRefused):
    """A day or a time where a text or number is meant."""

    says = Words(
        "单元格是日期或时间（{value}），原来填写的内容已被 Excel 改动；请把单元格格式设为文本后重新录入",
        "the cell is a day or a time ({value}): Excel has changed what was typed. Format the cell as text "
        "and enter it anew",
    )


class ExcelSavedADay(CellRefused):
    """What Excel saves in a table of text of a code that it took for a day, a time or a truth value."""

    says = Words(
        "“{value}”像是 Excel 把编号改成的日期、时间或逻辑值；请把该列格式设为文本后重新录入，另存为 .xlsx 上传",
        '"{value}" looks like a code that Excel has changed into a day, a time or a truth value: format the '
        "column as text, enter it anew, and bring the file as .xlsx",
    )


class NumberShownShorter(CellRefused):
    """A number that its cell shows with fewer decimals than it holds."""

    says = Words(
        "单元格存的是 {value}，按格式“{number_format}”显示的却不同；请改为要填写的数，或显示全部小数",
        'the cell holds {value}, which its format "{number_format}" shows otherwise; enter the number that is '
        "meant, or show all its decimals",
    )


class ExcelLostDigits(CellRefused):
    """A number of more digits than Excel keeps."""

    says = Words(
        "“{value}”存成了数字，Excel 只保留 15 位，后几位已丢失；请把单元格格式设为文本后重新录入",
        '"{value}" was stored as a figure, of which Excel keeps 15 digits: the last ones are lost. '
        "Format the cell as text and enter it anew",
    )


class ExcelShowsOtherwise(CellRefused):
    """A figure or a truth value that the cell shows otherwise than it holds it."""

    says = Words(
        "单元格存的是数值 {value}，显示的却可能不同；请把单元格格式设为文本后重新录入",
        "the cell holds the value {value} and may show it otherwise; format the cell as text and enter "
        "it anew",
    )


class TextRefused(CellRefused):
    """A character that no store or paper can hold."""

    says = Words("{problem}", "{problem}")


class CellTooLong(CellRefused):
    """More than the column holds."""

    says = Words("超过 {most} 个字", "it is longer than {most} characters")


_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]*)?")
_ERROR = re.compile(r"#(?:N/A|[A-Z_]+[!?]|DIV/0!)")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?E[+-][0-9]{2,}")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_SAVED_DAY = re.compile(
    r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2[0-9]{4}"
    r"|(?:[0-9]{2,4}年)?[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}年[0-9]{1,2}月"
    rf"|[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{2,4}}"
    r"|(?:[0-9/.年月日-]*日?)?[0-9]{1,3}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:[AP]M)?|TRUE|FALSE",
    re.IGNORECASE,
)
"""How Excel writes a day, a time or a truth value into a CSV, without blanks."""
_DAY = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?(?:[ T]0?0:00(?::00)?)?"
)
_CLOSE_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


EXCEL_ERROR = Words("单元格是错误值 {value}", "the cell holds the error {value}")


def error_in(value: Any) -> Words | None:
    """What is wrong with a value like #N/A or #DIV/0!, which stands for none."""
    is_error = isinstance(value, str) and value[:1] == "#" and _ERROR.fullmatch(value)
    return EXCEL_ERROR.fill(value=value) if is_error else None


def is_empty(cell: Cell | None) -> bool:
    """Whether nothing stands there. Raises CellUnreadable where it cannot be known."""
    if cell is None:
        return True
    if cell.problem is not None:
        raise CellUnreadable(problem=cell.problem)
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())


# --- numbers


def number(
    cell: Cell, *, unit: str = "", decimals: int = 2, most: int | Decimal = 10**10 - 1, positive: bool = False
) -> Decimal:
    """The number that the cell shows, of so many decimals: thousands separated or not, in full width
    or not, alone or with the column's own unit (¥ and 元 for yuan).

    `most` bounds it on both sides; `positive` asks for more than nothing. Raises CellRefused.
    """
    if is_empty(cell):
        raise NotANumber(value="")
    value, said = cell.value, shown(cell)
    if isinstance(value, bool):
        raise NotANumber(value=said)
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        raise ExcelMadeADay(value=said)
    if isinstance(value, float) and not math.isfinite(value):
        raise NumberOutOfRange(value=said)
    if isinstance(value, (int, float)):
        _check_format(cell.number_format, unit, said)
        if not shows_all(cell.number_format, Decimal(f"{value:.15g}")):
            raise NumberShownShorter(value=said, number_format=cell.number_format)
        # a workbook holds 15 digits; 128.4 − 100.1 is 28.300000000000011 behind what it shows
        found = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
    else:
        found = Decimal(_figure(str(value), unit, said))
    if not found.is_finite():
        raise NotANumber(value=said)
    if abs(found) > most:
        raise NumberOutOfRange(value=said)
    rounded = found.quantize(Decimal(1).scaleb(-decimals))
    if rounded != found:
        raise TooManyDecimals(value=said, decimals=decimals)
    if positive and rounded <= 0:
        raise NumberNotPositive(value=said)
    return rounded + 0  # never −0


def _figure(value: str, unit: str, said: str) -> str:
    plain = unicodedata.normalize("NFKC", value).strip().replace("−", "-")
    bare = _without_unit(plain, unit)
    if _NUMBER.fullmatch(bare):
        return bare.replace(",", "")
    if _LIKE_A_NUMBER.fullmatch(bare) and "," in bare:
        raise CommaForDecimals(value=said)
    if any(_NUMBER.fullmatch(_without_unit(plain, other)) for other in UNITS):
        raise OtherUnit(value=said, unit=_unit_words(unit)) if unit else UnitNotAsked(value=said)
    raise NotANumber(value=said)


def _without_unit(text: str, unit: str) -> str:
    if unit == "yuan":
        text = re.sub(r"^([-+]?)\s*¥\s*", r"\1", text)
    folded = text.casefold()
    for written in UNITS.get(unit, (unit,)):
        ending = unicodedata.normalize("NFKC", written).casefold()
        if ending and folded.endswith(ending):
            return text[: -len(ending)].rstrip()
    return text


def _unit_words(unit: str) -> Words:
    written = UNITS.get(unit, (unit,))
    return Words(f"“{written[0]}”", f'"{unit}"')


def _check_format(number_format: str, unit: str, said: str) -> None:
    """A unit that only the number format shows counts as one that was typed."""
    others = named_in(number_format) - {unit}
    if others:
        value = f"{said} ({number_format})"
        raise OtherUnit(value=value, unit=_unit_words(unit)) if unit else UnitNotAsked(value=value)


# --- days


def day(cell: Cell) -> dt.date:
    """A day, from a date cell or as people write it: 2026-03-01, 2026/3/1, 2026年3月1日, 20260301.

    Raises CellRefused: for a figure too, because nobody sees which day the 44,562nd is.
    """
    if is_empty(cell):
        raise NotADay(value="")
    found = _day_of(cell.value, shown(cell))
    try:
        open_end(found)
    except Refusal as refusal:
        raise DayUnlikely(problem=refusal.words) from None
    return found


def _day_of(value: Any, said: str) -> dt.date:
    if isinstance(value, dt.datetime):
        if value.time() != dt.time():
            raise NotADay(value=said)
        return value.date()
    if isinstance(value, dt.date):
        return value
    plain = unicodedata.normalize("NFKC", said).strip()
    found = _CLOSE_DAY.fullmatch(plain)
    if isinstance(value, (int, float)) and (found is None or found[1][:2] not in ("19", "20")):
        raise SerialNumber(value=said)
    found = found or _DAY.fullmatch(plain)
    try:
        if found is not None:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise NotADay(value=said)


# --- texts


def text(cell: Cell, *, most: int = 120, lines: bool = False) -> str:
    """A text, without blanks at its ends; empty for an empty cell. It stands on one line, unless it
    may have several.

    A figure is the digits that the cell shows: 101.0 is 101, and 123 in the format `000000` is
    000123. Raises CellRefused.
    """
    return _short(_plain(cell, lines=lines), most)


def code(cell: Cell, *, most: int = 120) -> str:
    """A short code or a number of a person: as `text`, full-width letters and digits made plain,
    without blanks. Raises CellRefused; for 1.10105E+17 too, which is what Excel leaves of a number, and in a table of text
    for 3月1日, which is what it leaves of 3-1."""
    found = unicodedata.normalize("NFKC", _plain(cell)).replace(" ", "")
    if _EXPONENT.fullmatch(found):
        raise ExcelLostDigits(value=found)
    if cell.as_shown and _SAVED_DAY.fullmatch(found):
        raise ExcelSavedADay(value=found)
    return _short(found, most)


def _plain(cell: Cell, *, lines: bool = False) -> str:
    if is_empty(cell):
        return ""
    said = as_typed(cell).strip()
    try:
        plain_text.check(said, has_lines=lines)
    except Refusal as refusal:
        raise TextRefused(problem=refusal.words) from None
    return said if lines else " ".join(said.split())


def _short(found: str, most: int) -> str:
    if len(found) > most:
        raise CellTooLong(most=most)
    return found


def as_typed(cell: Cell) -> str:
    """What was typed into a cell, blanks and all, where Excel has kept it. Raises CellRefused."""
    value, said = cell.value, shown(cell)
    if isinstance(value, str):
        return value
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        raise ExcelMadeADay(value=said)
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ExcelShowsOtherwise(value=said)
    figure = int(value)
    if abs(figure) >= 10**MOST_DIGITS:
        raise ExcelLostDigits(value=said)
    places = digits_of(cell.number_format)
    if places is None:
        raise ExcelShowsOtherwise(value=said)
    return f"{figure:0{places + (figure < 0)}d}"


# --- as people see it


def shown(cell: Cell | None) -> str:
    """What a preview shows of a cell, whatever it holds."""
    value = cell.value if cell is not None else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < 1e17 else f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return legible(str(value)[:200])
