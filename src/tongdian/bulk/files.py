"""Files that people bring: found, recognised, their headings read. Text that an engine does not read
as it stands is copied as plain CSV, and workbooks are turned into text; how they are read is
`tongdian.spreadsheets`'.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress, islice
from pathlib import Path
from typing import Any

from tongdian.bulk.headings import Wanted, check, resolved
from tongdian.bulk.refusals import ColumnTwice, UnknownColumns, UnreadableFile
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell, Line
from tongdian.spreadsheets.reading import ENCODINGS, NOTE, SheetPart
from tongdian.spreadsheets.refusals import FileHasTooManyColumns, FormatNotRead, NotASpreadsheet, RowTooWide
from tongdian.spreadsheets.texts import HEADINGS_WITHIN, TextLayout, encoding_of, layout_of

FORMATS = {".parquet": "parquet", ".csv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}
CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file as an engine reads it: a workbook as rows of text, a CSV from its headings on."""

    file: Path
    form: str  # parquet, csv or xlsx
    path: Path  # itself, or its plain copy
    columns: tuple[str, ...] = ()
    separator: str = ""
    lines_above: int = 0
    rows: Sequence[Sequence[str | None]] = ()
    places: Sequence[tuple[str, int]] = ()
    """Of each of `rows`, its sheet (empty where there is one) and row."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Each column as the file writes it."""
    parts: tuple[SheetPart, ...] = ()
    note: Words | None = None
    """What is unusual about it, for whoever brought it."""


def listed(given: Path | str | Sequence[Path | str]) -> list[Path]:
    """The files meant: themselves, or all in a folder but Spark's and the system's own (_ and .).

    A file of another kind in a folder is refused, because what is passed over is missed by nobody.
    """
    found: list[Path] = []
    for one in [given] if isinstance(given, (str, Path)) else given:
        path = Path(one)
        parts = sorted(p for p in path.iterdir() if p.name[0] not in "._") if path.is_dir() else []
        for part in parts:
            if part.suffix.lower() not in FORMATS or part.is_dir():
                problem = Words(
                    "文件夹中有这个文件，而只读 .parquet、.csv、.xlsx；请移走或另存",
                    "it lies in the folder, and only .parquet, .csv and .xlsx are read; move it or save it "
                    "as one of these",
                )
                raise UnreadableFile(file=part, problem=problem)
        found += parts or [path]
    return found


def format_of(file: Path) -> str:
    """parquet, csv or xlsx. Raises UnreadableFile."""
    if not file.exists():
        raise UnreadableFile(file=file, problem=Words("没有这个文件", "there is no such file"))
    if file.is_dir():
        raise UnreadableFile(
            file=file, problem=Words("文件夹里没有可读的文件", "the folder holds no file that can be read")
        )
    if not file.is_file():  # a pipe or a device would never end
        raise UnreadableFile(file=file, problem=Words("不是普通文件", "it is not a regular file"))
    if file.suffix.lower() in FORMATS:
        return FORMATS[file.suffix.lower()]
    raise UnreadableFile(
        file=file, problem=Words("只读 .parquet、.csv、.xlsx", "only .parquet, .csv and .xlsx are read")
    )


def data_file(file: Path, wanted: Wanted, *, scratch: Path) -> DataFile:
    """A file ready for an engine; a Parquet file's columns are the engine's to tell. Raises
    UnreadableFile."""
    try:
        match format_of(file):
            case "csv":
                return _text(file, wanted, scratch)
            case "xlsx":
                return _workbook(file, wanted)
    except NotASpreadsheet as refusal:
        raise UnreadableFile(file=file, problem=refusal.words) from None
    return DataFile(file, "parquet", file)


# --- text


def _text(file: Path, wanted: Wanted, scratch: Path) -> DataFile:
    ends = Counter[str]()
    read = _marked_once(file, scratch)
    encoding = "utf-8-sig" if wanted.is_ours else encoding_of(_chunks(read, ends))
    try:
        with read.open(encoding=encoding, newline="") as lines:
            layout = layout_of(lines, wanted.is_heading)
            lines.seek(0)
            above = layout.lines_above + layout.has_sep_line
            for _ in range(above):
                lines.readline()
            reader = csv.reader(lines, delimiter=layout.separator)
            header = next(reader, [])
            heading, notes = reader.line_num, 0
            while (row := next(reader, None)) and row[0].lstrip().startswith(NOTE):  # of a template
                notes = reader.line_num - heading
        is_plain = encoding == "utf-8-sig" and not above and not notes and len(ends) <= 1
        path = read if is_plain else _plain_copy(read, encoding, above, heading, notes, scratch)
    except RowTooWide as wide:
        raise UnreadableFile(file=file, problem=wide.words) from None
    except UnicodeError:
        raise not_text(file) from None
    except csv.Error:
        raise _cell_too_long(file) if csv.field_size_limit() < _longest(read) else not_text(file) from None
    if not any(cell.strip() for cell in header):
        raise UnreadableFile(file=file, problem=Words("第一行没有列名", "its first line names no column"))
    columns = resolved(file, header, wanted)
    note = _text_note(encoding, above, layout)
    titles = dict(zip(columns, (cell.strip() for cell in header), strict=True))
    return DataFile(file, "csv", path, columns, layout.separator, above + notes, titles=titles, note=note)


