"""The rows under the headings of a spreadsheet, and what was read of it.

    table = read_table(content, headings={"code": ("编号", "Code")}, required=["code"], most=20_000)
    for row in table.rows: number(row.cells["capacity"], unit="kW")
    for part in table.parts: print(part.words.say("zh"))

Nothing is passed over in silence: of every sheet `parts` says which rows and columns were read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tongdian.cells import DANGEROUS
from tongdian.plain_text import legible
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import COMPOUND, NO_VALUE, ZIPPED, Cell, Line, error_in, letter, shown
from tongdian.spreadsheets.refusals import FileHasTooManyRows, HeadingsMissing, HeadingTwice, SeveralSheets
from tongdian.spreadsheets.texts import HEADINGS_WITHIN, decoded, text_rows

ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}
TAB = "\t"
_CALCULATED = re.compile(r'="{1,2}([^"]*)"{1,2}')
NOTE = "※"  # begins a row that explains and is no data
TOO_MANY_CELLS = Words(
    "这一行有 {found} 格，标题行只有 {wanted} 格；含逗号的内容请加引号",
    "this row has {found} cells where the headings have {wanted}; put quotation marks round what has a comma",
)

Headings = Mapping[str, Sequence[str]]
"""The titles of each column, the first as a refusal names it."""


@dataclass(slots=True)
class SheetRow:
    """One row of data: its number, and its cells by column name."""

    number: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """What was read of one sheet, or of a table of text."""

    name: str
    heading_row: int | None
    """None where no heading was found: then nothing was read."""
    rows: int = 0
    passed_over: tuple[str, ...] = ()
    """Titles of columns that are not asked for."""

    @property
    def words(self) -> Words:
        """A sentence for a preview or a terminal."""
        if self.heading_row is None:
            return Words("{name}：没有所需的标题，未读取", "{name}: not read, it has no such headings").fill(
                name=self.name
            )
        said = Words(
            "{name}：标题在第 {heading} 行，读取 {rows} 行",
            "{name}: headings in row {heading}, rows read: {rows}",
        )
        filled = said.fill(name=self.name, heading=self.heading_row, rows=self.rows)
        if not self.passed_over:
            return filled
        other = Words("；未读的列：{columns}", "; columns not read: {columns}")
        more = other.fill(columns=list(self.passed_over))
        return Words(filled.zh + more.zh, filled.en + more.en)


@dataclass(slots=True)
class Table:
    """The rows of a file, and of which of its sheets they are."""

    rows: list[SheetRow] = field(default_factory=list)
    parts: list[SheetPart] = field(default_factory=list)


def read_table(content: bytes, *, headings: Headings, required: Sequence[str], most: int) -> Table:
    """Every row under the headings of the one sheet that has rows; reading stops at the first row
    too many.

    Raises NotASpreadsheet (FormatNotRead, UnclearEncoding, BrokenText), FileHasTooManyColumns,
    HeadingsMissing, HeadingTwice, SeveralSheets, FileHasTooManyRows.
    """
    wanted = _Wanted({folded(title): name for name, titles in headings.items() for title in titles}, required)
    table, missing = Table(), list(required)
    for sheet in _sheets(content, wanted):
        heading, lacking = wanted.heading(sheet.lines)
        if heading is None:
            missing = lacking or missing
            table.parts.append(SheetPart(sheet.name, None))
            continue
        rows = _data(sheet.lines, heading, most, is_text=sheet.is_text)
        if rows and table.rows:
            raise SeveralSheets(sheets=[*(part.name for part in table.parts if part.rows), sheet.name])
        table.rows += rows
        table.parts.append(SheetPart(sheet.name, heading.row, len(rows), tuple(heading.other)))
    if all(part.heading_row is None for part in table.parts):
        raise HeadingsMissing(missing=[headings[name][0] for name in missing])
    return table


@dataclass(slots=True)
class _Sheet:
    name: str
    lines: Iterator[Line]
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class _Heading:
    row: int
    columns: Mapping[int, str]
    other: Sequence[str]
    width: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The columns asked for, by every folded title."""

    known: Mapping[str, str]
    required: Sequence[str]

    def name(self, title: str) -> str | None:
        return self.known.get(folded(title)) if title else None

    def is_heading(self, titles: Sequence[str]) -> bool:
        return {self.name(title) for title in titles}.issuperset(self.required)

    def heading(self, lines: Iterator[Line]) -> tuple[_Heading | None, list[str] | None]:
        """The first row that names all that is required; else what the best one lacks."""
        best: list[str] | None = None
        for number, cells in lines:
            titles = [shown(cell).strip() for cell in cells]
            places = {place: name for place, title in enumerate(titles) if (name := self.name(title))}
            lacking = [name for name in self.required if name not in places.values()]
            if places and not lacking:
                _refuse_twice(places, titles, number)
                other = [title for place, title in enumerate(titles) if title and place not in places]
                width = max(place for place, title in enumerate(titles) if title) + 1
                return _Heading(number, places, other, width), None
            if places and (best is None or len(lacking) < len(best)):
                best = lacking
            if number >= HEADINGS_WITHIN:
                break
        return None, best


