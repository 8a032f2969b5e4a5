"""One sheet over files: rows in, results per grain out, refused rows in a file of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.files import listed
from tongdian.bulk.headings import Columns
from tongdian.bulk.intake import GrainRead, Intake, RefusedRow
from tongdian.bulk.own_tables import own_table, plain_rows
from tongdian.bulk.refusals import MissingGrain, NotASheet, OneGrainOnly, TooManyRows, UnknownGrain
from tongdian.bulk.results import MOST_ROWS, replaced, write_record, write_workbook
from tongdian.bulk.setting_aside import Aside
from tongdian.policy.interpretations import check_take
from tongdian.policy.intervals import Intervals
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Let, Look, Require, Sheet
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.sheet_library import examples_of, pack_tables
from tongdian.policy.sheet_sql import Script, print_sheet
from tongdian.policy.sql_expressions import own_place, place_of
from tongdian.policy.types import Place

SUFFIXES = (".parquet", ".csv", ".xlsx")
Files = Mapping[str, Path | str | Sequence[Path | str]]
Told = Callable[[str, int], None]
"""Called when a step of a run begins: reading, calculating, writing; with the rows read so far."""


def untold(step: str, rows: int) -> None:
    """Nobody waits to be told."""


@dataclass(frozen=True)
class Run:
    """What a bulk run did, kept beside its results so that any line can be made again.

    `examples` names the columns of each grain that rest on figures marked as examples, `columns` what
    each heading of the files was taken for."""

    pack: str
    pack_hash: str
    rule: str
    version: str
    cite: tuple[str, ...]
    day: str
    interpretations: Mapping[str, str]
    engine: str
    counts: Mapping[str, int]
    refused: int
    files: Mapping[str, str]
    own_tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    examples: Mapping[str, list[str]] = field(default_factory=dict)
    read: tuple[GrainRead, ...] = ()
    columns: Columns = field(default_factory=dict)
    refusals: tuple[RefusedRow, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data without the refused rows."""
        return {key: value for key, value in asdict(self).items() if key != "refusals"}


@dataclass
class Prepared:
    """A sheet ready on an engine: typed inputs in place, SQL printed."""

    rule: SheetRule
    version: Any
    sheet: Sheet
    taken: Mapping[str, str]
    script: Script
    intake: Intake
    inputs: Sequence[Path] = ()
    own: Mapping[str, list[DatedRow]] = field(default_factory=dict)

    def refusals(self, engine: Engine, *, nothing_failed: bool = False) -> list[RefusedRow]:
        """Every case set aside, at reading or at a check of the sheet.

        A caller that has seen every case come out says `nothing_failed` and saves a pass.
        """
        found = list(self.intake.refused)
        if self.script.refused is None or nothing_failed:
            return found
        failed = list(engine.fetch(self.script.query(self.script.refused)))
        lacking = self._lacking(engine, {int(check) for _, check, _ in failed})
        for key, check, row in failed:
            item = self.sheet.items[int(check)]
            lacks = lacking.get((int(check), str(key), str(row)), ())
            why = item.failure_of(lacks) if lacks and isinstance(item, Let) else item.failure
            # a check is of the row, and its line in the sheet is nobody's line of a file
            column = "" if isinstance(item, Require) else item.name
            value = f"{item.table}.{item.column} on {item.on}" if isinstance(item, Look) else item.text
            below = str(row).split("\x1f")
            at = below if item.grain == self.sheet.root.name else [str(key), *below]
            keys = tuple(zip(self.sheet.keys(item.grain), at, strict=True))
            found.append(RefusedRow(str(key), item.grain, below[-1], column, value, why, keys))
        return found

    def _lacking(self, engine: Engine, checks: Collection[int]) -> dict[tuple[int, str, str], list[str]]:
        """Which looks a failing row does not have, of lines that may fail for several."""
        return {
            (check, str(key), str(row)): [name for name in str(names).split(",") if name]
            for check in checks
            if check in self.script.lacking
            for key, row, names in engine.fetch(self.script.query(self.script.lacking[check]))
        }


def rate(
    pack: Pack,
    rule_id: str,
    files: Files,
    *,
    out: Path | str,
    on: dt.date,
    engine: str = "duckdb",
    take: Mapping[str, str] | None = None,
    only: Sequence[str] | None = None,
    columns: Columns | None = None,
    form: str = "parquet",
    memory: str = "3GB",
    told: Told = untold,
) -> Run:
    """Run a sheet over files and write one result file a grain into `out`.

    `files` maps each given grain to its file or files (Parquet, CSV or Excel), and a table's name to
    a file of the operator's own rows (columns `from`, `before` and the table's). `only` limits the
    grains written. `out` ending in .parquet, .csv or .xlsx is one flat file of the outermost grain,
    or of the one that `only` names. Results appear together at the end, or not at all. Raises a
    Refusal before any row is read when the files do not fit the sheet.
    """
    rule, paths = sheet_rule(pack, rule_id), paths_of(files)
    if Path(out).suffix in SUFFIXES:
        only = only or [root_of(pack, rule, on, take or {})]
        if len(only) > 1:
            raise OneGrainOnly(out=Path(out).name)
    with open_engine(engine, memory=memory) as opened:
        told("reading", 0)
        prepared = prepare(pack, rule, paths, opened, on=on, take=take or {}, only=only, columns=columns)
        told("calculating", prepared.intake.rows)
        return _write(pack, prepared, opened, Path(out), on, form, engine)


