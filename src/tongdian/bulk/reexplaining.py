"""Making the cases of a bulk run again, one by one, from what it wrote: an alarm if any differs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.files import listed
from tongdian.bulk.headings import Wanted
from tongdian.bulk.own_tables import typed_rows
from tongdian.bulk.refusals import MissingColumn, UnreadableFile
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Bool, Date, Instant, Num, Type
from tongdian.policy.words import Words

BATCH = 1000  # cases made again in one pass over the files


class AnotherEncoding(Refusal):
    """The pack has changed since the run."""

    says = Words(
        "这次计算用的是另一版编码 {was}，现在是 {now}；请先装回当时的政策包。",
        "the run used another encoding of the pack, {was}, and now it is {now}; bring that pack back first.",
    )


@dataclass
class Report:
    """Cases made again, those that differ, and the lines of the one asked for."""

    made: int = 0
    different: list[tuple[str, Words]] = field(default_factory=list)  # case (or grain), and how
    lines: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def say(self, language: str) -> list[str]:
        """The finding in a line, then each difference."""
        count = len({key for key, _ in self.different})
        whole = Words(
            f"重做 {self.made:,} 件，{count:,} 件不同", f"{self.made:,} cases made again, {count:,} differ"
        )
        return [whole.say(language), *(f"{key}: {how.say(language)}" for key, how in self.different)]

    def to_json(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "different": [{"case": key, "how": how._asdict()} for key, how in self.different],
            "lines": [
                dict(zip(("grain", "row", "name", "value", "text"), line, strict=True)) for line in self.lines
            ],
        }


def reexplain_run(
    run: Path,
    *,
    open_by: Callable[[str], Pack],
    case: str | None = None,
    sample: int = 1000,
    language: str = "en",
) -> Report:
    """Make cases of a run again in exact Decimal and compare every line with what the run wrote.

    `run` is a folder that `rate` wrote, or the run.json beside a flat file. `case` picks one and
    keeps its lines, said in `language`; else the first `sample` by key (0: all). Raises UnreadableFile, AnotherEncoding.
    """
    file = run / "run.json" if run.is_dir() else run
    folder, record = file.parent, _record(file)
    pack = open_by(record["pack"])
    if pack.content_hash != record["pack_hash"]:
        raise AnotherEncoding(was=record["pack_hash"][:16], now=pack.content_hash[:16])
    rule = pack.rule(record["rule"])
    assert isinstance(rule, SheetRule)
    pack = pack.chosen(
        own_tables={name: typed_rows(pack, name, rows) for name, rows in record["own_tables"].items()}
    )
    taken, on = record["interpretations"], dt.date.fromisoformat(record["day"])
    version = rule.version_on(on, taken)
    sheet = rule.sheet(pack, version, taken)
    report = Report()
    with open_engine("duckdb") as engine:
        written = _Written(engine, sheet, folder, record["files"])
        report.different += written.miscounted(record["counts"])
        keys = [case] if case is not None else written.keys(sample)
        for start in range(0, len(keys), BATCH):
            for key, was in written.cases(keys[start : start + BATCH]):
                report.made += 1
                _compare(report, pack, record, was, key, on, language if case is not None else "")
    return report


def _record(file: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if not {"pack", "pack_hash", "rule", "counts", "files", "own_tables"} <= set(record):
            raise ValueError
    except (OSError, ValueError, TypeError):
        raise UnreadableFile(
            file=file,
            problem=Words(
                "不是 tongdian rate 写的 run.json", "it is not a run.json written by `tongdian rate`"
            ),
        ) from None
    return record


def _compare(
    report: Report,
    pack: Pack,
    record: dict[str, Any],
    was: dict[str, Any],
    key: str,
    on: dt.date,
    language: str,
) -> None:
    try:
        answer = pack.answer(record["rule"], on=on, given=was["given"], take=record["interpretations"])
    except Refusal as refusal:
        report.different.append(
            (key, Words(f"现在被拒绝：{refusal.say('zh')}", f"refused now: {refusal.say('en')}"))
        )
        return
    for line in answer.lines:
        if language:
            report.lines.append((line.grain, line.row, line.name, line.say(language), line.text))
        stood = was["lines"].get((line.grain, line.row, line.name))
        if line.grain in was["grains"] and stood != line.value:
            how = f"{line.grain} {line.row} {line.name}"
            report.different.append(
                (
                    key,
                    Words(
                        f"{how}：原{'缺' if stood is None else f' {stood}'}，现 {line.value}",
                        f"{how}: was {'missing' if stood is None else stood}, is {line.value}",
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
                parts = listed(folder / Path(files[grain]).name)
                own = [name for name, where in sheet.where.items() if where == grain]
                needed = list(dict.fromkeys([*sheet.keys(grain), *own]))
                found = engine.read(f"w_{grain}", parts, Wanted(tuple(needed), is_ours=True))
                for column in needed:
                    if column not in found:
                        raise MissingColumn(
                            file=files[grain], column=column, found=list(found), needed=list(needed)
                        )
                self.columns[grain] = needed
        missing = [g.name for g in sheet.grains.values() if g.table is None and g.name not in self.columns]
        if missing:
            raise UnreadableFile(
                file=missing[0],
                problem=Words(
                    "这一层没有写出，无法重做", "this grain was not written, so nothing can be made again"
                ),
            )

    def miscounted(self, counts: Mapping[str, int]) -> list[tuple[str, Words]]:
        """Grains with more or fewer rows than the run wrote."""
        found = []
        for grain in self.columns:
            now = int(self.engine.fetch(f'SELECT COUNT(*) FROM "w_{grain}"')[0][0])
            if now != counts.get(grain):
                how = Words(
                    f"原 {counts.get(grain):,} 行，现 {now:,} 行",
                    f"was {counts.get(grain):,} rows, is {now:,}",
                )
                found.append((grain, how))
        return found

    def keys(self, sample: int) -> list[str]:
        root, limit = self.sheet.root.name, f" LIMIT {int(sample)}" if sample else ""
        sql = f'SELECT CAST("{self.sheet.root.key}" AS VARCHAR) FROM "w_{root}" ORDER BY "{self.sheet.root.key}"{limit}'
        return [str(row[0]) for row in self.engine.fetch(sql)]

    def cases(self, keys: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each case's inputs, nested, and its lines as written; one pass over the files for all."""
        self.engine.rows("picked", {"_key": "VARCHAR"}, [[key] for key in keys])
        found: dict[str, dict[str, list[dict[str, Any]]]] = {
            key: {grain: [] for grain in self.columns} for key in keys
        }
        for grain, columns in self.columns.items():
            named = ", ".join(f'w."{c}"' for c in columns)
            for key, *row in self.engine.fetch(
                f'SELECT p._key, {named} FROM "w_{grain}" w JOIN picked p '
                f'ON p._key = CAST(w."{self.sheet.root.key}" AS VARCHAR)'
            ):
                found[key][grain].append(dict(zip(columns, row, strict=True)))
        for key, rows in found.items():
            if not rows[self.sheet.root.name]:
                raise UnreadableFile(
                    file=key, problem=Words("结果中没有这一件", "the results have no such case")
                )
            yield key, self._case(rows)

    def _case(self, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
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
            "grains": set(self.columns),
        }

    def _nest(self, grain: str, row: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
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
    text = str(value)
    try:
        match kind:
            case Num():
                return Decimal(text)
            case Bool() if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case Instant():
                return dt.datetime.fromisoformat(text)
            case Date():
                return dt.date.fromisoformat(text[:10])
    except (ArithmeticError, ValueError):
        pass  # whoever wrote that, it is not what the run wrote: it differs
    return text


__all__ = ["AnotherEncoding", "Report", "reexplain_run"]
