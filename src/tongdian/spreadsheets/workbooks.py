"""Workbooks: every sheet, row by row, each cell with its address, number format and what is wrong
with it."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl.chartsheet import Chartsheet
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException

from tongdian.plain_text import legible
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import COMPOUND, NO_VALUE, Cell, Line, error_in, letter
from tongdian.spreadsheets.refusals import (
    FileHasTooManyColumns,
    FormatNotRead,
    NotASpreadsheet,
    WorkbookTooPacked,
)

LAST_COLUMN = 702
"""ZZ. Further to the right only the formats of whole rows stand; a value there is refused."""
_CELL = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,3})[0-9]+"[^>]*>(<[vif])?')
MERGED = Words("合并单元格；请取消合并并逐行填写", "merged cells: split them and fill in every row")


@dataclass(slots=True)
class Worksheet:
    """A sheet by its name: its rows with their numbers, empty cells None."""

    name: str
    lines: Iterator[Line]


@dataclass(slots=True)
class _Marks:
    """What only the text of a sheet tells a reader that streams it."""

    has_formulas: bool
    last_column: int | None
    """A bound where cells stand beyond ZZ: rows would have 16,384 cells each."""
    merged: list[tuple[int, int, int, int]]
    too_far: int | None
    """The last column beyond ZZ with a value."""


def worksheets(source: bytes | Path) -> Iterator[Worksheet]:
    """The sheets of a workbook, to be read one after the other, as far as each really goes: programs
    write wrong dimensions. Raises NotASpreadsheet, FormatNotRead, FileHasTooManyColumns, at the first row
    or later."""
    _refuse_others(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not know does not matter here
            values = _workbook(source, data_only=True)
            formulas = _workbook(source, data_only=False)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError, SyntaxError):
        raise NotASpreadsheet from None
    with closing(values), closing(formulas):
        for sheet in values.worksheets:
            marks = _marks(source, sheet._worksheet_path)
            if marks.too_far:
                column = letter(marks.too_far - 1)
                last = letter(LAST_COLUMN - 1)
                raise FileHasTooManyColumns(sheet=legible(sheet.title), column=column, last=last)
            twin = _bounded(formulas[sheet.title], marks) if marks.has_formulas else None
            yield Worksheet(sheet.title, _lines(_bounded(sheet, marks), twin, marks.merged))


class _CellReader(ExcelReader):  # type: ignore[misc]
    """Reads cells: a chart on a sheet of its own has none, and one without a drawing is no damage."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Kept by its name only, because names of ranges count the sheets."""
        self.wb._add_sheet(Chartsheet(parent=self.wb, title=sheet.name))


def _workbook(source: bytes | Path, *, data_only: bool) -> Any:
    reader = _CellReader(_opened(source), read_only=True, data_only=data_only)
    reader.read()
    return reader.wb


def _opened(source: bytes | Path) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else source


PART_AT_MOST = 64 << 20
TIMES_AT_MOST = 100
"""A part larger than the first of these that was packed more tightly than the second says hardly anything,
at great length: sheets of numbers are packed 5 to 20 times, of one word repeated some 60 times."""


def _refuse_others(source: bytes | Path) -> None:
    head = source[:4] if isinstance(source, bytes) else _head(source)
    if head == COMPOUND:
        what = "旧的 .xls 工作簿，或有密码的工作簿", "an old .xls workbook, or one with a password"
        raise FormatNotRead(sort=Words(*what))
    try:
        with zipfile.ZipFile(_opened(source)) as archive:
            for part in archive.infolist():
                if part.file_size > max(PART_AT_MOST, part.compress_size * TIMES_AT_MOST):
                    raise WorkbookTooPacked(
                        size=part.file_size >> 20, packed=max(part.compress_size >> 10, 1)
                    )
            names = set(archive.namelist())
            if len(names) != len(archive.infolist()):  # programs differ in which of two they read
                raise NotASpreadsheet
            book = archive.read("xl/workbook.xml")[:4096] if "xl/workbook.xml" in names else b""
    except (BadZipFile, OSError, zlib.error):
        raise NotASpreadsheet from None
    if "xl/workbook.bin" in names:
        raise FormatNotRead(sort=Words("二进制工作簿 .xlsb", "a binary workbook, .xlsb"))
    if "content.xml" in names and "mimetype" in names:
        raise FormatNotRead(sort=Words("OpenDocument 表格 .ods", "an OpenDocument table, .ods"))
    if b"purl.oclc.org/ooxml" in book:
        raise FormatNotRead(sort=Words("“Strict Open XML”工作簿", 'a "Strict Open XML" workbook'))