def sheet_rule(pack: Pack, rule_id: str) -> SheetRule:
    """A rule that is a sheet. Raises NotASheet, UnknownRule."""
    rule = pack.rule(rule_id)
    if not isinstance(rule, SheetRule):
        raise NotASheet(rule=rule.title)
    return rule


def paths_of(files: Files) -> dict[str, list[Path]]:
    """The files of each grain, folders of parts opened."""
    return {name: listed(given) for name, given in files.items()}


def sheet_of(
    pack: Pack, rule_id: str, *, on: dt.date, take: Mapping[str, str] | None = None
) -> tuple[SheetRule, Sheet]:
    """A rule and its sheet in force under what is taken. Raises NotASheet, UnknownRule."""
    rule = sheet_rule(pack, rule_id)
    check_take(pack, rule, take or {})
    taken = rule.taken(pack, take or {})
    return rule, rule.sheet(pack, rule.version_on(on, taken), taken)


def root_of(pack: Pack, rule: SheetRule, on: dt.date, take: Mapping[str, str]) -> str:
    """The outermost grain of the sheet in force."""
    taken = rule.taken(pack, take)
    return rule.sheet(pack, rule.version_on(on, taken), taken).root.name


@dataclass(frozen=True)
class SheetPlan:
    """A sheet in force under what is taken, and the files of its grains and tables."""

    version: Any
    sheet: Sheet
    taken: Mapping[str, str]
    files: Mapping[str, Sequence[Path]]

    @property
    def of_grains(self) -> dict[str, Sequence[Path]]:
        """The files of rows; the others are own tables."""
        return {grain.name: self.files[grain.name] for grain in self.sheet.read if grain.name in self.files}

    @property
    def inputs(self) -> list[Path]:
        """Every file that is read."""
        return [file for group in self.files.values() for file in group]


def planned(
    pack: Pack,
    rule: SheetRule,
    files: Mapping[str, Sequence[Path]],
    *,
    on: dt.date,
    take: Mapping[str, str],
    columns: Columns | None = None,
) -> SheetPlan:
    """What is to be run. Raises UnknownGrain, MissingGrain."""
    check_take(pack, rule, take)
    taken = rule.taken(pack, take)
    version = rule.version_on(on, taken)
    sheet = rule.sheet(pack, version, taken)
    given = [grain.name for grain in sheet.read]
    known = [*given, *sorted(sheet.tables)]
    files = dict(files)
    if len(given) == 1 and len(files) == 1 and next(iter(files)) not in known:
        files = {given[0]: next(iter(files.values()))}  # one flat file needs no name
    for name in (*files, *(columns or ())):
        if name not in known:
            raise UnknownGrain(grain=name, known=list(known))
    for grain in sheet.read:
        if grain.name not in files and not grain.may_be_absent:
            raise MissingGrain(grain=grain.name, needed=list(given))
    return SheetPlan(version, sheet, taken, files)


def prepare(
    pack: Pack,
    rule: SheetRule,
    files: Mapping[str, Sequence[Path]],
    engine: Engine,
    *,
    on: dt.date,
    take: Mapping[str, str],
    only: Sequence[str] | None = None,
    columns: Columns | None = None,
) -> Prepared:
    """Read and check the inputs and print the sheet for this engine."""
    plan = planned(pack, rule, files, on=on, take=take, columns=columns)
    sheet, files = plan.sheet, plan.files
    for name in only or ():
        if name not in sheet.grains:
            raise UnknownGrain(grain=name, known=list(sheet.grains))
    own = {n: own_table(engine, pack, sheet, n, files[n]) for n in sorted(sheet.tables & set(files))}
    tables = dict(pack_tables(pack, sheet, plan.taken)) | own
    intake = Intake(engine, sheet, titles=rule.titles, labels=rule.called(pack), columns=columns)
    intake.take(plan.of_grains)
    places = calendar_places(engine, pack, sheet) if sheet.needs_calendar else ("",)
    script = print_sheet(
        sheet,
        tables,
        engine.dialect,
        outputs=only or list(sheet.grains),
        given=dict.fromkeys(sheet.given, on),
        places=[one for one in places if one] if len(places) > 1 else (),
        home=pack.head.region or "",
    )
    for name in script.joined:
        _provide_table(engine, pack, name, Intervals.of(tables[name]))
    if sheet.needs_calendar:
        provide_calendar(engine, pack, places)
    script = engine.lay(script)
    return Prepared(rule, plan.version, sheet, plan.taken, script, intake, plan.inputs, own)


