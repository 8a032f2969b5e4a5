"""Indicators over files of case events: the sheet per case, then one histogram a group."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.rating import Files, Prepared, _paths, _sheet_rule, prepare, write_refused
from tongdian.bulk.refusals import NotAMeasure, UnknownColumn
from tongdian.policy.measures import Histogram, merged
from tongdian.policy.packs import Pack

Group = tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Histograms by group, and what was set aside."""

    by: tuple[str, ...]
    groups: Mapping[Group, Histogram]
    refused: tuple[RefusedRow, ...]

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
    memory: str = "3GB",
) -> Measured:
    """Measure an indicator sheet over files, grouped by columns of its outermost grain.

    Writes into `out`: `measures.csv` (cases, exempt, within, share, percentiles, longest),
    `histogram.csv` (days, cases, within; these merge upward), `refused.csv` and `run.json`.
    """
    rule = _sheet_rule(pack, rule_id)
    if rule.measure is None:
        raise NotAMeasure(rule=rule.title)
    with open_engine(engine, memory=memory) as opened:
        prepared = prepare(
            pack,
            rule,
            _paths(files),
            opened,
            on=on,
            take=take or {},
            only=[_root(pack, rule, on, take or {})],
        )
        measured = Measured(
            tuple(by), _histograms(prepared, opened, by), tuple(prepared.refusals(opened))
        )
    _write(pack, prepared, measured, Path(out), on, engine)
    return measured


def _root(pack: Pack, rule: Any, on: dt.date, take: Mapping[str, str]) -> str:
    taken = rule.taken(pack, take)
    root: str = rule.sheet(pack, rule.version_on(on, taken), taken).root.name
    return root


def _histograms(prepared: Prepared, engine: Engine, by: Sequence[str]) -> dict[Group, Histogram]:
    sheet, declared, q = prepared.sheet, prepared.rule.measure, engine.dialect.q
    assert declared is not None
    known = [name for name, where in sheet.where.items() if where == sheet.root.name]
    for column in by:
        if column not in known:
            raise UnknownColumn(column=column, known="、".join(known))
    groups = ", ".join(f"CAST({q(c)} AS {engine.dialect.text})" for c in by)
    exempt = q(declared.exempt) if declared.exempt else "FALSE"
    columns = f"{groups + ', ' if groups else ''}{q(declared.days)}, {q(declared.within)}, {exempt}"
    ordinals = ", ".join(str(n + 1) for n in range(len(by) + 3))
    select = prepared.script.outputs[sheet.root.name]
    sql = f"SELECT {columns}, COUNT(*) FROM ({select}) m GROUP BY {ordinals}"
    found: dict[Group, tuple[dict[int, int], dict[int, int], list[int]]] = {}
    for *group, days, within, is_exempt, count in engine.fetch(prepared.script.query(sql)):
        cases, inside, apart = found.setdefault(tuple(map(str, group)), ({}, {}, [0]))
        if is_exempt:
            apart[0] += count
            continue
        cases[int(days)] = cases.get(int(days), 0) + count
        if within:
            inside[int(days)] = inside.get(int(days), 0) + count
    return {
        group: Histogram(cases, inside, apart[0])
        for group, (cases, inside, apart) in sorted(found.items())
    }


def _write(
    pack: Pack, prepared: Prepared, measured: Measured, out: Path, on: dt.date, engine: str
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with (out / "measures.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                *measured.by,
                "cases",
                "exempt",
                "within",
                "share",
                "p50",
                "p90",
                "p99",
                "longest",
                "all_within",
            ]
        )
        for group, one in measured.groups.items():
            share = one.share()
            writer.writerow(
                [*group, one.total, one.exempt, one.total_within, "" if share is None else f"{share:f}",
                 *(one.percentile(p) for p in (50, 90, 99, 100)), str(one.complete).lower()]
            )  # fmt: skip
    with (out / "histogram.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*measured.by, "days", "cases", "within"])
        for group, one in measured.groups.items():
            for days in sorted(one.cases):
                writer.writerow([*group, days, one.cases[days], one.within.get(days, 0)])
    write_refused(out / "refused.csv", measured.refused)
    whole = measured.whole
    record = {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "rule": prepared.rule.rule,
        "version": prepared.version.in_force.start.isoformat(),
        "cite": list(prepared.version.cite),
        "day": on.isoformat(),
        "interpretations": dict(prepared.taken),
        "engine": engine,
        "by": list(measured.by),
        "groups": len(measured.groups),
        "cases": whole.total,
        "within": whole.total_within,
        "exempt": whole.exempt,
        "refused": len({row.key for row in measured.refused}),
    }
    (out / "run.json").write_text(
        json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
