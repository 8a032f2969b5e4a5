"""An event log replayed through a process: how many cases went the way that is written, and their time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tongdian.bulk.event_logs import LoggedCase, read_log, read_mapping
from tongdian.bulk.results import replaced, write_csv, write_record
from tongdian.policy.packs import Pack
from tongdian.policy.process import Clocks, Process, limits_of
from tongdian.policy.process.replaying import Replayed, replay
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

COLUMNS = ("case", "opened", "ended", "conformant", "open_stages", "deviations")


class NotAProcess(Refusal):
    """A rule that is no process."""

    says = Words("“{rule}”不是流程（kind: process）。", '"{rule}" is no process (kind: process).')


@dataclass
class ReplayedLog:
    """What became of a log. `clocks`: the clocks of the process, each a column of days, limit and
    standing; of a case that did not go the way that is written they are left empty."""

    cases: list[Replayed] = field(default_factory=list)
    refused: list[tuple[str, Words]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """Cases with a deviation of each kind."""

    @property
    def conformant(self) -> int:
        """Cases that went the way that is written, as far as they are."""
        return sum(one.is_conformant for one in self.cases)


def replay_log(
    pack: Pack,
    rule_id: str,
    file: Path,
    *,
    out: Path,
    on: dt.date,
    mapping: Path | None = None,
    take: Mapping[str, str] | None = None,
) -> ReplayedLog:
    """Replay every case of a log by the version in force on the day of its application.

    Writes into `out`: `cases.csv`, `deviations.csv`, `refused.csv` and `run.json`. `on` is the day by
    which open cases are judged. Raises UnknownRule, NotAProcess, what the reader of files refuses.
    """
    process = pack.rule(rule_id)
    if not isinstance(process, Process):
        raise NotAProcess(rule=process.title)
    taken = process.taken(pack, take or {})
    newest = process.version_on(on, taken)
    found = read_log(file, read_mapping(mapping, newest), newest)
    result, rows = ReplayedLog(), []
    limit_of = limits_of(pack, taken)
    for line in found.refused:
        result.refused.append((f"{file.name}:{line.line}", line.problem))
    for case in found.cases.values():
        try:
            one = _replayed(process, taken, case)
        except Refusal as refusal:
            result.refused.append((case.case, refusal.words))
            continue
        result.cases.append(one)
        result.kinds.update({str(each.kind) for each in one.deviations})
        wording = process.at(one.state.version)
        clocks = Clocks(
            wording,
            one.state,
            calendar=pack.calendar,
            as_of=max(on, one.state.last_on),
            limit_of=limit_of,
            region=case.region,
        )
        rows.append(_row(one, newest.clocks, clocks))
    _write(pack, process, result, rows, list(newest.clocks), file=file, out=out, on=on, taken=taken)
    return result


def _replayed(process: Process, taken: Mapping[str, str], case: LoggedCase) -> Replayed:
    wording = process.version_on(case.opened_on, taken)
    return replay(process, wording, case.case, opened_on=case.opened_on, steps=case.steps, facts=case.facts)


def _row(one: Replayed, names: Mapping[str, Any], clocks: Clocks) -> list[str]:
    state = one.state
    row = [
        one.case,
        state.opened_on.isoformat(),
        state.ended_on.isoformat() if state.ended_on else "",
        str(one.is_conformant).lower(),
        " ".join(state.open_stages),
        " ".join(f"{each.kind}:{each.about}" for each in one.deviations),
    ]
    for name in names:
        try:
            reading = clocks.clock(name) if one.is_conformant else None
        except Refusal:  # a limit that asks for a fact which the log does not have
            reading = None
        if reading is None:
            row += ["", "", ""]
        else:
            limit = str(reading.limit.days) if reading.limit else ""
            row += [str(reading.used), limit, str(reading.standing)]
    return row


def _write(
    pack: Pack,
    process: Process,
    result: ReplayedLog,
    rows: list[list[str]],
    clocks: list[str],
    *,
    file: Path,
    out: Path,
    on: dt.date,
    taken: Mapping[str, str],
) -> None:
    clocked = [f"{name}_{part}" for name in clocks for part in ("days", "limit", "standing")]
    deviations = (
        [one.case, str(each.kind), each.about, each.day.isoformat(), each.line or ""]
        for one in result.cases
        for each in one.deviations
    )
    record = {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "rule": process.rule,
        "day": on.isoformat(),
        "interpretations": dict(taken),
        "read": file.name,
        "cases": len(result.cases),
        "conformant": result.conformant,
        "deviations": dict(result.kinds),
        "refused": len(result.refused),
    }
    with replaced(out, record="run.json", inputs=[file]) as draft:
        write_csv(draft / "cases.csv", [*COLUMNS, *clocked], rows)
        write_csv(draft / "deviations.csv", ["case", "kind", "what", "day", "line"], deviations)
        refused = ([where, problem.zh, problem.en] for where, problem in result.refused)
        write_csv(draft / "refused.csv", ["where", "zh", "en"], refused)
        write_record(draft / "run.json", record)
