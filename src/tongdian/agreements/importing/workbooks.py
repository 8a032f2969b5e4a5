"""Workbooks to download: the template of a kind, and the refused rows with their reasons."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from tongdian.agreements.importing.columns import Column
from tongdian.agreements.importing.kinds.kind import Kind
from tongdian.bounded import bounded
from tongdian.spreadsheets.reading import NOTE
from tongdian.workbooks import HEAD, workbook

LISTS = "选项 Options"  # the sheet of a template from which its lists are chosen
LAST_ROW = 20_002
QUIET = Font(color="56606C", size=9)


def template(kind: Kind, columns: Sequence[Column]) -> bytes:
    """An empty workbook: Chinese headings, a row of notes in English, lists to choose from.

    Every column is text, so that long numbers keep their digits.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = kind.title.zh
    lists = book.create_sheet(LISTS)
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(14, len(column.title.zh) * 2 + 4)
        sheet.column_dimensions[letter].number_format = "@"
        for row in range(3, 503):
            sheet.cell(row, place).number_format = "@"
        head = sheet.cell(1, place, column.title.zh + ("*" if column.required else ""))
        head.font, head.fill = Font(bold=True), HEAD
        note = sheet.cell(2, place, _note(column, first=place == 1))
        note.font, note.alignment = QUIET, Alignment(wrap_text=True, vertical="top")
        if column.choices:
            _offer(sheet, lists, letter, place, column)
    sheet.freeze_panes = "A3"
    return _bytes(book)


def _note(column: Column, *, first: bool) -> str:
    parts = [column.title.en, column.note.zh, column.note.en]
    if column.example:
        parts.append(f"例 e.g. {column.example}")
    return (f"{NOTE} " if first else "") + "\n".join(part for part in parts if part)


def _offer(sheet: Any, lists: Any, letter: str, place: int, column: Column) -> None:
    lists.cell(1, place, column.title.zh)
    for row, words in enumerate(column.choices.values(), start=2):
        lists.cell(row, place, words.zh)
    last = len(column.choices) + 1
    rule = DataValidation(
        type="list", formula1=f"'{lists.title}'!${letter}$2:${letter}${last}", allow_blank=True
    )
    rule.add(f"{letter}3:{letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def refused_rows(
    kind: Kind,
    columns: Sequence[Column],
    rows: Iterable[tuple[int, dict[str, str], str]],
    *,
    reason: str,
    row_title: str,
) -> bytes:
    """The refused rows as a workbook that can be mended and uploaded again, reasons last."""
    titles = [*(column.title.zh for column in columns), row_title, reason]
    lines: list[list[str | int]] = [list(titles)]
    for number, cells, why in rows:
        lines.append([*(cells.get(column.name, "") for column in columns), number, why])
    return bounded(workbook, kind.title.zh, lines, texts=True)


def _bytes(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
