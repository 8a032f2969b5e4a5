"""May a running case move to another version of its process, and if not, why not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tongdian.policy.inputs import read_value
from tongdian.policy.process.events import Migrated
from tongdian.policy.process.state import CaseState, StageStatus, apply
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.rule import Process

WORKED_ON = (StageStatus.OPEN, StageStatus.DONE)


def migration_problems(process: Process, state: CaseState, *, version: str, on: dt.date) -> list[Words]:
    """Everything that keeps the case from moving; empty when it can.

    It can when the new version has every stage already worked on, admits every recorded fact
    and cause, and would not open a stage before work that is finished.
    """
    old, new = process.at(state.version), process.at(version)
    if old.key == new.key:
        return [Words("已经在这一版本", "it is already under this version")]
    problems = [*_stages_gone(old, new, state), *_facts_refused(new, state), *_causes_gone(old, new, state)]
    return problems or _opened_before_finished_work(process, new, state, on)


def _stages_gone(old: ProcessVersion, new: ProcessVersion, state: CaseState) -> list[Words]:
    return [
        Words(
            f"已办的“{old.stages[key].title.zh}”在新版本中没有",
            f'"{old.stages[key].title.en}", already worked on, is not in the new version',
        )
        for key, run in state.runs.items()
        if run.status in WORKED_ON and key not in new.stages
    ]


def _facts_refused(new: ProcessVersion, state: CaseState) -> list[Words]:
    problems = []
    for name, value in state.facts.items():
        if name not in new.facts:
            problems.append(
                Words(f"新版本没有事实“{name}”", f'the new version does not know the fact "{name}"')
            )
            continue
        try:
            read_value(name, value, new.facts[name].value_type)
        except BadInput as refused:
            problems.append(refused.words)
    return problems


def _causes_gone(old: ProcessVersion, new: ProcessVersion, state: CaseState) -> list[Words]:
    gone = {stay.cause for stay in state.suspensions} - set(new.causes)
    return [
        Words(
            f"新版本不承认中止原因“{old.causes[cause].title.zh}”",
            f'the new version does not admit the suspension "{old.causes[cause].title.en}"',
        )
        for cause in sorted(gone)
    ]


def _opened_before_finished_work(
    process: Process, new: ProcessVersion, state: CaseState, on: dt.date
) -> list[Words]:
    """Try the move: no stage may still be ahead of one that is done or under way."""
    trial = Migrated(seq=state.seq + 1, on=max(on, state.last_on), by="", version=new.key, reason="")
    moved = apply(process, state, trial)
    worked_on = {key for key, run in state.runs.items() if run.status in WORKED_ON}
    problems = []
    for key, run in moved.runs.items():
        pending = run.status in (StageStatus.OPEN, StageStatus.WAITING)
        behind = (new.graph.downstream[key] - {key}) & worked_on
        if pending and behind:
            first = next(stage for stage in new.graph.order if stage in behind)
            problems.append(
                Words(
                    f"新版本要求在已办的“{new.stages[first].title.zh}”之前办理“{new.stages[key].title.zh}”",
                    f'the new version wants "{new.stages[key].title.en}" before '
                    f'"{new.stages[first].title.en}", which is already worked on',
                )
            )
    return problems
