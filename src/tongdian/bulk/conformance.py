"""Conformance over the files of a record: which ways the cases of a process went, and how many by which place.

DuckDB folds every case into its path. Each path that is different is judged once, by the same replay that judges
one case (`policy/process/paths.py`), so that there is no second definition which could say something else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.intake import GrainRead, Intake, RefusedRow
from tongdian.bulk.periods import Span
from tongdian.bulk.refusals import MissingGrain
from tongdian.bulk.replaying import NotAProcess
from tongdian.bulk.signal_rows import MOMENTS, SignalRows
from tongdian.bulk.signals import record_sheet
from tongdian.policy.calendars import zone_of
from tongdian.policy.packs import Pack
from tongdian.policy.process import Process
from tongdian.policy.process.paths import JudgedPath, PathStep, facts_asked, judge_path
from tongdian.policy.process.replaying import Conformity, DeviationKind
from tongdian.policy.rounding import ratio
from tongdian.policy.signal_rows import FILE_LABELS, FILE_TITLES

ALL = Span()
COMMONEST = 12  # paths that are drawn; all are counted
NAMED = 5  # cases that are named of a path
TOLD_APART = (DeviationKind.SKIPPED, DeviationKind.REPEATED, DeviationKind.REORDERED)
CaseGroup = tuple[str, str]  # the code of a region, and a supplier, empty where the record names none


@dataclass(frozen=True, slots=True)
class PathCount:
    """A path with the cases that went it, by region and supplier, and some of each `named`."""

    path: JudgedPath
    counts: Mapping[CaseGroup, int]
    named: Mapping[CaseGroup, Sequence[str]]

    @property
    def cases(self) -> tuple[str, ...]:
        """Some of them by name."""
        return tuple(sorted(name for names in self.named.values() for name in names)[:NAMED])

    @property
    def total(self) -> int:
        """All together."""
        return sum(self.counts.values())


@dataclass
class ConformanceTally:
    """Cases of a place. `kinds` are cases with a deviation of that kind, `other` those with any but the three that
    are told apart, `stages` those with it of that stage: a case has each once, and may have several. What is not
    judged is neither conformant nor deviant."""

    conformant: int = 0
    deviant: int = 0
    unjudged: int = 0
    other: int = 0
    kinds: Counter[DeviationKind] = field(default_factory=Counter)
    stages: Counter[tuple[str, DeviationKind, str]] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """All of them."""
        return self.conformant + self.deviant + self.unjudged

    @property
    def share(self) -> Decimal | None:
        """Conformant of those that were judged; None where none was."""
        judged = self.conformant + self.deviant
        return ratio(Decimal(self.conformant), Decimal(judged), 4, "half_up") if judged else None

    def add(self, path: JudgedPath, cases: int) -> None:
        """So many cases that went a path."""
        match path.conformity:
            case Conformity.CONFORMANT:
                self.conformant += cases
            case Conformity.DEVIANT:
                self.deviant += cases
            case Conformity.UNJUDGED:
                self.unjudged += cases
        kinds = {kind for kind, _ in path.deviations}
        for kind in kinds:
            self.kinds[kind] += cases
        if kinds - {*TOLD_APART, DeviationKind.FACT_MISSING}:
            self.other += cases
        for kind, about in path.deviations:
            self.stages[path.process, kind, about] += cases


@dataclass(frozen=True)
class Conformance:
    """The paths of a record, the commonest first. `without` are cases of no process of the pack, or of one that
    was not in force. `returns` are the steps by which the record says that a case was sent back: where it says
    none, a repetition that was allowed cannot be told from another."""

    paths: tuple[PathCount, ...]
    without: Mapping[CaseGroup, int]
    returns: int
    refused: tuple[RefusedRow, ...] = ()
    read: tuple[GrainRead, ...] = ()

    def by(self, place: Callable[[CaseGroup], str]) -> dict[str, ConformanceTally]:
        """Tallies by what `place` says of a group, in the order of that."""
        found: dict[str, ConformanceTally] = {}
        for one in self.paths:
            for group, cases in one.counts.items():
                found.setdefault(place(group), ConformanceTally()).add(one.path, cases)
        for group, cases in self.without.items():
            found.setdefault(place(group), ConformanceTally()).unjudged += cases
        return dict(sorted(found.items()))

    @property
    def drawn(self) -> tuple[PathCount, ...]:
        """Those to look at: of cases under way that are as written so far, a part of a path tells nothing."""
        return tuple(
            one
            for one in self.paths
            if one.path.ending != "open" or one.path.conformity is Conformity.DEVIANT
        )

    @property
    def whole(self) -> ConformanceTally:
        """All places together."""
        return self.by(lambda _: "").get("", ConformanceTally())

    def only(self, holds: Callable[[CaseGroup], bool], process: str = "") -> Conformance:
        """The same of some groups, and of one process where asked."""
        paths = []
        for one in self.paths:
            counts = {group: cases for group, cases in one.counts.items() if holds(group)}
            if counts and process in ("", one.path.process):
                paths.append(PathCount(one.path, counts, {group: one.named[group] for group in counts}))
        without = {group: cases for group, cases in self.without.items() if holds(group) and not process}
        return Conformance(_commonest_first(paths), without, self.returns, self.refused, self.read)


def conformance_of(
    pack: Pack,
    files: Mapping[str, Sequence[Path]],
    *,
    on: dt.date,
    span: Span = ALL,
    process: str = "",
    take: Mapping[str, str] | None = None,
    memory: str = "3GB",
) -> Conformance:
    """How the cases of the files `case`, `event` and `fact` went, as the record stood at the end of a day; of those
    that ran in the span. `process` is that of cases of which the file says none. Without a file of events no step
    was taken.

    A case is judged by the version in force on the day of its application. Its steps go by their days, those of one
    day by their numbers. Raises MissingGrain, UnknownRule, NotAProcess and what reading raises.
    """
    if "case" not in files:
        raise MissingGrain(grain="case", needed=["case", "event", "fact"])
    wordings = _Wordings(pack, take or {}, process)
    with open_engine("duckdb", memory=memory) as engine:
        intake = Intake(engine, record_sheet(pack), titles=FILE_TITLES, labels=FILE_LABELS, derived=MOMENTS)
        intake.take({name: paths for name, paths in files.items() if name != "work"})
        rows = SignalRows(engine, on=on, span=span, zone=zone_of(pack.head), asked=frozenset())
        rows.record()
        paths, without = _counted(engine, wordings, rows.running(), on)
        returns = int(engine.fetch("SELECT COUNT(*) FROM e WHERE deed = 'return'")[0][0])
        return Conformance(paths, without, returns, tuple(intake.refused), tuple(intake.read))


class _Wordings:
    """The versions of a pack's processes, and what each says of a path."""

    def __init__(self, pack: Pack, take: Mapping[str, str], process: str) -> None:
        self.process = process
        if process and not isinstance(pack.rule(process), Process):
            raise NotAProcess(rule=pack.rule(process).title)
        found = [rule for rule in pack.rules.values() if isinstance(rule, Process)]
        self._taken = {one.rule: one.taken(pack, take) for one in found}
        self._processes = {one.rule: one for one in found}
        self._judged: dict[tuple[Any, ...], JudgedPath] = {}
        self.facts = facts_asked(
            version for one in found for version in one.versions_under(self._taken[one.rule])
        )

    def eras(self) -> list[dt.date]:
        """The days on which a version of any process begins or ends, the latest first."""
        bounds = [one.in_force for process in self._processes.values() for one in process.versions]
        days = {day for one in bounds for day in (one.start, one.before) if day is not None}
        return sorted(days, reverse=True)

    def judged(
        self, process: str, era: dt.date | None, steps: tuple[PathStep, ...], ending: Any
    ) -> JudgedPath | None:
        """What the version in force since the beginning of an era says; None where there is none."""
        if era is None or process not in self._processes:
            return None
        key = (process, era, steps, ending)
        if key not in self._judged:
            rule, taken = self._processes[process], self._taken[process]
            if not any(one.in_force.covers(era) for one in rule.versions_under(taken)):
                return None
            self._judged[key] = judge_path(rule, rule.version_on(era, taken), steps, ending)
        return self._judged[key]


