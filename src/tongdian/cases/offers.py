"""What somebody may do with a case now: the one list that buttons, forms, the API's `next` and the
applicant's to-do list are drawn from, and whose it is to do each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case
from tongdian.cases.queries.force_majeure import events_open_to
from tongdian.cases.queries.hands import Hands, document_of
from tongdian.cases.queries.one import Desk, NeededPaper, PaperList, paper_list
from tongdian.cases.rules import ASSIGN, PapersMissing, covers, joined
from tongdian.policy import process as kernel
from tongdian.policy.inputs import Input
from tongdian.policy.process import Ask, CaseState, JudgedClocks, NextAction, Verb
from tongdian.policy.process.verbs import (
    CLOSE,
    COUNTERSIGN,
    MIGRATE,
    READ_BY_APPLICANT,
    RECORD_FACT,
    REFUSE_CLAIM,
    SUSPEND,
)
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

MOST_EVENTS = 50  # of force majeure, offered to choose from


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One thing that this viewer may do, or (`refusal`) why not now.

    `about` is the stage or the claim, nothing for the whole case; `facts` and `given` what it asks
    of the process's facts and for the stage's effect, `may_say` further facts that can wait; `missing` the papers to be here first;
    `options` the choices of its question, by id, `events` those of force majeure that a stay may be laid to.
    """

    verb: Verb
    title: Words
    about: str = ""
    facts: Mapping[str, Input] = field(default_factory=dict)
    may_say: Mapping[str, Input] = field(default_factory=dict)
    given: Mapping[str, Input] = field(default_factory=dict)
    options: Mapping[str, Words] = field(default_factory=dict)
    events: Mapping[str, Words] = field(default_factory=dict)
    needs_evidence: bool = False
    file: Words | None = None  # what its effect rests on
    needs_reason: bool = False
    missing: Sequence[NeededPaper] = ()
    refusal: Refusal | None = None
    warning: Words | None = None  # what looks wrong and may still be right
    note: Words | None = None
    cite: tuple[str, ...] = ()

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What the verb asks here: evidence where the stage needs it, and a reason where the
        applicant is told no or a fact is corrected."""
        asked = self.verb.asks
        if self.verb is CLOSE and self.file is not None:
            needed = Ask("evidence", "evidence", self.file, is_needed=True)
            asked = tuple(needed if one.sort == "evidence" else one for one in asked)
        elif self.verb is CLOSE and not self.needs_evidence:
            asked = tuple(one for one in asked if one.sort != "evidence")
        if self.verb is RECORD_FACT and not self.needs_reason:
            asked = tuple(one for one in asked if one.sort != "text")
        if not self.events:
            asked = tuple(one for one in asked if one.sort != "event")
        if self.needs_reason:
            asked = tuple(_as_reason(one) if one.sort == "text" else one for one in asked)
        return asked

    @property
    def may_begin(self) -> bool:
        """Whether its form is shown: papers can still be handed in before it is sent."""
        return self.refusal is None or isinstance(self.refusal, PapersMissing)


def _events(case: Case, causes: Mapping[str, Any]) -> dict[str, Words]:
    """The events of force majeure that a stay of the case may name, if it may be suspended for one."""
    if not any(one.force_majeure for one in causes.values()):
        return {}
    found = [one for one in events_open_to(case)[:MOST_EVENTS] if covers(one.region_id, case.region_id)]
    said = {str(one.pk): f"{one} · {one.from_on} – {one.to_on or ''}" for one in found}
    return {key: Words(text, text) for key, text in said.items()}


def _as_reason(ask: Ask) -> Ask:
    title = READ_BY_APPLICANT if ask.name == "note" else ask.title
    return replace(ask, title=title, is_needed=True)


def offers(
    hands: Hands,
    desk: Desk,
    state: CaseState,
    *,
    papers: Sequence[PaperList] | None = None,
    clocks: JudgedClocks | None = None,
) -> list[Offer]:
    """Everything that the viewer may do with the case, each with what it asks and why not now.

    `papers` and `clocks` are given by who has them already.
    """
    found = [
        _offer(hands, desk, action, state, papers)
        for action in kernel.next_actions(desk.process, state)
        if hands.may(action.verb, action.about, state).may
    ]
    for stage in state.open_stages if state.suspension is None else ():
        if hands.may_assign(stage):
            title = desk.wording.stages[stage].title
            said = Words(f"指派：{title.zh}", f"Assign: {title.en}")
            found.append(Offer(verb=ASSIGN, title=said, about=stage))
    found += _versions(hands, desk, state)
    if kernel.claims_of(state) and hands.is_second:
        judged = clocks or desk.clocks(hands.case, state, hands.on)
        found += [
            Offer(verb=verb, title=verb.title, about=str(claim.event.seq))
            for claim in judged.waiting
            for verb in (COUNTERSIGN, REFUSE_CLAIM)
        ]
    return found


def _offer(
    hands: Hands, desk: Desk, action: NextAction, state: CaseState, papers: Sequence[PaperList] | None
) -> Offer:
    declared = desk.wording.facts
    refusal = action.refusal
    missing: tuple[NeededPaper, ...] = ()
    given: dict[str, Input] = {}
    file = warning = None
    if action.verb is CLOSE:
        given = given_asked(desk, hands.case, action.about)
        effect = effect_named(desk.wording.stages[action.about].effect)
        file = effect.file(hands.case) if effect else None
        warning = _warning(hands, desk, action.about)
        file = file or document_of(desk, action.about, hands.at(action.about))
        missing = _missing(hands.case, desk, state, action.about, papers)
        if missing and refusal is None:
            refusal = PapersMissing(missing=joined(one.title for one in missing))
    return Offer(
        verb=action.verb,
        title=action.title,
        about=action.about,
        facts={name: _asked(desk, hands, state, name) for name in action.facts},
        may_say={name: declared[name] for name in action.may_say if name not in action.facts},
        given=given,
        options=action.options,
        events=_events(hands.case, desk.wording.causes) if action.verb is SUSPEND else {},
        needs_evidence=action.needs_evidence,
        file=file,
        needs_reason=action.needs_reason,
        missing=missing,
        refusal=refusal,
        warning=warning,
        note=action.note,
        cite=action.cite,
    )


def _asked(desk: Desk, hands: Hands, state: CaseState, name: str) -> Input:
    """A fact as it is asked: between the bounds of its rule, where that can be said already."""
    declared = desk.wording.facts[name]
    try:
        bounds = kernel.bounds_of(
            desk.pack, desk.wording, state.facts, name, on=hands.on, taken=hands.case.taken
        )
    except Refusal:  # said when it is sent
        return declared
    return declared if bounds is None else kernel.narrowed(declared, bounds)


def _warning(hands: Hands, desk: Desk, stage: str) -> Words | None:
    """What the effect of a stage warns of, or one of those after it that warns who decides."""
    stages = desk.wording.stages
    own = effect_named(stages[stage].effect)
    after = (effect_named(stages[one].effect) for one in desk.wording.graph.followers[stage])
    warning = [own] if own else []
    warning += [one for one in after if one is not None and one.warns_before]
    return next((said for one in warning if (said := one.warns(hands.case, hands.on)) is not None), None)


def given_asked(desk: Desk, case: Case, stage: str) -> dict[str, Input]:
    """The questions of a stage's effect that the pack does not answer itself."""
    declared = desk.wording.stages[stage]
    effect = effect_named(declared.effect)
    asks = effect.asks(case) if effect else {}
    return {name: one for name, one in asks.items() if name not in declared.effect_given}


def _missing(
    case: Case, desk: Desk, state: CaseState, stage: str, papers: Sequence[PaperList] | None
) -> tuple[NeededPaper, ...]:
    """The papers of a stage that are not here; none while a fact that decides on them is unknown."""
    try:
        lists = [paper_list(case, state, stage, desk)] if papers is None else papers
    except Refusal:
        return ()
    return next((one.missing for one in lists if one and one.stage == stage), ())


def _versions(hands: Hands, desk: Desk, state: CaseState) -> Iterator[Offer]:
    """The versions of the process to which the case could be moved."""
    process = desk.process
    if state.ending is not None or len(process.versions) == 1 or not hands.may(MIGRATE, "", state).may:
        return
    fitting = {
        one.key: Words(one.key, one.key)
        for one in process.versions
        if not kernel.migration_problems(process, state, version=one.key, on=hands.on)
    }
    if fitting:
        yield Offer(verb=MIGRATE, title=MIGRATE.title, options=fitting)