def _provide_table(engine: Engine, pack: Pack, name: str, table: Intervals) -> None:
    rule: Any = pack.rules[name]
    columns = {"_v": "INTEGER"} | {
        column: engine.dialect.type(declared.value_type) for column, declared in rule.columns.items()
    }
    rows = [
        (number, *(_cell(row[column]) for column in rule.columns))
        for number, members in enumerate(table.rows)
        for row in members
    ]
    engine.rows(f"t_{name}", columns, rows)


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def calendar_places(engine: Engine, pack: Pack, sheet: Sheet) -> tuple[str, ...]:
    """The places whose calendars the rows need, narrowest first; '' is everywhere else."""
    asked = [one.name for one in sheet.root.inputs if isinstance(one.type, Place)]
    own = pack.calendar.places
    if not asked or not own:
        return (pack.head.region or "",)
    place = place_of(engine.dialect.q(asked[0]), own)
    rows = engine.fetch(f"SELECT DISTINCT {place} FROM in_{sheet.root.name}")
    found = {str(one) for (one,) in rows} | {own_place(pack.head.region or "", own)}
    return tuple(one for one in (*own, "") if one in found) or ("",)


def provide_calendar(engine: Engine, pack: Pack, places: Sequence[str]) -> None:
    """`workdays(day, cum, before)` of one place, or with a column `place` of several."""
    columns = {"day": "DATE", "cum": "INTEGER", "before": "INTEGER"}
    if len(places) == 1:
        engine.rows("workdays", columns, pack.calendar.rows(places[0]))
        return
    rows = ((place, *row) for place in {*places, ""} for row in pack.calendar.rows(place))
    engine.rows("workdays", {"place": engine.dialect.text, **columns}, rows)


def _write(
    pack: Pack, prepared: Prepared, engine: Engine, out: Path, on: dt.date, form: str, engine_name: str
) -> Run:
    flat = out.suffix in SUFFIXES
    folder, stem = (out.parent, out.stem + ".") if flat else (out, "")
    outputs, root = prepared.script.outputs, prepared.sheet.root.name
    files = {grain: out.name if flat else f"{grain}.{form}" for grain in outputs}
    record = f"{stem}run.json"
    with replaced(folder, record=record, inputs=prepared.inputs) as draft:
        counts = {}
        for grain, select in outputs.items():
            query, path = prepared.script.query(select), draft / files[grain]
            if path.suffix == ".xlsx":
                counts[grain] = _write_workbook(engine, query, path, prepared.sheet, grain)
            else:
                counts[grain] = engine.write(query, path)
        whole = int(engine.fetch(f"SELECT COUNT(*) FROM in_{root}")[0][0])
        refusals = prepared.refusals(engine, nothing_failed=counts.get(root) == whole)
        aside = Aside(draft, stem, prepared.intake, refusals)
        run = Run(
            pack=pack.id,
            pack_hash=pack.content_hash,
            rule=prepared.rule.rule,
            version=prepared.version.in_force.start.isoformat(),
            cite=tuple(prepared.version.cite),
            day=on.isoformat(),
            interpretations=dict(prepared.taken),
            engine=engine_name,
            counts=counts,
            refused=len({row.key for row in refusals}),
            files=files | aside.files,
            own_tables={name: plain_rows(rows) for name, rows in prepared.own.items()},
            examples=_examples(pack, prepared, list(outputs)),
            read=tuple(prepared.intake.read),
            columns=prepared.intake.columns,
            refusals=tuple(aside.rows),
        )
        write_record(draft / record, run.to_json())
    return run


def _examples(pack: Pack, prepared: Prepared, grains: Sequence[str]) -> dict[str, list[str]]:
    """The columns of each grain that rest on figures marked as examples."""
    sheet = prepared.sheet
    marked = examples_of(pack, sheet, {*prepared.own, *pack.own_tables})
    by_grain = {
        grain: [name for name in sheet.where if name in marked and sheet.where[name] == grain]
        for grain in grains
    }
    return {grain: names for grain, names in by_grain.items() if names}


def _write_workbook(engine: Engine, query: str, path: Path, sheet: Sheet, grain: str) -> int:
    count = int(engine.fetch(f"SELECT COUNT(*) FROM ({query}) counted")[0][0])
    if count > MOST_ROWS:
        raise TooManyRows(grain=grain, count=f"{count:,}", most=f"{MOST_ROWS:,}")
    own = [n for n, where in sheet.where.items() if where == grain and n != sheet.grains[grain].key]
    header = [*sheet.keys(grain), *own]
    write_workbook(path, page=grain, header=header, rows=engine.fetch(query))
    return count
