"""The template of a return as a workbook: its form, a line for each blank, what must agree.

Plain Python over plain data, so that a child with limits of its own can write it (`bounded`).

    content = bounded(template_workbook, template)
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.datavalidation import DataValidation

from tongdian.cells import spelt_out
from tongdian.plain_text import legible
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import letter

MARK = "tongdian-return-1"
"""Begins the first line of a template, which is hidden: which return of whom it is of."""
FORM, REASONS, BELOW, CHECKS = "填报", "状态与原因", "下级未报", "勾稽关系"
CONTACT_AT, NOTE_AT, HEADINGS_AT = "B5", "B6", 8
FIRST_REASON = 3
LIST_ITEMS = 250  # characters that a list within a cell may have
EDGE = Side(style="thin", color="808080")
BOX = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
HEAD, ENTRY, LACKING = (PatternFill("solid", fgColor=one) for one in ("E8EFF6", "FFFDE7", "F9E5E3"))
BOLD, FAINT = Font(bold=True), Font(color="606060", size=9)
MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(vertical="center", wrap_text=True)
OPEN = Protection(locked=False)
UNIT_WIDTHS = {"number": 16, "day": 14, "text": 30, "choice": 16, "none": 12}


@dataclass(frozen=True, slots=True)
class TemplateCell:
    """A cell of a form. `sort` is number, day, text or choice; a sum is reckoned and not filled in. `value` is
    what stands in it to begin with."""

    address: str
    row: str
    column: str
    row_title: str
    column_title: str
    sort: str
    is_sum: bool = False
    is_needed: bool = False
    decimals: int = 0
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    choices: tuple[tuple[str, str], ...] = ()  # the word that is kept, and its label
    most: int = 500  # characters of a text
    value: str = ""
    status: str = ""
    why: str = ""

    @property
    def has_reason(self) -> bool:
        """Whether a line asks for its status, and why nothing stands in it."""
        return self.is_needed or self.sort == "number"


@dataclass(frozen=True, slots=True)
class ReturnTemplate:
    """A return as a workbook: what stands where. `identity` says which return of whom it is of."""

    identity: tuple[str, ...]  # pack, form, period, office, language, hash of the layout
    title: str
    head: tuple[tuple[str, str], ...]  # label and text: who files, for which period
    language: str  # of every word in it
    groups: tuple[tuple[str, int], ...]  # headings over the columns: text, and how many it spans
    columns: tuple[tuple[str, str], ...]  # heading and the widest sort of its cells
    rows: tuple[tuple[int, str], ...]  # the number of each row and its heading
    cells: tuple[TemplateCell, ...]
    content: str  # what the first column is headed by
    said: tuple[tuple[str, str], ...]  # by address, what the form says itself
    statuses: tuple[tuple[str, str], ...]  # the letter that is kept, and its label
    checks: tuple[tuple[str, str, str, str], ...] = ()  # its title, sentence, what follows, clause
    below: tuple[tuple[str, str, str], ...] = ()  # short name, name, and why it is without its return
    contact: str = ""
    note: str = ""
    layout: str = ""  # that it is not the document's own form

    @property
    def reasons(self) -> list[tuple[int, TemplateCell]]:
        """The lines on which status and reason of a cell stand, with their numbers."""
        return list(enumerate((one for one in self.cells if one.has_reason), FIRST_REASON))

    @property
    def heading_row(self) -> int:
        """The row of the columns' headings: below that of the groups, where there are groups."""
        return HEADINGS_AT + bool(self.groups)

    @property
    def heading_rows(self) -> list[int]:
        """The row of each column's heading: the first, where no heading of a group stands above it."""
        if not self.groups:
            return [HEADINGS_AT] * len(self.columns)
        return [HEADINGS_AT + bool(text) for text, span in self.groups for _ in range(span)]

    @property
    def last_column(self) -> int:
        """The last column, from 1."""
        return len(self.columns) + 1


