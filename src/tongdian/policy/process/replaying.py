"""An event log of another system, folded through a process: did each case go the way that is written?

A step that came too early takes those before it along, so that one mistake is told once: what is done
later in the log was out of order, what never comes was skipped. What a stage sent back may be done again,
as far as the process has it send back there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.process.commands import first_facts, read_fact
from tongdian.policy.process.events import (
    CaseEvent,
    Closed,
    FactRecorded,
    Opened,
    Resumed,
    Returned,
    Suspended,
    Withdrawn,
)
from tongdian.policy.process.refusals import EventDoesNotFit
from tongdian.policy.process.state import RESOLVED, CaseState, Ending, StageStatus, apply
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.rule import Process

BY = "log"


class DeviationKind(StrEnum):
    """How a log may differ from its process."""

    SKIPPED = "skipped"
    REORDERED = "reordered"
    REPEATED = "repeated"
    UNNEEDED = "unneeded"
    UNKNOWN = "unknown"
    AFTER_END = "after_end"
    FACT_MISSING = "fact_missing"
    DOES_NOT_FIT = "does_not_fit"


KINDS: dict[DeviationKind, Words] = {
    DeviationKind.SKIPPED: Words("跳过", "skipped"),
    DeviationKind.REORDERED: Words("次序颠倒", "out of order"),
    DeviationKind.REPEATED: Words("重复", "repeated"),
    DeviationKind.UNNEEDED: Words("不需要而办了", "done without need"),
    DeviationKind.UNKNOWN: Words("流程中没有", "not in the process"),
    DeviationKind.AFTER_END: Words("结束之后", "after the end"),
    DeviationKind.FACT_MISSING: Words("缺少决定走向的事实", "a fact that decides the way is missing"),
    DeviationKind.DOES_NOT_FIT: Words("与此前记录不符", "does not fit what went before"),
}


class Conformity(StrEnum):
    """Whether a case went the way that is written. It is not judged where only a fact that decides the way is
    missing: that is no fault, and no acquittal."""

    CONFORMANT = "conformant"
    DEVIANT = "deviant"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedStep:
    """One line of a log. `about` is the stage, the cause of a suspension, or the fact that became known as
    `said`; `to` where a return leads. `finish`: the log says that the case is done."""

    day: dt.date
    deed: Literal["close", "return", "suspend", "resume", "withdraw", "fact", "finish", "unknown"]
    about: str = ""
    to: str = ""
    said: str = ""  # as the log calls it
    line: int = field(default=0, compare=False)  # where it stands there


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference: what of, and when. `about` is a stage, a fact, or what the log calls it."""

    kind: DeviationKind
    about: str
    day: dt.date
    line: int = field(default=0, compare=False)  # of the step that showed it


@dataclass(frozen=True, slots=True)
class Replayed:
    """A case of a log as its process takes it."""

    case: str
    state: CaseState
    deviations: tuple[Deviation, ...] = ()

    @property
    def is_conformant(self) -> bool:
        """Whether every step was one that the process admits, in an order that it admits. A case that
        is not ended may be."""
        return not self.deviations

    @property
    def conformity(self) -> Conformity:
        """The same in three words."""
        if self.is_conformant:
            return Conformity.CONFORMANT
        is_told = any(one.kind is not DeviationKind.FACT_MISSING for one in self.deviations)
        return Conformity.DEVIANT if is_told else Conformity.UNJUDGED


def replay(
    process: Process,
    wording: ProcessVersion,
    case: str,
    *,
    opened_on: dt.date,
    steps: Sequence[LoggedStep],
    facts: Mapping[str, Any] | None = None,
) -> Replayed:
    """Fold the steps of one case, in the order of their days; those of one day as they are listed.

    Raises BadInput for a fact that cannot be read. A step before `opened_on` counts on that day.
    """
    opened = Opened(
        seq=1,
        on=opened_on,
        by=BY,
        process=process.rule,
        version=wording.key,
        facts=first_facts(wording, facts or {}),
    )
    return _Replay(process, wording, case, apply(process, None, opened)).run(steps)


