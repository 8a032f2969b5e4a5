"""The same sheet on every engine: exact Decimal, DuckDB, Spark. No cell may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import Any

from tests.policy.fold_harness import folded
from tongdian.bulk.engines import Engine
from tongdian.calendar import Calendar, official_calendar
from tongdian.policy.dialects import Dialect
from tongdian.policy.fold_values import Unsaid
from tongdian.policy.inputs import Input, read_value
from tongdian.policy.intervals import Intervals
from tongdian.policy.language import Node
from tongdian.policy.packs import WorkingDayCount
from tongdian.policy.refusals import CalculationRefused
from tongdian.policy.sheet import Let, Sheet
from tongdian.policy.sheet_case import CaseSheet, Tables
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.sheet_sql import print_sheet
from tongdian.policy.types import Instant, Type
from tongdian.policy.words import Words

Case = Mapping[str, Any]
Cells = dict[tuple[str, ...], Any]  # (case, grain, row path…, name) -> value


@dataclass
class Shelf:
    """A small pack in place of a folder: tables with their columns."""

    tables: dict[str, tuple[dict[str, Input], tuple[str, ...], list[Any]]] = field(default_factory=dict)

    def columns(self, table: str) -> tuple[Mapping[str, Input], tuple[str, ...]] | None:
        found = self.tables.get(table)
        return (found[0], found[1]) if found else None

    def rule_node(
        self, rule: str, on: Node, names: tuple[str, ...], *, region: str = ""
    ) -> tuple[Node, Node] | None:
        return None

    def title(self, table: str) -> None:
        return None

    def waits(self, rule: str) -> None:
        return None

    def reason(self, reason: str) -> Words | None:
        return Words(reason, reason)

    def option(self, interpretation: str) -> tuple[str, tuple[str, ...]] | None:
        return None

    def zone(self) -> str:
        return "Asia/Shanghai"

    def rows(self) -> Tables:
        return {name: rows for name, (_, _, rows) in self.tables.items()}


def exact(
    sheet: Sheet, cases: Sequence[Case], tables: Tables, calendar: Calendar | None = None
) -> tuple[Cells, dict[str, tuple[int, str]]]:
    """Every line of every case in Decimal; refused cases with their line and reason."""
    compiled = CaseSheet(sheet, tables, WorkingDayCount(calendar or official_calendar()))
    cells: Cells = {}
    refused: dict[str, tuple[int, str]] = {}
    for case in cases:
        key = str(case[sheet.root.name])
        try:
            root = compiled.run(case)
        except CalculationRefused as refusal:
            refused[key] = (refusal.facts["line"], refusal.facts["reason"].en)
            continue
        for line in compiled.lines(root):
            row = () if line.grain == sheet.root.name else tuple(line.row.split(" / "))
            cells[(key, line.grain, *row, line.name)] = line.value
    return cells, refused


def bulk(
    engine: Engine, sheet: Sheet, cases: Sequence[Case], tables: Tables, calendar: Calendar | None = None
) -> tuple[Cells, dict[str, tuple[int, str]]]:
    """The same on an engine, from its printed SQL."""
    _provide(engine, sheet, cases, tables, calendar)
    script = print_sheet(sheet, tables, engine.dialect)
    if engine.dialect.name == "duckdb":  # as `rate` does: each grain from what is calculated once
        script = engine.lay(script)
    cells: Cells = {}
    for grain, select in script.outputs.items():
        keys = sheet.keys(grain)
        inputs = {item.name for item in sheet.grains[grain].inputs}
        own = [n for n, where in sheet.where.items() if where == grain and n != sheet.grains[grain].key]
        for row in engine.fetch(script.query(select)):
            path = tuple(str(value) for value in row[: len(keys)])
            for name, value in zip(own, row[len(keys) :], strict=True):
                if isinstance(sheet.types[name], Instant) and value is not None:
                    value = read_value(name, value, Instant())  # given out as text that says its zone
                if name not in inputs and not (name in sheet.asked_in_use and value is None):
                    cells[(path[0], grain, *path[1:], name)] = value
    refused = {}
    if script.refused:
        for key, check, _ in engine.fetch(script.query(script.refused)):
            item = sheet.items[int(check)]
            refused[str(key)] = (item.line, item.failure.en)
    return cells, refused


def _provide(
    engine: Engine, sheet: Sheet, cases: Sequence[Case], tables: Tables, calendar: Calendar | None = None
) -> None:
    for grain in sheet.grains.values():
        if grain.table is not None:
            continue
        names = list(dict.fromkeys([*sheet.keys(grain.name), *(i.name for i in grain.inputs)]))
        columns = {name: engine.dialect.type(sheet.types[name]) for name in names}
        chain = [g.name for g in sheet.chain(grain.name)]
        engine.rows(f"in_{grain.name}", columns, list(_rows(sheet, cases, chain, names)))
    for name, rows in tables.items():
        table = Intervals.of(rows)
        sample = table.rows[0][0]
        columns = {"_v": "INTEGER"} | {c: _column(engine, sheet, name, c, v) for c, v in sample.items()}
        listed = [
            (n, *(_cell(row[c]) for c in sample)) for n, members in enumerate(table.rows) for row in members
        ]
        engine.rows(f"t_{name}", columns, listed)
    if sheet.needs_calendar:
        engine.rows(
            "workdays",
            {"day": "DATE", "cum": "INTEGER", "before": "INTEGER"},
            (calendar or official_calendar()).rows(),
        )


def _column(engine: Engine, sheet: Sheet, table: str, column: str, value: Any) -> str:
    for item in sheet.items:
        if getattr(item, "table", None) == table and item.column == column:  # type: ignore[union-attr]
            return engine.dialect.type(item.type)  # type: ignore[union-attr]
    if column in sheet.types and isinstance(value, Decimal):
        return engine.dialect.type(sheet.types[column])
    return "DECIMAL(38,8)" if isinstance(value, Decimal) else engine.dialect.text


def _rows(sheet: Sheet, cases: Sequence[Case], chain: list[str], names: list[str]) -> Any:
    pending: list[tuple[dict[str, Any], Any]] = [({chain[0]: c[chain[0]]}, c) for c in cases]
    for grain in chain[1:]:
        key = sheet.grains[grain].key
        pending = [({**keys, key: row[key]}, row) for keys, above in pending for row in above.get(grain, ())]
    for keys, row in pending:
        merged = {**row, **keys}
        defaults = {i.name: i.default for i in sheet.grains[chain[-1]].inputs}
        yield [_cell(merged.get(name, defaults.get(name)), sheet.types[name]) for name in names]


def _cell(value: Any, kind: Type | None = None) -> Any:
    if isinstance(kind, Instant):
        return f"{read_value('', value, kind).astimezone(UTC):%Y-%m-%d %H:%M:%S}"  # type: ignore[union-attr]
    return str(value).lower() if isinstance(value, bool) else value


def agree(
    engine: Engine, text: str, cases: Sequence[Case], shelf: Shelf | None = None
) -> tuple[Cells, dict[str, tuple[int, str]]]:
    """Assert that an engine and the fold give what Decimal gives, cell by cell, and return Decimal's."""
    shelf = shelf or Shelf()
    sheet = parse_sheet(text, shelf)
    wanted, wanted_refused = exact(sheet, cases, shelf.rows())
    with suppress(Unsaid):  # what it cannot say has a test of its own
        agrees_folded(sheet, cases, wanted, set(wanted_refused))
    got, got_refused = bulk(engine, sheet, cases, shelf.rows())
    assert got_refused == wanted_refused
    assert {k: v for k, v in got.items() if wanted.get(k) != v} == {}
    assert set(got) == set(wanted)
    return wanted, wanted_refused


def agrees_folded(sheet: Sheet, cases: Sequence[Case], wanted: Cells, refused: set[str]) -> None:
    """Assert that the fold gives what Decimal gives, and doubts just the cases that are refused."""
    got, doubted = folded(sheet, cases)
    assert doubted == refused
    assert {at: value for at, value in got.items() if at in wanted and wanted[at] != value} == {}
    lines = {at for at in wanted if sheet.where[at[-1]] and not _is_given(sheet, at[-1])}
    assert lines <= set(got)
    assert {at[-1] for at in set(got) - lines} <= sheet.asked_in_use


def _is_given(sheet: Sheet, name: str) -> bool:
    return name not in {item.name for item in sheet.items if isinstance(item, Let)}


def printed_sql(text: str, shelf: Shelf, dialect: Dialect) -> str:
    """Everything that a sheet prints for an engine, as its golden file holds it."""
    script = print_sheet(parse_sheet(text, shelf), shelf.rows(), dialect)
    printed = "\n\n".join(f"-- {g}\n{script.query(s)};" for g, s in script.outputs.items())
    if script.refused:
        printed += f"\n\n-- refused\n{script.query(script.refused)};"
    return printed + "\n"
