"""What NEM12 and NEM13 have in common: records by their number, days, moments, figures, units and qualities.

Source: AEMO, Meter Data File Format Specification NEM12 & NEM13. A line that says what the format does not have is refused
and named; a file that ends before its record 900 was cut short, and none of it is taken.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tongdian import bounded_days
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import CellRefused

# Energy as it is kept, and by what a figure in the file's unit is multiplied.
UNITS = {
    prefix + said: (kept, factor)
    for said, kept in (("WH", "kWh"), ("VARH", "kvarh"), ("VAH", "kVAh"))
    for prefix, factor in (("", Decimal("0.001")), ("K", Decimal(1)), ("M", Decimal(1000)))
}
QUALITY = re.compile(r"(?:[AF]|[ESF][0-9]{2}|A[0-9]{2}|[NV])")
FIGURE = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,4})?")
HEADER, END = "100", "900"

NOT_A_RECORD = Words("“{value}”不是 {form} 的记录", '"{value}" is no record of {form}')
NOT_A_DAY = Words(
    "“{value}”不是日期，应为 20260412 的形式", '"{value}" is no day; it is written like 20260412'
)
NOT_A_MOMENT = Words(
    "“{value}”不是时刻，应为 20260412093000 的形式",
    '"{value}" is no moment; it is written like 20260412093000',
)
NOT_A_FIGURE = Words(
    "{what}“{value}”不是整数至多八位、小数至多四位的非负数",
    '{what} "{value}" is no figure of eight digits and four decimals at most, nought or more',
)
NOT_ENERGY = Words(
    "单位“{value}”不是电量；可用：{known}", 'the unit "{value}" is none of energy; these are: {known}'
)
NOT_A_QUALITY = Words(
    "“{value}”不是质量标志；应为 A、N，或 E、S、F 加两位方法代码",
    '"{value}" is no quality: it is A, N, or E, S, F with the two digits of a method',
)
NO_METER_TOLD = Words("没有表号，也没有计量点编号", "neither a meter's number nor a metering point is told")
TOO_SHORT = Words(
    "记录只有 {found} 格，至少应有 {least} 格", "the record has {found} fields and needs {least}"
)
TOO_LONG = Words("第 {place} 格“{value}”多余", 'field {place}, "{value}", is one too many')


class NotNem(Refusal):
    """A file of something else."""

    says = Words(
        "这不是 {form} 文件：第一条记录应为 100,{form},…。",
        "This is no {form} file: its first record is 100,{form},….",
    )


class FileCutShort(Refusal):
    """A file without its end: what it lacks nobody knows."""

    says = Words(
        "文件不完整：最后一条记录（第 {line} 行）不是 900；请重新取得整个文件。",
        "The file is cut short: its last record (line {line}) is not 900. Get the whole file anew.",
    )


class NemLineRefused(CellRefused):
    """What a line says that the format does not have."""

    says = Words("{problem}", "{problem}")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not taken, and why."""

    line: int
    why: Words


@dataclass(frozen=True, slots=True)
class NemRecord:
    """A record: its line, counted from 1, and its fields, the number of the record first."""

    line: int
    fields: Sequence[str]

    @property
    def sort(self) -> str:
        """Its number: 100, 200, ..."""
        return self.fields[0]

    def get(self, place: int) -> str:
        """A field; empty where the record is shorter."""
        return self.fields[place] if place < len(self.fields) else ""

    def must_have(self, least: int, most: int) -> None:
        """Raise NemLineRefused unless it has so many fields; empty ones at its end are none."""
        if len(self.fields) < least:
            raise refused(TOO_SHORT, found=len(self.fields), least=least)
        for place in range(most, len(self.fields)):
            if self.fields[place]:
                raise refused(TOO_LONG, place=place + 1, value=self.fields[place])


def refused(words: Words, **facts: object) -> NemLineRefused:
    """A line is not taken for this."""
    return NemLineRefused(problem=words.fill(**facts))


def records(text: str, form: str) -> Iterator[NemRecord | RefusedLine]:
    """The records between headers and ends; a record after an end that opens no further part is refused.

    Raises NotNem, FileCutShort.
    """
    is_open, begun, line = False, False, 0
    for number, said in enumerate(text.splitlines(), start=1):
        fields = said.split(",")
        if said.split(maxsplit=1) != [said]:  # a million fields are not asked one by one for blanks
            fields = [field.strip() for field in fields]
        if not any(fields):
            continue
        line = number
        if not begun and fields[:2] != [HEADER, form]:
            raise NotNem(form=form)
        begun = True
        if fields[0] == HEADER:
            is_open = fields[1:2] == [form]
            if not is_open:
                raise NotNem(form=form)
        elif not is_open:
            yield RefusedLine(number, Words("在 900 记录之后", "it stands after the record 900"))
        elif fields[0] == END:
            is_open = False
        else:
            yield NemRecord(number, fields)
    if not begun:
        raise NotNem(form=form)
    if is_open:
        raise FileCutShort(line=line)


def day(said: str) -> dt.date:
    """20260412. Raises NemLineRefused."""
    if re.fullmatch(r"[0-9]{8}", said):
        try:
            found: dt.date = bounded_days.read(f"{said[:4]}-{said[4:6]}-{said[6:]}")
        except Refusal:
            raise refused(NOT_A_DAY, value=said) from None
        return found
    raise refused(NOT_A_DAY, value=said)


def moment(said: str) -> dt.datetime:
    """20260412093000, without zone. Raises NemLineRefused."""
    if re.fullmatch(r"[0-9]{14}", said):
        try:
            return dt.datetime.combine(
                day(said[:8]), dt.time(int(said[8:10]), int(said[10:12]), int(said[12:]))
            )
        except ValueError:
            pass
    raise refused(NOT_A_MOMENT, value=said)


def day_of_moment(said: str) -> dt.date:
    """The day of 20260412093000, as the clock showed it. Raises NemLineRefused."""
    moment(said)
    return day(said[:8])


def figure(said: str, what: Words) -> Decimal:
    """Nought or more, of four decimals at most. Raises NemLineRefused."""
    if not FIGURE.fullmatch(said):
        raise refused(NOT_A_FIGURE, what=what, value=said)
    return Decimal(said)


def unit(said: str) -> tuple[str, Decimal]:
    """Energy as it is kept, and the factor. Raises NemLineRefused."""
    if said.upper() not in UNITS:
        raise refused(NOT_ENERGY, value=said, known=list(UNITS))
    return UNITS[said.upper()]


def quality(said: str) -> tuple[str, str]:
    """Letter and method, `V` among the letters. Raises NemLineRefused."""
    if not QUALITY.fullmatch(said):
        raise refused(NOT_A_QUALITY, value=said)
    return said[0], said[1:]


def because(code: str, told: str) -> str:
    """Reason code and description on one line."""
    return " ".join(part for part in (code, told) if part)[:120]
