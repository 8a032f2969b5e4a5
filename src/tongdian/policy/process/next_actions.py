"""What may be done next on a case by its own state: the kernel's part of the list of offers.

Who may do it, which papers are missing and what an effect asks is added where people are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tongdian.policy.process.commands import read_fact
from tongdian.policy.process.events import Closed, FactRecorded
from tongdian.policy.process.refusals import CaseSuspended, FactNeeded
from tongdian.policy.process.state import RESOLVED, CaseState, StageStatus, apply
from tongdian.policy.process.verbs import CLOSE, RECORD_FACT, RESUME, RETURN, SUSPEND, WITHDRAW, Verb
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.rule import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """One thing that may be done, or (`refusal`) why it may not be done now.

    `about` is the stage; `facts` what it asks of them, `document` the file, `may_say` what whoever works on another stage
    beside it will be asked if nobody says it now; `options` the choices of its question, by
    id; `note` and `cite` what the pack says of the stage.
    """

    verb: Verb
    title: Words
    about: str = ""
    facts: tuple[str, ...] = ()
    may_say: tuple[str, ...] = ()
    options: Mapping[str, Words] = field(default_factory=dict)
    document: Words | None = None
    needs_evidence: bool = False
    needs_reason: bool = False
    refusal: Refusal | None = None
    note: Words | None = None
    cite: tuple[str, ...] = ()


def next_actions(process: Process, state: CaseState) -> tuple[NextAction, ...]:
    """Everything that the state admits, in the order of the stages; nothing after the end."""
    if state.ending is not None:
        return ()
    wording = process.at(state.version)
    stay = state.suspension
    stands_still = None
    if stay is not None:
        stands_still = CaseSuspended(since=stay.since, cause=wording.causes[stay.cause].title)
    actions: list[NextAction] = []
    if stay is not None:
        actions.append(NextAction(verb=RESUME, title=RESUME.title))
    for key in state.open_stages:
        stage = wording.stages[key]
        actions.append(
            NextAction(
                verb=CLOSE,
                title=stage.title,
                about=key,
                facts=() if stay else _asks(process, state, key),
                document=stage.document,
                may_say=()
                if stay
                else (*wording.hanging(key, state.facts), *_decides_later(wording, state, key)),
                needs_evidence=stage.planned is not None,
                needs_reason=stage.refuses,
                refusal=stands_still,
                note=stage.note,
                cite=tuple(stage.cite),
            )
        )
        back = {to: wording.stages[to].title for to in stage.back if to in state.done}
        if back:
            title = Words(f"退回：{stage.title.zh}", f"Send back: {stage.title.en}")
            actions.append(
                NextAction(verb=RETURN, title=title, about=key, options=back, refusal=stands_still)
            )
    if stay is None:
        causes = {key: one.title for key, one in wording.causes.items()}
        actions.append(NextAction(verb=SUSPEND, title=SUSPEND.title, options=causes))
    if wording.facts:
        facts = tuple(wording.facts)
        actions.append(NextAction(verb=RECORD_FACT, title=RECORD_FACT.title, facts=facts))
    actions.append(NextAction(verb=WITHDRAW, title=WITHDRAW.title))
    return tuple(actions)


def _asks(process: Process, state: CaseState, stage: str) -> tuple[str, ...]:
    """What closing a stage cannot do without, whatever else is said with it."""
    wording = process.at(state.version)
    hanging = wording.hanging(stage, state.facts)
    yields = (name for name in wording.yields_of(stage, state.facts) if name not in hanging)
    return tuple(dict.fromkeys((*yields, *facts_asked(process, state, stage))))


def at_default(wording: ProcessVersion, state: CaseState) -> frozenset[str]:
    """The facts that stand at their default and that nobody has recorded: nobody looked yet."""
    defaults = {name: one.default for name, one in wording.facts.items() if one.default is not None}
    if not defaults:
        return frozenset()
    recorded = {event.name for event in state.events if isinstance(event, FactRecorded)}
    return frozenset(
        name
        for name, default in defaults.items()
        if name not in recorded and state.facts.get(name) == read_fact(wording, name, default)
    )


def facts_asked(
    process: Process, state: CaseState, stage: str, facts: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The facts that closing a stage still needs beyond `facts`, each with the stage it decides.

    One that nobody recorded counts as unknown even where it has a default, so that no way is taken
    by a value at which nobody looked.
    """
    wording = process.at(state.version)
    if not wording.graph.guards or stage not in state.open_stages:
        return {}
    after, on = state, state.last_on
    for name, value in (facts or {}).items():
        known = read_fact(wording, name, value)
        after = apply(process, after, FactRecorded(seq=after.seq + 1, on=on, by="", name=name, value=known))
    role = wording.stages[stage].role
    after = apply(process, after, Closed(seq=after.seq + 1, on=on, by="", stage=stage, role=role))
    unseen = at_default(wording, after)
    seen = {name: value for name, value in after.facts.items() if name not in unseen}
    graph = wording.graph
    asked: dict[str, str] = {}
    for key in graph.guards:
        was_waiting = state.runs[key].status is StageStatus.WAITING
        # one that was skipped by a value at which nobody looked may yet have its turn, and say what is unknown
        is_its_turn = all(
            after.runs[before].status in RESOLVED
            and (before not in graph.guards or graph.is_needed(before, seen) is not None)
            for before in graph.after[key]
        )
        if was_waiting and is_its_turn and graph.is_needed(key, seen) is None:
            asked |= {name: key for name in graph.unknown_facts(key, seen) if name not in asked}
    return asked


def _decides_later(wording: ProcessVersion, state: CaseState, stage: str) -> tuple[str, ...]:
    """The facts by which it is decided what follows a stage, and that nobody has said."""
    graph = wording.graph
    unseen = at_default(wording, state)
    asked = [name for following in graph.followers[stage] for name in graph.asks.get(following, ())]
    return tuple(dict.fromkeys(name for name in asked if name not in state.facts or name in unseen))


def must_have_looked(
    process: Process, state: CaseState, stage: str, facts: Mapping[str, Any] | None = None
) -> None:
    """Raise FactNeeded where closing a stage would take a way by a default nobody looked at."""
    wording = process.at(state.version)
    if not at_default(wording, state):
        return  # what is not known at all is refused by the command
    for name, decides in facts_asked(process, state, stage, facts).items():
        title = wording.facts[name].title
        raise FactNeeded(fact=title or name, stage=wording.stages[decides].title)