def _refuse_twice(places: Mapping[int, str], titles: Sequence[str], number: int) -> None:
    seen: dict[str, int] = {}
    for place, name in places.items():
        if name in seen:
            first, second = (f"{letter(one)}{number}" for one in (seen[name], place))
            raise HeadingTwice(first=first, second=second, title=titles[seen[name]])
        seen[name] = place


def _sheets(content: bytes, wanted: _Wanted) -> Iterator[_Sheet]:
    if content[:2] == ZIPPED or content[:4] == COMPOUND:
        from tongdian.spreadsheets.workbooks import worksheets  # a table of text waits for no workbooks

        for sheet in worksheets(content):
            yield _Sheet(legible(sheet.name), sheet.lines)
        return
    text, encoding = decoded(content)
    separator, rows = text_rows(text, wanted.is_heading)
    name = f"CSV ({ENCODINGS[encoding]}, {'Tab' if separator == TAB else separator})"
    lines = ((number, _of_text(row, number)) for number, row in enumerate(rows, start=1))
    yield _Sheet(name, lines, is_text=True)


def _of_text(row: Sequence[str], number: int) -> list[Cell | None]:
    """Cells of a row of text, without what keeps a spreadsheet from calculating: '-1 and ="0123"."""
    made: list[Cell | None] = []
    for place, value in enumerate(row):
        if value[:1] == "'" and (value[1:].startswith(DANGEROUS) or value[1:2].isdigit()):
            value = value[1:]
        elif calculated := _CALCULATED.fullmatch(value):
            value = calculated[1]
        made.append(
            Cell(value, f"{letter(place)}{number}", problem=error_in(value), as_shown=True)
            if value.strip()
            else None
        )
    return made


def _data(lines: Iterator[Line], heading: _Heading, most: int, *, is_text: bool) -> list[SheetRow]:
    rows: list[SheetRow] = []
    for number, cells in lines:
        filled = [place for place, cell in enumerate(cells) if _is_filled(cell)]
        if not filled or shown(cells[0]).lstrip().startswith(NOTE):
            continue
        if len(rows) == most:
            raise FileHasTooManyRows(most=most)
        row = SheetRow(number, {})
        for place, name in heading.columns.items():
            cell = cells[place] if place < len(cells) else None
            row.cells[name] = cell or Cell(None, f"{letter(place)}{number}")
        if is_text and filled[-1] >= heading.width:  # a comma that no quotes enclose has moved them all
            found = TOO_MANY_CELLS.fill(found=filled[-1] + 1, wanted=heading.width)
            row.cells[heading.columns[min(heading.columns)]].problem = found
        rows.append(row)
    return rows


def _is_filled(cell: Cell | None) -> bool:
    if cell is None:
        return False
    if cell.value is None:
        return cell.problem is NO_VALUE
    return not isinstance(cell.value, str) or bool(cell.value.strip())


def folded(title: str) -> str:
    """A heading without the star of a required column, notes in brackets, width, blanks and case."""
    bare = re.sub(r"[(][^()]*[)]", "", unicodedata.normalize("NFKC", title))
    return re.sub(r"[\s*＊:：_-]", "", bare).casefold()
