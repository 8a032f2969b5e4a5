"""What stands in the sheets of a workbook that somebody brings, cell by cell, before anything is believed of it.

grids = bounded(template_grids, content, most=200)
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import COMPOUND, ZIPPED, Cell, shown
from tongdian.spreadsheets.refusals import FormatNotRead, NotASpreadsheet
from tongdian.spreadsheets.workbooks import Worksheet, worksheets
from tongdian.supervision.importing.sheets import BELOW, CHECKS, FORM, MARK, REASONS
from tongdian.supervision.refusing import NotATemplate, TemplateHasMoreRows

Grid = dict[str, Cell]  # by address: C7
MOST_ROWS = (
    2_000  # of a sheet, or of as many as the form has where it has more: whose form it is is not known yet
)


def template_grids(content: bytes, *, most: int = MOST_ROWS) -> dict[str, Grid]:
    """The filled cells of each sheet of a template. `most` bounds the rows of a sheet.

    Raises NotASpreadsheet, FormatNotRead, FileHasTooManyColumns, NotATemplate, TemplateHasMoreRows.
    """
    if content.startswith(ZIPPED):
        _refuse_macros(content)
    elif not content.startswith(COMPOUND):  # worksheets says what that is
        raise NotASpreadsheet
    found: dict[str, Grid] = {}
    for sheet in worksheets(content):
        if sheet.name == FORM:
            found[FORM] = _form(sheet, most)
        elif sheet.name in (REASONS, BELOW):
            found[sheet.name] = _grid(sheet.name, sheet.lines, most)
        elif sheet.name != CHECKS and any(shown(cell) for _, cells in sheet.lines for cell in cells):
            found[sheet.name] = {}  # a sheet that the template has not
    if FORM not in found:
        raise NotATemplate
    return found


def _refuse_macros(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        raise NotASpreadsheet from None
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise FormatNotRead(sort=Words("含有宏的工作簿 .xlsm", "a workbook with macros, .xlsm"))


def _form(sheet: Worksheet, most: int) -> Grid:
    """The form, whose first line says that it is one: of another file nothing more is read."""
    lines: Iterator[Any] = iter(sheet.lines)
    number, first = next(lines, (0, []))
    if number != 1 or not first or shown(first[0]) != MARK:
        raise NotATemplate
    return _of(first) | _grid(sheet.name, lines, most)


def _grid(name: str, lines: Iterator[Any], most: int) -> Grid:
    found: Grid = {}
    for number, cells in lines:
        here = _of(cells)
        if here and number > most:
            raise TemplateHasMoreRows(sheet=name, row=number, most=most)
        found |= here
    return found


def _of(cells: list[Cell | None]) -> Grid:
    return {cell.address: cell for cell in cells if cell is not None and _is_filled(cell)}


def _is_filled(cell: Cell) -> bool:
    """What was typed, and what has something wrong with it: merged cells, a formula without a result."""
    if cell.value is None:
        return cell.problem is not None
    return not isinstance(cell.value, str) or bool(cell.value.strip())