def _counted(
    engine: Engine, wordings: _Wordings, running: str, on: dt.date
) -> tuple[tuple[PathCount, ...], Mapping[CaseGroup, int]]:
    counts: dict[JudgedPath, Counter[CaseGroup]] = {}
    named: dict[JudgedPath, dict[CaseGroup, Sequence[str]]] = {}
    without: Counter[CaseGroup] = Counter()
    steps = _define_steps(engine, wordings, on)
    for process, era, ending, path, region, supplier, cases, some in engine.fetch(
        _paths(engine, wordings, running)
    ):
        group = (str(region), str(supplier))
        judged = wordings.judged(str(process), era, tuple(steps[one] for one in path or ()), ending)
        if judged is None:
            without[group] += int(cases)
            continue
        counts.setdefault(judged, Counter())[group] += int(cases)
        of_group = named.setdefault(judged, {})
        of_group[group] = sorted([*of_group.get(group, ()), *map(str, some)])[:NAMED]
    found = [PathCount(path, dict(sorted(many.items())), named[path]) for path, many in counts.items()]
    return _commonest_first(found), dict(sorted(without.items()))


def _define_steps(engine: Engine, wordings: _Wordings, on: dt.date) -> Mapping[int, PathStep]:
    """Lay out the steps of all cases, in `steps`; and each step that is different, by its number."""
    text = engine.dialect.literal
    facts = ", ".join(text(name) for name in sorted(wordings.facts)) or "''"
    engine.view(
        "taken",
        f"""
        SELECT "case", "on" AS day, seq AS number, 1 AS later, deed, COALESCE(stage, '') AS about,
          CASE WHEN deed = 'return' THEN COALESCE("to", '') ELSE '' END AS leads
        FROM e WHERE deed <> 'other'
        UNION ALL
        SELECT "case", known, before, 0, CASE WHEN before = 1 THEN 'given' ELSE 'fact' END, name, value
        FROM in_fact WHERE known <= {text(on)} AND name IN ({facts})""",
    )
    engine.define(
        "different",
        """
        SELECT deed, about, leads, row_number() OVER (ORDER BY deed, about, leads) - 1 AS code
        FROM (SELECT DISTINCT deed, about, leads FROM taken)""",
    )
    # a step as one number that sorts by day, number, facts first: lists of texts would take twice the memory
    engine.view(
        "steps",
        f"""
        SELECT "case", ((CAST(date_diff('day', DATE '0001-01-01', day) AS HUGEINT) * {_NUMBERS}
          + CAST(number AS HUGEINT)) * 2 + later) * {_CODES} + code AS step
        FROM taken JOIN different USING (deed, about, leads)""",
    )
    return {
        int(code): PathStep(*map(str, step))  # type: ignore[arg-type]  # a deed of the file, or of a fact
        for *step, code in engine.fetch("SELECT deed, about, leads, code FROM different")
    }


