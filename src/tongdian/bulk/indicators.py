"""Indicators over files of cases: one pass a rule that judges them, one histogram an indicator and place.

Which cases an indicator counts and when one keeps it are lines of the sheet that judges them, so that all
its indicators come from one grouping. Histograms add up: a province's is the sum of its counties'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.fold_measure import FOLD, MeasureOrder, run_fold, run_sql
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.periods import Span
from tongdian.bulk.rating import Files, Prepared, paths_of, planned, untold
from tongdian.bulk.refused_cases import cases_that_may_count
from tongdian.bulk.tallies import CaseTally, Group, outcome_in_sql
from tongdian.policy.kinds.indicator import JUDGED, IndicatorRule, IndicatorVersion, indicators_of, widened
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.measured.limits import NO_LIMIT
from tongdian.policy.measures import Histogram
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Sheet

ALL = Span()
MOST_LATE = 10  # cases that are named, the longest first


@dataclass(frozen=True, slots=True)
class LateCase:
    """A case that does not keep what an indicator asks, or of which that is not known; its limit, where the sheet
    that judges it sets one."""

    case: str
    region: str
    days: int
    limit: int | None = None
    is_open: bool = False


@dataclass(frozen=True)
class CountedIndicators:
    """Of each indicator, by its id: histograms by the code of a region, and some cases that fail or are undecided (a
    fold keeps no case, and names none). `months` are the same cases by the month of their day ("2021-03"), all places
    together, where it was asked for. `refused` are rows that nobody could judge, by the rule that was to; and
    `unjudged` those of them, by indicator, of which nothing rules out that they are its cases of the period."""

    regions: Mapping[str, Mapping[str, Histogram]]
    late: Mapping[str, Sequence[LateCase]]
    refused: Mapping[str, Sequence[RefusedRow]]
    undecided: Mapping[str, Sequence[LateCase]] = field(default_factory=dict)
    unjudged: Mapping[str, Sequence[RefusedRow]] = field(default_factory=dict)
    months: Mapping[str, Mapping[str, Histogram]] = field(default_factory=dict)

    def whole(self, indicator: str) -> Histogram:
        """All places together."""
        return sum(self.regions.get(indicator, {}).values(), Histogram())


def count_indicators(
    pack: Pack,
    files: Mapping[str, Files],
    *,
    on: dt.date,
    span: Span = ALL,
    engine: str = "duckdb",
    take: Mapping[str, str] | None = None,
    memory: str = "3GB",
    by_month: bool = False,
) -> CountedIndicators:
    """Count the indicators of a pack in force on a day, from the files of each rule that judges cases.

    An indicator whose rule has no files is left out: of what was not brought nothing is known.
    Raises what reading raises.
    """
    regions: dict[str, dict[str, Histogram]] = {}
    late: dict[str, list[LateCase]] = {}
    undecided: dict[str, list[LateCase]] = {}
    refused: dict[str, list[RefusedRow]] = {}
    unjudged: dict[str, list[RefusedRow]] = {}
    months: dict[str, dict[str, Histogram]] = {}
    places = ("region", "month") if by_month else ("region",)
    for rule_id, indicators in indicators_of(pack, on).items():
        if rule_id not in files:
            continue
        judge = widened(pack, indicators, pack.rules[rule_id], on, take or {})  # type: ignore[arg-type]  # checked at load
        lines = _lines(pack, indicators, on)
        with open_engine("duckdb" if engine == FOLD else engine, memory=memory) as opened:
            order = MeasureOrder(
                pack, judge, paths_of(files[rule_id]), on, take or {}, None, (*places, *lines), span
            )
            ran = run_fold(order, opened, untold) if engine == FOLD else run_sql(order, opened, untold)
            versions = {one.rule: one.version_for(pack, on, take or {}) for one in indicators}
            regions |= _counted(ran.tallies, lines, indicators, versions)
            if by_month:
                months |= _counted(ran.tallies, lines, indicators, versions, at=1)
            if engine != FOLD:
                for one, those in zip(
                    indicators, _named(ran.prepared, opened, judge, indicators, versions, span), strict=True
                ):
                    late[one.rule], undecided[one.rule] = those
            refused[rule_id] = list(ran.refused)
            may = cases_that_may_count(
                ran.prepared.sheet,
                opened,
                ran.refused,
                [one.counts_as for one in indicators],
                on=on,
                span=span,
            )
            unjudged |= {
                one.rule: [row for row in ran.refused if row.key in may[one.counts_as]] for one in indicators
            }
    return CountedIndicators(regions, late, refused, undecided, unjudged, months)


def judge_each(
    pack: Pack,
    files: Mapping[str, Files],
    *,
    on: dt.date,
    span: Span = ALL,
    take: Mapping[str, str] | None = None,
    memory: str = "3GB",
) -> dict[str, dict[str, tuple[str, Histogram]]]:
    """As `count_indicators`, each case by itself: of each indicator its cases by name, with the code of their region
    and a histogram of one. Raises what reading raises."""
    found: dict[str, dict[str, tuple[str, Histogram]]] = {}
    for rule_id, indicators in indicators_of(pack, on).items():
        if rule_id not in files:
            continue
        judge = widened(pack, indicators, pack.rules[rule_id], on, take or {})  # type: ignore[arg-type]  # checked at load
        lines = _lines(pack, indicators, on)
        with open_engine("duckdb", memory=memory) as opened:
            key = planned(pack, judge, paths_of(files[rule_id]), on=on, take=take or {}).sheet.root.key
            order = MeasureOrder(
                pack, judge, paths_of(files[rule_id]), on, take or {}, None, (key, "region", *lines), span
            )
            ran = run_sql(order, opened, untold)
        apart: dict[str, dict[str, tuple[str, Histogram]]] = {one.rule: {} for one in indicators}
        versions = {one.rule: one.version_for(pack, on, take or {}) for one in indicators}
        for (case, region, *said), tally in ran.tallies.items():
            alone = _counted({(region, *said): tally}, lines, indicators, versions)
            for rule, histograms in alone.items():
                for one in histograms.values():
                    apart[rule][case] = region, one
        found |= apart
    return found


@dataclass(frozen=True, slots=True)
class Summed:
    """How many cases, and the sums of their lines that the rule adds up."""

    cases: int = 0
    sums: Mapping[str, Decimal] = field(default_factory=dict)

    def __add__(self, other: Summed) -> Summed:
        names = dict.fromkeys([*self.sums, *other.sums])
        return Summed(
            self.cases + other.cases,
            {name: self.sums.get(name, Decimal(0)) + other.sums.get(name, Decimal(0)) for name in names},
        )


def sum_cases(
    pack: Pack,
    rule: SheetRule,
    lines: Mapping[str, str],
    files: Files,
    *,
    on: dt.date,
    span: Span = ALL,
    engine: str = "duckdb",
    memory: str = "3GB",
) -> dict[str, dict[str, Summed]]:
    """Of the cases for which each of `lines` (a condition, by name) holds: how many, and what is added up; by
    the code of a region."""
    judge = rule.with_lines(lines)
    found: dict[str, dict[str, Summed]] = {name: {} for name in lines}
    with open_engine("duckdb" if engine == FOLD else engine, memory=memory) as opened:
        order = MeasureOrder(pack, judge, paths_of(files), on, {}, None, ("region", *lines), span)
        ran = run_fold(order, opened, untold) if engine == FOLD else run_sql(order, opened, untold)
        for (region, *said), tally in ran.tallies.items():
            mine = Summed(tally.histogram.total, dict(tally.added))
            for name, value in zip(lines, said, strict=True):
                if value == "true":
                    found[name][region] = found[name].get(region, Summed()) + mine
    return found


def _lines(pack: Pack, indicators: Sequence[IndicatorRule], on: dt.date) -> list[str]:
    """The names of what the indicators ask of each case."""
    found = []
    for one in indicators:
        version = one.version_for(pack, on, {})
        found += [one.counts_as, *([one.keeps_as] if version.kept else [])]
        found += [one.doubts_as] if version.unknown else []
    return found


def _counted(
    tallies: Mapping[Group, CaseTally],
    lines: Sequence[str],
    indicators: Sequence[IndicatorRule],
    versions: Mapping[str, IndicatorVersion],
    *,
    at: int = 0,
) -> dict[str, dict[str, Histogram]]:
    """Of each indicator the sums by one part of the groups, the one `at` a place in them; their last parts are what
    `lines` say."""
    found: dict[str, dict[str, Histogram]] = {one.rule: {} for one in indicators}
    for group, tally in tallies.items():
        place, said = group[at], group[len(group) - len(lines) :]
        holds = {name: value == "true" for name, value in zip(lines, said, strict=True)}
        histogram = tally.histogram
        for one in indicators:
            if holds[one.counts_as]:
                doubts = holds.get(one.doubts_as, False)
                mine = _kept(histogram, holds.get(one.keeps_as), doubts, versions[one.rule])
                found[one.rule][place] = found[one.rule].get(place, Histogram()) + mine
    return found


def _kept(histogram: Histogram, keeps: bool | None, doubts: bool, version: IndicatorVersion) -> Histogram:
    """The same cases, where the indicator itself says which of the judged ones keep it: those that seem to and of
    which the file says too little are undecided; those in hand that never will have failed."""
    if keeps is None:
        return histogram
    if keeps and doubts:
        ended = sum(histogram.cases.values())
        return replace(histogram, cases={}, within={}, undecided=histogram.undecided + ended)
    failed = histogram.undecided if version.so_far and not keeps else 0
    return replace(
        histogram,
        within=histogram.cases if keeps else {},
        late_open=histogram.late_open + failed,
        undecided=histogram.undecided - failed,
    )


@dataclass(frozen=True)
class _Naming:
    """Which cases of an indicator are named one by one, in SQL."""

    prepared: Prepared
    engine: Engine
    judge: SheetRule
    indicator: IndicatorRule
    version: IndicatorVersion

    @property
    def late(self) -> str:
        """Those that fail."""
        counting, q = self._counting, self._q
        fails = f"{q(counting.outcome)} = 'not_met'" if counting.outcome else f"NOT {q(counting.within)}"
        if self._keeps:
            words = ", ".join(f"'{one}'" for one in self.version.judged)
            judged = f"{q(counting.outcome)} IN ({words}) AND " if counting.outcome else ""
            fails = f"{judged}NOT {self._keeps}"
        return self._of_mine(fails)

    @property
    def undecided(self) -> str:
        """Those that are neither kept nor not, as `_kept` counts them."""
        outcome = outcome_in_sql(self._counting, self._q)
        in_hand = f"{outcome} = 'undecided'"
        if self._keeps and self.version.so_far:
            in_hand = f"({in_hand} AND {self._keeps})"
        if not self._keeps or self.version.unknown is None:
            return self._of_mine(in_hand)
        ended = f"{outcome} IN {JUDGED} AND NOT ({outcome} = 'not_met' AND {self._is_open})"
        return self._of_mine(
            f"({in_hand} OR ({self._keeps} AND {self._q(self.indicator.doubts_as)} AND {ended}))"
        )

    @property
    def has_limit(self) -> bool:
        """Whether its cases have a limit of days: steps beyond their number have none."""
        return "within" in (self.version.kept or "within")

    def _of_mine(self, condition: str) -> str:
        return f"COALESCE({self._q(self.indicator.counts_as)} AND {condition}, FALSE)"

    @property
    def _counting(self) -> Any:
        return self.judge.measure

    @property
    def _told(self) -> set[str]:
        return _told_of_cases(self.prepared.sheet)

    @property
    def _keeps(self) -> str:
        """The line that says whether a case keeps it; nothing where its rule says that."""
        return self._q(self.indicator.keeps_as) if self.indicator.keeps_as in self._told else ""

    @property
    def _is_open(self) -> str:
        return _is_open_in_sql(self.prepared.sheet, self._q)

    def _q(self, name: str) -> str:
        return self.engine.dialect.q(name)


def _named(
    prepared: Prepared,
    engine: Engine,
    judge: SheetRule,
    indicators: Sequence[IndicatorRule],
    versions: Mapping[str, IndicatorVersion],
    span: Span,
) -> list[tuple[list[LateCase], list[LateCase]]]:
    """Of each indicator the cases that fail and those that are undecided, the longest first. All are judged once more,
    for all indicators together; what any of them names is set aside, and each takes its own from there."""
    sheet, q, text = prepared.sheet, engine.dialect.q, engine.dialect.text
    namings = [_Naming(prepared, engine, judge, one, versions[one.rule]) for one in indicators]
    asked = [condition for one in namings for condition in (one.late, one.undecided)]
    columns = {
        "_case": f"CAST({q(sheet.root.key)} AS {text})",
        "_region": f"CAST({q('region')} AS {text})",
        "_days": q(judge.measure.days),  # type: ignore[union-attr]  # a rule that judges cases measures them
        "_limit": f"CAST({q('limit')} AS {text})"
        if "limit" in _told_of_cases(sheet)
        else f"CAST(NULL AS {text})",
        "_open": _is_open_in_sql(sheet, q),
    } | {f"_asked_{number}": condition for number, condition in enumerate(asked)}
    listed = ", ".join(f"{said} AS {q(name)}" for name, said in columns.items())
    kept = "" if span.is_all else f" AND {span.condition(span.day(sheet, q, text))}"
    outermost = prepared.script.outputs[sheet.root.name]
    sql = f"SELECT {listed} FROM ({outermost}) m WHERE ({' OR '.join(asked)}){kept}"
    engine.define("named_cases", prepared.script.query(sql))
    found = []
    for number in range(len(asked)):
        rows = engine.fetch(
            f"SELECT {q('_case')}, {q('_region')}, {q('_days')}, {q('_limit')}, {q('_open')} FROM named_cases"
            f" WHERE {q(f'_asked_{number}')} ORDER BY 3 DESC, 1 LIMIT {MOST_LATE}"
        )
        found.append([_late_case(row, namings[number // 2].has_limit) for row in rows])
    return list(zip(found[::2], found[1::2], strict=True))


def _late_case(row: tuple[Any, ...], has_limit: bool) -> LateCase:
    case, region, days, limit, is_open = row
    known = has_limit and limit and int(limit) < NO_LIMIT
    return LateCase(str(case), str(region), int(days), int(limit) if known else None, bool(is_open))


def _told_of_cases(sheet: Sheet) -> set[str]:
    """The names of what a sheet says of each case."""
    return {name for name, where in sheet.where.items() if where == sheet.root.name}


def _is_open_in_sql(sheet: Sheet, q: Callable[[str], str]) -> str:
    """Whether a case is in hand still; of what only ends are told, none is."""
    return q("is_open") if "is_open" in _told_of_cases(sheet) else "FALSE"
