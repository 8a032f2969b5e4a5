"""A case played by hand in tests: each verb appends the events of one command."""

from __future__ import annotations

from datetime import date
from typing import Any

from tongdian.calendar import Calendar, official_calendar
from tongdian.policy.packs import Pack
from tongdian.policy.process import (
    CaseEvent,
    CaseState,
    Clocks,
    Process,
    apply,
    close_stage,
    limits_of,
    migrate,
    open_case,
    record_fact,
    resume,
    return_stage,
    suspend,
    withdraw,
)

OFFICER = "officer"


class Case:
    """The events of one case and the state they fold to."""

    def __init__(self, pack: Pack, on: date, process: str = "connection", **facts: Any) -> None:
        self.pack = pack
        self.process: Process = pack.rules[process]  # type: ignore[assignment]
        version = self.process.version_on(on, {}).key
        opened = open_case(self.process, version=version, on=on, by=OFFICER, facts=facts)
        self.events: list[CaseEvent] = [opened]
        self.state: CaseState = apply(self.process, None, opened)

    def add(self, *events: CaseEvent) -> Case:
        for event in events:
            self.state = apply(self.process, self.state, event)
            self.events.append(event)
        return self

    def close(self, stage: str, on: date, **more: Any) -> Case:
        role = self.process.at(self.state.version).stages[stage].role
        common = {"role": role, "evidence": ("photo",), **self._common(on)}
        return self.add(*close_stage(self.process, self.state, stage=stage, **{**common, **more}))

    def back(self, stage: str, to: str, on: date, **more: Any) -> Case:
        role = self.process.at(self.state.version).stages[stage].role
        common = {"role": role, "reason": "defects", **self._common(on)}
        return self.add(return_stage(self.process, self.state, stage=stage, to=to, **{**common, **more}))

    def suspend(self, cause: str, on: date, **more: Any) -> Case:
        return self.add(suspend(self.process, self.state, cause=cause, **{**self._common(on), **more}))

    def resume(self, on: date, **more: Any) -> Case:
        return self.add(resume(self.process, self.state, **{**self._common(on), **more}))

    def record(self, name: str, value: Any, on: date, **more: Any) -> Case:
        common = {**self._common(on), **more}
        return self.add(record_fact(self.process, self.state, name=name, value=value, **common))

    def withdraw(self, on: date, **more: Any) -> Case:
        common = {"reason": "no longer needed", **self._common(on)}
        return self.add(withdraw(self.process, self.state, **{**common, **more}))

    def migrate(self, version: str, on: date, **more: Any) -> Case:
        common = {"reason": "new limits", **self._common(on)}
        return self.add(migrate(self.process, self.state, version=version, **{**common, **more}))

    def clocks(self, as_of: date, calendar: Calendar | None = None) -> Clocks:
        return Clocks(
            self.process.at(self.state.version),
            self.state,
            calendar=calendar or official_calendar(),
            as_of=as_of,
            limit_of=limits_of(self.pack),
        )

    def _common(self, on: date) -> dict[str, Any]:
        return {"on": on, "by": OFFICER, "seen": self.state.seq}
