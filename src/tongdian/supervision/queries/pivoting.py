"""A pivot over figures that were kept: rows, columns and a measure, reckoned from what adds up.

Only places add up. A period, an indicator, a row or column of a form is laid out, or one of it is chosen: a case is
counted by several indicators, and a half-year lies within its year. A share, like a percentile, is reckoned from the
summed histogram, never from other shares; what one part lacks the sum has not, and it says how many lack it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tongdian.policy.measures import Histogram, merged
from tongdian.policy.words import Words
from tongdian.supervision.queries.cells import sum_of

PLACES = ("county", "prefecture", "province", "office")  # the dimensions over which figures add up
HUNDRED = Decimal(100)
Kept = Histogram | Decimal | None


@dataclass(frozen=True, slots=True)
class PivotFact:
    """A figure that was kept, with where it is `of` by dimension; None: it is expected, and missing."""

    of: Mapping[str, str]
    value: Kept
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class PivotCell:
    """What stands in a cell. None: there is nothing to say; `lacking` of its parts have no figure."""

    value: Decimal | None
    lacking: int = 0
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class PivotMeasure:
    """What is asked of summed histograms, and to how many decimals it is written."""

    title: Words
    of: Callable[[Histogram], Decimal | None]
    places: int = 0


def _share(one: Histogram) -> Decimal | None:
    share = one.share()
    return None if share is None else share * HUNDRED


def _percentile(hundredths: int) -> Callable[[Histogram], Decimal | None]:
    def found(one: Histogram) -> Decimal | None:
        days = one.percentile(hundredths)
        return None if days is None else Decimal(days)

    return found


MEASURES: Mapping[str, PivotMeasure] = {
    "share": PivotMeasure(Words("达标比例（%）", "share kept (%)"), _share, 2),
    "cases": PivotMeasure(Words("业务数", "cases"), lambda one: Decimal(one.total)),
    "kept": PivotMeasure(Words("达标业务数", "cases kept"), lambda one: Decimal(one.total_within)),
    "not_kept": PivotMeasure(
        Words("未达标业务数", "cases not kept"), lambda one: Decimal(one.total - one.total_within)
    ),
    "exempt": PivotMeasure(Words("除外业务数", "exempt"), lambda one: Decimal(one.exempt)),
    "undecided": PivotMeasure(Words("未定业务数", "undecided"), lambda one: Decimal(one.undecided)),
    "withdrawn": PivotMeasure(Words("撤回业务数", "withdrawn"), lambda one: Decimal(one.withdrawn)),
    "no_limit": PivotMeasure(Words("无限值业务数", "without a limit"), lambda one: Decimal(one.no_limit)),
    "stood_still": PivotMeasure(
        Words("其中曾中止业务数", "of those judged, stood still"),
        lambda one: None if one.stood_still is None else Decimal(one.stood_still),
    ),
    # of whichever the rule counts: working days, steps
    "p50": PivotMeasure(Words("用时或环节数的中位", "median of days or steps"), _percentile(50)),
    "p90": PivotMeasure(Words("用时或环节数的90%位", "90th percentile of days or steps"), _percentile(90)),
    "longest": PivotMeasure(Words("最长用时或最多环节数", "most days or steps"), _percentile(100)),
}


@dataclass(frozen=True)
class PivotShape:
    """How a pivot is laid out. `chosen` is one of each dimension that is neither row nor column and does not add
    up; `place` the beginning of a region's code."""

    rows: tuple[str, ...]
    columns: str
    measure: str
    chosen: Mapping[str, str]
    place: str = ""


@dataclass(frozen=True)
class PivotTable:
    """A pivot of some facts: `cells` by row and column, where there are facts."""

    shape: PivotShape
    facts: Sequence[PivotFact]

    @cached_property
    def _sorted(self) -> Mapping[tuple[tuple[str, ...], str], list[PivotFact]]:
        found: dict[tuple[tuple[str, ...], str], list[PivotFact]] = {}
        for one in self.facts:
            if self._is_asked(one):
                row = tuple(one.of[name] for name in self.shape.rows)
                column = one.of[self.shape.columns] if self.shape.columns else ""
                found.setdefault((row, column), []).append(one)
        return found

    def _is_asked(self, one: PivotFact) -> bool:
        chosen = all(one.of[name] == value for name, value in self.shape.chosen.items())
        return chosen and one.of.get("county", "").startswith(self.shape.place)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The rows, each by its keys, in the order of the facts."""
        return list(dict.fromkeys(row for row, _ in self._sorted))

    @property
    def columns(self) -> list[str]:
        """The columns in the order of the facts."""
        return list(dict.fromkeys(column for _, column in self._sorted))

    @property
    def adds_down(self) -> bool:
        """Whether all rows may be added up: they are places and nothing else."""
        return all(name in PLACES for name in self.shape.rows)

    @property
    def adds_across(self) -> bool:
        """Whether all columns may be."""
        return self.shape.columns in PLACES

    def cell(self, row: tuple[str, ...] | None, column: str | None) -> PivotCell | None:
        """The cell of a row and column, of all where None is asked; None where there is no fact."""
        facts = [
            one
            for (its_row, its_column), several in self._sorted.items()
            if row in (None, its_row) and column in (None, its_column)
            for one in several
        ]
        return self._reckoned(facts) if facts else None

    def _reckoned(self, facts: Iterable[PivotFact]) -> PivotCell:
        several = list(facts)
        histograms = [one.value for one in several if isinstance(one.value, Histogram)]
        if histograms:
            return PivotCell(MEASURES[self.shape.measure].of(merged(histograms)))
        figures = [one.value for one in several if not isinstance(one.value, Histogram)]
        return PivotCell(
            sum_of(figures), sum(one is None for one in figures), any(one.is_estimated for one in several)
        )
