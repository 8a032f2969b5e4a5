"""What the desk says of a case in the words of a measure: the same days, limit and outcome."""

from __future__ import annotations

from dataclasses import dataclass

from tongdian.policy.measured.judged import JudgedVersion
from tongdian.policy.process.clocks import Clocks
from tongdian.policy.process.readings import Limit, Standing
from tongdian.policy.process.state import CaseState, Ending


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case stands in a measure. `outcome` is one of `measured.writing.OUTCOMES`."""

    days: int
    limit: Limit | None
    exempt: bool
    outcome: str


def verdict_of(
    form: JudgedVersion, state: CaseState, clocks: Clocks, *, stages_judged: bool = True
) -> Verdict:
    """The verdict by the clocks of the desk.

    `stages_judged`: each visit to a stage that the clock counts is held to the stage's own limit.
    """
    time = clocks.clock(form.clock_name)
    late = time.standing is Standing.LATE or (stages_judged and _has_late_stage(form, state, clocks))
    return Verdict(time.used, time.limit, time.exempt, _outcome(state, late, time.exempt, time.limit))


def _has_late_stage(form: JudgedVersion, state: CaseState, clocks: Clocks) -> bool:
    return any(
        clocks.stage(key).is_late
        for key in form.counted
        if state.runs[key].attempts and form.version.stages[key].calendar_days is None
    )


def _outcome(state: CaseState, late: bool, exempt: bool, limit: Limit | None) -> str:
    if state.ending is Ending.WITHDRAWN:
        return "withdrawn"
    if exempt:
        return "exempt"
    if late:
        return "not_met"
    if state.ending is None:
        return "undecided"
    return "no_limit" if limit is None else "met"
