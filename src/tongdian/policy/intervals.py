"""A dated table cut into stretches of days, as SQL joins or writes it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongdian.policy.dialects import Dialect
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.types import Value

WRITTEN_OUT = 24  # a table without keys of at most so many stretches is written into the statement


@dataclass(frozen=True, slots=True)
class Intervals:
    """A table cut into stretches of days in which its rows do not change."""

    spans: tuple[tuple[dt.date, dt.date | None], ...]
    rows: tuple[tuple[Mapping[str, Value], ...], ...]

    @classmethod
    def of(cls, dated: Sequence[DatedRow]) -> Intervals:
        edges = sorted({start for start, _, _ in dated} | {b for _, b, _ in dated if b})
        ends: list[dt.date | None] = [*edges[1:], None]
        spans, rows = [], []
        for start, before in zip(edges, ends, strict=True):
            inside = tuple(row for s, b, row in dated if s <= start and (b is None or start < b))
            if inside:
                spans.append((start, before))
                rows.append(inside)
        return cls(tuple(spans), tuple(rows))

    def number(self, on: str, dialect: Dialect) -> str:
        """SQL for the number of the interval that `on` lies in; NULL outside all."""
        whens = " ".join(
            f"WHEN {on} >= {dialect.literal(start)}"
            + (f" AND {on} < {dialect.literal(before)}" if before else "")
            + f" THEN {n}"
            for n, (start, before) in enumerate(self.spans)
        )
        return f"CASE {whens} END" if whens else "CAST(NULL AS INTEGER)"