def _marked_once(file: Path, scratch: Path) -> Path:
    """The file; where some program set its mark before another's, a copy that has it once."""
    mark = codecs.BOM_UTF8
    with file.open("rb") as content:
        head = content.read(len(mark) * 8)
        rest = head
        while rest.startswith(mark * 2):
            rest = rest.removeprefix(mark)
        if rest == head:
            return file
        copy = scratch / f"marked-once-{len(list(scratch.iterdir()))}.csv"
        with copy.open("wb") as once:
            once.write(rest)
            shutil.copyfileobj(content, once, CHUNK)
    return copy


def _longest(file: Path) -> int:
    """How long the longest line of the headings' part of a file is, in bytes."""
    with file.open("rb") as content:
        return max((len(line) for line in content.read(CHUNK).splitlines()), default=0)


def _cell_too_long(file: Path) -> UnreadableFile:
    most = f"{csv.field_size_limit():,}"
    return UnreadableFile(
        file=file,
        problem=Words(
            f"有一格超过 {most} 个字符；是否缺了引号？",
            f"a cell has more than {most} characters: is a quote missing?",
        ),
    )


def _chunks(file: Path, ends: Counter[str]) -> Iterator[bytes]:
    """The file in pieces; `ends` counts how its lines end, for an engine stops at a file of two kinds."""
    last = b""
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            both = chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            found = {
                "\r\n": both,
                "\n": chunk.count(b"\n") - both,
                "\r": chunk[:-1].count(b"\r") + (last == b"\r") - both,
            }
            ends.update({end: count for end, count in found.items() if count})
            last = chunk[-1:]
            yield chunk


def _plain_copy(file: Path, encoding: str, above: int, heading: int, notes: int, scratch: Path) -> Path:
    """The file from its headings on in UTF-8, which both engines read as it stands: without so many
    lines above, and so many of notes below the headings."""
    folder = scratch / "plain"
    folder.mkdir(exist_ok=True)
    copy = folder / f"{len(list(folder.iterdir()))}.csv"
    with file.open(encoding=encoding) as lines:  # rows typed below a template may end otherwise than it does
        for _ in range(above):
            lines.readline()
        with copy.open("w", encoding="utf-8", newline="\n") as plain:
            for _ in range(heading):
                plain.write(lines.readline())
            for _ in range(notes):
                lines.readline()
            shutil.copyfileobj(lines, plain, CHUNK)
    return copy


def _text_note(encoding: str, above: int, layout: TextLayout) -> Words | None:
    said = []
    if encoding != "utf-8-sig":
        said.append(Words(f"编码 {ENCODINGS[encoding]}", f"in {ENCODINGS[encoding]}"))
    if layout.lines_above:
        said.append(Words(f"标题在第 {above + 1} 行", f"headings in line {above + 1}"))
    return Words("，".join(w.zh for w in said), ", ".join(w.en for w in said)) if said else None


def not_text(file: Path | str) -> UnreadableFile:
    """The refusal of a CSV file that is in no encoding all the way through."""
    return UnreadableFile(
        file=file,
        problem=Words(
            "不是 UTF-8 文本；请在 Excel 里另存为“CSV UTF-8”",
            'it is not UTF-8 text; in Excel, save it as "CSV UTF-8"',
        ),
    )


def no_parquet(file: Path) -> UnreadableFile:
    """The refusal of a file that is Parquet by name only."""
    return UnreadableFile(file=file, problem=Words("不是合法的 Parquet 文件", "not a valid Parquet file"))


# --- workbooks


