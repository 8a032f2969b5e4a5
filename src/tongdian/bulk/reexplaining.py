"""Making the cases of a bulk run again, one by one, from what it wrote: an alarm if any differs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.refusals import UnreadableFile
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Date, Num, Truth, Type
from tongdian.policy.words import Words


class AnotherEncoding(Refusal):
    """The pack has changed since the run."""

    says = Words(
        "这次计算用的是另一版编码 {was}，现在是 {now}；请先装回当时的政策包。",
        "the run used another encoding of the pack, {was}; now it is {now}. Bring that pack back first.",
    )


@dataclass
class Report:
    """Cases made again, those that differ, and the lines of the one asked for."""

    made: int = 0
    different: list[tuple[str, Words]] = field(default_factory=list)
    lines: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def say(self, language: str) -> list[str]:
        said = [
            f"  {grain} {row:>12}  {name} = {value}   {text}"
            for grain, row, name, value, text in self.lines
        ]
        whole = Words(
            f"重做 {self.made} 件，{len(self.different)} 件不同",
            f"{self.made} cases made again, {len(self.different)} differ",
        )
        return [
            *said,
            whole.say(language),
            *(f"{key}: {how.say(language)}" for key, how in self.different),
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "different": [{"case": key, "how": how._asdict()} for key, how in self.different],
            "lines": [
                dict(zip(("grain", "row", "name", "value", "text"), line, strict=True))
                for line in self.lines
            ],
        }


def reexplain_run(
    folder: Path, *, open_by: Callable[[str], Pack], case: str | None = None, sample: int = 1000
) -> Report:
    """Make cases of a run again in exact Decimal and compare every line with what the run wrote.

    `case` picks one and keeps its lines; else the first `sample` by key (0: all).
    Raises UnreadableFile, AnotherEncoding.
    """
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnreadableFile(
            file=folder, problem=Words("没有 run.json", "there is no run.json")
        ) from None
    pack = open_by(record["pack"])
    if pack.content_hash != record["pack_hash"]:
        raise AnotherEncoding(was=record["pack_hash"][:16], now=pack.content_hash[:16])
    rule = pack.rule(record["rule"])
    assert isinstance(rule, SheetRule)
    taken, on = record["interpretations"], dt.date.fromisoformat(record["day"])
    version = rule.version_on(on, taken)
    sheet = rule.sheet(pack, version, taken)
    report = Report()
    with open_engine("duckdb") as engine:
        written = _Written(engine, sheet, folder, record["files"])
        for key in [case] if case is not None else written.keys(sample):
            report.made += 1
            _compare(report, pack, record, sheet, written.case(key), key, on, keep=case is not None)
    return report


def _compare(
    report: Report, pack: Pack, record: dict[str, Any], sheet: Sheet, was: dict[str, Any], key: str,
    on: dt.date, *, keep: bool,
) -> None:  # fmt: skip
    try:
        answer = pack.answer(
            record["rule"], on=on, given=was["given"], take=record["interpretations"]
        )
    except Refusal as refusal:
        report.different.append(
            (key, Words(f"现在被拒绝：{refusal.say('zh')}", f"refused now: {refusal.say('en')}"))
        )
        return
    for line in answer.lines:
        if keep:
            report.lines.append((line.grain, line.row, line.name, line.say("en"), line.text))
        stood = was["lines"].get((line.grain, line.row, line.name))
        if stood is not None and stood != line.value:
            how = f"{line.grain} {line.row} {line.name}"
            report.different.append(
                (
                    key,
                    Words(
                        f"{how}：原 {stood}，现 {line.value}",
                        f"{how}: was {stood}, is {line.value}",
                    ),
                )
            )


class _Written:
    """What a run wrote, by case."""

    def __init__(self, engine: Engine, sheet: Sheet, folder: Path, files: dict[str, str]) -> None:
        self.engine, self.sheet = engine, sheet
        self.columns: dict[str, list[str]] = {}
        for grain in sheet.grains:
            if grain in files:
                path = folder / files[grain]
                parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
                self.columns[grain] = list(engine.read(f"w_{grain}", parts))
        missing = [
            g.name for g in sheet.grains.values() if g.table is None and g.name not in self.columns
        ]
        if missing:
            raise UnreadableFile(
                file=missing[0],
                problem=Words(
                    "这一层没有写出，无法重做",
                    "this grain was not written, so nothing can be made again",
                ),
            )

    def keys(self, sample: int) -> list[str]:
        root, limit = self.sheet.root.name, f" LIMIT {int(sample)}" if sample else ""
        sql = f'SELECT CAST("{self.sheet.root.key}" AS VARCHAR) FROM "w_{root}" ORDER BY "{self.sheet.root.key}"{limit}'
        return [str(row[0]) for row in self.engine.fetch(sql)]

    def case(self, key: str) -> dict[str, Any]:
        """The case's inputs, nested, and its lines as written."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for grain, columns in self.columns.items():
            listed = ", ".join(f'"{c}"' for c in columns)
            literal = "'" + key.replace("'", "''") + "'"
            found = self.engine.fetch(
                f'SELECT {listed} FROM "w_{grain}" WHERE CAST("{self.sheet.root.key}" AS VARCHAR) = {literal}'
            )
            rows[grain] = [dict(zip(columns, row, strict=True)) for row in found]
        if not rows[self.sheet.root.name]:
            raise UnreadableFile(
                file=key, problem=Words("结果中没有这一件", "the results have no such case")
            )
        lines = {}
        for grain, members in rows.items():
            own = self.sheet.grains[grain]
            inputs = {item.name for item in own.inputs}
            keys = self.sheet.keys(grain)[1:] or [own.key]
            for row in members:
                path = " / ".join(str(row[k]) for k in keys)
                for name, where in self.sheet.where.items():
                    if where == grain and name not in inputs and name != own.key:
                        lines[grain, path, name] = _typed(row[name], self.sheet.types[name])
        return {
            "given": self._nest(self.sheet.root.name, rows[self.sheet.root.name][0], rows),
            "lines": lines,
        }

    def _nest(
        self, grain: str, row: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
    ) -> dict[str, Any]:
        own = self.sheet.grains[grain]
        given = {item.name: _typed(row[item.name], item.type) for item in own.inputs}
        given[own.key] = _typed(row[own.key], self.sheet.types[own.key])
        keys = self.sheet.keys(grain)
        for child in self.sheet.children(grain):
            if child.table is None:
                given[child.name] = [
                    self._nest(child.name, one, rows)
                    for one in rows[child.name]
                    if all(one[k] == row[k] for k in keys)
                ]
        return given


def _typed(value: Any, kind: Type) -> Any:
    """A cell as written; CSV and Excel give text, where Parquet keeps the types."""
    match kind:
        case Num() if not isinstance(value, bool):
            return Decimal(str(value))
        case Truth():
            return str(value).lower() == "true"
        case Date():
            return dt.date.fromisoformat(str(value)[:10])
    return str(value)


__all__ = ["AnotherEncoding", "Report", "reexplain_run"]