@dataclass(slots=True)
class _Replay:
    process: Process
    wording: ProcessVersion
    case: str
    state: CaseState
    deviations: list[Deviation] = field(default_factory=list)
    taken_along: set[str] = field(default_factory=set)
    line: int = 0

    def run(self, steps: Sequence[LoggedStep]) -> Replayed:
        ordered = sorted(steps, key=lambda step: step.day)
        ahead = Counter(step.about for step in ordered if step.deed == "close")
        for step in ordered:
            if step.deed == "close":
                ahead[step.about] -= 1
            self.line = step.line
            self._take(step, ahead)
        return Replayed(self.case, self.state, tuple(self.deviations))

    def _take(self, step: LoggedStep, ahead: Counter[str]) -> None:
        if step.deed == "fact":
            self._learn(step)
        elif step.deed == "finish":
            self._finish(step.day)
        elif step.deed == "unknown" or (
            step.deed in ("close", "return") and step.about not in self.wording.stages
        ):
            self._note(DeviationKind.UNKNOWN, step.said or step.about, step.day)
        elif self._is_over(step):
            self._note(DeviationKind.AFTER_END, step.about or step.said or step.deed, step.day)
        else:
            self._end_stay(step)
            if step.deed == "close":
                self._close(step, ahead)
            else:
                self._fits(self._event(step), step)

    def _is_over(self, step: LoggedStep) -> bool:
        """Whether a step comes after the end. One of a stage that was done, or was not needed, says so itself."""
        return self.state.ending is not None and (
            step.deed != "close" or self.state.ending is Ending.WITHDRAWN
        )

    def _end_stay(self, step: LoggedStep) -> None:
        """A step that is taken while the case stands still is told, and the case goes on with it."""
        if step.deed in ("close", "return") and self.state.suspension is not None:
            self._note(DeviationKind.DOES_NOT_FIT, step.said or step.about, step.day)
            self.state = apply(self.process, self.state, Resumed(**self._common(step.day)))

    def _learn(self, step: LoggedStep) -> None:
        if self.state.ending is not None or step.about not in self.wording.facts:
            return
        with suppress(BadInput):  # what cannot be read stays unknown
            value = read_fact(self.wording, step.about, step.said)
            learnt = FactRecorded(name=step.about, value=value, **self._common(step.day))
            self.state = apply(self.process, self.state, learnt)

    def _finish(self, day: dt.date) -> None:
        """What is open when the case is said to be done never came."""
        if self.state.suspension is not None:
            self.state = apply(self.process, self.state, Resumed(**self._common(day)))
        for key in self.wording.graph.order:
            if self.state.runs[key].status is StageStatus.OPEN and self.state.ending is None:
                self._note(DeviationKind.SKIPPED, key, day)
                self.state = apply(self.process, self.state, self._closed(key, day))
        waiting = self.state.with_status(StageStatus.WAITING)
        if waiting and self.state.ending is None:
            self._note_missing(waiting[0], day)

    def _close(self, step: LoggedStep, ahead: Counter[str]) -> None:
        key = step.about
        match self.state.runs[key].status:
            case StageStatus.DONE if key in self.taken_along:
                self.taken_along.discard(key)  # told when it was taken along
                return
            case StageStatus.DONE:
                self._note(DeviationKind.REPEATED, key, step.day)
                return
            case StageStatus.SKIPPED:
                self._note(DeviationKind.UNNEEDED, key, step.day)
                return
            case StageStatus.WAITING:
                self._take_along(key, step.day, ahead)
        status = self.state.runs[key].status
        if status is StageStatus.OPEN:
            self._fits(self._closed(key, step.day), step)
        elif self.state.ending is None and status is not StageStatus.SKIPPED:
            self._note_missing(key, step.day)
        else:
            self._note(DeviationKind.UNNEEDED, key, step.day)

    def _take_along(self, key: str, day: dt.date, ahead: Counter[str]) -> None:
        """Close what has to come before a stage, top down."""
        graph = self.wording.graph
        for earlier in graph.order:
            if earlier == key:
                return
            is_before = key in graph.downstream[earlier]
            if not is_before or self.state.runs[earlier].status is not StageStatus.OPEN:
                continue
            is_later = ahead[earlier] > 0
            self._note(DeviationKind.REORDERED if is_later else DeviationKind.SKIPPED, earlier, day)
            if is_later:
                self.taken_along.add(earlier)
            self.state = apply(self.process, self.state, self._closed(earlier, day))

    def _note_missing(self, key: str, day: dt.date) -> None:
        graph = self.wording.graph
        for stage in graph.order:
            waits = self.state.runs[stage].status is StageStatus.WAITING
            is_its_turn = all(self.state.runs[one].status in RESOLVED for one in graph.after[stage])
            if waits and is_its_turn and (stage == key or key in graph.downstream[stage]):
                for fact in graph.unknown_facts(stage, self.state.facts):
                    self._note(DeviationKind.FACT_MISSING, fact, day)
                return

    def _fits(self, event: CaseEvent, step: LoggedStep) -> None:
        try:
            self.state = apply(self.process, self.state, event)
        except EventDoesNotFit:
            self._note(DeviationKind.DOES_NOT_FIT, step.said or step.about or step.deed, step.day)

    def _note(self, kind: DeviationKind, about: str, day: dt.date) -> None:
        found = Deviation(kind, about, day, self.line)
        if found not in self.deviations:
            self.deviations.append(found)

    def _closed(self, key: str, day: dt.date) -> Closed:
        return Closed(stage=key, role=self.wording.stages[key].role, **self._common(day))

    def _event(self, step: LoggedStep) -> CaseEvent:
        common = self._common(step.day)
        match step.deed:
            case "return":
                role = self.wording.stages[step.about].role
                return Returned(stage=step.about, role=role, to=step.to, reason=step.said, **common)
            case "suspend":
                return Suspended(cause=step.about, reason=step.said, **common)
            case "resume":
                return Resumed(**common)
        return Withdrawn(reason=step.said, **common)

    def _common(self, day: dt.date) -> dict[str, Any]:
        return {"seq": self.state.seq + 1, "on": max(day, self.state.last_on), "by": BY}
