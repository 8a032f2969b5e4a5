"""Measures by month, quarter, half-year and year, and of the days from one to another.

A case belongs to the period of the day on which it was applied for; counted by the day of its end, one that
is still open belongs to the period of the day on which it is measured. Days are compared as their text,
2021-03-29, in which every engine writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongdian.bulk.refusals import GroupTwice, NoSuchPeriodDay, PeriodTurnedRound, UnknownColumn
from tongdian.policy.half_width import hint
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Date

APPLIED, ENDED = "applied", "ended"
LAST_DAY = "last_day"  # in a measure: the day of its end, or the day on which it is measured
PERIODS: Mapping[str, Callable[[str], str]] = {
    "month": lambda day: f"SUBSTR({day}, 1, 7)",
    "quarter": lambda day: f"CONCAT(SUBSTR({day}, 1, 4), '-Q', {_part(day, ('03', '06', '09'), '1234')})",
    "half_year": lambda day: f"CONCAT(SUBSTR({day}, 1, 4), '-H', {_part(day, ('06',), '12')})",
    "year": lambda day: f"SUBSTR({day}, 1, 4)",
}


def _part(day: str, last_months: tuple[str, ...], names: str) -> str:
    """The number of the part of a year, by the last month of each part but the last."""
    whens = " ".join(
        f"WHEN SUBSTR({day}, 6, 2) <= '{month}' THEN '{name}'"
        for month, name in zip(last_months, names, strict=False)
    )
    return f"CASE {whens} ELSE '{names[-1]}' END"


@dataclass(frozen=True)
class Span:
    """Which cases are measured: those whose day lies from one day to another, both included."""

    first: dt.date | None = None
    last: dt.date | None = None
    day_of: str = APPLIED

    def __post_init__(self) -> None:
        """Raises PeriodTurnedRound."""
        if self.first is not None and self.last is not None and self.last < self.first:
            raise PeriodTurnedRound(first=self.first, last=self.last)

    @property
    def is_all(self) -> bool:
        """Whether no case is left out."""
        return self.first is None and self.last is None

    def line(self, sheet: Sheet) -> str:
        """The line that says a case's day. Raises NoSuchPeriodDay."""
        known = [
            name
            for name, where in sheet.where.items()
            if where == sheet.root.name and isinstance(sheet.types[name], Date)
        ]
        name = LAST_DAY if self.day_of == ENDED and LAST_DAY in known else self.day_of
        if name not in known:
            raise NoSuchPeriodDay(day=self.day_of, known=known)
        return name

    def day(self, sheet: Sheet, q: Callable[[str], str], text: str) -> str:
        """The expression of a case's day as text. Raises NoSuchPeriodDay."""
        return f"CAST({q(self.line(sheet))} AS {text})"

    def condition(self, day: str) -> str:
        """Which cases: a condition, true of all where neither day is given."""
        bounds = [
            f"{day} {sign} '{one.isoformat()}'"
            for sign, one in ((">=", self.first), ("<=", self.last))
            if one is not None
        ]
        return " AND ".join(bounds) or "TRUE"


def groups_by(
    by: tuple[str, ...], columns: list[str], day: Callable[[], str], written: Callable[[str], str]
) -> list[str]:
    """The expressions to group by: columns, and periods where no column is called so. Raises UnknownColumn,
    GroupTwice."""
    found = []
    for number, one in enumerate(by):
        if one in by[:number]:
            raise GroupTwice(column=one)
        if one in columns:
            found.append(written(one))
        elif one in PERIODS:
            found.append(PERIODS[one](day()))
        else:
            raise UnknownColumn(column=one[:80], known=[*columns, *PERIODS], wide=hint(one))
    return found
