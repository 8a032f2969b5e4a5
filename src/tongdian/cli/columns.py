"""Rows of text as aligned columns; a Chinese character is two places wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[str]], *, indent: str = "", widest: int = 80) -> list[str]:
    """Each row as a line, its cells as wide as the widest above and below, two spaces apart.

    A column with nothing in it takes no room; a cell over `widest` pushes only its own line.
    """
    listed = [list(row) for row in rows]
    most = max(map(len, listed), default=0)
    wide = [[width(row[n]) for row in listed if n < len(row)] for n in range(most)]
    widths = [max((w for w in column if w <= widest), default=widest) for column in wide]
    return [
        indent + "  ".join(_padded(cell, widths[n]) for n, cell in enumerate(row) if widths[n]).rstrip()
        for row in listed
    ]


def width(text: str) -> int:
    """How many places a terminal gives a text."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _padded(cell: str, wide: int) -> str:
    return cell + " " * (wide - width(cell))
