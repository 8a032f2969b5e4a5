"""One sheet over files: rows in, results per grain out, refused rows in a file of their own."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.intake import Intake, RefusedRow
from tongdian.bulk.refusals import MissingGrain, NotASheet, UnknownGrain
from tongdian.policy.inputs import read_value
from tongdian.policy.kinds.sheet import SheetRule, pack_tables
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Let, Sheet
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.sheet_sql import Intervals, Script, print_sheet
from tongdian.policy.words import Words

Files = Mapping[str, Path | str | Sequence[Path | str]]


@dataclass(frozen=True)
class Run:
    """What a bulk run did, kept beside its results so that any line can be made again."""

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

    def refusals(self, engine: Engine, *, nothing_failed: bool = False) -> list[RefusedRow]:
        """Every case set aside, at reading or at a check of the sheet.

        A caller that has seen every case come out says `nothing_failed` and saves a pass.
        """
        found = list(self.intake.refused)
        if self.script.refused is None or nothing_failed:
            return found
        for key, check, row in engine.fetch(self.script.query(self.script.refused)):
            item = self.sheet.items[int(check)]
            name = item.name if isinstance(item, Let) else ""
            value = item.text if hasattr(item, "text") else ""
            found.append(
                RefusedRow(
                    str(key), item.grain, str(row), name or f"line {item.line}", value, item.failure
                )
            )
        return found


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
    form: str = "parquet",
    memory: str = "3GB",
) -> Run:
    """Run a sheet over files and write one result file a grain into `out`.

    `files` maps each given grain to its file or files (Parquet, CSV or Excel), and a table's name to
    a file of the operator's own rows (columns `from`, `before` and the table's). `only` limits the
    grains written. `out` ending in .parquet, .csv or .xlsx is one flat file, for a sheet of one
    grain. Raises a Refusal before any row is read when the files do not fit the sheet.
    """
    rule, paths = _sheet_rule(pack, rule_id), _paths(files)
    with open_engine(engine, memory=memory) as opened:
        prepared = prepare(pack, rule, paths, opened, on=on, take=take or {}, only=only)
        return _write(pack, prepared, opened, Path(out), on, form, engine)


def _sheet_rule(pack: Pack, rule_id: str) -> SheetRule:
    rule = pack.rule(rule_id)
    if not isinstance(rule, SheetRule):
        raise NotASheet(rule=rule.title)
    return rule


def _paths(files: Files) -> dict[str, list[Path]]:
    return {
        name: [Path(given)] if isinstance(given, (str, Path)) else [Path(one) for one in given]
        for name, given in files.items()
    }


def prepare(
    pack: Pack,
    rule: SheetRule,
    files: Mapping[str, Sequence[Path]],
    engine: Engine,
    *,
    on: dt.date,
    take: Mapping[str, str],
    only: Sequence[str] | None = None,
) -> Prepared:
    """Read and check the inputs and print the sheet for this engine."""
    taken = rule.taken(pack, take)
    version = rule.version_on(on, taken)
    sheet = rule.sheet(pack, version, taken)
    given = [grain.name for grain in sheet.grains.values() if grain.table is None]
    known = [*given, *sorted(sheet.tables)]
    files = dict(files)
    if len(given) == 1 and len(files) == 1 and next(iter(files)) not in known:
        files = {given[0]: next(iter(files.values()))}  # one flat file needs no name
    for name in files:
        if name not in known:
            raise UnknownGrain(grain=name, known="、".join(known))
    for name in given:
        if name not in files:
            raise MissingGrain(grain=name, needed="、".join(given))
    tables = dict(pack_tables(pack, sheet, taken))
    for name in sheet.tables & set(files):
        tables[name] = own_table(engine, pack, name, files[name])
    intake = Intake(engine, sheet)
    intake.take({name: files[name] for name in given})
    script = print_sheet(sheet, tables, engine.dialect, outputs=only or list(sheet.grains))
    for name in script.joined:
        _provide_table(engine, pack, name, Intervals.of(tables[name]))
    if sheet.needs_calendar:
        _provide_calendar(engine, pack)
    return Prepared(rule, version, sheet, taken, script, intake)


def own_table(engine: Engine, pack: Pack, name: str, files: Sequence[Path]) -> list[DatedRow]:
    """An operator's own rows for a table of the pack, read by the table's columns."""
    rule: Any = pack.rules[name]
    found = engine.read(f"own_{name}", files)
    d = engine.dialect
    columns = [c for c in rule.columns if c in found]
    missing = [c for c in ("from", *rule.columns) if c not in found]
    if missing:
        from tongdian.bulk.refusals import MissingColumn

        raise MissingColumn(
            file=files[0].name,
            column=missing[0],
            needed=", ".join(["from", "before", *rule.columns]),
        )
    listed = ", ".join(f"CAST({d.q(c)} AS {d.text})" for c in ["from", *columns])
    before = f"CAST({d.q('before')} AS {d.text})" if "before" in found else "NULL"
    rows: list[DatedRow] = []
    for start, *values, end in engine.fetch(f"SELECT {listed}, {before} FROM {d.q('own_' + name)}"):
        read = {
            c: read_value(c, v, rule.columns[c].value_type)
            for c, v in zip(columns, values, strict=True)
        }
        rows.append(
            (
                dt.date.fromisoformat(start[:10]),
                dt.date.fromisoformat(end[:10]) if end else None,
                read,
            )
        )
    return rows


def _provide_table(engine: Engine, pack: Pack, name: str, table: Intervals) -> None:
    rule: Any = pack.rules[name]
    columns = {"_v": "INTEGER"} | {
        column: engine.dialect.type(declared.value_type)
        for column, declared in rule.columns.items()
    }
    rows = [
        (number, *(_cell(row[column]) for column in rule.columns))
        for number, members in enumerate(table.rows)
        for row in members
    ]
    engine.rows(f"t_{name}", columns, rows)


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _provide_calendar(engine: Engine, pack: Pack) -> None:
    region = pack.head.region or ""
    engine.rows("workdays", {"day": "DATE", "cum": "INTEGER"}, pack.calendar.rows(region))


def _write(
    pack: Pack,
    prepared: Prepared,
    engine: Engine,
    out: Path,
    on: dt.date,
    form: str,
    engine_name: str,
) -> Run:
    flat = out.suffix in (".parquet", ".csv", ".xlsx")
    outputs = prepared.script.outputs
    if flat and len(prepared.sheet.grains) > 1 and len(outputs) > 1:
        outputs = {prepared.sheet.root.name: outputs[prepared.sheet.root.name]}
    folder = out.parent if flat else out
    folder.mkdir(parents=True, exist_ok=True)
    files, counts = {}, {}
    for grain, select in outputs.items():
        path = out if flat else folder / f"{grain}.{form}"
        query = prepared.script.query(select)
        if path.suffix == ".xlsx":
            counts[grain] = _write_workbook(engine, query, path, prepared.sheet, grain)
        else:
            engine.write(query, path)
            counts[grain] = _count(engine, path)
        files[grain] = path.name
    root = prepared.sheet.root.name
    whole = int(engine.fetch(f"SELECT COUNT(*) FROM in_{root}")[0][0])
    refusals = prepared.refusals(engine, nothing_failed=counts.get(root) == whole)
    refused = out.with_name(out.stem + ".refused.csv") if flat else folder / "refused.csv"
    write_refused(refused, refusals)
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
        files=files | {"refused": refused.name},
        refusals=tuple(refusals),
    )
    record = out.with_name(out.stem + ".run.json") if flat else folder / "run.json"
    record.write_text(
        json.dumps(run.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    return run


def _count(engine: Engine, path: Path) -> int:
    engine.read("_written", [path])
    return int(engine.fetch("SELECT COUNT(*) FROM _written")[0][0])


def _write_workbook(engine: Engine, query: str, path: Path, sheet: Sheet, grain: str) -> int:
    """Results as a workbook; Decimals stay exact to Excel's 15 digits."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(grain)
    own = [n for n, where in sheet.where.items() if where == grain and n != sheet.grains[grain].key]
    page.append([*sheet.keys(grain), *own])
    rows = engine.fetch(query)
    for row in rows:
        page.append(list(row))
    book.save(path)
    return len(rows)


def write_refused(path: Path, refusals: Sequence[RefusedRow]) -> None:
    """The refused rows with their reasons in both languages."""
    with path.open(
        "w", encoding="utf-8-sig", newline=""
    ) as file:  # the mark lets Excel read Chinese
        writer = csv.writer(file)
        writer.writerow(["case", "grain", "row", "column", "value", "reason_zh", "reason_en"])
        for row in refusals:
            reason: Words = row.reason
            writer.writerow(
                [row.key, row.grain, row.row, row.column, row.value, reason.zh, reason.en]
            )
