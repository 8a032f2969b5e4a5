"""Events as plain data, for a JSON column or a file, and back without loss."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tongdian.policy.answer import plain
from tongdian.policy.process.commands import read_fact
from tongdian.policy.process.events import KINDS, CaseEvent, FactRecorded, Opened
from tongdian.policy.process.refusals import EventDoesNotFit
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.rule import Process

DATES, NUMBERS = ("on", "claimed_on"), ("seq", "claim")


def event_to_plain(event: CaseEvent) -> dict[str, Any]:
    """`{"event": "closed", "seq": 2, "on": "2021-03-02", …}`: text and numbers only."""
    data = {field.name: plain(getattr(event, field.name)) for field in fields(event)}
    numbers = {name: getattr(event, name) for name in NUMBERS if name in data}
    return {**data, "event": event.kind, **numbers}


def event_from_plain(process: Process, data: dict[str, Any], *, version: str = "") -> CaseEvent:
    """The event again; `version` is the case's version then, which says how facts are read."""
    kind = KINDS.get(data.get("event", ""))
    if kind is None:
        raise EventDoesNotFit(
            seq=data.get("seq", 0),
            kind=data.get("event", "?"),
            problem=Words("没有这种事项", "there is no such kind of event"),
        )
    values = {name: value for name, value in data.items() if name != "event"}
    for name in DATES:
        if values.get(name) is not None:
            values[name] = dt.date.fromisoformat(values[name])
    if "evidence" in values:
        values["evidence"] = tuple(values["evidence"])
    if kind is Opened:
        wording = process.at(values["version"])
        values["facts"] = {name: read_fact(wording, name, value) for name, value in values["facts"].items()}
    if kind is FactRecorded:
        values["value"] = read_fact(process.at(version), values["name"], values["value"])
    return kind(**values)
