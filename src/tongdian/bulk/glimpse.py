"""A first look at a file: its headings, what each is taken for, and a few values below it.

A run refuses a column that nobody knows; here it is shown, with the nearest known one, so that a
person can say what it means.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tongdian.bulk.files import format_of, no_parquet, not_text
from tongdian.bulk.headings import Wanted, nearest
from tongdian.bulk.refusals import UnreadableFile
from tongdian.policy.words import Words
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.reading import NOTE
from tongdian.spreadsheets.refusals import NotASpreadsheet
from tongdian.spreadsheets.texts import HEADINGS_WITHIN, encoding_of, layout_of
from tongdian.spreadsheets.workbooks import worksheets

SAMPLES = 3
LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, the column it means (None where nobody knows), the nearest known, and values."""

    title: str
    column: str | None
    nearest: str | None
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a file holds, at a first look."""

    headings: tuple[Heading, ...]
    rows: int


def glimpse(file: Path, asked: Wanted) -> Glimpse:
    """Look at a file. The heading is the row of the first ten that names the most columns. Raises
    UnreadableFile, FormatNotRead, FileHasTooManyColumns."""
    try:
        match format_of(file):
            case "csv":
                titles, samples, rows = _text(file, asked)
            case "xlsx":
                titles, samples, rows = _workbook(file, asked)
            case _:
                titles, samples, rows = _parquet(file)
    except NotASpreadsheet as refusal:
        raise UnreadableFile(file=file.name, problem=refusal.words) from None
    headings = tuple(
        _heading(title.strip(), [row[n] for row in samples if n < len(row)], asked)
        for n, title in enumerate(titles)
        if title.strip() and not title.strip().startswith(NOTE)
    )
    if not headings:
        raise UnreadableFile(
            file=file.name, problem=Words("第一行没有列名", "its first line names no column")
        )
    return Glimpse(headings, rows)


def _heading(title: str, values: Sequence[str], asked: Wanted) -> Heading:
    column = asked.column(title)
    shown = tuple(value.strip()[:LONGEST_SAMPLE] for value in values)
    return Heading(title, column, None if column else nearest(title, asked), shown)


def _score(titles: Sequence[str], asked: Wanted) -> int:
    return len({asked.column(title) for title in titles} - {None})


Seen = tuple[list[str], list[list[str]], int]


def _text(file: Path, asked: Wanted) -> Seen:
    try:
        with file.open("rb") as content:
            encoding = encoding_of(iter(lambda: content.read(1 << 20), b""))
        with file.open(encoding=encoding, newline="") as lines:
            for least in range(len(asked.names), 0, -1):
                lines.seek(0)
                layout = layout_of(lines, lambda row, least=least: _score(row, asked) >= least)  # type: ignore[misc]
                lines.seek(0)
                for _ in range(layout.lines_above + layout.has_sep_line):
                    lines.readline()
                reader = csv.reader(lines, delimiter=layout.separator)
                titles = next(reader, [])
                if _score(titles, asked) >= least:
                    break
            rows = (row for row in reader if any(row) and not row[0].lstrip().startswith(NOTE))
            samples = list(islice(rows, SAMPLES))
            return titles, samples, len(samples) + sum(1 for _ in rows)
    except (UnicodeError, csv.Error):
        raise not_text(file.name) from None


def _workbook(file: Path, asked: Wanted) -> Seen:
    best: Seen = [], [], 0
    found = -1
    for sheet in worksheets(file):
        first: list[list[str]] = []
        total = 0
        for _, row in sheet.lines:
            texts = [cells.shown(cell) for cell in row]
            if any(texts) and not texts[0].lstrip().startswith(NOTE):
                total += 1
                if len(first) < HEADINGS_WITHIN:
                    first.append(texts)
        scores = [_score(row, asked) for row in first]
        if first and max(scores) > found:
            found = max(scores)
            at = scores.index(found)
            best = first[at], first[at + 1 : at + 1 + SAMPLES], total - at - 1
    return best


def _parquet(file: Path) -> Seen:
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    try:
        content = pq.ParquetFile(file)
        names = list(content.schema_arrow.names)
        batch = next(content.iter_batches(batch_size=SAMPLES), None)
        columns = [batch.column(n).to_pylist() for n in range(len(names))] if batch is not None else []
    except (ArrowException, OSError):
        raise no_parquet(Path(file.name)) from None
    samples = ["" if value is None else str(value) for column in columns for value in column]
    high = len(columns[0]) if columns else 0
    return (
        names,
        [[samples[n * high + r] for n in range(len(names))] for r in range(high)],
        content.metadata.num_rows,
    )