def _workbook(file: Path, wanted: Wanted) -> DataFile:
    """The rows of every sheet that has the columns, one below the other."""
    from tongdian.spreadsheets.workbooks import worksheets  # other files wait for no workbooks

    titles: dict[str, str] = {}
    rows: list[list[str | None]] = []
    places: list[tuple[str, int]] = []
    parts: list[SheetPart] = []
    first: list[str] = []  # what to name where no sheet has the columns
    try:
        for sheet in worksheets(file):
            heading, header = _heading(sheet.lines, wanted)
            first = first or header
            if heading is None:
                if header:
                    parts.append(SheetPart(sheet.name, None))
                continue
            names = resolved(file, header, wanted)
            check(file, names, wanted)
            titles = dict(zip(names, (one.strip() for one in header), strict=True)) | titles
            found = _rows(file, sheet.name, sheet.lines, names, wanted)
            rows += [texts for _, texts in found]
            places += [(sheet.name, number) for number, _ in found]
            other = tuple(
                one
                for name, one in zip(names, header, strict=True)
                if name not in wanted.names and one.strip()
            )
            parts.append(SheetPart(sheet.name, heading, len(found), other))
    except (UnreadableFile, FormatNotRead, FileHasTooManyColumns, UnknownColumns, ColumnTwice):
        raise
    except Exception as error:  # openpyxl raises zip, key and value errors alike for a broken file
        problem = Words("不是合法的 Excel 文件", "not a valid Excel file")
        raise UnreadableFile(file=file, problem=problem) from error
    if not titles and not first:
        raise UnreadableFile(file=file, problem=Words("第一张表是空的", "its first sheet is empty"))
    unusual = [part.words for part in parts] if len(parts) > 1 or parts[0].heading_row != 1 else []
    note = Words("；".join(w.zh for w in unusual), "; ".join(w.en for w in unusual)) if unusual else None
    if sum(part.heading_row is not None for part in parts) == 1:
        places = [("", number) for _, number in places]
    has = [name in titles for name in wanted.names]  # a sheet below may have a column more
    columns = tuple(compress(wanted.names, has)) if titles else resolved(file, first, wanted)
    return DataFile(
        file,
        "xlsx",
        file,
        columns,
        rows=[list(compress(texts, has)) for texts in rows],
        places=places,
        titles=titles,
        parts=tuple(parts),
        note=note,
    )


def _heading(lines: Iterator[Line], wanted: Wanted) -> tuple[int | None, list[str]]:
    """The number and titles of the first row that names the columns; else the first row's titles."""
    first: list[str] = []
    for number, row in islice(lines, HEADINGS_WITHIN):
        titles = [cells.shown(cell) for cell in row]
        while titles and not titles[-1].strip():
            titles.pop()
        if wanted.is_heading(titles):
            return number, titles
        first = first or titles
    return None, first


def _rows(
    file: Path, sheet: str, lines: Iterator[Line], names: Sequence[str], wanted: Wanted
) -> list[tuple[int, list[str | None]]]:
    """Rows with their numbers, as text in the order of the wanted columns. Rows without anything, and
    notes, are passed over."""
    places = {name: place for place, name in enumerate(names)}
    asked = [(places.get(name), name in wanted.codes) for name in wanted.names]
    made: list[tuple[int, list[str | None]]] = []
    for number, row in lines:
        if row and cells.shown(row[0]).lstrip().startswith(NOTE):
            continue
        try:
            texts = [
                None if place is None or place >= len(row) else _said(row[place], code)
                for place, code in asked
            ]
        except _Faulty as fault:
            problem = Words(f"{sheet} {fault.address}：{fault.zh}", f"{sheet} {fault.address}: {fault.en}")
            raise UnreadableFile(file=file, problem=problem) from None
        if any(text is not None for text in texts):
            made.append((number, texts))
    return made


class _Faulty(Exception):
    """A cell that cannot be read as it was meant."""

    def __init__(self, address: str, words: Words) -> None:
        self.address, self.zh, self.en = address, words.zh, words.en
        super().__init__(address)


def _said(cell: Cell | None, is_code: bool) -> str | None:
    """A cell as text that the sheet's own checks judge; a code that Excel has changed is none."""
    if cell is None:
        return None
    if cell.problem is not None:
        raise _Faulty(cell.address, cell.problem)
    value: Any = cell.value
    if isinstance(value, str):
        return value.strip() or None
    if is_code:
        try:
            return cells.as_typed(cell)
        except Refusal as refusal:
            raise _Faulty(cell.address, refusal.words) from None
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case float():
            # a workbook holds 15 digits; 128.4 − 100.1 is 28.300000000000011 behind what it shows
            number = f"{Decimal(f'{value:.15g}'):f}"
            return number.rstrip("0").rstrip(".") if "." in number else number
    return str(value)
