"""A return as a workbook: the same paper that is printed as PDF, in its layout, its figures as figures.

Texts are set as they are given, and never as formulas. Plain Python: no Django, no database, no clock.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from tongdian.cells import spelt_out
from tongdian.documents.printing import Language
from tongdian.documents.returns import ReturnPaper
from tongdian.plain_text import legible

EDGE = Side(style="thin", color="808080")
BOX = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
HEAD = PatternFill("solid", fgColor="E8EFF6")
BOLD, FAINT = Font(bold=True), Font(color="606060", size=9)
MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(vertical="center", wrap_text=True)
FLAT = Alignment(vertical="center")
RIGHT = Alignment(horizontal="right", vertical="center")
FIRST_WIDTH, UNIT_WIDTH = 24, 8  # of the first column, and of one unit of another's width, in characters
BLANK, BLANK_DAY = "＿＿＿＿＿＿", "　　　年　　月　　日"


def return_in_excel(paper: ReturnPaper, name: str, *, language: Language = "zh") -> bytes:
    """The paper as .xlsx, in one sheet of a name that Excel takes; in English labels stand beside the Chinese."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = name
    _PrintedSheet(sheet, paper, language).write()
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


class _PrintedSheet:
    def __init__(self, sheet: Any, paper: ReturnPaper, language: Language) -> None:
        self.sheet, self.paper, self.language = sheet, paper, language
        self.last = len(paper.columns) + 1
        self.row = 0

    def write(self) -> None:
        self._head()
        self._headings()
        first = self.row + 1
        self._rows()
        self._foot()
        sheet = self.sheet
        sheet.freeze_panes = f"B{first}"
        sheet.column_dimensions["A"].width = FIRST_WIDTH
        for place, one in enumerate(self.paper.columns, 2):
            sheet.column_dimensions[get_column_letter(place)].width = UNIT_WIDTH * one.width
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def said(self, zh: str, en: str) -> str:
        return f"{zh} {en}" if self.language == "en" else zh

    # --- above the form ---
    def _head(self) -> None:
        paper = self.paper
        self._line(paper.title, font=Font(bold=True, size=16))
        self.sheet.row_dimensions[self.row].height = 30
        self._line(f"（{paper.period}）")
        for text in filter(None, (paper.layout, paper.standing)):
            self._line(text, font=BOLD)
        day = paper.filed_on
        texts = (
            f"{self.said('填报人及联系方式', 'Filled in by, contact')}：{paper.filer or BLANK}",
            f"{self.said('审核人', 'Reviewed by')}：{paper.reviewer or BLANK}",
            f"{self.said('填报日期', 'Filed on')}：{f'{day.year}年{day.month}月{day.day}日' if day else BLANK_DAY}",
        )
        self.row += 1
        if self.last < len(texts):
            self._put(1, "　".join(texts), alignment=FLAT)
            return
        # three parts of the width, as on paper
        starts = [1, 1 + (self.last + 2) // 3, 1 + (2 * self.last + 2) // 3]
        for start, end, text in zip(
            starts, [*(one - 1 for one in starts[1:]), self.last], texts, strict=True
        ):
            self._put(start, text, alignment=FLAT)
            self._merge(self.row, start, self.row, end)

    def _headings(self) -> None:
        paper, top = self.paper, self.row + 1
        bottom = top + bool(paper.groups)
        self.row = top
        self._heading(top, 1, bottom, 1, paper.content)
        place = 2
        for title, span in self._groups():
            if title:
                self._heading(top, place, top, place + span - 1, title)
            for one in range(place, place + span):
                self._heading(bottom if title else top, one, bottom, one, paper.columns[one - 2].title)
            place += span
        self.row = bottom

    def _groups(self) -> Iterator[tuple[str, int]]:
        yield from ((one.title, one.span) for one in self.paper.groups)
        if not self.paper.groups:
            yield "", len(self.paper.columns)

    def _heading(self, top: int, left: int, bottom: int, right: int, text: str) -> None:
        for row in range(top, bottom + 1):
            for place in range(left, right + 1):
                cell = self.sheet.cell(row, place)
                cell.border, cell.fill = BOX, HEAD
        self._put(left, text, row=top, font=BOLD, alignment=MIDDLE)
        self._merge(top, left, bottom, right)

    # --- the form and below ---
    def _rows(self) -> None:
        for number, texts in enumerate(self.paper.rows):
            self.row += 1
            figures = self.paper.figures[number] if self.paper.figures else ()
            for place, text in enumerate(texts, 1):
                figure = figures[place - 2] if place > 1 and figures else None
                if figure is None:
                    self._put(place, text, alignment=LEFT, border=BOX)
                else:
                    self._figure(place, text, figure)

    def _figure(self, place: int, text: str, figure: Decimal) -> None:
        """A figure that Excel adds up, with the mark of its note beside it."""
        mark = text.partition(" ")[2]
        decimals = max(0, -int(figure.as_tuple().exponent))
        shown = f"0.{'0' * decimals}" if decimals else "0"
        cell = self.sheet.cell(self.row, place, figure)
        cell.number_format = f'{shown}" {mark}"' if mark else shown
        cell.alignment, cell.border = RIGHT, BOX

    def _foot(self) -> None:
        paper = self.paper
        if paper.notes:
            self._under(f"{self.said('注', 'Notes')}：")
            for note in paper.notes:
                self._under(note)
        self._under(f"{self.said('编号', 'No.')}：{paper.number}", font=FAINT)
        if paper.check:
            self._under(f"SHA-256 {paper.check}", font=FAINT)
        self.row += 1
        for text in (self.said("填报单位盖章处", "Seal of the office"), paper.issuer):
            self._under(text, place=max(1, self.last - 1), alignment=FLAT)

    # --- what all of it is made of ---
    def _line(self, text: str, **look: Any) -> None:
        self.row += 1
        self._put(1, text, alignment=MIDDLE, **look)
        self._merge(self.row, 1, self.row, self.last)

    def _under(self, text: str, *, place: int = 1, **look: Any) -> None:
        self.row += 1
        self._put(place, text, **look)

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)

    def _put(self, place: int, text: str, *, row: int | None = None, **look: Any) -> None:
        """Write a text; of one that looks like a formula, the text."""
        cell = self.sheet.cell(row or self.row, place)
        cell.value = spelt_out(legible(text)) or None
        if cell.value is not None:
            cell.data_type = "s"
        for name, one in look.items():
            setattr(cell, name, one)