CONTENT, NUMBER = Words("统计内容", "Content"), Words("序号", "No.")
SAID = {
    "contact": Words("填报人及联系方式", "Filled in by, contact"),
    "note": Words("备注", "Remark"),
    "hint": Words(
        "只填浅黄色的格。零填 0；空着的必填格（红色）请到“状态与原因”写明原因。合计自动计算，读取时重新计算。",
        "Fill in the yellow cells only. Nought is 0; of a needed cell that stays blank (red) the sheet 状态与原因 says "
        "why. Sums are reckoned, and reckoned anew when this is read.",
    ),
    "reasons": Words(
        "状态只在不是“正常”时选；没有数字的格选“缺数”或“不适用”并写原因。",
        "Choose a status where it is not normal; where there is no figure, missing or not applicable, and write why.",
    ),
    "reason_heads": Words(
        "单元格|统计内容|栏|状态|原因或说明", "Cell|Content|Column|Status|Why, or in words"
    ),
    "below": Words(
        "下列单位的报表尚未接收；不等其报送的，逐一写明原因。",
        "The returns of these are not accepted yet; where yours goes without one, say why.",
    ),
    "below_heads": Words("单位编号|单位|原因", "Short name|Office|Why"),
    "checks": Words("报送前请对照；接收单位用同样的规则核对。", "Whom you file to compares by these rules."),
    "check_heads": Words("规则|不符时|不符的处理|依据", "Rule|Where it does not agree|What follows|Under"),
    "list": Words("请从列表中选。", "Choose from the list."),
    "number": Words("请填 {low} 至 {high} 的数，至多 {decimals} 位小数。", "A number from {low} to {high}, of at most {decimals} decimals."),
    "day": Words("请填日期，如 2021-07-15。", "A day, like 2021-07-15."),
    "text": Words("最多 {most} 个字。", "{most} characters at most."),
}  # fmt: skip


def template_workbook(template: ReturnTemplate) -> bytes:
    """The template, every sheet protected and only what is filled in unlocked. Texts of the record are written
    as texts and never as formulas."""
    book = Workbook()
    form: Any = book.active
    form.title = FORM
    _form(form, template)
    _reasons(book.create_sheet(REASONS), template)
    if template.below:
        _table(
            book.create_sheet(BELOW), template, "below",
            [(short, name, why) for short, name, why in template.below], (14, 30, 60), opens=2,
        )  # fmt: skip
    _table(book.create_sheet(CHECKS), template, "checks", template.checks, (28, 50, 16, 30))
    book.calculation.fullCalcOnLoad = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _form(sheet: Any, template: ReturnTemplate) -> None:
    last, language = template.last_column, template.language
    _put(sheet, 1, 1, MARK)
    for place, text in enumerate(template.identity, 2):
        _put(sheet, 1, place, text)
    sheet.row_dimensions[1].hidden = True
    _put(sheet, 2, 1, template.title, font=Font(bold=True, size=14), alignment=MIDDLE)
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=last)
    sheet.row_dimensions[2].height = 30
    for row, (label, text) in enumerate(template.head, 3):
        _put(sheet, row, 1, label, font=BOLD)
        _put(sheet, row, 2, text)
    for address, name, text in ((CONTACT_AT, "contact", template.contact), (NOTE_AT, "note", template.note)):
        row = int(address[1:])
        _put(sheet, row, 1, SAID[name].say(language), font=BOLD)
        _put(sheet, row, 2, text, protection=OPEN, fill=ENTRY, border=BOX, number_format="@")
    _put(sheet, 7, 1, " ".join(filter(None, (template.layout, SAID["hint"].say(language)))), font=FAINT)
    _headings(sheet, template)
    for row, title in template.rows:
        _put(sheet, row, 1, title, alignment=LEFT, border=BOX)
        if len(title) > 30:
            sheet.row_dimensions[row].height = 15 * (len(title) // 24 + 1)
    there = {one.address for one in template.cells} | dict(template.said).keys()
    for address, text in template.said:
        row, place = coordinate_to_tuple(address)
        _put(sheet, row, place, text, alignment=LEFT, border=BOX)
    for row, _ in template.rows:
        for place in range(1, last):
            if f"{letter(place)}{row}" not in there:
                _put(sheet, row, place + 1, None, border=BOX, fill=PatternFill("lightUp", fgColor="C0C0C0"))
    validations: dict[Any, DataValidation] = {}
    for cell in template.cells:
        _cell(sheet, template, cell, validations)
    sheet.column_dimensions["A"].width = 10 if template.said else 44
    for place, (_, sort) in enumerate(template.columns, 1):
        sheet.column_dimensions[letter(place)].width = UNIT_WIDTHS[sort]
    sheet.freeze_panes = f"B{template.heading_row + 1}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = (
        "landscape",
        1,
        0,
    )
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    _protect(sheet)


