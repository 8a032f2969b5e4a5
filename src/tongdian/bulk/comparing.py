"""What if: the same cases by another pack, other limits or another interpretation; who passes and fails only then.

The two readings run one after the other, each by its own printed SQL, and leave a line a case: the verdicts are
then compared case by case, so that ten that newly pass and ten that newly fail do not look like no change.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.fold_measure import MeasureOrder
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.periods import Span, groups_by
from tongdian.bulk.rating import Files, paths_of, sheet_rule
from tongdian.bulk.refusals import NotAMeasure
from tongdian.bulk.tallies import Group, check_regions, outcome_in_sql
from tongdian.policy.packs import Pack

ALL = Span()
MOST_NAMED = 10
CHANGES = ("kept", "not_kept", "newly_kept", "newly_not_kept")
JUDGED = "('met', 'not_met')"


@dataclass(frozen=True)
class JudgedBy:
    """A pack, the rule of it that judges cases, and the options of interpretations that are taken."""

    pack: Pack
    rule: str
    take: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedCase:
    """A case whose verdict differs, with its days under each reading."""

    case: str
    before: int
    after: int


@dataclass(frozen=True)
class VerdictChanges:
    """Cases of a group that both readings judge: kept under both, under neither, or only under the second or the
    first. `edge` of them keep the second's limit to the day; `apart` are judged by one reading alone, or by none."""

    kept: int = 0
    not_kept: int = 0
    newly_kept: int = 0
    newly_not_kept: int = 0
    edge: int = 0
    apart: int = 0

    @property
    def cases(self) -> int:
        """Those that both judge."""
        return self.kept + self.not_kept + self.newly_kept + self.newly_not_kept

    def __add__(self, other: VerdictChanges) -> VerdictChanges:
        names = (*CHANGES, "edge", "apart")
        return VerdictChanges(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class Compared:
    """What came of it, by group; `named` are the longest of those whose verdict changes. `refused` by each reading."""

    by: tuple[str, ...]
    groups: Mapping[Group, VerdictChanges]
    named: Mapping[str, Sequence[NamedCase]]
    refused: tuple[Sequence[RefusedRow], Sequence[RefusedRow]]
    has_limits: bool

    @property
    def whole(self) -> VerdictChanges:
        """All groups together."""
        return sum(self.groups.values(), VerdictChanges())


def compare(
    before: JudgedBy,
    after: JudgedBy,
    files: Files,
    *,
    on: dt.date,
    by: Sequence[str] = (),
    span: Span = ALL,
    memory: str = "3GB",
) -> Compared:
    """Judge the cases of files by two readings. Groups are columns of the outermost grain, or periods.

    Raises NotAMeasure, UnknownColumn, GroupTwice, NoSuchRegion and what reading raises.
    """
    with tempfile.TemporaryDirectory(prefix="tongdian-compare-") as folder:
        refused, lines, has_limits = [], [], True
        for number, reading in enumerate((before, after)):
            with open_engine("duckdb", memory=memory) as engine:
                out = Path(folder) / f"{number}.parquet"
                rows, limited = _judged(reading, files, engine, out, on=on, by=by, span=span)
                has_limits &= limited
                refused.append(rows)
                lines.append(f"read_parquet('{out}')")
        with open_engine("duckdb", memory=memory) as engine:
            groups = _changes(engine, lines, len(by))
            named = {change: _named(engine, lines, change) for change in CHANGES[2:]}
    check_regions(by, groups)
    return Compared(tuple(by), groups, named, (refused[0], refused[1]), has_limits)


def _judged(
    reading: JudgedBy, files: Files, engine: Engine, out: Path, *, on: dt.date, by: Sequence[str], span: Span
) -> tuple[Sequence[RefusedRow], bool]:
    """Write a line a case: its key, groups, days, outcome and limit."""
    rule = sheet_rule(reading.pack, reading.rule)
    declared = rule.measure
    if declared is None:
        raise NotAMeasure(rule=rule.title)
    order = MeasureOrder(reading.pack, rule, paths_of(files), on, reading.take, None, tuple(by), span)
    prepared = order.prepared(engine, order.files)
    sheet, q, text = prepared.sheet, engine.dialect.q, engine.dialect.text
    known = [name for name, where in sheet.where.items() if where == sheet.root.name]
    groups = groups_by(
        tuple(by), known, lambda: span.day(sheet, q, text), lambda column: f"CAST({q(column)} AS {text})"
    )
    kept = "" if span.is_all else f" WHERE {span.condition(span.day(sheet, q, text))}"
    limit = q("limit") if "limit" in known else "NULL"
    columns = [
        f"CAST({q(sheet.root.key)} AS {text}) AS k",
        *(f"{sql} AS g{number}" for number, sql in enumerate(groups)),
        f"{q(declared.days)} AS days", f"{outcome_in_sql(declared, q)} AS outcome", f"{limit} AS limit_",
    ]  # fmt: skip
    sql = f"SELECT {', '.join(columns)} FROM ({prepared.script.outputs[sheet.root.name]}) m{kept}"
    engine.write(prepared.script.query(sql), out)
    return prepared.refusals(engine), limit != "NULL"


def _changes(engine: Engine, lines: Sequence[str], groups: int) -> dict[Group, VerdictChanges]:
    listed = "".join(f"COALESCE(b.g{number}, a.g{number}), " for number in range(groups))
    both = f"COALESCE(a.outcome IN {JUDGED} AND b.outcome IN {JUDGED}, FALSE)"
    counted = {
        "kept": "a.outcome = 'met' AND b.outcome = 'met'",
        "not_kept": "a.outcome = 'not_met' AND b.outcome = 'not_met'",
        "newly_kept": "a.outcome = 'not_met' AND b.outcome = 'met'",
        "newly_not_kept": "a.outcome = 'met' AND b.outcome = 'not_met'",
        "edge": f"{both} AND b.outcome = 'met' AND b.days = b.limit_",
        "apart": f"NOT ({both})",
    }
    sums = ", ".join(f"COUNT(*) FILTER (WHERE {condition})" for condition in counted.values())
    order = f" GROUP BY {', '.join(str(n + 1) for n in range(groups))}" if groups else ""
    # a case that one reading refuses is a case all the same
    joined = f"{lines[0]} a FULL JOIN {lines[1]} b ON a.k = b.k"
    rows: Any = engine.fetch(f"SELECT {listed}{sums} FROM {joined}{order}")
    return {
        tuple(map(str, row[:groups])): VerdictChanges(
            **dict(zip(counted, map(int, row[groups:]), strict=True))
        )
        for row in sorted(rows, key=lambda row: tuple(map(str, row[:groups])))
    }


def _named(engine: Engine, lines: Sequence[str], change: str) -> list[NamedCase]:
    was, becomes = ("not_met", "met") if change == "newly_kept" else ("met", "not_met")
    sql = (
        f"SELECT k, a.days, b.days FROM {lines[0]} a JOIN {lines[1]} b USING (k)"
        f" WHERE a.outcome = '{was}' AND b.outcome = '{becomes}' ORDER BY 3 DESC, 1 LIMIT {MOST_NAMED}"
    )
    return [NamedCase(str(case), int(one), int(other)) for case, one, other in engine.fetch(sql)]
