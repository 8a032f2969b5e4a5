"""A second person looks at what is claimed: countersigns it with evidence, or refuses it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tongdian.allowed import must_be_allowed
from tongdian.cases import queries
from tongdian.cases.actions.appending import step
from tongdian.cases.actions.hands import actor_of
from tongdian.cases.models import Case
from tongdian.cases.queries import Desk
from tongdian.cases.rules import EVIDENCE_FILE, EvidenceFileMissing, TookPart
from tongdian.files.queries import stored_file
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState
from tongdian.policy.process.refusals import NoClaimWaits
from tongdian.policy.words import Words

DEED = Words("复核声明", "countersign claims")


def countersign(
    *,
    viewer: Any,
    case: Case | str,
    claim: int,
    evidence: Sequence[str],
    seen: int,
    at: dt.datetime,
    reason: str = "",
) -> Case:
    """Vouch for what the event numbered `claim` claims; from now on it counts.

    Raises NotAllowed, TookPart, EvidenceFileMissing, NoSuchFile, NoClaimWaits.
    """
    files = [one.split(":")[1] for one in evidence if one.startswith(EVIDENCE_FILE)]
    if not files:
        raise EvidenceFileMissing
    for hash_ in files:
        stored_file(hash_)

    def event(desk: Desk, state: CaseState, **who: Any) -> kernel.CaseEvent:
        return kernel.countersign(
            desk.process, state, claim=claim, evidence=tuple(evidence), reason=reason, **who
        )

    return _settle(viewer, case, claim, seen, at, event)


def refuse_claim(
    *, viewer: Any, case: Case | str, claim: int, reason: str, seen: int, at: dt.datetime
) -> Case:
    """Do not accept what an event claims: it stays in the record, without effect on any time.

    Raises NotAllowed, TookPart, NoClaimWaits, ReasonNeeded.
    """

    def event(desk: Desk, state: CaseState, **who: Any) -> kernel.CaseEvent:
        return kernel.refuse_claim(desk.process, state, claim=claim, reason=reason, **who)

    return _settle(viewer, case, claim, seen, at, event)


def _settle(
    viewer: Any,
    case: Case | str,
    claim: int,
    seen: int,
    at: dt.datetime,
    event: Callable[..., kernel.CaseEvent],
) -> Case:
    def events(desk: Desk, state: CaseState, locked: Case, on: dt.date) -> Iterable[kernel.CaseEvent]:
        must_be_allowed(viewer, "cases.countersign", DEED, locked.organisation)
        must_be_a_second_person(viewer, locked, on=on)
        made = event(desk, state, on=on, by=actor_of(viewer, locked.number), seen=seen)
        if claim not in {one.event.seq for one in desk.clocks(locked, state, on).waiting}:
            raise NoClaimWaits(claim=claim)
        return [made]

    return step(viewer, case, at, events)


def must_be_a_second_person(viewer: Any, case: Case, *, on: dt.date) -> None:
    """Raise TookPart for whoever recorded a step of the case, stands in for who did, or has who did
    as a stand-in."""
    if queries.hand_took_part(case, viewer.pk, on=on):
        raise TookPart