def _headings(sheet: Any, template: ReturnTemplate) -> None:
    top, bottom, place = HEADINGS_AT, template.heading_row, 2
    _put(sheet, top, 1, template.content, font=BOLD, fill=HEAD, alignment=MIDDLE, border=BOX)
    if bottom > top:
        sheet.merge_cells(start_row=top, end_row=bottom, start_column=1, end_column=1)
    for text, span in template.groups:
        if text:
            _put(sheet, top, place, text, font=BOLD, fill=HEAD, alignment=MIDDLE, border=BOX)
            if span > 1:
                sheet.merge_cells(start_row=top, end_row=top, start_column=place, end_column=place + span - 1)
        place += span
    headings = zip(template.columns, template.heading_rows, strict=True)
    for place, ((title, _), row) in enumerate(headings, 2):
        _put(sheet, row, place, title, font=BOLD, fill=HEAD, alignment=MIDDLE, border=BOX)
        if row < bottom:
            sheet.merge_cells(start_row=row, end_row=bottom, start_column=place, end_column=place)


def _cell(sheet: Any, template: ReturnTemplate, cell: TemplateCell, validations: dict[Any, Any]) -> None:
    row, place = coordinate_to_tuple(cell.address)
    if cell.is_sum:
        summands = [
            one.address
            for one in template.cells
            if one.row == cell.row and not one.is_sum and coordinate_to_tuple(one.address)[1] < place
        ]
        counted = ",".join(summands)
        # nothing, where a part is missing: a missing figure is no nought
        formula = f'=IF(COUNT({counted})={len(summands)},SUM({counted}),"")'
        sheet.cell(row, place, formula)
    else:
        _put(sheet, row, place, _value(cell))
    it = sheet.cell(row, place)
    it.border = BOX
    it.alignment = Alignment(horizontal="right" if cell.sort == "number" else "left", vertical="center", wrap_text=cell.sort == "text")  # fmt: skip
    it.number_format = {"number": "General" if cell.decimals else "0", "day": "yyyy-mm-dd"}.get(
        cell.sort, "@"
    )
    if cell.is_sum:
        it.fill = HEAD
        return
    it.protection, it.fill = OPEN, ENTRY
    # a rule that names its cell is of that cell alone: programs differ in what it is relative to
    key = (
        cell.address if cell.decimals else "",
        cell.sort,
        cell.decimals,
        cell.low,
        cell.high,
        cell.choices,
        cell.most,
    )
    if key not in validations:
        validations[key] = _validation(cell, template.language)
        sheet.add_data_validation(validations[key])
    validations[key].add(cell.address)
    if cell.is_needed:
        sheet.conditional_formatting.add(
            cell.address, FormulaRule(formula=[f"ISBLANK({cell.address})"], fill=LACKING)
        )


