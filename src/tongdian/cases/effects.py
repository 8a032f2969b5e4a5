"""What closing a stage brings about in another area: same transaction, once an attempt.

    @effect("sign-agreement", asks={"customer_class": Input(...)}, undo=take_agreement_back)
    def sign_agreement(deed: Deed) -> dict: ...

Without `undo` the stage cannot be returned past. Anything that leaves the database (a message, a
call) is not done here but asked for: `announce` runs after the commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongdian.cases.models import Case
from tongdian.policy.inputs import Input
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words


@dataclass(frozen=True)
class Authority:
    """Whoever closed the stage, or took the case back, with the authority of the process: it was
    theirs to do, so what follows from it is not refused for want of a role (an applicant who
    withdraws cannot end agreements, but their withdrawal does)."""

    viewer: Any
    is_active = True

    @property
    def actor(self) -> str:
        """The person, for the audit log."""
        return str(self.viewer.actor)

    @property
    def pk(self) -> Any:
        """The person's account, if they have one."""
        return getattr(self.viewer, "pk", None)

    def has_perm(self, permission: str, organisation: Any = None) -> bool:
        """Whatever the process asks."""
        return True


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What an effect is told. `given` are its answered questions, `evidence` what the stage was
    closed with, `done` what it did (for undo).
    `viewer` has the authority of the process."""

    case: Case
    stage: str
    attempt: int
    state: CaseState
    viewer: Any
    at: dt.datetime
    on: dt.date
    given: Mapping[str, Any]
    evidence: tuple[str, ...] = ()  # what was attached when the stage was closed
    done: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A named effect: what it asks when the stage is closed, the file that it rests on then, if one,
    what it does, and undoes. `page` names the page on which a viewer does the stage, if it has its own
    and is not done there yet; else it is closed on the case. `presumes` refuses to open a case that
    would come to nothing in the end, such as an ending where nothing is in force. `warns` says beside
    the form what looks wrong and may still be right."""

    name: str
    title: Words
    run: Callable[[Deed], Mapping[str, Any]]
    undo: Callable[[Deed], Mapping[str, Any]] | None
    asks: Callable[[Case], Mapping[str, Input]]
    file: Callable[[Case], Words | None]
    page: Callable[[Any, Case], str]
    presumes: Callable[[Case, dt.date], None]
    warns: Callable[[Case, dt.date], Words | None]


_effects: dict[str, Effect] = {}


def effect(
    name: str,
    *,
    title: Words,
    undo: Callable[[Deed], Mapping[str, Any]] | None = None,
    asks: Callable[[Case], Mapping[str, Input]] = lambda case: {},
    file: Callable[[Case], Words | None] = lambda case: None,
    page: Callable[[Any, Case], str] = lambda viewer, case: "",
    presumes: Callable[[Case, dt.date], None] = lambda case, on: None,
    warns: Callable[[Case, dt.date], Words | None] = lambda case, on: None,
) -> Callable[[Callable[[Deed], Mapping[str, Any]]], Callable[[Deed], Mapping[str, Any]]]:
    """Register a function as the effect `name`."""

    def register(run: Callable[[Deed], Mapping[str, Any]]) -> Any:
        _effects[name] = Effect(
            name=name,
            title=title,
            run=run,
            undo=undo,
            asks=asks,
            file=file,
            page=page,
            presumes=presumes,
            warns=warns,
        )
        return run

    return register


def effect_named(name: str | None) -> Effect | None:
    """The effect, or None while its area is still to come: then a person does it."""
    return _effects.get(name or "")
