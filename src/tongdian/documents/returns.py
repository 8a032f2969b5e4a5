"""A return as it is filed on paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from tongdian.documents.shapes import PrintedPaper


@dataclass(frozen=True, kw_only=True)
class ReturnColumnOnPaper:
    """A column: its heading, how wide it is beside the others, whether figures stand in it."""

    title: str
    width: int = 1
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class ReturnGroupOnPaper:
    """A heading over some columns; without a title each has its own."""

    title: str
    span: int


@dataclass(frozen=True, kw_only=True)
class ReturnPaper(PrintedPaper):
    """A return in its document's own layout (NEA annex 3), landscape; `layout` says where it is not the document's. A
    row is its heading and its cells, `figures` the numbers in these; what is said of a cell stands in `notes`, by its
    number. `filed_on` None leaves the day to be filled in. The records of an
    inspection have the same layout: who inspected, whom (`inspected`), when, and where both sign."""

    template = "filed-return"

    title: str
    title_en: str
    period: str
    period_en: str
    filer: str  # with contact
    reviewer: str
    filed_on: dt.date | None
    content: str  # what the first column is headed by
    groups: tuple[ReturnGroupOnPaper, ...]
    columns: tuple[ReturnColumnOnPaper, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[Decimal | None, ...], ...] = ()  # by row and column, the heading left out
    notes: tuple[str, ...] = ()
    layout: str = ""
    inspected: str = ""  # of an inspection's records: whom it inspected, and on which days
    days: str = ""
    standing: str = ""  # a paper that is not filed says so
    check: str = ""  # hash of the version
