"""Returns: filled in, reviewed by a second person, filed, and accepted or returned by whom they were filed to.

What is written stays: a correction is another version. Every rule that refuses stands here or in the database,
so that page, API and machine obey the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.policy.inputs import read_value
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile, action
from tongdian.states import must_follow
from tongdian.supervision.fields import ANSWER, BECAUSE, LATE, QUESTION, REMARK
from tongdian.supervision.models import (
    CellAnswer,
    CellQuestion,
    FiledReturn,
    LateAllowance,
    ReturnStep,
    ReturnVersion,
)
from tongdian.supervision.queries.cells import blanks, disagreements
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, standing
from tongdian.supervision.queries.offices import ReturnForm, form_of, receiver, supervising_packs
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.revising import is_open
from tongdian.supervision.refusing import (
    BadCell,
    BlankWithoutReason,
    ChecksFail,
    ExplanationMissing,
    LockedAbove,
    MissingBelow,
    NoReceiver,
    NoSuchReturn,
    NotAFiler,
    NotOpenYet,
    OwnVersion,
    PeriodClosed,
    QuestionAnswered,
    ReturnLocked,
)
from tongdian.supervision.refusing.bundles import NotTheReceiver
from tongdian.supervision.rules import (
    ACCEPT,
    FILE,
    FOLLOWS,
    RECEIVED,
    REVIEW,
    TAKE_BACK,
    CellSource,
    CellStatus,
    ReturnState,
    Step,
)

MOST_SAID = 12  # cells or checks that one refusal names
MOST_TEXT = 500


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

    Raises NotAllowed, NotAFiler, NoSuchReturn, ReturnLocked, ChangedMeanwhile, BadCell.
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
    kept = _with_true_sources(checked_cells(asked, cells), here, today)
    filing = here.filing or FiledReturn.objects.create(
        organisation=organisation,
        pack=asked.pack.id,
        form=form,
        period=period,
        is_demo=is_demo,
        at=at,
        by=viewer,
    )
    lacking = [
        {"organisation": str(one["organisation"]), "why": str(one.get("why", ""))[:MOST_TEXT]}
        for one in absent
    ]
    said = {key: str(text)[:MOST_TEXT] for key, text in (remarks or {}).items() if str(text).strip()}
    return ReturnVersion.objects.create(
        organisation=organisation, filing=filing, number=last + 1, cells=kept, absent=lacking, remarks=said,
        contact=contact, note=note, hash=hash_of([kept, lacking, said]), at=at, by=viewer,
    )  # fmt: skip


@action("review-return", may=REVIEW, within="version.organisation", fields=REMARK)
def review(*, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str = "") -> ReturnStep:
    """A second person has looked at a version and finds it right.

    Raises NotAllowed, OwnVersion, CannotFollow, BlankWithoutReason, ChecksFail, ExplanationMissing.
    """
    today = legal_day(at)
    if version.by_id is None or viewer.pk in one_hand(version.by_id, on=(legal_day(version.at), today)):
        raise OwnVersion
    here = standing_of(version, today)
    must_be_whole(here, version, today)
    return _step(version, here, Step.REVIEWED, viewer=viewer, at=at, reason=reason, of=version.organisation)


@action("file-return", may=REVIEW, within="version.organisation", fields=REMARK)
def submit(*, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str = "") -> ReturnStep:
    """File a version that was reviewed. It is compared once more: what lies below may have changed.

    Raises NotAllowed, CannotFollow, NoReceiver, NotOpenYet, PeriodClosed, MissingBelow, BlankWithoutReason,
    ChecksFail, ExplanationMissing.
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
    _must_name_the_missing(here, version, today)
    return _step(
        version, here, Step.SUBMITTED, viewer=viewer, at=at, reason=reason, of=version.organisation, to=whom
    )


@action("take-back-return", may=TAKE_BACK, within="version.organisation", fields=BECAUSE)
def withdraw(*, viewer: Any, version: ReturnVersion, at: dt.datetime, reason: str) -> ReturnStep:
    """Take back what was filed and not yet accepted: the office's own people do, and nobody above it. Raises NotAllowed, CannotFollow, LockedAbove."""
    here = standing_of(version, legal_day(at))
    _must_not_be_locked_above(here, legal_day(at))
    return _step(version, here, Step.WITHDRAWN, viewer=viewer, at=at, reason=reason, of=version.organisation)


@action("accept-return", may=ACCEPT, within="office", fields=REMARK)
def accept(
    *, viewer: Any, office: Organisation, version: ReturnVersion, at: dt.datetime, reason: str = ""
) -> ReturnStep:
    """Whom it was filed to accepts it. Raises NotAllowed, NotTheReceiver, CannotFollow."""
    here = standing_of(version, legal_day(at))
    must_be_receiver(here, office, legal_day(at))
    return _step(version, here, Step.ACCEPTED, viewer=viewer, at=at, reason=reason, of=office)


