"""Indicators over files of case events: the sheet per case, then one histogram a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import open_engine
from tongdian.bulk.fold_measure import FOLD, MeasureOrder, run_fold, run_sql
from tongdian.bulk.headings import Columns
from tongdian.bulk.intake import GrainRead, RefusedRow
from tongdian.bulk.own_tables import plain_rows
from tongdian.bulk.periods import Span
from tongdian.bulk.rating import Files, Prepared, Told, paths_of, sheet_rule, untold
from tongdian.bulk.refusals import NotAMeasure
from tongdian.bulk.results import replaced, write_csv, write_record
from tongdian.bulk.setting_aside import Aside
from tongdian.bulk.tallies import Group
from tongdian.policy.measures import APART, Counting, Histogram, merged
from tongdian.policy.packs import Pack
from tongdian.policy.rounding import ratio
from tongdian.policy.types import Place
from tongdian.policy.words import Words

ALL = Span()
COLUMNS = ("cases", *APART, "within", "share", "p50", "p90", "p99", "longest", "all_within")


@dataclass(frozen=True)
class Measured:
    """Histograms by group, and what was set aside."""

    by: tuple[str, ...]
    groups: Mapping[Group, Histogram]
    refused: tuple[RefusedRow, ...]
    read: tuple[GrainRead, ...] = ()
    columns: Columns = field(default_factory=dict)  # what each heading was taken for
    added: Mapping[Group, Mapping[str, Decimal]] = field(default_factory=dict)  # counts and sums
    believed: tuple[str, ...] = ()  # columns that the files do not have and that are taken as in time
    notes: tuple[Words, ...] = ()  # of how it ran, where that is not as asked

    @property
    def whole(self) -> Histogram:
        """All groups together."""
        return merged(self.groups.values())


def measure(
    pack: Pack,
    rule_id: str,
    files: Files,
    *,
    by: Sequence[str],
    out: Path | str,
    on: dt.date,
    engine: str = "duckdb",
    take: Mapping[str, str] | None = None,
    columns: Columns | None = None,
    span: Span = ALL,
    memory: str = "3GB",
    told: Told = untold,
) -> Measured:
    """Measure an indicator sheet over files, grouped by columns of its outermost grain, or by
    month, quarter, half_year and year of the day that `span` names; of the cases that lie in it.

    Writes into `out`: `measures.csv` (cases, within, share, what is apart, percentiles, longest),
    `histogram.csv` (days, cases, within; these merge upward), `run.json` and what is set aside.
    """
    rule = sheet_rule(pack, rule_id)
    if rule.measure is None:
        raise NotAMeasure(rule=rule.title)
    with open_engine("duckdb" if engine == FOLD else engine, memory=memory) as opened:
        told("reading", 0)
        asked = MeasureOrder(pack, rule, paths_of(files), on, take or {}, columns, tuple(by), span)
        ran = run_fold(asked, opened, told) if engine == FOLD else run_sql(asked, opened, told)
        prepared = ran.prepared
        measured = Measured(
            tuple(by),
            {group: tally.histogram for group, tally in ran.tallies.items()},
            tuple(ran.refused),
            tuple(prepared.intake.read),
            added={group: tally.added for group, tally in ran.tallies.items()},
            believed=prepared.intake.believed,
            notes=ran.notes,
        )
        return _write(pack, prepared, measured, Path(out), on, ran.engine or engine, span)


def _write(
    pack: Pack, prepared: Prepared, measured: Measured, out: Path, on: dt.date, engine: str, span: Span
) -> Measured:
    whole = measured.whole
    files = {"measures": "measures.csv", "histogram": "histogram.csv"}
    record = {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "overlays": _overlays(pack, prepared),
        "rule": prepared.rule.rule,
        "version": prepared.version.in_force.start.isoformat(),
        "cite": list(prepared.version.cite),
        "day": on.isoformat(),
        "interpretations": dict(prepared.taken),
        "engine": engine,
        "notes": [one.en for one in measured.notes],
        "calendar": pack.calendar.content_hash if prepared.sheet.needs_calendar else None,
        "by": list(measured.by),
        "from": span.first.isoformat() if span.first else None,
        "to": span.last.isoformat() if span.last else None,
        "period_of": span.day_of,
        "groups": len(measured.groups),
        "cases": whole.total,
        "within": whole.total_within,
        **{name: getattr(whole, name) for name in APART},
        "not_confirmed": list(measured.believed),
        "refused": len({row.key for row in measured.refused}),
        "read": [asdict(one) for one in measured.read],
        "columns": prepared.intake.columns,
        "own_tables": {name: plain_rows(rows) for name, rows in prepared.own.items()},
    }
    declared = prepared.rule.measure
    assert declared is not None
    with replaced(out, record="run.json", inputs=prepared.inputs) as draft:
        write_csv(
            draft / files["measures"],
            [*measured.by, *COLUMNS, *_beside(declared)],
            (
                [*group, *_row(one, measured), *_row_beside(declared, one, measured.added.get(group, {}))]
                for group, one in measured.groups.items()
            ),
        )
        write_csv(
            draft / files["histogram"],
            [*measured.by, "days", "cases", "within"],
            (
                [*group, days, one.cases[days], one.within.get(days, 0)]
                for group, one in measured.groups.items()
                for days in sorted(one.cases)
            ),
        )
        aside = Aside(draft, "", prepared.intake, measured.refused)
        write_record(draft / "run.json", record | {"files": files | aside.files})
    return replace(measured, refused=tuple(aside.rows), columns=prepared.intake.columns)


def _overlays(pack: Pack, prepared: Prepared) -> dict[str, str]:
    """The overlays whose terms were applied in their places, with their hashes."""
    if not any(isinstance(one.type, Place) for one in prepared.sheet.root.inputs):
        return {}  # its rows say no place
    return {one.id: one.content_hash for _, one in pack.overlays()}


def _row(one: Histogram, measured: Measured) -> list[Any]:
    share = one.share()
    return [
        one.total,
        *(getattr(one, name) for name in APART),
        one.total_within,
        "" if share is None else f"{share:f}",
        *(one.percentile(p) for p in (50, 90, 99, 100)),
        str(one.complete and not measured.refused).lower(),  # nobody knows where a refused case belongs
    ]


def _beside(declared: Counting) -> list[str]:
    """The columns of what is no share: how many, sums, and averages for reading."""
    return [*declared.counts, *(f"{sort}_{name}" for name in declared.sums for sort in ("sum", "average"))]


def _row_beside(declared: Counting, one: Histogram, added: Mapping[str, Decimal]) -> list[Any]:
    cases = one.total
    row: list[Any] = [f"{added[name]:f}" for name in declared.counts]
    for name in declared.sums:
        average = ratio(added[name], Decimal(cases), 2, "half_up") if cases else None
        row += [f"{added[name]:f}", "" if average is None else f"{average:f}"]
    return row
