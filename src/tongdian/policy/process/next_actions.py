"""What may be done next on a case, as plain values for buttons and home pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tongdian.policy.process.commands import undecided
from tongdian.policy.process.model import ProcessVersion
from tongdian.policy.process.state import CaseState, StageStatus
from tongdian.policy.words import Words

Verb = Literal["close", "return", "record_fact", "resume"]


@dataclass(frozen=True, slots=True)
class NextAction:
    """One thing a role may do now.

    `stage` is what it is about; `to` where a return would go; `fact` what to record. `effect` is
    what closing brings about, `planned` the area that will do it: until then evidence is asked.
    """

    verb: Verb
    title: Words
    role: str = ""
    stage: str = ""
    to: str = ""
    fact: str = ""
    papers: str = ""
    effect: str = ""
    planned: str = ""


def next_actions(wording: ProcessVersion, state: CaseState) -> tuple[NextAction, ...]:
    """Everything that may be done now, in the order of the stages; nothing after the end."""
    if state.ending is not None:
        return ()
    if state.suspension is not None:
        return (NextAction("resume", wording.causes[state.suspension.cause].title),)
    actions: list[NextAction] = []
    for key in state.open_stages:
        stage = wording.stages[key]
        actions.append(
            NextAction(
                "close",
                stage.title,
                role=stage.role,
                stage=key,
                papers=stage.papers or "",
                effect=stage.effect or "",
                planned=stage.planned or "",
            )
        )
        actions.extend(
            NextAction("return", stage.title, role=stage.role, stage=key, to=to)
            for to in stage.back
            if state.runs[to].status is StageStatus.DONE
        )
    for key, names in undecided(wording, state).items():
        stage = wording.stages[key]
        actions.extend(
            NextAction("record_fact", stage.title, role=stage.role, stage=key, fact=name) for name in names
        )
    return tuple(actions)
