"""Effects of closing a stage, and taking them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.cases import queries
from tongdian.cases.effects import Authority, Deed, effect_named
from tongdian.cases.models import Case, EffectRun
from tongdian.cases.queries import Desk
from tongdian.cases.rules import CannotUndo
from tongdian.policy import process as kernel
from tongdian.policy.answer import plain
from tongdian.policy.inputs import read_inputs
from tongdian.policy.process import CaseState, StageStatus


def do_effect(
    case: Case,
    desk: Desk,
    state: CaseState,
    event: kernel.Closed,
    viewer: Any,
    at: dt.datetime,
    given: Mapping[str, Any],
) -> None:
    effect = effect_named(desk.wording.stages[event.stage].effect)
    if effect is None:
        return
    attempt = queries.attempt_of(state, event.stage)
    asked = effect.asks(case)
    fixed = desk.wording.stages[event.stage].effect_given  # the pack knows it: nobody is asked
    told = {**given, **{name: fixed[name] for name in asked if name in fixed}}
    answers = read_inputs(asked, told)
    deed = Deed(
        case=case,
        stage=event.stage,
        attempt=attempt,
        state=state,
        viewer=Authority(viewer),
        at=at,
        on=event.day,
        given=answers,
        evidence=event.evidence,
    )
    result = effect.run(deed)
    EffectRun.objects.create(
        case=case,
        stage=event.stage,
        attempt=attempt,
        effect=effect.name,
        given={name: plain(value) for name, value in answers.items()},
        result=dict(result),
        at=at,
    )


def undo_effects(case: Case, desk: Desk, after: CaseState, viewer: Any, at: dt.datetime) -> None:
    """Take back, last first, what was done for attempts that no longer stand."""
    runs = list(EffectRun.objects.filter(case=case).order_by("-id"))
    undone = {(run.stage, run.attempt) for run in runs if run.is_undoing}
    for run in runs:
        if run.is_undoing or (run.stage, run.attempt) in undone:
            continue
        stands = after.runs[run.stage].status is StageStatus.DONE
        if stands and after.ending is not kernel.Ending.WITHDRAWN:
            continue
        effect = effect_named(run.effect)
        if effect is None or effect.undo is None:
            raise CannotUndo(
                stage=desk.wording.stages[run.stage].title, effect=effect.title if effect else run.effect
            )
        deed = Deed(
            case=case,
            stage=run.stage,
            attempt=run.attempt,
            state=after,
            viewer=Authority(viewer),
            at=at,
            on=after.last_on,
            given=run.given,
            done=run.result,
        )
        result = effect.undo(deed)
        EffectRun.objects.create(
            case=case,
            stage=run.stage,
            attempt=run.attempt,
            effect=run.effect,
            is_undoing=True,
            result=dict(result),
            at=at,
        )
