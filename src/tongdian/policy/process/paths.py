"""The path of a case: its steps in their order, and what in them is not as the process is written.

A path has no days, so that the cases which went the same way are judged once: of a country's cases a few
thousand paths are different.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from tongdian.policy.process.commands import read_fact
from tongdian.policy.process.replaying import (
    KINDS,
    Conformity,
    Deviation,
    DeviationKind,
    LoggedStep,
    Replayed,
    replay,
)
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.rule import Process

PathDeed = Literal["given", "fact", "close", "return", "suspend", "resume"]
PathEnding = Literal["open", "finished", "withdrawn", "unsaid"]
DRAWN = ("close", "return")
_FIRST = dt.date(2000, 1, 1)  # a path has no days: each of its steps is given one of its own


class PathStep(NamedTuple):
    """A stage closed (`about`) or sent back (`to`), a stay begun or ended, or a fact that became known: its name,
    and its value in `to`; `given` with the application."""

    deed: PathDeed
    about: str = ""
    to: str = ""


class DrawnStep(NamedTuple):
    """A step as a picture shows it. `mark` says what is not as written; a skipped stage stands where it was due."""

    stage: str
    to: str = ""
    mark: DeviationKind | None = None


@dataclass(frozen=True, slots=True)
class JudgedPath:
    """A path by its process: the steps to draw, each deviation once (its kind, and of what), and how it ends."""

    process: str
    ending: PathEnding
    conformity: Conformity
    steps: tuple[DrawnStep, ...]
    deviations: tuple[tuple[DeviationKind, str], ...] = ()


def judge_path(
    process: Process, wording: ProcessVersion, path: Sequence[PathStep], ending: PathEnding
) -> JudgedPath:
    """What a process says of a path, by one of its versions."""
    given: dict[str, Value] = {}
    logged: list[LoggedStep] = []
    steps = _without_empty_stays(path)
    for number, step in enumerate(steps, 1):
        day = _FIRST + dt.timedelta(days=number)
        match step.deed:
            case "given":
                with suppress(BadInput):  # what cannot be read stays unknown
                    given[step.about] = read_fact(wording, step.about, step.to)
            case "fact":
                logged.append(LoggedStep(day=day, deed="fact", about=step.about, said=step.to, line=number))
            case _:
                logged.append(LoggedStep(day=day, deed=step.deed, about=step.about, to=step.to, line=number))
    last = _FIRST + dt.timedelta(days=len(steps) + 1)
    if ending == "finished":
        logged.append(LoggedStep(day=last, deed="finish", line=len(steps) + 1))
    elif ending == "withdrawn":
        logged.append(LoggedStep(day=last, deed="withdraw", line=len(steps) + 1))
    found = replay(process, wording, "", opened_on=_FIRST, steps=logged, facts=given)
    return JudgedPath(
        process.rule, ending, found.conformity, _drawn(steps, found.deviations), deviations_of(found)
    )  # fmt: skip


def deviations_of(found: Replayed) -> tuple[tuple[DeviationKind, str], ...]:
    """What of a case is not as written: each kind and of what, once, on whatever days."""
    return tuple(sorted({(one.kind, one.about) for one in found.deviations}))


def _without_empty_stays(path: Iterable[PathStep]) -> list[PathStep]:
    """Without stays in which no step was taken: they say nothing of the way."""
    found: list[PathStep] = []
    for step in path:
        if step.deed == "resume" and found and found[-1].deed == "suspend":
            found.pop()
        else:
            found.append(step)
    return found


def _drawn(steps: Sequence[PathStep], deviations: Iterable[Deviation]) -> tuple[DrawnStep, ...]:
    marks: dict[int, DeviationKind] = {}
    skipped: dict[int, list[str]] = {}
    for one in deviations:
        match one.kind:
            case DeviationKind.SKIPPED:
                skipped.setdefault(one.line, []).append(one.about)
            case DeviationKind.REORDERED:
                marks.setdefault(_later(steps, one), one.kind)
            case DeviationKind.FACT_MISSING:
                pass  # no step is at fault
            case _:
                marks.setdefault(one.line, one.kind)
    drawn: list[DrawnStep] = []
    for number, step in enumerate(steps, 1):
        drawn += [DrawnStep(stage, "", DeviationKind.SKIPPED) for stage in skipped.get(number, ())]
        if step.deed in DRAWN:
            drawn.append(DrawnStep(step.about, step.to if step.deed == "return" else "", marks.get(number)))
    drawn += [DrawnStep(stage, "", DeviationKind.SKIPPED) for stage in skipped.get(len(steps) + 1, ())]
    return tuple(drawn)


def _later(steps: Sequence[PathStep], one: Deviation) -> int:
    """Where the stage stands that was done after what waits for it."""
    after = enumerate(steps[one.line :], one.line + 1)
    return next((number for number, step in after if step[:2] == ("close", one.about)), one.line)


def facts_asked(wordings: Iterable[ProcessVersion]) -> frozenset[str]:
    """The facts by which some process decides its way."""
    return frozenset(name for one in wordings for names in one.graph.asks.values() for name in names)


# --- in words ---
ENDINGS: dict[PathEnding, Words] = {
    "open": Words("在办", "open"),
    "finished": Words("办结", "finished"),
    "withdrawn": Words("撤回", "withdrawn"),
    "unsaid": Words("结果不明", "end not said"),
}
CONFORMITIES: dict[Conformity, Words] = {
    Conformity.CONFORMANT: Words("与流程一致", "as written"),
    Conformity.DEVIANT: Words("与流程不一致", "not as written"),
    Conformity.UNJUDGED: Words("未判断", "not judged"),
}


_DEEDS = {
    "suspend": Words("中止", "stay"),
    "resume": Words("恢复", "end of a stay"),
    "withdraw": Words("撤回", "withdrawal"),
}


def stage_titles(process: Process) -> Mapping[str, Words]:
    """What the stages of a process are called; the newest version names one that several have."""
    return {key: stage.title for version in process.versions for key, stage in version.stages.items()}


def say_step(step: DrawnStep, titles: Mapping[str, Words]) -> Words:
    """A step by its title, with what is not as written."""
    said = titles.get(step.stage, Words(step.stage, step.stage))
    if step.to:
        to = titles.get(step.to, Words(step.to, step.to))
        said = Words(f"{said.zh}退回{to.zh}", f"{said.en} back to {to.en}")
    if step.mark is None:
        return said
    mark = KINDS[step.mark]
    return Words(f"{said.zh}（{mark.zh}）", f"{said.en} ({mark.en})")


def say_path(path: JudgedPath, titles: Mapping[str, Words]) -> Words:
    """The steps of a path one after the other, and how it ends."""
    steps = [*(say_step(one, titles) for one in path.steps), ENDINGS[path.ending]]
    return Words(" → ".join(one.zh for one in steps), " → ".join(one.en for one in steps))


def say_deviations(path: JudgedPath, titles: Mapping[str, Words]) -> list[Words]:
    """What of a path is not as written, each with what it is of."""
    said = []
    for kind, about in path.deviations:
        title = titles.get(about) or _DEEDS.get(about) or Words(about, about)
        said.append(Words(f"{KINDS[kind].zh}：{title.zh}", f"{KINDS[kind].en}: {title.en}"))
    return said
