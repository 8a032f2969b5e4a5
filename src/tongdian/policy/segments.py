"""Cutting a billing period into segments, within which nothing that decides a price changes.

A period is cut where a meter was replaced, where a tier year begins, where the agreement changes
and where a price has a new version. Usage between two readings that a cut falls into is split by
days, and says so: a reading on the day of the cut would have been better.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tongdian.policy.refusals import Refusal
from tongdian.policy.rounding import shares
from tongdian.policy.words import Words

Cause = Literal["meter", "year", "agreement", "price"]


class StretchesDoNotTile(Refusal):
    """Measured stretches that leave a gap in the period or overlap."""

    says = Words(
        "计量区间在 {day} 处有空缺或重叠，未铺满 {start} 至 {end}（不含）。",
        "the measured stretches leave a gap or overlap at {day} and do not fill {start} to {end} (excluded).",
    )


class UsageTooFine(Refusal):
    """A usage with more decimals than bills keep."""

    says = Words("用量 {usage} 的小数超过 {scale} 位", "the usage {usage} has more than {scale} decimals")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one meter measured between two readings: days [start, end), usage in its unit.

    `usage` already carries the meter's multiplier; it may be negative (an estimate, then the
    actual reading).
    """

    start: dt.date
    end: dt.date
    usage: Decimal
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """Days [start, end) at one price, with their usage.

    `causes` say why it begins where it does. `split_by_days` tells that its usage is a share of a
    longer measured stretch.
    """

    start: dt.date
    end: dt.date
    usage: Decimal
    meter: str
    causes: tuple[Cause, ...] = ()
    split_by_days: bool = False


def cut(
    stretches: Sequence[Stretch],
    cuts: Mapping[Cause, Iterable[dt.date]] | None = None,
    *,
    start: dt.date,
    end: dt.date,
    scale: int = 2,
) -> tuple[Segment, ...]:
    """The segments of the period [start, end).

    `stretches` must tile the period; `cuts` are the days on which something changes, by cause
    (days outside the period are ignored). The segments tile the period too, and the usage of each
    stretch is exactly the sum of its segments', split by days at `scale` decimals with the
    largest remainders first. Raises StretchesDoNotTile, UsageTooFine.
    """
    ordered = sorted(stretches, key=lambda stretch: stretch.start)
    _must_tile(ordered, start, end)
    causes = _causes(cuts or {})
    segments: list[Segment] = []
    for position, stretch in enumerate(ordered):
        edges = sorted({stretch.start, stretch.end, *(d for d in causes if stretch.start < d < stretch.end)})
        days = [Decimal((b - a).days) for a, b in itertools.pairwise(edges)]
        for a, b, usage in zip(edges, edges[1:], _split(stretch.usage, days, scale), strict=False):
            why = causes.get(a, ())
            if position and a == stretch.start and stretch.meter != ordered[position - 1].meter:
                why = ("meter", *why)
            segments.append(Segment(a, b, usage, stretch.meter, why, len(days) > 1))
    return tuple(segments)


def _must_tile(ordered: Sequence[Stretch], start: dt.date, end: dt.date) -> None:
    reached = start
    for stretch in ordered:
        if stretch.start != reached or stretch.end <= stretch.start:
            raise StretchesDoNotTile(day=reached, start=start, end=end)
        reached = stretch.end
    if reached != end or end <= start:
        raise StretchesDoNotTile(day=reached, start=start, end=end)


def _causes(cuts: Mapping[Cause, Iterable[dt.date]]) -> dict[dt.date, tuple[Cause, ...]]:
    found: dict[dt.date, tuple[Cause, ...]] = {}
    for cause, days in cuts.items():
        for day in set(days):
            found[day] = (*found.get(day, ()), cause)
    return found


def _split(usage: Decimal, days: Sequence[Decimal], scale: int) -> list[Decimal]:
    if usage != usage.quantize(Decimal(1).scaleb(-scale)):
        raise UsageTooFine(usage=usage, scale=scale)
    if len(days) == 1:
        return [usage]
    parts = shares(abs(usage), days, scale)  # a credit is split like the charge it takes back
    return [-part for part in parts] if usage < 0 else parts


def year_starts(start: dt.date, end: dt.date, *, month: int = 1) -> tuple[dt.date, ...]:
    """The first days of tier years inside [start, end), for years that begin in `month`."""
    days = (dt.date(year, month, 1) for year in range(start.year, end.year + 1))
    return tuple(day for day in days if start < day < end)
