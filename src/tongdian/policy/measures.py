"""Indicators over many cases: shares and percentiles from histograms of whole days.

Histograms add up: a province's is the sum of its counties', so its share and percentiles are exact.
Averages do not travel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongdian.policy.reading import Model, Name
from tongdian.policy.rounding import ratio

BY_DAYS = ("cases", "within", "unlimited")
COUNTED = ("exempt", "late_open", "undecided", "withdrawn")
APART = (*COUNTED, "no_limit")  # what stands beside the days


class Counting(Model):
    """How an indicator sheet is measured over many cases: which lines it counts.

    `days` is a whole number per case (its histogram merges from county to nation), `within` tells
    whether the case met its limit, `exempt` whether it is counted apart (force majeure). A sheet that
    judges open cases too says the `outcome` in a word, and whether the case is `open`.

    `stays` names the one of `counts` that says of a case that it stood still: how many did stands beside every
    share, whatever became of their days.

    What is no share is counted beside it, of the cases that are judged: `counts` names lines that are true or
    not, `sums` lines that are added up, exactly, so that they merge upward as well.
    """

    days: Name
    within: Name
    exempt: Name | None = None
    outcome: Name | None = None
    open: Name | None = None
    stays: Name | None = None
    counts: tuple[Name, ...] = ()
    sums: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """Cases that ended, by whole days: `cases[days]`, of which `within[days]` met their limit.

    `late_open` have not met it and are not ended, so nobody knows their days yet. The others enter no
    share: `exempt` (force majeure, say), `withdrawn`, `undecided` (open within their limit, or not to
    be judged from what the file says), and those for whom the document sets no limit: `unlimited[days]`.
    `stood_still` are those of the judged that stood still for a time, whether its days count or not: they are
    told beside the share. None: nobody said.
    """

    cases: Mapping[int, int] = field(default_factory=dict)
    within: Mapping[int, int] = field(default_factory=dict)
    exempt: int = 0
    late_open: int = 0
    undecided: int = 0
    withdrawn: int = 0
    unlimited: Mapping[int, int] = field(default_factory=dict)
    stood_still: int | None = None

    def __add__(self, other: Histogram) -> Histogram:
        days: Any = {name: _added(getattr(self, name), getattr(other, name)) for name in BY_DAYS}
        counts = {name: getattr(self, name) + getattr(other, name) for name in COUNTED}
        return Histogram(**days, **counts, stood_still=_still(self, other))

    def plain(self) -> dict[str, Any]:
        """As JSON says it: counts by whole days, and what stands apart or beside."""
        by_days = {name: {str(day): n for day, n in getattr(self, name).items()} for name in BY_DAYS}
        return {
            **by_days,
            **{name: getattr(self, name) for name in COUNTED},
            **({} if self.stood_still is None else {"stood_still": self.stood_still}),
        }

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Histogram:
        """The histogram that `plain` said."""
        by_days: Any = {name: {int(day): n for day, n in plain[name].items()} for name in BY_DAYS}
        counts = {name: plain[name] for name in COUNTED}
        return cls(**by_days, **counts, stood_still=plain.get("stood_still"))

    @property
    def no_limit(self) -> int:
        """Cases for whom the document sets no limit."""
        return sum(self.unlimited.values())

    @property
    def total(self) -> int:
        """Cases that are judged."""
        return sum(self.cases.values()) + self.late_open

    @property
    def total_within(self) -> int:
        """Cases within their limit."""
        return sum(self.within.values())

    @property
    def complete(self) -> bool:
        """Whether every case met its limit: 所有 means all, however good the average, and one that
        nobody can judge is not met."""
        return self.total_within == self.total and not self.undecided

    def verdict(self, refused: int = 0) -> str:
        """`met`: every case keeps it; `not_met`: one does not; `open`: none fails, and some cannot be judged
        (yet, or because `refused` rows said too little); `unscored`: the document sets no limit; `none`: there was
        no case."""
        if self.total > self.total_within:
            return "not_met"
        if self.undecided or refused:
            return "open"
        if not self.total and self.unlimited:
            return "unscored"
        return "met" if self.total else "none"

    def share(self, places: int = 4) -> Decimal | None:
        """The share within limit, rounded down so that 99.996 % never reads 100 %; None of none."""
        if not self.total:
            return None
        return ratio(Decimal(self.total_within), Decimal(self.total), places, "down")

    def percentile(self, hundredths: int) -> int | None:
        """The nearest-rank percentile of the cases that ended: the least day count that so many per
        cent of them reach. Where none is judged, of those without a limit."""
        if not 0 < hundredths <= 100:
            raise ValueError("a percentile lies in 1..100")
        counts = self.cases or self.unlimited
        seen, ended = 0, sum(counts.values())
        for days in sorted(counts):
            seen += counts[days]
            if seen * 100 >= ended * hundredths:
                return days
        return None

    def mean(self, places: int = 2) -> Decimal | None:
        """The average of days, for reading only: it does not merge."""
        ended = sum(self.cases.values())
        if not ended:
            return None
        days = sum(day * count for day, count in self.cases.items())
        return ratio(Decimal(days), Decimal(ended), places, "half_up")


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """The sum of histograms."""
    total = Histogram()
    for one in histograms:
        total = total + one
    return total


def _still(one: Histogram, other: Histogram) -> int | None:
    """How many of both stood still: not known where one of them has cases and does not say."""
    known = [half.stood_still for half in (one, other) if half.stood_still is not None]
    if any(half.stood_still is None and half.total for half in (one, other)):
        return None
    return sum(known) if known else None


def _added(a: Mapping[int, int], b: Mapping[int, int]) -> dict[int, int]:
    return {day: a.get(day, 0) + b.get(day, 0) for day in sorted({*a, *b})}