@action("return-return", may=ACCEPT, within="office", fields=BECAUSE)
def send_back(
    *, viewer: Any, office: Organisation, version: ReturnVersion, at: dt.datetime, reason: str
) -> ReturnStep:
    """Whom it was filed to sends it back with what is wrong; what was accepted is opened again.

    Raises NotAllowed, NotTheReceiver, CannotFollow, LockedAbove.
    """
    here = standing_of(version, legal_day(at))
    must_be_receiver(here, office, legal_day(at))
    _must_not_be_locked_above(here, legal_day(at))
    return _step(version, here, Step.RETURNED, viewer=viewer, at=at, reason=reason, of=office)


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
    """Let an office file after the closing day, until a day, with the reason. Raises NotAllowed, NotTheReceiver."""
    today = legal_day(at)
    asked = form_for(organisation, form, today)
    here = standing(asked, organisation, period, as_of=today)
    must_be_receiver(here, office, today)
    return LateAllowance.objects.create(
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
) -> CellQuestion:
    """Ask about a cell of what was filed. Raises NotAllowed, NotTheReceiver, BadCell."""
    here = standing_of(version, legal_day(at))
    must_be_receiver(here, office, legal_day(at))
    lines = {line.key: line for line in here.form.rule.lines(here.form.pack, here.form.version)}
    if row not in lines or column not in here.form.version.columns:
        raise BadCell(row=row[:40], column=column[:40], problem=Words("没有这一格", "there is no such cell"))
    return CellQuestion.objects.create(
        organisation=version.organisation, version=version, row=row, column=column, text=text,
        answer_by=answer_by, at=at, by=viewer,
    )  # fmt: skip


@action("answer-about-return", may=FILE, within="question.organisation", fields=ANSWER)
def answer_question(*, viewer: Any, question: CellQuestion, text: str, at: dt.datetime) -> CellAnswer:
    """Answer a question on a cell. Raises NotAllowed, QuestionAnswered."""
    if CellAnswer.objects.filter(question=question).exists():
        raise QuestionAnswered
    return CellAnswer.objects.create(
        organisation=question.organisation, question=question, text=text, at=at, by=viewer
    )


# --------------------------------------------------------------- what it asks
def form_for(organisation: Organisation, key: str, on: dt.date) -> ReturnForm:
    """A form that binds an organisation. Raises NoSuchReturn."""
    return form_among(supervising_packs(organisation, on), key, on)


def form_among(packs: Sequence[Pack], key: str, on: dt.date) -> ReturnForm:
    """A form of the first of some packs that has it. Raises NoSuchReturn."""
    for pack in packs:
        form = form_of(pack, key, on)
        if form is not None:
            return form
    raise NoSuchReturn


def standing_of(version: ReturnVersion, on: dt.date) -> ReturnStanding:
    """Where the return of a version stands. Raises NoSuchReturn."""
    filing = version.filing
    return standing(
        form_for(filing.organisation, filing.form, on), filing.organisation, filing.period, as_of=on
    )


