"""Returns: filled in, reviewed by a second person, filed, and accepted or returned by whom they were filed to.

What is written stays: a correction is another version. Every rule that refuses stands here or in the database,
so that page, API and machine obey the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile, action
from tongdian.states import must_follow
from tongdian.supervision.actions.checking import MOST_TEXT, NO_CELL, checked_cells
from tongdian.supervision.actions.conditions import (
    form_for,
    hash_of,
    moved_on,
    must_be_open,
    must_be_receiver,
    must_be_seen,
    must_be_whole,
    must_name_the_missing,
    must_not_be_locked_above,
    standing_of,
    with_true_sources,
)
from tongdian.supervision.actions.telling import tell_question
from tongdian.supervision.fields import ANSWER, BECAUSE, LATE, LATE_ASKED, QUESTION, REMARK, RETURNED
from tongdian.supervision.models import (
    CellAnswer,
    CellQuestion,
    FiledReturn,
    LateAllowance,
    LateRequest,
    ReturnStep,
    ReturnVersion,
)
from tongdian.supervision.queries.absent import absent_further_below
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, standing
from tongdian.supervision.queries.offices import receiver
from tongdian.supervision.queries.revising import is_open
from tongdian.supervision.refusing import (
    BadCell,
    NoReceiver,
    NotAFiler,
    NotClosed,
    OwnVersion,
    QuestionAnswered,
    ReturnLocked,
    TermMissing,
    TermOver,
)
from tongdian.supervision.rules import ACCEPT, FILE, FOLLOWS, LOCKED, REVIEW, TAKE_BACK, ReturnState, Step


@action("fill-in-return", may=FILE, within="organisation")
def fill_in(
    *,
    viewer: Any,
    organisation: Organisation,
    form: str,
    period: str,
    cells: Mapping[str, Mapping[str, Mapping[str, Any]]],
    at: dt.datetime,
    absent: Sequence[Mapping[str, str]] = (),
    remarks: Mapping[str, str] | None = None,
    contact: str = "",
    note: str = "",
    begun_from: int | None = None,
    is_demo: bool = False,
) -> ReturnVersion:
    """Write a version of a return; what was written before stays as it is. `begun_from` is the number of the version
    that it rests on, so that of two who write at once the second is told.

    Raises NotAllowed, NotAFiler, NoSuchReturn, ReturnLocked, ChangedMeanwhile, BadCell, BadCells.
    """
    today = legal_day(at)
    asked = form_for(organisation, form, today)
    if asked.filer(organisation) is None:
        raise NotAFiler(organisation=organisation.name, form=asked.title)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # versions follow each other
    here = standing(asked, organisation, period, as_of=today)
    if not is_open(here, as_of=today):
        raise ReturnLocked(state=_said(here.state))
    last = here.newest.number if here.newest else 0
    if begun_from is not None and int(begun_from) != last:
        raise ChangedMeanwhile
    kept = with_true_sources(checked_cells(asked, organisation, cells), here, today)
    filing = here.filing or FiledReturn.objects.create(
        organisation=organisation,
        pack=asked.pack.id,
        form=form,
        period=period,
        is_demo=is_demo,
        at=at,
        by=viewer,
    )
    below = expected_below(asked, organisation, period, as_of=today)
    lacking = [
        {"organisation": str(one["organisation"]), "why": str(one.get("why", ""))[:MOST_TEXT]}
        for one in absent
    ]
    lacking += absent_further_below(below)
    said = {key: str(text)[:MOST_TEXT] for key, text in (remarks or {}).items() if str(text).strip()}
    return ReturnVersion.objects.create(
        organisation=organisation, filing=filing, number=last + 1, cells=kept, absent=lacking, remarks=said,
        contact=contact, note=note, hash=hash_of([kept, lacking, said]), at=at, by=viewer,
    )  # fmt: skip


@action("review-return", may=REVIEW, within="version.organisation", fields=REMARK)
def review(
    *, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str = "", seen: str | None = None
) -> ReturnStep:
    """A second person has looked at a version and finds it right.

    Raises NotAllowed, OwnVersion, CannotFollow, BlankWithoutReason, ChecksFail, ExplanationMissing, VersionMovedOn.
    """
    today = legal_day(at)
    if version.by_id is None or viewer.pk in one_hand(version.by_id, on=(legal_day(version.at), today)):
        raise OwnVersion
    here = standing_of(version, today)
    must_be_whole(here, version, today)
    return _step(
        version, here, Step.REVIEWED, viewer=viewer, at=at, reason=reason, of=version.organisation, seen=seen
    )


@action("hand-back-return", may=REVIEW, within="version.organisation", fields=BECAUSE)
def hand_back(
    *, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str, seen: str | None = None
) -> ReturnStep:
    """Who reviews gives a version back to who fills in, with what is wrong; another version follows.

    Raises NotAllowed, CannotFollow, VersionMovedOn.
    """
    here = standing_of(version, legal_day(at))
    return _step(
        version, here, Step.REWORK, viewer=viewer, at=at, reason=reason, of=version.organisation, seen=seen
    )


@action("file-return", may=REVIEW, within="version.organisation", fields=REMARK)
def submit(
    *, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str = "", seen: str | None = None
) -> ReturnStep:
    """File a version that was reviewed. It is compared once more: what lies below may have changed.

    Raises NotAllowed, CannotFollow, NoReceiver, NotOpenYet, PeriodClosed, MissingBelow, AbsentBelowChanged, BlankWithoutReason,
    ChecksFail, ExplanationMissing, VersionMovedOn.
    """
    today = legal_day(at)
    here = standing_of(version, today)
    filer = here.form.filer(here.organisation)
    assert filer is not None  # it was filled in
    whom = receiver(here.form, here.organisation, today)
    if whom is None:
        raise NoReceiver(office=here.form.pack.head.uses.names[filer.to])
    must_be_open(here, today)
    must_be_whole(here, version, today)
    must_name_the_missing(here, version, today)
    return _step(
        version,
        here,
        Step.SUBMITTED,
        viewer=viewer,
        at=at,
        reason=reason,
        of=version.organisation,
        to=whom,
        seen=seen,
    )


@action("take-back-return", may=TAKE_BACK, within="version.organisation", fields=BECAUSE)
def withdraw(
    *, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str, seen: str | None = None
) -> ReturnStep:
    """Take back what was filed and not yet accepted: the office's own people do, and nobody above it. Raises NotAllowed, CannotFollow,
    LockedAbove, VersionMovedOn."""
    here = standing_of(version, legal_day(at))
    must_not_be_locked_above(here, legal_day(at))
    return _step(
        version, here, Step.WITHDRAWN, viewer=viewer, at=at, reason=reason, of=version.organisation, seen=seen
    )


@action("accept-return", may=ACCEPT, within="office", fields=REMARK)
def accept(
    *,
    viewer: Any,
    office: Organisation,
    version: ReturnVersion,
    at: dt.datetime,
    reason: str = "",
    seen: str | None = None,
) -> ReturnStep:
    """Whom it was filed to accepts it. Raises NotAllowed, NotTheReceiver, CannotFollow, VersionMovedOn."""
    here = standing_of(version, legal_day(at))
    must_be_receiver(here, office, legal_day(at))
    return _step(version, here, Step.ACCEPTED, viewer=viewer, at=at, reason=reason, of=office, seen=seen)


@action("return-return", may=ACCEPT, within="office", fields=RETURNED)
def send_back(
    *,
    viewer: Any,
    office: Organisation,
    version: ReturnVersion,
    at: dt.datetime,
    reason: str,
    until: dt.date | None = None,
    seen: str | None = None,
) -> ReturnStep:
    """Whom it was filed to sends it back with what is wrong; what was accepted is opened again. `until` is the day
    by which it comes again: it may be filed till then, and what was in time stays so.

    Raises NotAllowed, NotTheReceiver, CannotFollow, LockedAbove, TermMissing, TermOver, VersionMovedOn.
    """
    today = legal_day(at)
    here = standing_of(version, today)
    must_be_receiver(here, office, today)
    must_not_be_locked_above(here, today)
    if until is None and here.is_closed(today):
        raise TermMissing(day=here.period.closes)
    if until is not None and until < today:
        raise TermOver(day=until)
    step = _step(version, here, Step.RETURNED, viewer=viewer, at=at, reason=reason, of=office, seen=seen)
    if until is not None:
        filing = version.filing
        LateAllowance.objects.create(
            organisation=filing.organisation, pack=filing.pack, form=filing.form, period=filing.period, until=until,
            reason=reason, returned=version, at=at, by=viewer,
        )  # fmt: skip
    return step


@action("allow-late-return", may=ACCEPT, within="office", fields=LATE)
def allow_late(
    *,
    viewer: Any,
    office: Organisation,
    organisation: Organisation,
    form: str,
    period: str,
    until: dt.date,
    reason: str,
    at: dt.datetime,
) -> LateAllowance:
    """Let an office file after the closing day, until a day, with the reason.

    Raises NotAllowed, NotTheReceiver, TermOver.
    """
    today = legal_day(at)
    asked = form_for(organisation, form, today)
    here = standing(asked, organisation, period, as_of=today)
    must_be_receiver(here, office, today)
    if until < today:
        raise TermOver(day=until)
    return LateAllowance.objects.create(
        organisation=organisation, pack=asked.pack.id, form=form, period=period, until=until, reason=reason,
        at=at, by=viewer,
    )  # fmt: skip


@action("ask-to-file-late", may=FILE, within="organisation", fields=LATE_ASKED)
def ask_late(
    *,
    viewer: Any,
    organisation: Organisation,
    form: str,
    period: str,
    until: dt.date,
    reason: str,
    at: dt.datetime,
) -> LateRequest:
    """Ask whom it is filed to for leave to file after the closing day.

    Raises NotAllowed, NotAFiler, NoSuchReturn, ReturnLocked, NotClosed, TermOver.
    """
    today = legal_day(at)
    asked = form_for(organisation, form, today)
    if asked.filer(organisation) is None:
        raise NotAFiler(organisation=organisation.name, form=asked.title)
    here = standing(asked, organisation, period, as_of=today)
    if here.state in LOCKED:
        raise ReturnLocked(state=_said(here.state))
    if not here.is_closed(today):
        raise NotClosed
    if until < today:
        raise TermOver(day=until)
    return LateRequest.objects.create(
        organisation=organisation, pack=asked.pack.id, form=form, period=period, until=until, reason=reason,
        at=at, by=viewer,
    )  # fmt: skip


@action("ask-about-return", may=ACCEPT, within="office", fields=QUESTION)
def ask(
    *,
    viewer: Any,
    office: Organisation,
    version: ReturnVersion,
    row: str,
    column: str,
    text: str,
    answer_by: dt.date,
    at: dt.datetime,
    seen: str | None = None,
) -> CellQuestion:
    """Ask about a cell of what was filed. Raises NotAllowed, NotTheReceiver, BadCell, VersionMovedOn."""
    here = standing_of(version, legal_day(at))
    must_be_receiver(here, office, legal_day(at))
    must_be_seen(here, seen)
    lines = {line.key: line for line in here.lines}
    if row not in lines or column not in here.form.version.columns:
        raise BadCell(row=row[:40], column=column[:40], problem=NO_CELL)
    asked = CellQuestion.objects.create(
        organisation=version.organisation, version=version, row=row, column=column, text=text,
        answer_by=answer_by, at=at, by=viewer,
    )  # fmt: skip
    tell_question(asked, here, of=office, at=at)
    return asked


@action("answer-about-return", may=FILE, within="question.organisation", fields=ANSWER)
def answer_question(*, viewer: Any, question: CellQuestion, text: str, at: dt.datetime) -> CellAnswer:
    """Answer a question on a cell. Raises NotAllowed, QuestionAnswered."""
    if CellAnswer.objects.filter(question=question).exists():
        raise QuestionAnswered
    return CellAnswer.objects.create(
        organisation=question.organisation, question=question, text=text, at=at, by=viewer
    )


def _step(
    version: ReturnVersion,
    here: ReturnStanding,
    what: Step,
    *,
    viewer: Any,
    at: dt.datetime,
    reason: str,
    of: Organisation,
    to: Organisation | None = None,
    seen: str | None = None,
) -> ReturnStep:
    """One step, under the lock of whose return it is. `seen` is the mark of what stood on the page or in the answer
    on which it rests (`ReturnStanding.mark`); who does it at once, on a version of their own making, needs none."""
    Organisation.objects.select_for_update().get(pk=here.organisation.pk)  # of two the second sees the first
    here = standing_of(version, legal_day(at))
    if here.newest is None or here.newest.pk != version.pk:
        raise moved_on(here)
    must_be_seen(here, seen)
    if at < max([version.at, *(one.at for one in here.steps.get(version.pk, ()))]):
        raise moved_on(here)  # begun before what it would follow was done
    must_follow(FOLLOWS, here.state_of(version), what.value)
    number = len(here.steps.get(version.pk, ())) + 1
    try:
        return ReturnStep.objects.create(
            organisation=of, version=version, number=number, what=what, to=to, reason=reason, at=at, by=viewer
        )
    except IntegrityError as refused:
        if "return_is_reviewed_by_a_second_person" in str(refused):
            raise OwnVersion from refused
        raise


def _said(state: ReturnState) -> Words:
    from tongdian.spoken import both

    return both(state.label)
