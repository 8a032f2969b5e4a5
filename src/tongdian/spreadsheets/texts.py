"""Tables of text: CSV in UTF-8, UTF-16 or GB 18030, with commas, semicolons or tabs, as Excel, WPS
and other programs write them.

What Excel takes for itself is taken so here: a first line `sep=;` names the separator and is no row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tongdian.spreadsheets.refusals import BrokenText, NotASpreadsheet, RowTooWide, UnclearEncoding

HEADINGS_WITHIN = 10
"""Rows at the top in which the headings are looked for."""
SEPARATORS = ",\t;"
MOST_COLUMNS = 16_384  # as Excel has
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_WIDE = re.compile("[\u0800-\U0010ffff]")  # three bytes of UTF-8 and more: no chance in GBK
_FEW_LINES = 50  # enough for ten rows whose cells have lines

IsHeading = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a table of text is laid out."""

    separator: str
    has_sep_line: bool
    lines_above: int
    """Physical lines above the headings, without the `sep=` line."""


def encoding_of(chunks: Iterable[bytes]) -> str:
    """utf-8-sig, utf-16 or gb18030, from the beginning of a file or all of it.

    It looks no further than needed: the first Chinese character in UTF-8 settles it. Raises
    UnclearEncoding where no mark and no such character says which of UTF-8 and GBK is meant, because
    two letters of Cyrillic are one of Chinese there.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_first, narrow = True, b""
    for chunk in chunks:
        if is_first and chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        if is_first and chunk.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        is_first = False
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:  # Chinese before the fault: it is damaged UTF-8
            text = error.object[: error.start].decode()
            return "utf-8-sig" if _WIDE.search(text) else "gb18030"
        if _WIDE.search(text):
            return "utf-8-sig"
        narrow += chunk
    if decoder.getstate()[0]:
        return "gb18030"
    if narrow and _reads_as(narrow, "gb18030"):
        raise UnclearEncoding
    return "utf-8-sig"


def _reads_as(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def decoded(content: bytes) -> tuple[str, str]:
    """A file's text and its encoding. Raises NotASpreadsheet, UnclearEncoding."""
    encoding = encoding_of([content])
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise NotASpreadsheet from None
    if "\0" in text or not text.strip():
        raise NotASpreadsheet
    return text, encoding


def layout_of(first_lines: Iterable[str], is_heading: IsHeading) -> TextLayout:
    """Separator and heading of a table whose first lines are given, line ends kept.

    The separator is the one that lets a heading be found within the first ten rows; a title above
    may have commas of its own. Where none does, it is the one that the first line has most of.
    """
    lines = list(islice(first_lines, _FEW_LINES))
    widest = max((line.count(one) for line in lines for one in SEPARATORS), default=0) + 1
    if widest > MOST_COLUMNS:
        raise RowTooWide(found=widest, most=MOST_COLUMNS)
    named = _SEP.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if named else lines
    first = next((line for line in lines if line.strip()), "")
    by_count = sorted(SEPARATORS, key=first.count, reverse=True)
    for separator in [named[1]] if named else by_count:
        above = 0
        reader = csv.reader(lines, delimiter=separator)
        try:
            for row in islice(reader, HEADINGS_WITHIN):
                if is_heading(row):
                    return TextLayout(separator, bool(named), above)
                above = reader.line_num
        except csv.Error:
            continue
    return TextLayout(named[1] if named else by_count[0], bool(named), 0)


def text_rows(text: str, is_heading: IsHeading) -> tuple[str, Iterator[list[str]]]:
    """The separator of a table, and its rows, counted as Excel counts them. Raises BrokenText."""
    layout = layout_of(io.StringIO(text, newline=""), is_heading)
    lines = io.StringIO(text, newline="")
    if layout.has_sep_line:
        lines.readline()
    return layout.separator, _rows(lines, layout.separator)


def _rows(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    number = 0
    try:
        for row in csv.reader(lines, delimiter=separator, strict=True):
            number += 1
            yield row
    except csv.Error:
        raise BrokenText(row=number + 1) from None
