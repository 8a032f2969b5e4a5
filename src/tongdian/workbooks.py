"""A table as a workbook, made where its size stops no page.

content = bounded(workbook, title, lines, texts=False)
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill

from tongdian.cells import spelt_out
from tongdian.plain_text import legible
from tongdian.spreadsheets.cells import MOST_DIGITS

MOST_ROWS = 50_000
"""Excel takes a million; so many of ten columns are written in half the time that a child has."""
MOST_NAME = (
    31  # characters of a sheet's name in Excel, which refuses some in it, and an apostrophe at its ends
)
REFUSED_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
HEAD = PatternFill("solid", fgColor="E8EFF6")
BOLD = Font(bold=True)


def workbook(title: str, lines: Iterable[Sequence[str | int | Decimal]], *, texts: bool) -> bytes:
    """A workbook of one sheet, headings first and standing still.

    A Decimal is a figure that Excel adds up, shown with the decimals it has; of more digits than Excel
    keeps it is the text of it.

    `texts`: every text is marked as text, so that it is kept as it was typed even where it looks
    like a formula or a figure; else the caller has made it safe (cells.py).
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name(title))
    sheet.freeze_panes = "C2"
    for number, line in enumerate(lines):
        if number and not texts:
            sheet.append([_figure(sheet, value) if isinstance(value, Decimal) else value for value in line])
            continue
        cells = [WriteOnlyCell(sheet, value=_legible(value)) for value in line]
        for cell in cells:
            if number == 0:
                cell.font, cell.fill = BOLD, HEAD
            elif isinstance(cell.value, str):
                cell.data_type, cell.number_format = "s", "@"
        sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def sheet_name(title: str) -> str:
    """A title as Excel takes it for the name of a sheet: of 31 characters at most, counted as it counts them."""
    name = " ".join(REFUSED_IN_A_NAME.sub(" ", title).split()).strip(" '")
    while len(name.encode("utf-16-le")) // 2 > MOST_NAME:
        name = name[:-1]
    return name.strip(" '") or "1"


def _figure(sheet: Any, value: Decimal) -> Any:
    if len(value.as_tuple().digits) > MOST_DIGITS:
        return f"{value:f}"
    cell = WriteOnlyCell(sheet, value=value)
    decimals = -int(value.as_tuple().exponent)
    cell.number_format = f"0.{'0' * decimals}" if decimals > 0 else "0"
    return cell


def _legible(value: str | int | Decimal) -> str | int | Decimal:
    return spelt_out(legible(value)) if isinstance(value, str) else value
