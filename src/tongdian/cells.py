"""Cells of a table that somebody will open in a spreadsheet (OWASP: CSV injection)."""

import re

from tongdian.plain_text import legible

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def safe(text: str) -> str:
    """A text that a spreadsheet can hold and will not take for a formula; a number stays one."""
    text = legible(text)
    return f"'{text}" if text.startswith(DANGEROUS) and not _NUMBER.fullmatch(text) else text