def _head(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(4)


def _marks(source: bytes | Path, path: str) -> _Marks:
    has_formulas, tail, merged = False, b"", []
    columns: set[tuple[bytes, bytes]] = set()
    with zipfile.ZipFile(_opened(source)) as archive, archive.open(path.lstrip("/")) as part:
        while chunk := part.read(1 << 20):
            piece = tail + chunk
            has_formulas = has_formulas or b"<f>" in piece or b"<f " in piece
            columns.update(_CELL.findall(piece))
            if b"<mergeCell" in piece:
                merged += re.findall(rb'<mergeCell ref="([A-Z0-9:]+)"', piece)
            tail = piece[-64:]
    bounds = {range_boundaries(ref.decode()) for ref in merged}
    real = [b for b in bounds if b[1] != b[3] or b[0] != b[2]]
    places = {column_index_from_string(one.decode()): bool(content) for one, content in sorted(columns)}
    near = [place for place in places if place <= LAST_COLUMN]
    last = max(near, default=1) if len(near) < len(places) else None
    too_far = max((place for place, is_filled in places.items() if is_filled), default=0)
    merged_by_row = sorted(real, key=lambda b: b[1])
    return _Marks(has_formulas, last, merged_by_row, too_far if too_far > LAST_COLUMN else None)


def _bounded(sheet: Any, marks: _Marks) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_col=marks.last_column)
    return rows


def _lines(
    rows: Iterator[tuple[Any, ...]],
    formulas: Iterator[tuple[Any, ...]] | None,
    merged: list[tuple[int, int, int, int]],
) -> Iterator[Line]:
    waiting, open_ranges = iter([*merged, (0, 1 << 30, 0, 1 << 30)]), []
    coming, blank = next(waiting), ()
    try:
        for number, row in enumerate(rows, start=1):
            behind = next(formulas, ()) if formulas is not None else ()
            if row is blank or not row:  # openpyxl fills gaps between rows, of a million if need be
                continue
            while coming[1] <= number:
                open_ranges.append(coming)
                coming = next(waiting)
            if open_ranges:
                open_ranges = [one for one in open_ranges if one[3] >= number]
            cells: list[Cell | None] = []
            for place, raw in enumerate(row):
                value, is_formula = raw.value, place < len(behind) and behind[place].data_type == "f"
                if value is not None:
                    cells.append(_cell(raw, value, place, number))
                elif place < len(behind) and behind[place].value is not None:
                    cells.append(Cell(None, f"{letter(place)}{number}", problem=NO_VALUE))
                else:
                    cells.append(None)
                if is_formula and (calculated := cells[-1]) is not None:
                    calculated.is_formula = True
            if not any(cells):
                blank = row
            for left, _, right, _ in open_ranges:
                _mark_merged(cells, number, left - 1, min(right, LAST_COLUMN))
            yield number, cells
    except (SyntaxError, BadZipFile, zlib.error):  # a part is read when its rows are asked for
        raise NotASpreadsheet from None


def _cell(raw: Any, value: Any, place: int, number: int) -> Cell:
    cell = Cell(value, f"{letter(place)}{number}")
    if isinstance(value, str):
        # _x000D_ is a carriage return (ECMA-376, ST_Xstring)
        cell.value = unescape(value) if "_x" in value else value
        cell.problem = error_in(value)
    elif isinstance(value, (int, float)):
        cell.number_format = raw.number_format or "General"
    return cell


def _mark_merged(cells: list[Cell | None], number: int, first: int, last: int) -> None:
    cells += [None] * (last - len(cells))
    for place in range(first, last):
        cell = cells[place] or Cell(None, f"{letter(place)}{number}")
        cell.problem = cell.problem or MERGED
        cells[place] = cell