def checked_cells(
    form: ReturnForm, cells: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Cells as they are kept: every value read by its type. Raises BadCell for what the form does not take."""
    lines = {line.key: line for line in form.rule.lines(form.pack, form.version)}
    kept: dict[str, dict[str, dict[str, str]]] = {}
    for row, columns in cells.items():
        for column, given in columns.items():
            line, declared = lines.get(row), form.version.columns.get(column)
            cell = form.rule.cell(form.version, line, column) if line and declared else None
            if line is None or declared is None or cell is None:
                raise BadCell(row=str(row)[:40], column=str(column)[:40], problem=NO_CELL)
            kept.setdefault(row, {})[column] = _checked_cell(line.title, declared.title, column, cell, given)
    return kept


def _with_true_sources(
    kept: dict[str, dict[str, dict[str, str]]], here: ReturnStanding, today: dt.date
) -> dict[str, dict[str, dict[str, str]]]:
    """A figure is counted or added up only where that is what comes out; all else was entered, whatever is said."""
    said = [
        cell for columns in kept.values() for cell in columns.values() if cell["source"] != CellSource.ENTERED
    ]
    if said:
        true = proposed(here, as_of=today)
        for row, columns in kept.items():
            for column, cell in columns.items():
                found = true.get(row, {}).get(column, {})
                if (cell.get("value"), cell["source"]) != (found.get("value"), found.get("source")):
                    cell["source"] = CellSource.ENTERED.value
    return kept


NO_CELL = Words("没有这一格", "there is no such cell")
BOTH = Words("写了数，就不能标为缺数或不适用", "it has a figure, and is said to be missing or not applicable")


def _checked_cell(
    row: Words, title: Words, column: str, cell: Any, given: Mapping[str, Any]
) -> dict[str, str]:
    value = str(given.get("value") or "").strip()
    why = str(given.get("why") or "").strip()
    status = str(given.get("status") or CellStatus.NORMAL)
    source = str(given.get("source") or CellSource.ENTERED)
    if status not in CellStatus.values or source not in CellSource.values or len(why) > MOST_TEXT:
        raise BadCell(row=row, column=title, problem=Words("状态或来源不对", "its status or source is none"))
    if value and status in (CellStatus.MISSING, CellStatus.NOT_APPLICABLE):
        raise BadCell(row=row, column=title, problem=BOTH)
    if value:
        try:
            read_value(column, value, cell.value_type)
        except BadInput as refusal:
            problem = refusal.facts["problem"]
            raise BadCell(row=row, column=title, problem=problem) from None
    elif status == CellStatus.NORMAL:
        status = CellStatus.MISSING.value
    found = {"value": value, "status": status, "source": source, "why": why}
    return {name: text for name, text in found.items() if text}


def must_be_open(here: ReturnStanding, today: dt.date) -> None:
    """The period may be filed for today: it is over, and not closed or allowed longer."""
    period = here.period
    if period.opens is not None and today < period.opens:
        raise NotOpenYet(day=period.opens)
    if period.closes is not None and today > max(period.closes, here.allowed_until or period.closes):
        raise PeriodClosed(day=period.closes)


def must_be_whole(here: ReturnStanding, version: ReturnVersion, today: dt.date) -> None:
    """Nothing blank without a reason, and nothing that does not agree."""
    empty = blanks(here.form, version.cells)
    if empty:
        columns = here.form.version.columns
        raise BlankWithoutReason(
            cells=_listed([_cell_named(line.title, columns[c].title) for line, c in empty])
        )
    found = disagreements(here, version.cells, as_of=today)
    failing = [one for one in found if one.blocks]
    if failing:
        raise ChecksFail(failures=_listed([_cell_named(one.line.title, one.rule.says) for one in failing]))
    unsaid = [
        one
        for one in found
        if one.outcome == "fail" and one.severity == "explain" and not version.remarks.get(one.key)
    ]
    if unsaid:
        raise ExplanationMissing(
            failures=_listed([_cell_named(one.line.title, one.rule.says) for one in unsaid])
        )


def _must_name_the_missing(here: ReturnStanding, version: ReturnVersion, today: dt.date) -> None:
    named = {one["organisation"] for one in version.absent if one.get("why", "").strip()}
    missing = [
        one.organisation
        for one in expected_below(here.form, here.organisation, here.period.key, as_of=today)
        if one.accepted is None and one.organisation.short not in named
    ]
    if missing:
        raise MissingBelow(offices=_listed([Words(one.name, one.name_en or one.name) for one in missing]))


def must_be_receiver(here: ReturnStanding, office: Organisation, today: dt.date) -> None:
    """Raise NotTheReceiver unless the return is filed to that office."""
    must_be_filed_to(office, receiver(here.form, here.organisation, today))


def must_be_filed_to(office: Organisation, whom: Organisation | None) -> None:
    """Raise NotTheReceiver unless what is filed to `whom` is filed to that office."""
    if whom is None or whom.pk != office.pk:
        raise NotTheReceiver


def _must_not_be_locked_above(here: ReturnStanding, today: dt.date) -> None:
    """What was added up above and lies with the level above that is not moved from under it."""
    above = receiver(here.form, here.organisation, today)
    if above is None or here.form.filer(above) is None:
        return
    if standing(here.form, above, here.period.key, as_of=today).state in RECEIVED:
        raise LockedAbove


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
) -> ReturnStep:
    Organisation.objects.select_for_update().get(pk=here.organisation.pk)  # of two the second sees the first
    here = standing_of(version, legal_day(at))
    if here.newest is None or here.newest.pk != version.pk:
        raise ChangedMeanwhile
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


def hash_of(said: Any) -> str:
    """SHA-256 of something that is told as JSON."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _said(state: ReturnState) -> Words:
    from tongdian.spoken import both

    return both(state.label)


def _cell_named(row: Words, column: Words) -> Words:
    return Words(f"{row.zh}·{column.zh}", f"{row.en}: {column.en}")


def _listed(several: Sequence[Words]) -> Words:
    shown, more = several[:MOST_SAID], len(several) - MOST_SAID
    zh, en = "；".join(one.zh for one in shown), "; ".join(one.en for one in shown)
    return Words(f"{zh} 等共 {len(several)} 处", f"{en} and {more} more") if more > 0 else Words(zh, en)
