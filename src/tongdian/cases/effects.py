"""What closing a stage brings about in another area: same transaction, once an attempt.

    @effect("sign-agreement", asks={"customer_class": Input(...)}, undo=take_agreement_back)
    def sign_agreement(deed: Deed) -> dict: ...

Without `undo` the stage cannot be returned past. Anything that leaves the database (a message, a
call) is not done here but asked for: `announce` runs after the commit.

What a higher area does besides, at the same stage, it lays upon the effect of the lower (ADR 89):

    @upon("open-supply", undo=close_again)
    def open_here(deed: Deed) -> dict: ...
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from tongdian.cases.models import Case
from tongdian.policy.inputs import Input
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState
from tongdian.policy.process.model import Stage
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
    the form what looks wrong and may still be right; of one that `warns_before`, beside the form of the
    stages before it too, where it is decided whether it comes to that. `where` says at which places of
    the office the stages of a process that have the effect come to something, so that an applicant is
    offered these; None where the effect has no say. `decided` tells the applicant what the stages came
    to, such as what is permitted from when to when; nothing before."""

    name: str
    title: Words
    run: Callable[[Deed], Mapping[str, Any]]
    undo: Callable[[Deed], Mapping[str, Any]] | None
    asks: Callable[[Case], Mapping[str, Input]]
    file: Callable[[Case], Words | None]
    page: Callable[[Any, Case], str]
    presumes: Callable[[Case, dt.date], None]
    warns: Callable[[Case, dt.date], Words | None]
    warns_before: bool
    where: Callable[[Pack, Sequence[Stage], dt.date], Q | None]
    decided: Callable[[Case, CaseState], Sequence[Words]]


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
    warns_before: bool = False,
    where: Callable[[Pack, Sequence[Stage], dt.date], Q | None] = lambda pack, stages, on: None,
    decided: Callable[[Case, CaseState], Sequence[Words]] = lambda case, state: (),
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
            warns_before=warns_before,
            where=where,
            decided=decided,
        )
        return run

    return register


def upon(
    name: str,
    *,
    title: Words | None = None,
    undo: Callable[[Deed], Mapping[str, Any]],
    asks: Callable[[Case], Mapping[str, Input]] = lambda case: {},
    warns: Callable[[Case, dt.date], Words | None] = lambda case, on: None,
) -> Callable[[Callable[[Deed], Mapping[str, Any]]], Callable[[Deed], Mapping[str, Any]]]:
    """Have a function do its part after the effect `name` of a lower area, told in `deed.done` what that did;
    undone before it. What both give back is kept as one result. Raises LookupError for an effect that is not
    registered yet, ValueError where both give or ask the same name."""

    def register(run: Callable[[Deed], Mapping[str, Any]]) -> Any:
        below = _effects[name]

        def run_both(deed: Deed) -> Mapping[str, Any]:
            first = below.run(deed)
            return _one_of_each(name, first, run(replace(deed, done=first)))

        def undo_both(deed: Deed) -> Mapping[str, Any]:
            assert below.undo is not None
            return _one_of_each(name, undo(deed), below.undo(deed))

        def ask_both(case: Case) -> Mapping[str, Input]:
            return _one_of_each(name, below.asks(case), asks(case))

        _effects[name] = replace(
            below,
            title=title or below.title,
            run=run_both,
            undo=undo_both if below.undo is not None else None,
            asks=ask_both,
            warns=lambda case, on: below.warns(case, on) or warns(case, on),
        )
        return run

    return register


def _one_of_each(name: str, first: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    if same := set(first) & set(more):
        raise ValueError(f"the effect {name} has {sorted(same)} twice")
    return {**first, **more}


def effect_named(name: str | None) -> Effect | None:
    """The effect, or None while its area is still to come: then a person does it."""
    return _effects.get(name or "")
