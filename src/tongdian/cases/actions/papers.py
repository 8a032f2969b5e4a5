"""Papers: received, asked for in addition, set aside."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import lock
from tongdian.cases.actions.hands import actor_of, must_be_part_of, must_have_it_in_hand
from tongdian.cases.models import Case, Paper
from tongdian.cases.rules import Applicant, PaperEmpty, PaperUnknown, joined
from tongdian.files.actions import store
from tongdian.parties.actions.privacy import IdentityConsentMissing
from tongdian.policy.kinds.checklist import refuse_extra
from tongdian.policy.process.refusals import ReasonNeeded
from tongdian.policy.words import Words


def receive_paper(
    *, viewer: Any, case: Case, item: str, at: dt.datetime, file: str = "", name: str = "", note: str = ""
) -> Paper:
    """Take in a paper of the list, as a stored file (content hash) or, at the counter, as an
    original that was seen, which `note` says. The applicant may; so may whoever works on the case.

    Raises PaperUnknown for one the list does not have, PaperEmpty, and from the applicant for an
    identity document IdentityConsentMissing.
    """
    with transaction.atomic():
        locked = lock(case)
        desk = queries.desk(locked)
        state = queries.state_of(locked, desk)
        must_be_part_of(viewer, locked, desk, state, legal_day(at))
        known = [one for each in queries.paper_lists(locked, state, desk) for one in each.needed]
        wanted = next((one for one in known if one.item == item), None)
        if wanted is None:
            raise PaperUnknown(paper=item, known=joined(one.title for one in known))
        if isinstance(viewer, Applicant) and queries.lacks_identity_consent(locked, item):
            raise IdentityConsentMissing
        if not file and (not note.strip() or isinstance(viewer, Applicant | None)):
            raise PaperEmpty(paper=wanted.title)
        return _add_paper(locked, viewer, at, Paper.Kind.RECEIVED, item, file=file, name=name, reason=note)


def issue_paper(*, viewer: Any, case: Case, item: str, content: bytes, name: str, at: dt.datetime) -> Paper:
    """Keep a paper that the office issues with a stage; in the transaction of its step."""
    kept = store(content=content, at=at).hash
    return _add_paper(case, viewer, at, Paper.Kind.RECEIVED, item, file=kept, name=name)


def take_issued_back(*, viewer: Any, paper: Paper, reason: str, at: dt.datetime) -> Paper:
    """A paper issued with a stage no longer counts, because the stage is undone."""
    return _add_paper(paper.case, viewer, at, Paper.Kind.SET_ASIDE, paper.item, reason=reason, about=paper)


def ask_for_paper(*, viewer: Any, case: Case, stage: str, title: str, reason: str, at: dt.datetime) -> Paper:
    """Ask for a paper beyond the list, where the list is open; the reason is shown to the applicant.

    Raises PaperNotAllowed, citing the clause, where the document closes the list.
    """
    with transaction.atomic():
        locked = lock(case)
        desk = queries.desk(locked)
        state = queries.state_of(locked, desk)
        must_have_it_in_hand(viewer, locked, desk, state, legal_day(at), Words("要求材料", "ask for papers"))
        listed = queries.paper_list(locked, state, stage, desk)
        if listed is None:
            raise PaperUnknown(paper=title, known=Words("（无）", "(none)"))
        refuse_extra(listed.answer, title)
        if not reason.strip() or not title.strip():
            raise ReasonNeeded
        item = f"{stage}+{sum(bool(one.reason) for one in listed.needed) + 1}"
        return _add_paper(
            locked, viewer, at, Paper.Kind.ASKED, item, title=title.strip(), reason=reason.strip()
        )


def set_paper_aside(*, viewer: Any, paper: Paper, reason: str, at: dt.datetime) -> Paper:
    """A paper received (blurred, out of date) or asked for no longer counts; it is kept."""
    with transaction.atomic():
        locked = lock(paper.case)
        desk = queries.desk(locked)
        state = queries.state_of(locked, desk)
        must_have_it_in_hand(viewer, locked, desk, state, legal_day(at), Words("退回材料", "refuse papers"))
        if not reason.strip():
            raise ReasonNeeded
        return _add_paper(
            locked, viewer, at, Paper.Kind.SET_ASIDE, paper.item, reason=reason.strip(), about=paper
        )


def _add_paper(case: Case, viewer: Any, at: dt.datetime, kind: str, item: str, **about: Any) -> Paper:
    by = actor_of(viewer, case.number)
    row = Paper.objects.create(case=case, kind=kind, item=item, at=at, by=by, **about)
    record(
        actor=by,
        action=f"case.paper.{kind}",
        subject=f"case:{case.id}",
        payload={"item": item, "file": row.file, "reason": row.reason},
        at=at,
    )
    return row
