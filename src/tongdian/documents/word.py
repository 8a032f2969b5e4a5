"""A return as a Word document: the same paper that is printed as PDF, in its layout, for who has to write on in it.

Texts are set as they are given. Plain Python: no Django, no database, no clock.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt

from tongdian.documents.printing import Language
from tongdian.documents.returns import ReturnPaper

FONT, LATIN = "宋体", "Times New Roman"
LONG, SHORT, SIDE = Cm(29.7), Cm(21), Cm(2.3)  # A4 on its side
ROOM = LONG - 2 * SIDE
FIRST = 2  # the first column is as wide as two
MANY_ROWS = 12  # from which on the print is smaller, as on paper
BLANK = "＿＿＿＿＿＿"
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def return_in_word(paper: ReturnPaper, *, language: Language = "zh") -> bytes:
    """The paper as .docx; in English its labels stand beside the Chinese, which stays the text in force."""
    return _Letter(paper, language).written()


class _Letter:
    def __init__(self, paper: ReturnPaper, language: Language) -> None:
        self.paper, self.language = paper, language
        self.document: Any = Document()
        self.size = 9.0 if len(paper.rows) > MANY_ROWS else 10.5

    def written(self) -> bytes:
        self._sheet()
        self._head()
        self._form()
        self._foot()
        kept = io.BytesIO()
        self.document.save(kept)
        return kept.getvalue()

    def said(self, zh: str, en: str) -> str:
        return f"{zh} {en}" if self.language == "en" else zh

    # --- the sheet ---
    def _sheet(self) -> None:
        paper, properties = self.paper, self.document.core_properties
        properties.title, properties.author, properties.comments = paper.title, paper.issuer, paper.number
        made = dt.datetime.combine(paper.issued_on or dt.date(2000, 1, 1), dt.time())
        properties.created = properties.modified = made
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = LATIN, Pt(10.5)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        style.paragraph_format.space_after = Pt(3)
        section = self.document.sections[0]
        section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, LONG, SHORT
        section.left_margin = section.right_margin = SIDE
        section.top_margin = section.bottom_margin = Cm(2.2)
        if paper.is_demo:
            self._put(section.header.paragraphs[0], "演示　DEMO", bold=True, at=CENTRE)
        lines = "　".join(f"{one.name} {one.number}" for one in paper.hotlines)
        foot = self._put(section.footer.paragraphs[0], f"{lines}　第 ", size=8.5, at=CENTRE)
        _field(foot, "PAGE")
        self._put(foot, " 页　共 ", size=8.5, at=CENTRE)
        _field(foot, "NUMPAGES")
        self._put(foot, " 页", size=8.5, at=CENTRE)

    def _head(self) -> None:
        paper = self.paper
        self._line(paper.title, size=19, bold=True)
        if self.language == "en" and paper.title_en:
            self._line(paper.title_en, size=11)
        in_english = f" {paper.period_en}" if self.language == "en" and paper.period_en else ""
        self._line(f"（{paper.period}）{in_english}")
        if paper.layout:
            self._line(paper.layout, size=9)
        if paper.standing:
            self._line(paper.standing, bold=True)
        filed = paper.filed_on
        day = f"{filed.year}年{filed.month}月{filed.day}日" if filed else "　　　年　　月　　日"
        texts = (
            f"{self.said('填报人及联系方式', 'Filled in by, contact')}：{paper.filer or BLANK}",
            f"{self.said('审核人', 'Reviewed by')}：{paper.reviewer or BLANK}",
            f"{self.said('填报日期', 'Filed on')}：{day}",
        )
        table = self._table(rows=1, widths=(3, 2, 2))
        for cell, text, at in zip(table.rows[0].cells, texts, (LEFT, CENTRE, RIGHT), strict=True):
            self._put(cell.paragraphs[0], text, at=at)

    # --- the form ---
    def _form(self) -> None:
        paper = self.paper
        head_rows = 2 if paper.groups else 1
        widths = [FIRST, *(one.width for one in paper.columns)]
        table = self._table(rows=head_rows + len(paper.rows), widths=widths, style="Table Grid")
        for row in table.rows[:head_rows]:
            _mark(row, "w:tblHeader")  # it stands again on each sheet
        self._heading(table.cell(0, 0), table.cell(head_rows - 1, 0), paper.content)
        at = 1
        for title, span in self._groups():
            if not title:
                for number in range(at, at + span):
                    self._heading(
                        table.cell(0, number), table.cell(head_rows - 1, number), self._title(number)
                    )
            else:
                self._heading(table.cell(0, at), table.cell(0, at + span - 1), title)
                for number in range(at, at + span):
                    self._heading(table.cell(1, number), table.cell(1, number), self._title(number))
            at += span
        for row, texts in zip(table.rows[head_rows:], paper.rows, strict=True):
            _mark(row, "w:cantSplit")
            for number, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                is_figure = number > 0 and paper.columns[number - 1].is_number
                self._put(cell.paragraphs[0], text, size=self.size, at=RIGHT if is_figure else LEFT)

    def _groups(self) -> Iterator[tuple[str, int]]:
        if self.paper.groups:
            yield from ((one.title, one.span) for one in self.paper.groups)
        else:
            yield "", len(self.paper.columns)

    def _title(self, number: int) -> str:
        return self.paper.columns[number - 1].title

    def _heading(self, first: Any, last: Any, text: str) -> None:
        cell = first if first is last else first.merge(last)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        self._put(cell.paragraphs[0], text, size=self.size, bold=True, at=CENTRE)

    # --- below it ---
    def _foot(self) -> None:
        paper = self.paper
        self.document.add_paragraph()
        table = self._table(rows=1, widths=(2, 1))
        told, seal = table.rows[0].cells
        if paper.notes:
            self._put(told.paragraphs[0], f"{self.said('注', 'Notes')}：", size=9)
            for note in paper.notes:
                self._put(told.add_paragraph(), note, size=9)
        number = f"{self.said('编号', 'No.')}：{paper.number}"
        self._put(told.add_paragraph(), number, size=8)
        if paper.check:
            self._put(told.add_paragraph(), f"SHA-256 {paper.check}", size=8)
        self._put(seal.paragraphs[0], self.said("填报单位盖章处", "Seal of the office"), at=CENTRE)
        self._put(seal.add_paragraph(), paper.issuer, at=CENTRE)
        _mark(table.rows[0], "w:cantSplit")

    # --- what all of it is made of ---
    def _table(self, *, rows: int, widths: Sequence[int], style: str | None = None) -> Any:
        table = self.document.add_table(rows=rows, cols=len(widths), style=style)
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths, strict=True):
            for cell in (column, *column.cells):
                cell.width = Emu(ROOM * width // sum(widths))
        return table

    def _line(self, text: str, *, size: float = 10.5, bold: bool = False) -> None:
        self._put(self.document.add_paragraph(), text, size=size, bold=bold, at=CENTRE)

    def _put(
        self, paragraph: Any, text: str, *, size: float = 10.5, bold: bool = False, at: Any = LEFT
    ) -> Any:
        paragraph.alignment = at
        run = paragraph.add_run(text)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.name = LATIN
        run._element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        return paragraph


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _field(paragraph: Any, name: str) -> None:
    """A number that Word reckons itself: of the page, or of all pages."""
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        if kind:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        else:
            element = OxmlElement("w:instrText")
            element.text = text
        run._element.append(element)
    run.font.size = Pt(8.5)
