"""A process's own tests: a dated story of a case, and where it must stand at the end.

tests:
- on: 2021-03-01
  shows: three working days over a weekend
  given: {capacity: 100}
  events:
  - {on: 2021-03-02, close: accept}
  expect: {open: [reply], due: {reply: 2021-03-05}, clocks: {handling: 1}}
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from tongdian.calendar import Calendar
from tongdian.policy.kinds import Test
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.process import commands
from tongdian.policy.process.clocks import Clocks
from tongdian.policy.process.events import CaseEvent
from tongdian.policy.process.readings import LimitOf
from tongdian.policy.process.state import CaseState, apply
from tongdian.policy.reading import Day, Flag, Id, Model, Name, Texts, Whole
from tongdian.policy.refusals import Refusal

if TYPE_CHECKING:
    from tongdian.policy.process.rule import Process


class StoryStep(Model):
    """One thing that happens: exactly one of close, back, suspend, resume, record, withdraw.

    `record` may also go with `close`: facts that became known with it.
    """

    on: Day
    claimed_on: Day | None = None
    close: Name | None = None
    back: Name | None = None
    to: Name | None = None
    suspend: Id | None = None
    resume: Flag = False
    record: dict[Name, str] = {}
    withdraw: Flag = False

    @model_validator(mode="after")
    def _does_one_thing(self) -> StoryStep:
        verbs = (self.close, self.back, self.suspend, self.resume or None, self.withdraw or None)
        count = sum(verb is not None for verb in verbs)
        if count > 1 or (count == 0 and not self.record):
            raise Miswritten(
                "close、back、suspend、resume、record、withdraw 只写一个",
                "write one of close, back, suspend, resume, record and withdraw",
            )
        if self.record and count and not self.close:
            raise Miswritten("record 单独写，或与 close 同写", "record stands alone or with close")
        if (self.back is None) != (self.to is None):
            raise Miswritten(
                "back 写退回的环节，to 写退到哪一环节，两者同写",
                "back names the stage, to names where it goes back to",
            )
        return self


class Expectation(Model):
    """Where the case stands on `as_of` (the day of the last event unless written)."""

    as_of: Day | None = None
    open: Texts | None = None
    done: Texts | None = None
    skipped: Texts | None = None
    due: dict[Name, Day] = {}
    clocks: dict[Name, Whole] = {}
    late: Texts | None = None
    exempt: Texts | None = None
    ended: Day | None = None
    returned: Whole | None = None


class Story(Test):
    """A test of a process. `refused` is the code of the refusal its last event must meet. What a stage
    yields and the step does not record is as the fact's example says; what it records empty is left out."""

    events: tuple[StoryStep, ...] = ()
    expect: Expectation | None = None


def run_story(
    process: Process, story: Story, *, version: str, calendar: Calendar, limit_of: LimitOf, region: str = ""
) -> dict[str, tuple[Any, Any]]:
    """What came out otherwise than expected: name → (expected, found). Empty when all is well."""
    try:
        state = _play(process, story, version)
        clocks = Clocks(
            process.at(state.version),
            state,
            calendar=calendar,
            as_of=_as_of(story, state),
            limit_of=limit_of,
            region=region,
        )
        found = _found(story, state, clocks)
    except Refusal as refused:
        met = refused.code
        return {} if met == story.refused else {"refused": (story.refused, f"{met}: {refused}")}
    if story.refused is not None:
        return {"refused": (story.refused, None)}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _play(process: Process, story: Story, version: str) -> CaseState:
    opened = commands.open_case(process, version=version, on=story.on, by="test", facts=story.given)
    state = apply(process, None, opened)
    for step in story.events:
        for event in _events(process, state, step):
            state = apply(process, state, event)
    return state


def _events(process: Process, state: CaseState, step: StoryStep) -> tuple[CaseEvent, ...]:
    common: dict[str, Any] = {"on": step.on, "claimed_on": step.claimed_on, "by": "test", "seen": state.seq}
    stages = process.at(state.version).stages
    if step.close is not None:
        role = stages[step.close].role if step.close in stages else ""
        told = {name: value for name, value in step.record.items() if value != ""}
        facts = process.at(state.version).products(step.close, state.facts, step.record) | told
        return commands.close_stage(
            process,
            state,
            stage=step.close,
            role=role,
            facts=facts,
            evidence=("test",),
            note="test",
            **common,
        )
    if step.back is not None and step.to is not None:
        role = stages[step.back].role if step.back in stages else ""
        return (
            commands.return_stage(
                process, state, stage=step.back, role=role, to=step.to, reason="test", **common
            ),
        )
    if step.suspend is not None:
        return (commands.suspend(process, state, cause=step.suspend, **common),)
    if step.resume:
        return (commands.resume(process, state, **common),)
    if step.withdraw:
        return (commands.withdraw(process, state, reason="test", **common),)
    events: list[CaseEvent] = []
    for name, value in step.record.items():
        common["seen"] = state.seq
        event = commands.record_fact(process, state, name=name, value=value, **common)
        state = apply(process, state, event)
        events.append(event)
    return tuple(events)


def _as_of(story: Story, state: CaseState) -> dt.date:
    wanted = story.expect.as_of if story.expect else None
    return wanted or state.last_on


def _found(story: Story, state: CaseState, clocks: Clocks) -> dict[str, tuple[Any, Any]]:
    expect = story.expect
    if expect is None:
        return {}
    found: dict[str, tuple[Any, Any]] = {}
    for name, wanted, is_so in (
        ("open", expect.open, state.open_stages),
        ("done", expect.done, state.done),
        ("skipped", expect.skipped, state.skipped),
    ):
        if wanted is not None:
            found[name] = (set(wanted), set(is_so))
    if expect.returned is not None:
        found["returned"] = (expect.returned, state.returned)
    if expect.ended is not None:
        found["ended"] = (expect.ended, state.ended_on)
    for key, day in expect.due.items():
        reading = clocks.stage(key) if key in state.runs else clocks.clock(key)
        found[f"due.{key}"] = (day, reading.due_on)
    for key, days in expect.clocks.items():
        found[f"clocks.{key}"] = (days, clocks.clock(key).used)
    readings = {**{key: clocks.stage(key) for key in state.runs}, **clocks.clocks()}
    if expect.late is not None:
        late = {key for key, each in readings.items() if each.is_late}
        found["late"] = (set(expect.late), late)
    if expect.exempt is not None:
        exempt = {key for key, each in readings.items() if each.exempt}
        found["exempt"] = (set(expect.exempt), exempt)
    return found


def said_as(value: Any) -> str:
    """An expected or found value as a pack writer would write it."""
    if isinstance(value, set):
        return f"[{', '.join(sorted(value))}]"
    return str(value)
