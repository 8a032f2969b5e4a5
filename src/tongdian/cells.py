"""Cells of a table that somebody will open in a spreadsheet (OWASP: CSV injection)."""

import re

from tongdian.plain_text import legible

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def spelt_out(text: str) -> str:
    """A text for a workbook, where _x0041_ would else mean A (ECMA-376, ST_Xstring)."""
    return _ESCAPE.sub("_x005F_", text)


def safe(text: str) -> str:
    """A text that a spreadsheet can hold and will not take for a formula; a number stays one."""
    text = legible(text)
    return f"'{text}" if text.startswith(DANGEROUS) and not _NUMBER.fullmatch(text) else text
