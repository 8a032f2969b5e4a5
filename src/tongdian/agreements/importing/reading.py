"""Rows of a spreadsheet, one at a time: XLSX, or CSV in UTF-8, UTF-16 or GB 18030."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

MAX_COLUMNS = 40
MAX_SHEET_ROWS = 60_000  # empty ones too
HEADINGS_WITHIN = 10  # rows at the top in which the headings are looked for
NOTE = "※"  # begins a row that explains and is no data


class FileHasTooManyRows(Refusal):
    """More than is brought in at once."""

    says = Words("一次最多导入 {most} 行；请拆成几个文件。", "At most {most} rows at once; split the file.")


class NotASpreadsheet(Refusal):
    """Neither a workbook nor a table of text."""

    says = Words(
        "无法读取这个文件；请上传 .xlsx 工作簿（旧的 .xls 请另存为 .xlsx）或 .csv 表格。",
        "This file cannot be read; upload an .xlsx workbook (save an old .xls as .xlsx) or a .csv table.",
    )


class HeadingsMissing(Refusal):
    """No row names the columns."""

    says = Words(
        "前 10 行中没有找到标题行；缺少的列：{missing}。请使用模板。",
        "None of the first 10 rows names the columns; missing: {missing}. Use the template.",
    )


NO_VALUE = Words(
    "公式没有计算结果；请在 Excel 中打开并保存，或粘贴为数值",
    "the formula has no result: open and save it in Excel, or paste it as a value",
)
EXCEL_ERROR = Words("单元格是错误值 {value}", "the cell holds the error {value}")
MERGED = Words("合并单元格；请取消合并并逐行填写", "merged cells: split them and fill in every row")


@dataclass(slots=True)
class Cell:
    """A value as the file has it, where it stands, and what is wrong with reading it."""

    value: Any
    address: str
    problem: Words | None = None


@dataclass(slots=True)
class SheetRow:
    """One row of data: its cells by column name."""

    number: int
    cells: dict[str, Cell]


@dataclass(slots=True)
class _Sheet:
    rows: Iterator[tuple[Any, ...]]
    formulas: Iterator[tuple[Any, ...]] | None = None
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def listed_rows(
    content: bytes, *, headings: dict[str, Sequence[str]], required: Sequence[str], most: int
) -> list[SheetRow]:
    """Every row of data; reading stops at the first one too many.

    Raises NotASpreadsheet, HeadingsMissing, FileHasTooManyRows.
    """
    rows = list(islice(read_rows(content, headings=headings, required=required), most + 1))
    if len(rows) > most:
        raise FileHasTooManyRows(most=most)
    return rows


def read_rows(
    content: bytes, *, headings: dict[str, Sequence[str]], required: Sequence[str]
) -> Iterator[SheetRow]:
    """Every row of data under the headings; `headings` are the titles of each column.

    Raises NotASpreadsheet, HeadingsMissing.
    """
    try:
        yield from _rows(content, headings=headings, required=required)
    except (SyntaxError, BadZipFile, zlib.error):  # a part is read when its rows are asked for
        raise NotASpreadsheet from None


def _rows(
    content: bytes, *, headings: dict[str, Sequence[str]], required: Sequence[str]
) -> Iterator[SheetRow]:
    known = {_folded(title): name for name, titles in headings.items() for title in titles}
    missing: list[str] = list(required)
    for sheet in _sheets(content):
        columns: dict[int, str] = {}
        for number, values in enumerate(sheet.rows, start=1):
            formulas = next(sheet.formulas) if sheet.formulas else ()
            if number > MAX_SHEET_ROWS:
                break
            if not columns:
                found = _columns(values, known)
                if all(name in found.values() for name in required):
                    columns = found
                elif found:
                    missing = [name for name in required if name not in found.values()]
                if not columns and number >= HEADINGS_WITHIN:
                    break
                continue
            if _is_blank(values) or str(values[0] or "").lstrip().startswith(NOTE):
                continue
            yield _row(number, columns, values, formulas, sheet.merged)
        if columns:
            return
    raise HeadingsMissing(missing=[headings[name][0] for name in missing])


def _sheets(content: bytes) -> Iterator[_Sheet]:
    if content[:2] == b"PK":
        yield from _of_workbook(content)
    elif content[:4] == b"\xd0\xcf\x11\xe0":  # the old binary .xls
        raise NotASpreadsheet
    else:
        yield _Sheet(rows=_of_text(content))


def _of_workbook(content: bytes) -> Iterator[_Sheet]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not know does not matter here
            values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            formulas = load_workbook(io.BytesIO(content), read_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError, SyntaxError):
        raise NotASpreadsheet from None
    for sheet in values.worksheets:
        has_formulas, merged = _scan(content, sheet._worksheet_path)
        sheet.reset_dimensions()  # programs write wrong ones
        bounds = {"max_col": MAX_COLUMNS, "max_row": MAX_SHEET_ROWS + 1, "values_only": True}
        again = None
        if has_formulas:
            twin = formulas[sheet.title]
            twin.reset_dimensions()
            again = twin.iter_rows(**bounds)
        yield _Sheet(sheet.iter_rows(**bounds), again, merged)


def _scan(content: bytes, path: str) -> tuple[bool, list[tuple[int, int, int, int]]]:
    """Whether a sheet has formulas, and its merged ranges, which a streaming reader does not tell."""
    has_formulas, tail, merged = False, b"", []
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(path.lstrip("/")) as part:
        while chunk := part.read(1 << 20):
            piece = tail + chunk
            has_formulas = has_formulas or b"<f>" in piece or b"<f " in piece
            merged += re.findall(rb'<mergeCell ref="([A-Z0-9:]+)"', piece)
            tail = piece[-64:]
    bounds = {range_boundaries(ref.decode()) for ref in merged}
    return has_formulas, sorted(b for b in bounds if b[1] != b[3] or b[0] != b[2])


def _of_text(content: bytes) -> Iterator[tuple[Any, ...]]:
    text = _decoded(content)
    first = text.lstrip("\n\r").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield tuple(row[:MAX_COLUMNS]) or ("",)
    except csv.Error:
        raise NotASpreadsheet from None


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.strip():
            return text
    raise NotASpreadsheet


def _columns(values: Sequence[Any], known: dict[str, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for place, value in enumerate(values):
        name = known.get(_folded(value))
        if name and name not in found.values():
            found[place] = name
    return found


def _folded(title: Any) -> str:
    """A heading without the star of a required column, notes in brackets, blanks and case."""
    bare = re.sub(r"[(（][^(（)）]*[)）]", "", str(title or ""))
    return re.sub(r"[\s*＊:：_-]", "", bare).casefold()


def _is_blank(values: Sequence[Any]) -> bool:
    return all(value is None or not str(value).strip() for value in values)


def _row(
    number: int,
    columns: dict[int, str],
    values: Sequence[Any],
    formulas: Sequence[Any],
    merged: list[tuple[int, int, int, int]],
) -> SheetRow:
    cells = {}
    for place, name in columns.items():
        value = values[place] if place < len(values) else None
        formula = formulas[place] if place < len(formulas) else None
        cell = Cell(value, f"{get_column_letter(place + 1)}{number}")
        if isinstance(value, str) and re.fullmatch(r"#[A-Z/0!?]+", value):
            cell.problem = EXCEL_ERROR.fill(value=value)
        elif value is None and isinstance(formula, str) and formula.startswith("="):
            cell.problem = NO_VALUE
        elif any(a <= place + 1 <= c and b <= number <= d for a, b, c, d in merged):
            cell.problem = MERGED
        cells[name] = cell
    return SheetRow(number, cells)
