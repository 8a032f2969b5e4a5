"""Who acts, and whether they may."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from tongdian.allowed import NotAllowed
from tongdian.cases import queries
from tongdian.cases.models import Case
from tongdian.cases.queries import Desk, Hand, Hands
from tongdian.cases.rules import Applicant
from tongdian.parties.models import Account
from tongdian.parties.permissions import grants
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState
from tongdian.policy.process.refusals import ProductOfAnother
from tongdian.policy.words import Words


def actor_of(viewer: Any, number: str) -> str:
    return viewer.actor if viewer is not None else f"applicant:{number}"


def acted_for(viewer: Any, case: Case, desk: Desk, event: kernel.CaseEvent, on: dt.date) -> UUID | None:
    """The absent colleague in whose stead somebody did it; none where it was theirs to do."""
    if not isinstance(viewer, Account) or not any(one.for_account for one in grants(viewer)):
        return None
    stage = getattr(event, "stage", "")
    if stage:
        return queries.hand(viewer, case, desk.wording, stage, on).acted_for
    is_settling = event.kind in queries.SETTLING
    permission = "cases.countersign" if is_settling else "cases.open"
    return queries.held(viewer, permission, case.organisation).acted_for


def must_be_at_hand(viewer: Any, case: Case, desk: Desk, stage: str, on: dt.date) -> Hand:
    known = desk.wording.stages.get(stage)
    found = queries.hand(viewer, case, desk.wording, stage, on) if known else Hand(True)
    if not found.may and known:
        raise NotAllowed(deed=Words(f"办理“{known.title.zh}”", f'work on "{known.title.en}"'))
    return found  # an unknown stage is refused by the kernel, which names the known ones


def must_be_part_of(viewer: Any, case: Case, desk: Desk, state: CaseState, on: dt.date) -> None:
    """The applicant, or whoever has the case in hand."""
    if isinstance(viewer, Applicant):
        if viewer.case != case.id:
            raise NotAllowed(deed=Words("提交材料", "hand in papers"))
    elif viewer is not None and not Hands(viewer, case, desk.wording, on).applied:
        must_have_it_in_hand(viewer, case, desk, state, on, Words("接收材料", "take in papers"))


def must_have_it_in_hand(
    viewer: Any, case: Case, desk: Desk, state: CaseState, on: dt.date, deed: Words
) -> None:
    """Whoever may work on one of the stages in question, or opens cases here, may do so."""
    if not Hands(viewer, case, desk.wording, on).has_it(state):
        raise NotAllowed(deed=deed)


def must_be_theirs_to_say(viewer: Any, case: Case, desk: Desk, fact: str, on: dt.date) -> None:
    """What a stage brings about is said by who may work on it: one office does not approve for another. Raises
    ProductOfAnother."""
    wording = desk.wording
    owners = {one.role: key for key, one in wording.stages.items() if fact in one.yields}
    if owners and not any(queries.hand(viewer, case, wording, stage, on).may for stage in owners.values()):
        raise ProductOfAnother(
            product=wording.facts[fact].title or fact,
            offices=[wording.all_roles[role].title for role in owners],
        )
