"""Printing a paper with typst.

What a paper says reaches its template as data (JSON), and is set as text: a name such as
`#panic()` or `$x$` prints as it is. Templates never evaluate it.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

from tongdian.calendar import SHANGHAI
from tongdian.documents.shapes import PrintedPaper
from tongdian.money import format_yuan, in_capitals

TEMPLATES = Path(__file__).parent / "templates"
UNDATED = dt.date(2000, 1, 1)

Language = Literal["zh", "en"]

_one_at_a_time = threading.Lock()


def render(paper: PrintedPaper, *, language: Language = "zh") -> bytes:
    """The paper as a PDF; in English its labels stand beside the Chinese, which stays the text in
    force. The same paper gives the same bytes, so that its hash names it."""
    printed = compiled([paper], language)
    assert isinstance(printed, bytes)
    return printed


def render_pictures(paper: PrintedPaper, *, language: Language = "zh", ppi: int = 96) -> list[bytes]:
    """Its pages as PNG, for looking at it without a PDF viewer."""
    pages = compiled([paper], language, format="png", ppi=ppi)
    return [pages] if isinstance(pages, bytes) else list(pages)


@lru_cache(maxsize=2_000)
def unprintable(text: str) -> tuple[str, ...]:
    """The characters of a text that no font of ours has, so that a paper would show boxes instead.

    The printer itself is asked: archival PDF refuses what it cannot show.

    >>> unprintable("王小明"), unprintable("张𱖎")
    ((), ('𱖎',))
    """
    if text.isascii() or _shows(text):
        return ()
    return tuple(sign for sign in dict.fromkeys(text) if not sign.isspace() and not _shows(sign))


def _shows(text: str) -> bool:
    with _one_at_a_time:
        try:
            _compiler().compile(
                input=str(TEMPLATES / "glyphs.typ"), sys_inputs={"text": text}, pdf_standards=["a-2u"]
            )
        except typst.TypstError as refused:
            if "could not be displayed" in str(refused):
                return False
            raise
    return True


def compiled(
    papers: Sequence[PrintedPaper],
    language: Language,
    *,
    pages: Sequence[int] = (),
    begins: bool = False,
    format: Literal["pdf", "png"] = "pdf",
    **how: Any,
) -> Any:
    """Papers of one template as the printer gives them. `pages`: how many each has, which only one alone
    counts by itself; `begins`: whether bookmarks say where each begins."""
    day = papers[0].issued_on or UNDATED
    inputs = {
        "data": json.dumps([plain(paper) for paper in papers], ensure_ascii=False),
        "language": language,
        "pages": json.dumps(pages),
        "begins": "yes" if begins else "",
    }
    with _one_at_a_time:  # typst keeps what it has set before, in one place
        return _compiler().compile(
            input=str(TEMPLATES / f"{papers[0].template}.typ"),
            sys_inputs=inputs,
            timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
            format=format,
            **how,
        )


def plain(value: Any) -> Any:
    """What a template reads: dataclasses as dictionaries, an amount in figures and in capitals,
    instants as they were in Shanghai."""
    if is_dataclass(value):
        return {
            field.name.removesuffix("_fen"): (
                _amount(getattr(value, field.name))
                if field.name.endswith("_fen")
                else plain(getattr(value, field.name))
            )
            for field in fields(value)
        }
    match value:
        case tuple():
            return [plain(one) for one in value]
        case bytes():
            return list(value)
        case Decimal():
            return f"{value.normalize():f}"
        case dt.datetime():
            return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        case dt.date():
            return value.isoformat()
    return value


def _amount(fen: int) -> dict[str, str]:
    return {"figures": format_yuan(fen), "capitals": in_capitals(fen)}


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(files("manimgx_fonts_cjk").joinpath())])
    return typst.Compiler(root=str(TEMPLATES), font_paths=fonts, ignore_system_fonts=True)
