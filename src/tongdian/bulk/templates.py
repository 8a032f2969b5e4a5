"""An empty file for each grain of a sheet, to be filled in and given to a run as it is.

The headings are the pack's titles in one language, below them a row of notes that begins with ※ and
is read by nobody. A title that two columns share is no heading: such columns keep their own names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import asked_of
from tongdian.bulk.refusals import TemplateThere
from tongdian.bulk.results import write_csv
from tongdian.policy.inputs import say_unit
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.sheet import Grain, In, Sheet
from tongdian.policy.types import Bool, Date, Instant, Num, Options, Place, Type
from tongdian.policy.units import BARE
from tongdian.policy.words import Words
from tongdian.spreadsheets.reading import NOTE

FORMATS = ("xlsx", "csv")
ROWS = 500  # of a workbook that are made ready: codes as text, choices as lists
LONGEST_LIST = 255  # characters of choices that a cell's own list may have
EMPTY = Words("可空", "may be empty")
KINDS: Mapping[type, Words] = {
    Bool: Words("是 / 否", "true / false"),
    Date: Words("日期，如 2026-03-02", "date, like 2026-03-02"),
    Instant: Words(
        "写明时区的时刻，如 2026-03-02T09:30+08:00", "instant with its zone, like 2026-03-02T09:30+08:00"
    ),
    Place: Words("行政区划代码，如 450302", "code of a region, like 450302"),
}
CODE = Words("编号", "identifier")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column of a template: what the sheet calls it, its heading, and how it is filled in."""

    name: str
    heading: str
    note: str
    choices: tuple[str, ...] = ()
    is_code: bool = False


def template_columns(
    rule: SheetRule, sheet: Sheet, grain: Grain, *, language: str
) -> tuple[TemplateColumn, ...]:
    """The columns of a grain's file, keys first."""
    asked = asked_of(sheet, grain, titles=rule.titles)
    inputs = {one.name: one for one in grain.inputs}
    return tuple(_column(rule, sheet, asked, name, inputs.get(name), language) for name in asked.names)


def _column(
    rule: SheetRule, sheet: Sheet, asked: Wanted, name: str, given: In | None, language: str
) -> TemplateColumn:
    title, kind = rule.titles.get(name), sheet.types[name]
    heading = title.say(language) if title else name
    if asked.column(heading) != name:
        heading = name
    words = kind.values if isinstance(kind, Options) else ()
    titles = [_label(rule, value, language) for value in words]
    choices = tuple(  # where two choices have one title, each is its own word
        title if titles.count(title) == 1 else value for value, title in zip(words, titles, strict=True)
    )
    note = " / ".join(choices) or _said(kind, language)
    if given is not None and given.default is not None:
        note = f"{note} · {EMPTY.say(language)}"
    return TemplateColumn(name, heading, note, choices, name in asked.codes)


def _label(rule: SheetRule, value: str, language: str) -> str:
    label = rule.labels.get(value)
    return label.say(language) if label else value


def _said(kind: Type, language: str) -> str:
    if not isinstance(kind, Num):
        return KINDS.get(type(kind), CODE).say(language)
    unit = "" if kind.unit == BARE else f"{say_unit(kind.unit, language)} "
    return f"{unit}{kind.low:f}–{kind.high:f}" + (
        Words(f"，{kind.scale} 位小数", f", {kind.scale} decimals").say(language) if kind.scale else ""
    )


def write_templates(
    rule: SheetRule, sheet: Sheet, folder: Path, *, form: str = "xlsx", language: str = "zh"
) -> Iterator[Path]:
    """Write the template of every grain that a sheet reads, `GRAIN.xlsx` or `.csv`. Raises TemplateThere,
    for what somebody may have filled in is never replaced; OSError."""
    files = {grain.name: folder / f"{grain.name}.{form}" for grain in sheet.read}
    for file in files.values():
        if file.exists():
            raise TemplateThere(file=file)
    folder.mkdir(parents=True, exist_ok=True)
    for grain in sheet.read:
        write_template(
            files[grain.name], template_columns(rule, sheet, grain, language=language), page=grain.name
        )
        yield files[grain.name]


def write_template(file: Path, columns: tuple[TemplateColumn, ...], *, page: str) -> None:
    """One template, by its suffix."""
    header = [one.heading for one in columns]
    notes = [one.note for one in columns]
    notes[0] = f"{NOTE} {notes[0]}"
    if file.suffix == ".csv":
        write_csv(file, header, [notes])
    else:
        _write_workbook(file, header, notes, columns, page)


def _write_workbook(
    file: Path, header: list[str], notes: list[str], columns: tuple[TemplateColumn, ...], page: str
) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = page[:31]
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(14, len(header[place - 1]) * 2 + 4)
        sheet.cell(1, place, header[place - 1]).font = Font(bold=True)
        note = sheet.cell(2, place, notes[place - 1])
        note.font, note.alignment = Font(color="56606C", size=9), Alignment(wrap_text=True, vertical="top")
        if column.is_code:  # 000123 keeps its noughts
            for row in range(3, ROWS + 3):
                sheet.cell(row, place).number_format = "@"
        listed = ",".join(column.choices)
        if (
            listed
            and len(listed) < LONGEST_LIST
            and not any("," in one or '"' in one for one in column.choices)
        ):
            rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            rule.add(f"{letter}3:{letter}{ROWS + 2}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "A3"
    book.save(file)