def _value(cell: TemplateCell) -> Any:
    if not cell.value:
        return None
    if cell.sort == "number":
        found = Decimal(cell.value)
        return int(found) if found == found.to_integral_value() else found
    if cell.sort == "day":
        return dt.date.fromisoformat(cell.value)
    if cell.sort == "choice":
        return dict(cell.choices).get(cell.value, cell.value)
    return cell.value


def _validation(cell: TemplateCell, language: str) -> DataValidation:
    """What Excel itself refuses in a cell; the reader refuses it as well."""
    said = SAID["list" if cell.sort == "choice" else cell.sort].fill(
        low=f"{cell.low:f}", high=f"{cell.high:f}", decimals=cell.decimals, most=cell.most
    )
    how: dict[str, Any] = {"allow_blank": True, "error": said.say(language), "showErrorMessage": True}
    if cell.sort == "choice":
        listed = ",".join(label for _, label in cell.choices)
        return DataValidation(type="list", formula1=f'"{listed}"', **how)
    if cell.sort == "day":
        return DataValidation(
            type="date", operator="between", formula1="DATE(1990,1,1)", formula2="DATE(2199,12,31)", **how
        )
    if cell.sort == "text":
        return DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(cell.most), **how)
    if not cell.decimals:
        return DataValidation(
            type="whole", operator="between", formula1=f"{cell.low:f}", formula2=f"{cell.high:f}", **how
        )
    it = cell.address
    asked = f"AND(ISNUMBER({it}),ROUND({it},{cell.decimals})={it},{it}>={cell.low:f},{it}<={cell.high:f})"
    return DataValidation(type="custom", formula1=asked, **how)


def _reasons(sheet: Any, template: ReturnTemplate) -> None:
    rows = [
        (one.address, one.row_title, one.column_title, dict(template.statuses).get(one.status, ""), one.why)
        for _, one in template.reasons
    ]
    _table(sheet, template, "reasons", rows, (9, 40, 26, 14, 50), opens=3)
    listed = ",".join(label for _, label in template.statuses)
    rule = DataValidation(
        type="list", formula1=f'"{listed}"', allow_blank=True, error=SAID["list"].say(template.language)
    )
    sheet.add_data_validation(rule)
    if rows:
        rule.add(f"D{FIRST_REASON}:D{FIRST_REASON + len(rows) - 1}")
    for number, one in template.reasons:
        sheet.cell(number, 1).hyperlink = f"#'{FORM}'!{one.address}"


def _table(
    sheet: Any,
    template: ReturnTemplate,
    name: str,
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    opens: int | None = None,
) -> None:
    """A sheet of lines, headed; the columns from `opens` on (from 0) are filled in."""
    heads = SAID[{"reasons": "reason_heads", "checks": "check_heads", "below": "below_heads"}[name]]
    _put(sheet, 1, 1, SAID[name].say(template.language), font=FAINT)
    for place, title in enumerate(heads.say(template.language).split("|"), 1):
        _put(sheet, 2, place, title, font=BOLD, fill=HEAD, border=BOX, alignment=MIDDLE)
        sheet.column_dimensions[letter(place - 1)].width = widths[place - 1]
    for number, row in enumerate(rows, FIRST_REASON):
        for place, text in enumerate(row):
            is_open = opens is not None and place >= opens
            look = {"protection": OPEN, "fill": ENTRY} if is_open else {}
            _put(sheet, number, place + 1, text, border=BOX, alignment=LEFT, number_format="@", **look)
    sheet.freeze_panes = "A3"
    _protect(sheet)


def _put(sheet: Any, row: int, place: int, value: Any, **look: Any) -> None:
    """Write a value; of a text that looks like a formula, the text."""
    cell = sheet.cell(row, place)
    if isinstance(value, str):
        cell.value = spelt_out(legible(value)) or None
        if cell.value is not None:
            cell.data_type = "s"
    else:
        cell.value = value
    for name, one in look.items():
        setattr(cell, name, one)


def _protect(sheet: Any) -> None:
    """Locked without a password: it keeps from slips, and the reader believes none of it."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
