"""An operator's own rows for a table of a pack: their prices, read before any case is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine
from tongdian.bulk.headings import Wanted, check, wanted
from tongdian.bulk.refusals import BadOwnRow, OwnRowsOverlap
from tongdian.policy.inputs import read_value
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput
from tongdian.policy.sheet import Sheet
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.types import Date, Ident
from tongdian.policy.words import Words

FROM_AND_BEFORE = {"from": Words("自", "from"), "before": Words("止于（不含）", "before")}


def own_table(engine: Engine, pack: Pack, sheet: Sheet, name: str, files: Sequence[Path]) -> list[DatedRow]:
    """Dated rows from files with the table's columns, `from` and, if rows end, `before`, each by its
    name or title.

    Raises MissingColumn, UnknownColumns, ColumnTwice, BadOwnRow, OwnRowsOverlap: two rows for one key and day would be two prices.
    """
    rule: Any = pack.rules[name]
    asked = asked_of_table(rule)
    for file in files:
        check(file, list(engine.columns(file, asked)), asked)
    rows: list[DatedRow] = []
    for file in files:
        rows += _rows(engine, rule, name, file)
    _refuse_overlaps(rows, name, _keys(rule, sheet, name))
    return rows


def asked_of_table(rule: Any) -> Wanted:
    """The columns that are asked of files with rows for a table of a pack."""
    codes = frozenset(c for c, declared in rule.columns.items() if isinstance(declared.value_type, Ident))
    return wanted(
        ("from", "before", *rule.columns),
        optional=frozenset({"before"}),
        codes=codes,
        titles=FROM_AND_BEFORE
        | {c: declared.title for c, declared in rule.columns.items() if declared.title is not None},
    )


def _rows(engine: Engine, rule: Any, name: str, file: Path) -> list[DatedRow]:
    d = engine.dialect
    asked = asked_of_table(rule)
    read = engine.read(f"own_{name}", [file], asked)
    found = [column for column in read if column in asked.names]  # remarks are read by nobody
    listed = ", ".join(f"CAST({d.q(c)} AS {d.text})" for c in found)
    rows: list[DatedRow] = []
    for number, cells in enumerate(engine.fetch(f"SELECT {listed} FROM {d.q('own_' + name)}")):
        row = dict(zip(found, cells, strict=True))
        try:
            start = _day("from", row.pop("from"))
            before = row.pop("before", None)
            end = _day("before", before) if before and before.strip() else None
            if end is not None and end <= start:
                problem = Words(f"要晚于 from {start}", f"it must be later than from, {start}")
                raise BadInput(name="before", problem=problem)
            values = {c: read_value(c, row[c], rule.columns[c].value_type) for c in rule.columns}
        except BadInput as refusal:
            raise BadOwnRow(file=file.name, row=number + 1, problem=refusal.words) from None
        rows.append((start, end, values))
    return sorted(rows, key=lambda dated: dated[0])


def _day(name: str, text: str | None) -> dt.date:
    # a workbook's or Parquet's midnight is a date
    value = read_value(name, (text or "").removesuffix(" 00:00:00"), Date())
    assert isinstance(value, dt.date)
    return value


def _keys(rule: Any, sheet: Sheet, name: str) -> tuple[str, ...]:
    """The columns by which a sheet tells rows of one day apart."""
    made = [grain.key for grain in sheet.grains.values() if grain.table == name]
    return (*rule.keys, *(key for key in made if key not in rule.keys))


def _refuse_overlaps(rows: Sequence[DatedRow], name: str, keys: Sequence[str]) -> None:
    last: dict[tuple[Any, ...], tuple[dt.date, dt.date | None]] = {}
    for start, before, row in rows:
        key = tuple(row[k] for k in keys)
        earlier = last.get(key)
        if earlier is not None and (earlier[1] is None or start < earlier[1]):
            said = " ".join(f"{k}={v}" for k, v in zip(keys, key, strict=True))
            raise OwnRowsOverlap(
                table=name, key=f"{said} " if said else "", day=start, first=earlier[0], second=start
            )
        last[key] = (start, before)


def plain_rows(rows: Sequence[DatedRow]) -> list[dict[str, Any]]:
    """Rows for a run's record, so that its cases can be made again."""
    return [
        {"from": str(start), "before": before and str(before)}
        | {name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in row.items()}
        for start, before, row in rows
    ]


def typed_rows(pack: Pack, name: str, listed: Sequence[dict[str, Any]]) -> list[DatedRow]:
    """What `plain_rows` kept."""
    columns = pack.rules[name].columns  # type: ignore[attr-defined]
    return [
        (
            dt.date.fromisoformat(row["from"]),
            dt.date.fromisoformat(row["before"]) if row["before"] else None,
            {c: read_value(c, row[c], declared.value_type) for c, declared in columns.items()},
        )
        for row in listed
    ]