_NUMBERS, _CODES = 1 << 31, 1 << 40  # more than numbers and different steps there can be


def _paths(engine: Engine, wordings: _Wordings, running: str) -> str:
    """Each path with its cases, by process, the era of the application, how it ended, region and supplier."""
    text = engine.dialect.literal
    eras = " ".join(f"WHEN c.applied >= {text(day)} THEN {text(day)}" for day in wordings.eras())
    return f"""
        WITH paths AS (SELECT "case", list_sort(list(step)) AS path FROM steps GROUP BY "case"), ways AS (
          SELECT COALESCE(c.process, {text(wordings.process)}) AS process, CASE {eras} END AS era,
            COALESCE(c.ending, 'unsaid') AS ending, c.region, COALESCE(c.supplier, '') AS supplier,
            list_transform(p.path, lambda one: CAST(one % {_CODES} AS BIGINT)) AS path,
            CAST(c."case" AS VARCHAR) AS name
          FROM c LEFT JOIN paths p ON p."case" = c."case" WHERE {running}
        )
        SELECT process, era, ending, path, region, supplier, COUNT(*), min(name, {NAMED}) FROM ways
        GROUP BY ALL"""


def _commonest_first(paths: Iterable[PathCount]) -> tuple[PathCount, ...]:
    def place(one: PathCount) -> tuple[Any, ...]:
        steps = [(step.stage, step.to, step.mark or "") for step in one.path.steps]
        return -one.total, one.path.process, steps, one.path.ending, one.path.deviations

    return tuple(sorted(paths, key=place))
