"""Findings: opened by who supervises, explained or rectified by whom they are about, and followed up to the end.

What was done stays: a step is added, none is changed. `open_finding` is what other areas call, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.allowed import person
from tongdian.calendar import legal_day
from tongdian.files.models import StoredFile
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Organisation, Region
from tongdian.parties.permissions import one_hand
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.spoken import both
from tongdian.states import must_follow
from tongdian.supervision.fields import EXTENSION, FINDING, MAY_SAY, ORDER, SAID, SENT_BACK
from tongdian.supervision.findings import (
    FINDING_FOLLOWS,
    BadEvidence,
    ClauseUnknown,
    DayGoneBy,
    DayNotLater,
    EvidenceKind,
    FindingOpened,
    FindingState,
    LetterState,
    NotSupervised,
    OutsideTheArea,
    OwnRectification,
    StepsMovedOn,
)
from tongdian.supervision.models import FindingStep, SupervisionFinding
from tongdian.supervision.queries.competence import holds_region, supervises
from tongdian.supervision.queries.findings import finding_of_origin, pack_with
from tongdian.supervision.queries.offices import codes_of
from tongdian.supervision.refusing import EvidenceMissing
from tongdian.supervision.rules import ANSWER, FIND

MOST_EVIDENCE = 50
MOST_TEXT = 200  # of a reference and of its note
Evidence = Sequence[Mapping[str, str]]


@action("open-finding", may=FIND, within="organisation", fields=FINDING)
def open_finding(
    *,
    viewer: Any,
    organisation: Organisation,
    about: Organisation,
    source: str,
    kind: str,
    clause: str,
    text: str,
    at: dt.datetime,
    gravity: str = "minor",
    region: str = "",
    evidence: Evidence = (),
    origin: str = "",
    is_demo: bool = False,
) -> SupervisionFinding:
    """Open a finding of an office about another office or a supplier that it supervises.

    `source` is a FindingSource, `kind` a FindingKind, `gravity` a Gravity; `clause` an id of a pack that binds
    the office and supervises ("附件1/56"). `region` is the code of a division, by default that of whom it is
    about. `evidence` is a list of references, at most 50, each `{"kind": EvidenceKind, "ref": "…", "note": "…"}`
    with texts of at most 200 characters, `note` optional: of a file the hash of one that is kept, of a case,
    ticket, return, rule or paper its number. `origin` is a stable key of what it came of ("inspection:<id>",
    "integrity:<rule>:<case>"): an office opens one finding of each; `queries.findings.finding_of_origin` asks
    beforehand.

    Raises NotAllowed, BadValue, NotSupervised, OutsideTheArea, ClauseUnknown, BadEvidence, FindingOpened.
    """
    today = legal_day(at)
    if not supervises(organisation, about):
        raise NotSupervised(organisation=organisation.name, about=about.name)
    code = region or codes_of(about)[0]
    if not holds_region(organisation, code) or not Region.objects.filter(code=code).exists():
        raise OutsideTheArea(organisation=organisation.name, region=code[:12])
    pack = pack_of_clause(organisation, clause, today)
    kept = checked_evidence(evidence)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # of two of an origin one is opened
    if known := finding_of_origin(organisation, origin):
        raise FindingOpened(number=known.number)
    number = next_number(organisation, "finding", year=today.year)
    return SupervisionFinding.objects.create(
        organisation=organisation, number=f"{organisation.short}-{today.year}-W{number:04d}", about=about,
        region_id=code, pack=pack, clause=clause, source=source, kind=kind, gravity=gravity, text=text,
        evidence=kept, origin=origin, is_demo=is_demo, at=at, by=person(viewer),
    )  # fmt: skip


# --------------------------------------------------------------- the finder's steps
@action("confirm-finding", may=FIND, within="finding.organisation", fields=MAY_SAY)
def confirm_finding(
    *, viewer: Any, finding: SupervisionFinding, at: dt.datetime, text: str = "", seen: int | None = None
) -> FindingStep:
    """It stands, whatever was explained: a circular may name it from now on. Raises NotAllowed, CannotFollow, StepsMovedOn."""
    return _step(finding, FindingState.CONFIRMED, viewer=viewer, at=at, seen=seen, text=text)


@action("order-rectification", may=FIND, within="finding.organisation", fields=ORDER)
def order_rectification(
    *,
    viewer: Any,
    finding: SupervisionFinding,
    text: str,
    due_on: dt.date,
    at: dt.datetime,
    seen: int | None = None,
) -> FindingStep:
    """Say what is to be rectified, and by which day (task 56: 督促整改到位).

    Raises NotAllowed, CannotFollow, StepsMovedOn, DayGoneBy.
    """
    return _step(finding, FindingState.ORDERED, viewer=viewer, at=at, seen=seen, text=text, due_on=due_on)


@action("extend-rectification", may=FIND, within="finding.organisation", fields=EXTENSION)
def extend_rectification(
    *,
    viewer: Any,
    finding: SupervisionFinding,
    text: str,
    due_on: dt.date,
    at: dt.datetime,
    seen: int | None = None,
) -> FindingStep:
    """A later day, with the reason. Raises NotAllowed, CannotFollow, StepsMovedOn, DayGoneBy, DayNotLater."""
    return _step(finding, FindingState.EXTENDED, viewer=viewer, at=at, seen=seen, text=text, due_on=due_on)


@action("send-rectification-back", may=FIND, within="finding.organisation", fields=SENT_BACK)
def send_rectification_back(
    *,
    viewer: Any,
    finding: SupervisionFinding,
    text: str,
    due_on: dt.date,
    at: dt.datetime,
    seen: int | None = None,
) -> FindingStep:
    """What was reported is not enough: why, and by which day. Raises NotAllowed, CannotFollow, StepsMovedOn, DayGoneBy."""
    return _step(finding, FindingState.RETURNED, viewer=viewer, at=at, seen=seen, text=text, due_on=due_on)


@action("verify-rectification", may=FIND, within="finding.organisation", fields=MAY_SAY)
def verify_rectification(
    *, viewer: Any, finding: SupervisionFinding, at: dt.datetime, text: str = "", seen: int | None = None
) -> FindingStep:
    """It is rectified, and closed. Raises NotAllowed, CannotFollow, StepsMovedOn, OwnRectification."""
    reported = FindingStep.objects.filter(finding=finding, what="reported").order_by("-number").first()
    if reported is not None and reported.by_id is not None and _is_of_one_hand(viewer, reported, at):
        raise OwnRectification
    return _step(finding, FindingState.VERIFIED, viewer=viewer, at=at, seen=seen, text=text)


@action("accept-explanation", may=FIND, within="finding.organisation", fields=MAY_SAY)
def accept_explanation(
    *, viewer: Any, finding: SupervisionFinding, at: dt.datetime, text: str = "", seen: int | None = None
) -> FindingStep:
    """What was explained is right: closed. Raises NotAllowed, CannotFollow, StepsMovedOn."""
    return _step(finding, FindingState.ACCEPTED, viewer=viewer, at=at, seen=seen, text=text)


@action("withdraw-finding", may=FIND, within="finding.organisation", fields=SAID)
def withdraw_finding(
    *, viewer: Any, finding: SupervisionFinding, text: str, at: dt.datetime, seen: int | None = None
) -> FindingStep:
    """It was opened by mistake, and stays with the reason. Raises NotAllowed, CannotFollow, StepsMovedOn."""
    return _step(finding, FindingState.WITHDRAWN, viewer=viewer, at=at, seen=seen, text=text)


# --------------------------------------------------------------- the steps of whom it is about
@action("explain-finding", may=ANSWER, within="finding.about", fields=SAID)
def explain_finding(
    *,
    viewer: Any,
    finding: SupervisionFinding,
    text: str,
    at: dt.datetime,
    evidence: Evidence = (),
    seen: int | None = None,
) -> FindingStep:
    """The office explains what was found. Raises NotAllowed, CannotFollow, StepsMovedOn, BadEvidence."""
    return _step(
        finding, FindingState.EXPLAINED, viewer=viewer, at=at, seen=seen, text=text, evidence=evidence
    )


@action("report-rectified", may=ANSWER, within="finding.about", fields=SAID)
def report_rectified(
    *,
    viewer: Any,
    finding: SupervisionFinding,
    text: str,
    evidence: Evidence,
    at: dt.datetime,
    seen: int | None = None,
) -> FindingStep:
    """The office reports that it is rectified, with what shows it.

    Raises NotAllowed, CannotFollow, StepsMovedOn, EvidenceMissing, BadEvidence.
    """
    if not evidence:
        raise EvidenceMissing
    return _step(
        finding, FindingState.REPORTED, viewer=viewer, at=at, seen=seen, text=text, evidence=evidence
    )


def _step(
    finding: SupervisionFinding,
    what: FindingState,
    *,
    viewer: Any,
    at: dt.datetime,
    seen: int | None,
    text: str,
    due_on: dt.date | None = None,
    evidence: Evidence = (),
) -> FindingStep:
    Organisation.objects.select_for_update().get(
        pk=finding.organisation_id
    )  # of two the second sees the first
    steps = list(FindingStep.objects.filter(finding=finding).order_by("number"))
    must_be_seen(
        seen, reached=len(steps), state=FindingState(steps[-1].what if steps else FindingState.OPENED)
    )
    must_follow(FINDING_FOLLOWS, steps[-1].what if steps else FindingState.OPENED, what.value)
    if due_on is not None and due_on < legal_day(at):
        raise DayGoneBy(day=legal_day(at))
    days = [one.due_on for one in steps if one.due_on is not None]
    if what == FindingState.EXTENDED and due_on is not None and due_on <= days[-1]:
        raise DayNotLater(day=days[-1])
    is_office_s = what in (FindingState.EXPLAINED, FindingState.REPORTED)
    return FindingStep.objects.create(
        organisation_id=finding.about_id if is_office_s else finding.organisation_id, finding=finding,
        number=len(steps) + 1, what=what, text=text, due_on=due_on, evidence=checked_evidence(evidence), at=at,
        by=person(viewer),
    )  # fmt: skip


def _is_of_one_hand(viewer: Any, step: FindingStep, at: dt.datetime) -> bool:
    assert step.by_id is not None
    return viewer.pk in one_hand(step.by_id, on=(legal_day(step.at), legal_day(at)))


# --------------------------------------------------------------- what is asked
def must_be_seen(seen: int | None, *, reached: int, state: FindingState | LetterState) -> None:
    """Raise StepsMovedOn where somebody saw another number of steps than were `reached`; None: nobody says what they
    saw, as what the program does at once on a thing of its own making (ADR 97)."""
    if seen is not None and seen != reached:
        raise StepsMovedOn(state=both(state.label))


def pack_of_clause(organisation: Organisation, clause: str, on: dt.date) -> str:
    """The pack of a clause that is cited. Raises ClauseUnknown."""
    found = pack_with(organisation, clause, on)
    if not found:
        raise ClauseUnknown(clause=clause[:40])
    return found


BAD_SHAPE = Words("每项须有类别、名称或编号，可有说明", "each has a kind, what it names, and perhaps a note")
BAD_COUNT = Words("最多 {most} 项", "at most {most} of them")
NO_FILE = Words("没有这个文件", "there is no such file")


def checked_evidence(evidence: Evidence) -> list[dict[str, str]]:
    """References as they are kept. Raises BadEvidence."""
    if isinstance(evidence, str | Mapping) or not isinstance(evidence, Sequence):
        raise BadEvidence(problem=BAD_SHAPE)
    if len(evidence) > MOST_EVIDENCE:
        raise BadEvidence(problem=BAD_COUNT.fill(most=MOST_EVIDENCE))
    kept = [_checked_reference(one) for one in evidence]
    files = {one["ref"] for one in kept if one["kind"] == EvidenceKind.FILE}
    if files and StoredFile.objects.filter(hash__in=files).count() != len(files):
        raise BadEvidence(problem=NO_FILE)
    return kept


def _checked_reference(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or not {"kind", "ref"} <= given.keys() <= {"kind", "ref", "note"}:
        raise BadEvidence(problem=BAD_SHAPE)
    found = {name: str(value).strip() for name, value in given.items() if value is not None}
    is_whole = found.get("kind") in EvidenceKind.values and found.get("ref")
    if not is_whole or any(len(one) > MOST_TEXT for one in found.values()):
        raise BadEvidence(problem=BAD_SHAPE)
    return {name: value for name, value in found.items() if value}
