"""A measure on an engine: by printed SQL, or as a fold where the fold can say it."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongdian.bulk.engines import Engine
from tongdian.bulk.fold_layout import Layout, NotInForm, laid_out
from tongdian.bulk.fold_tally import Counted, Tally
from tongdian.bulk.folding import Fold, LeftToSql
from tongdian.bulk.headings import Columns, check
from tongdian.bulk.intake import Intake, RefusedRow
from tongdian.bulk.periods import PERIODS, Span, groups_by
from tongdian.bulk.rating import Prepared, SheetPlan, Told, planned, prepare
from tongdian.bulk.sorted_files import written_sorted
from tongdian.bulk.tallies import CaseTally, Group, check_regions, tallies_in_sql
from tongdian.policy.fold_values import Unsaid
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.sheet_sql import Script
from tongdian.policy.types import Instant
from tongdian.policy.words import Words

FOLD = "fold"
UNSAID = Words("fold 不会算：{what}；已改用 DuckDB", "the fold cannot say: {what}; run on DuckDB instead")
SORTED = Words(
    "文件不是按业务排序的 Parquet，已由 DuckDB 读取并排序一次；tongdian cases export --form parquet 写出的文件可直接读取",
    "the files are not Parquet sorted by case, so DuckDB has read and sorted them once; "
    "those of tongdian cases export --form parquet are read as they are",
)
_NOTHING = Script((), {}, {}, None, frozenset())  # what is printed where no case is left to SQL
_BY_WITHIN = {0: "not_met", 1: "met", 2: "exempt"}


@dataclass(frozen=True)
class MeasureOrder:
    """What is to be measured."""

    pack: Pack
    rule: SheetRule
    files: Mapping[str, Sequence[Path]]
    on: dt.date
    take: Mapping[str, str]
    columns: Columns | None
    by: tuple[str, ...]
    span: Span

    def prepared(self, engine: Engine, files: Mapping[str, Sequence[Path]]) -> Prepared:
        """These files read by an engine, and the SQL of the outermost grain."""
        plan = self.plan
        return prepare(
            self.pack, self.rule, files, engine,
            on=self.on, take=self.take, only=[plan.sheet.root.name], columns=self.columns,
        )  # fmt: skip

    @property
    def plan(self) -> SheetPlan:
        """Raises UnknownGrain, MissingGrain."""
        return planned(self.pack, self.rule, self.files, on=self.on, take=self.take, columns=self.columns)


@dataclass(frozen=True)
class Ran:
    """What came of it. `engine` is another than was asked for, or None."""

    prepared: Prepared
    tallies: Mapping[Group, CaseTally]
    refused: Sequence[RefusedRow]
    notes: tuple[Words, ...] = ()
    engine: str | None = None


def run_sql(asked: MeasureOrder, engine: Engine, told: Told) -> Ran:
    """All cases by the SQL printed for an engine."""
    prepared = asked.prepared(engine, asked.files)
    told("calculating", prepared.intake.rows)
    tallies = tallies_in_sql(prepared, engine, asked.by, asked.span)
    return Ran(prepared, tallies, prepared.refusals(engine))


def run_fold(
    asked: MeasureOrder, engine: Any, told: Told, *, batch_rows: int | None = None, workers: int = 2
) -> Ran:
    """As a fold; where it cannot say the measure, by SQL on DuckDB. Raises NotSorted."""
    plan = asked.plan
    try:
        fold = _fold(asked, plan)
    except Unsaid as unsaid:
        return _instead(run_sql(asked, engine, told), UNSAID.fill(what=unsaid.what))
    fold.batch_rows = batch_rows
    with tempfile.TemporaryDirectory(prefix="tongdian-fold-") as scratch:
        return _Folding(asked, plan, fold, engine, Path(scratch), workers).run(told)


def _instead(ran: Ran, why: Words) -> Ran:
    return Ran(ran.prepared, ran.tallies, ran.refused, (why,), "duckdb")


def _fold(asked: MeasureOrder, plan: SheetPlan) -> Fold:
    sheet, declared, span = plan.sheet, asked.rule.measure, asked.span
    assert declared is not None
    if any(len(sheet.keys(grain.name)) > 2 for grain in sheet.read):
        raise Unsaid(Words("第三层的行", "rows of a third layer"))
    known = [name for name, where in sheet.where.items() if where == sheet.root.name]
    groups_by(asked.by, known, lambda: span.line(sheet), lambda column: column)  # refuses what is unknown
    if any(isinstance(sheet.types[one], Instant) for one in asked.by if one in known):
        raise Unsaid(Words("按时刻分组", "groups by an instant"))
    by_period = any(one in PERIODS and one not in known for one in asked.by)
    day = span.line(sheet) if by_period or not span.is_all or span.day_of != "applied" else None
    counted = Counted(
        asked.by, declared.days, declared.outcome, declared.within, declared.exempt, declared.open,
        declared.counts, declared.sums, span, day, frozenset(known),
    )  # fmt: skip
    return Fold.of(asked.pack, sheet, counted, dict.fromkeys(sheet.given, asked.on))


@dataclass
class _Folding:
    """One run: files as they are or sorted first, the fold, and SQL for what it leaves."""

    asked: MeasureOrder
    plan: SheetPlan
    fold: Fold
    engine: Any
    scratch: Path
    workers: int

    def run(self, told: Told) -> Ran:
        """The fold of the files as they are; if they are not in the form, of copies that are."""
        try:
            layouts = self._as_they_are()
            told("calculating", sum(one.rows for one in layouts.values()))
            aside = LeftToSql(self.scratch)
            tally = self.fold.run(layouts, aside, workers=self.workers)
            return self._whole(None, layouts, tally, aside, ())
        except NotInForm:
            first = self.asked.prepared(self.engine, self.asked.files)
            layouts = self._copies(first)
            told("calculating", first.intake.rows)
            aside = LeftToSql(self.scratch)
            tally = self.fold.run(layouts, aside, workers=self.workers)
            return self._whole(first, layouts, tally, aside, (SORTED,))

    def _intake(self) -> Intake:
        rule, pack = self.asked.rule, self.asked.pack
        return Intake(
            self.engine, self.plan.sheet,
            titles=rule.titles, labels=rule.called(pack), columns=self.asked.columns,
        )  # fmt: skip

    def _as_they_are(self) -> dict[str, Layout]:
        intake, sheet, found = self._intake(), self.plan.sheet, {}
        for grain in sheet.read:
            if grain.name not in self.plan.files:
                continue
            asked, titles = intake.wanted(grain), {}
            for file in self.plan.files[grain.name]:
                check(file, list(self.engine.columns(file, asked)), asked)
                named = self.engine.titles(file, asked)
                titles[file] = {column: title for column, title in named.items() if column in asked.names}
            found[grain.name] = laid_out(sheet, grain, titles)
        if len({one.is_text for one in found.values()}) > 1:
            raise NotInForm
        return found

    def _copies(self, prepared: Prepared) -> dict[str, Layout]:
        sheet, found = self.plan.sheet, {}
        for grain in sheet.read:
            if grain.name in self.plan.files:
                file = self.scratch / f"sorted-{grain.name}.parquet"
                written_sorted(self.engine, sheet, grain, file)
                names = dict.fromkeys([sheet.root.key, *(one.name for one in grain.inputs)])
                found[grain.name] = laid_out(sheet, grain, {file: {name: name for name in names}})
        return found

    def _whole(
        self,
        first: Prepared | None,
        layouts: Mapping[str, Layout],
        tally: Tally,
        aside: LeftToSql,
        notes: tuple[Words, ...],
    ) -> Ran:
        """What was folded, and what SQL says of the cases left to it."""
        plan, asked = self.plan, self.asked
        tallies = self._tallies(tally)
        refused = list(first.intake.refused) if first else []
        aside.settle()
        if aside.files:
            left = asked.prepared(self.engine, self._completed(aside, layouts))
            refused += left.refusals(self.engine)
            for group, some in tallies_in_sql(left, self.engine, asked.by, asked.span).items():
                tallies.setdefault(group, CaseTally.of(some.added, some.stays)).merge(some)
        check_regions(asked.by, tallies)
        prepared = first
        if prepared is None:
            intake = self._intake()
            intake.note(plan.of_grains, {name: layout.rows for name, layout in layouts.items()})
            prepared = Prepared(
                asked.rule, plan.version, plan.sheet, plan.taken, _NOTHING, intake, plan.inputs
            )
        return Ran(prepared, dict(sorted(tallies.items())), refused, notes)

    def _completed(self, aside: LeftToSql, layouts: Mapping[str, Layout]) -> dict[str, list[Path]]:
        """The files of what was set aside; of a grain of which nothing was, one without rows."""
        files = dict(aside.files)
        for name, layout in layouts.items():
            if name not in files:
                schema = pq.read_schema(next(iter(layout.titles)))
                plain = [
                    (one.name, one.type.value_type if pa.types.is_dictionary(one.type) else one.type)
                    for one in schema
                ]
                files[name] = [self.scratch / f"none-{name}.parquet"]
                pq.write_table(pa.schema(plain).empty_table(), files[name][0])
        return files

    def _tallies(self, tally: Tally) -> dict[Group, CaseTally]:
        declared, said, by = self.asked.rule.measure, self.fold.said, self.asked.by
        assert declared is not None
        named = (*declared.counts, *declared.sums)
        scales = self.fold.printed.scales
        found: dict[Group, CaseTally] = {}
        tallies: dict[tuple[int, ...], CaseTally] = {}  # by the numbers of a group, which is named once
        for key, (count, *values) in tally.found.items():
            *group, days, outcome, is_open = key
            into = tallies.get(tuple(group))
            if into is None:
                name = tuple(said.group(one, number) for one, number in zip(by, group, strict=True))
                into = tallies[tuple(group)] = found.setdefault(name, CaseTally.of(named, declared.stays))
            beside = {
                one: Decimal(value).scaleb(-scales[one] if one in declared.sums else 0)
                for one, value in zip(named, values, strict=True)
            }
            word = said.word(outcome) if declared.outcome else _BY_WITHIN[outcome]
            into.add(_whole_days(days, scales[declared.days]), word, bool(is_open), count, beside)
        return found


def _whole_days(ticks: int, scale: int) -> int:
    return int(Decimal(ticks).scaleb(-scale)) if scale else ticks
