"""Reminders, talks and circulars: what is drafted by one and signed by a second person (letter 4(2), 4(4))."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongdian.allowed import person
from tongdian.calendar import legal_day
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.registers.action import action
from tongdian.states import must_follow
from tongdian.supervision.actions.findings import Evidence, checked_evidence, must_be_seen, pack_of_clause
from tongdian.supervision.fields import CIRCULAR, PUBLISHED, SAID, TALK, TALK_RECORD, URGING
from tongdian.supervision.findings import (
    CIRCULAR_FOLLOWS,
    FOUND_TRUE,
    TALK_FOLLOWS,
    CircularScope,
    DayGoneBy,
    DayOutOfOrder,
    FindingState,
    LetterState,
    NamesOthers,
    NotConfirmed,
    NotForTheCountry,
    NotForTheOffice,
    NothingNamed,
    NotSupervised,
    OwnLetter,
)
from tongdian.supervision.models import (
    Circular,
    CircularStep,
    FindingInCircular,
    FindingInTalk,
    SupervisionFinding,
    Talk,
    TalkStep,
    UrgingAnswer,
    UrgingLetter,
)
from tongdian.supervision.queries.competence import SUMMONERS, holds_region, may_urge, supervises
from tongdian.supervision.queries.findings import findings_seen, standing_rows
from tongdian.supervision.refusing import QuestionAnswered
from tongdian.supervision.rules import ANSWER, FIND, SIGN

Rows = Sequence[SupervisionFinding]

FALLEN = (FindingState.ACCEPTED.value, FindingState.WITHDRAWN.value)  # what nobody is summoned for


# --------------------------------------------------------------- 4(2), 2(4): reminders
@action("send-reminder", may=FIND, within="organisation", fields=URGING)
def send_reminder(
    *,
    viewer: Any,
    organisation: Organisation,
    about: Organisation,
    clause: str,
    text: str,
    due_on: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
) -> UrgingLetter:
    """Press an office to do something by a day.

    Raises NotAllowed, NotSupervised, ClauseUnknown, DayGoneBy.
    """
    today = legal_day(at)
    if not may_urge(organisation, about):
        raise NotSupervised(organisation=organisation.name, about=about.name)
    if due_on < today:
        raise DayGoneBy(day=today)
    return UrgingLetter.objects.create(
        organisation=organisation, number=_number(organisation, "reminder", "D", today), about=about,
        pack=pack_of_clause(organisation, clause, today), clause=clause, text=text, due_on=due_on,
        is_demo=is_demo, at=at, by=person(viewer),
    )  # fmt: skip


@action("answer-reminder", may=ANSWER, within="letter.about", fields=SAID)
def answer_reminder(
    *, viewer: Any, letter: UrgingLetter, text: str, at: dt.datetime, evidence: Evidence = ()
) -> UrgingAnswer:
    """Answer it, once. Raises NotAllowed, QuestionAnswered, BadEvidence."""
    Organisation.objects.select_for_update().get(pk=letter.about_id)
    if UrgingAnswer.objects.filter(letter=letter).exists():
        raise QuestionAnswered
    return UrgingAnswer.objects.create(
        organisation_id=letter.about_id, letter=letter, text=text, evidence=checked_evidence(evidence), at=at,
        by=person(viewer),
    )  # fmt: skip


# --------------------------------------------------------------- 4(4): talks
@action("draft-talk", may=FIND, within="organisation", fields=TALK)
def draft_talk(
    *,
    viewer: Any,
    organisation: Organisation,
    about: Organisation,
    findings: Rows,
    held_on: dt.date,
    hour: str,
    place: str,
    clause: str,
    text: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> Talk:
    """Draft the notice by which an office is summoned about findings of its own.

    Raises NotAllowed, NotForTheOffice, NotSupervised, NothingNamed, NamesOthers, ClauseUnknown, DayGoneBy.
    """
    today = legal_day(at)
    _must_summon(organisation)
    if not supervises(organisation, about):
        raise NotSupervised(organisation=organisation.name, about=about.name)
    if held_on < today:
        raise DayGoneBy(day=today).about("held_on")
    named = _named(viewer, findings, today)
    if others := [one for one in named if one.about_id != about.pk or one.state in FALLEN]:
        raise NamesOthers(findings=_numbers(others))
    talk = Talk.objects.create(
        organisation=organisation, number=_number(organisation, "talk", "Y", today), about=about,
        pack=pack_of_clause(organisation, clause, today), clause=clause, text=text, held_on=held_on, hour=hour,
        place=place, is_demo=is_demo, at=at, by=person(viewer),
    )  # fmt: skip
    for one in named:
        FindingInTalk.objects.create(talk=talk, finding=one)
    return talk


@action("sign-talk", may=SIGN, within="talk.organisation")
def sign_talk(*, viewer: Any, talk: Talk, at: dt.datetime, seen: int | None = None) -> TalkStep:
    """A second person signs the notice; whom it summons sees it.

    Raises NotAllowed, OwnLetter, NamesOthers, CannotFollow, StepsMovedOn.
    """
    _must_be_a_second(viewer, talk, at)
    rows = SupervisionFinding.objects.filter(talks__talk=talk)
    if gone := [one for one in standing_rows(rows, legal_day(at)) if one.state in FALLEN]:
        raise NamesOthers(findings=_numbers(gone))
    return _talk_step(talk, LetterState.SIGNED, viewer=viewer, at=at, seen=seen, on=legal_day(at))


@action("drop-talk", may=FIND, within="talk.organisation", fields=SAID)
def drop_talk(*, viewer: Any, talk: Talk, text: str, at: dt.datetime, seen: int | None = None) -> TalkStep:
    """It is not held, for a reason. Raises NotAllowed, CannotFollow, StepsMovedOn."""
    return _talk_step(talk, LetterState.DROPPED, viewer=viewer, at=at, seen=seen, on=legal_day(at), text=text)


@action("record-talk", may=FIND, within="talk.organisation", fields=TALK_RECORD)
def record_talk(
    *,
    viewer: Any,
    talk: Talk,
    on: dt.date,
    attendees: str,
    text: str,
    due_on: dt.date,
    at: dt.datetime,
    seen: int | None = None,
) -> TalkStep:
    """It was held: who took part, what they promised, by when.

    Raises NotAllowed, CannotFollow, StepsMovedOn, DayOutOfOrder, DayGoneBy.
    """
    _must_lie_between(on, TalkStep.objects.filter(talk=talk), at)
    if due_on < on:
        raise DayGoneBy(day=on)
    return _talk_step(
        talk,
        LetterState.HELD,
        viewer=viewer,
        at=at,
        seen=seen,
        on=on,
        text=text,
        attendees=attendees,
        due_on=due_on,
    )


# --------------------------------------------------------------- 4(4): circulars
@action("draft-circular", may=FIND, within="organisation", fields=CIRCULAR)
def draft_circular(
    *,
    viewer: Any,
    organisation: Organisation,
    findings: Rows,
    title: str,
    scope: str,
    clause: str,
    text: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> Circular:
    """Draft a circular that names whom findings are about. Only what is confirmed is named.

    Raises NotAllowed, NotForTheOffice, NotForTheCountry, NothingNamed, NotConfirmed, NamesOthers, ClauseUnknown.
    """
    today = legal_day(at)
    _must_summon(organisation)
    if scope == CircularScope.NATION and organisation.kind != Organisation.Kind.REGULATOR:
        raise NotForTheCountry
    named = _named(viewer, findings, today)
    if others := [one for one in named if not holds_region(organisation, one.region_id)]:
        raise NamesOthers(findings=_numbers(others))
    if doubtful := [one for one in named if one.state not in [true.value for true in FOUND_TRUE]]:
        raise NotConfirmed(findings=_numbers(doubtful))
    circular = Circular.objects.create(
        organisation=organisation, number=_number(organisation, "circular", "T", today), title=title, scope=scope,
        pack=pack_of_clause(organisation, clause, today), clause=clause, text=text, is_demo=is_demo, at=at,
        by=person(viewer),
    )  # fmt: skip
    for one in named:
        FindingInCircular.objects.create(circular=circular, finding=one)
    return circular


@action("sign-circular", may=SIGN, within="circular.organisation")
def sign_circular(
    *, viewer: Any, circular: Circular, at: dt.datetime, seen: int | None = None
) -> CircularStep:
    """A second person signs it. Raises NotAllowed, OwnLetter, CannotFollow, StepsMovedOn."""
    _must_be_a_second(viewer, circular, at)
    return _circular_step(circular, LetterState.SIGNED, viewer=viewer, at=at, seen=seen, on=legal_day(at))


@action("drop-circular", may=FIND, within="circular.organisation", fields=SAID)
def drop_circular(
    *, viewer: Any, circular: Circular, text: str, at: dt.datetime, seen: int | None = None
) -> CircularStep:
    """It is not published, for a reason. Raises NotAllowed, CannotFollow, StepsMovedOn."""
    return _circular_step(
        circular, LetterState.DROPPED, viewer=viewer, at=at, seen=seen, on=legal_day(at), text=text
    )


@action("publish-circular", may=SIGN, within="circular.organisation", fields=PUBLISHED)
def publish_circular(
    *, viewer: Any, circular: Circular, on: dt.date, at: dt.datetime, seen: int | None = None
) -> CircularStep:
    """It was published on a day. Raises NotAllowed, CannotFollow, StepsMovedOn, DayOutOfOrder."""
    _must_lie_between(on, CircularStep.objects.filter(circular=circular), at)
    return _circular_step(circular, LetterState.PUBLISHED, viewer=viewer, at=at, seen=seen, on=on)


# --------------------------------------------------------------- what is asked
def _must_summon(organisation: Organisation) -> None:
    """4(4): the nation summons and publishes, its regional offices in their areas; departments order and remind."""
    if organisation.kind not in SUMMONERS:
        raise NotForTheOffice(organisation=organisation.name)


def _named(viewer: Any, findings: Rows, today: dt.date) -> list[Any]:
    """What a letter rests on, as it stands: of what the viewer sees. Raises NothingNamed, NamesOthers."""
    if not findings:
        raise NothingNamed
    ids = {one.pk for one in findings}
    seen = findings_seen(viewer, as_of=today) if person(viewer) is not None else standing_rows(
        SupervisionFinding.objects.all(), today
    )  # fmt: skip
    found = list(seen.filter(pk__in=ids).order_by("number"))
    if len(found) != len(ids):
        unseen = ids - {one.pk for one in found}
        raise NamesOthers(findings=_numbers([one for one in findings if one.pk in unseen]))
    return found


def _must_be_a_second(viewer: Any, letter: Talk | Circular, at: dt.datetime) -> None:
    drafter = letter.by_id
    if drafter is None or viewer.pk in one_hand(drafter, on=(legal_day(letter.at), legal_day(at))):
        raise OwnLetter


def _must_lie_between(on: dt.date, steps: Any, at: dt.datetime) -> None:
    """What a letter led to happened after its signature, and not in days to come."""
    signed = steps.filter(what=LetterState.SIGNED).first()
    if signed is not None and not signed.on <= on <= legal_day(at):
        raise DayOutOfOrder(first=signed.on, last=legal_day(at))


def _talk_step(
    talk: Talk, what: LetterState, *, viewer: Any, at: dt.datetime, seen: int | None, on: dt.date, **said: Any
) -> TalkStep:
    number = _next_step(talk, what, TALK_FOLLOWS, seen)
    return TalkStep.objects.create(
        organisation_id=talk.organisation_id, talk=talk, number=number, what=what, on=on, at=at,
        by=person(viewer), **said,
    )  # fmt: skip


def _circular_step(
    circular: Circular,
    what: LetterState,
    *,
    viewer: Any,
    at: dt.datetime,
    seen: int | None,
    on: dt.date,
    **said: Any,
) -> CircularStep:
    number = _next_step(circular, what, CIRCULAR_FOLLOWS, seen)
    return CircularStep.objects.create(
        organisation_id=circular.organisation_id, circular=circular, number=number, what=what, on=on, at=at,
        by=person(viewer), **said,
    )  # fmt: skip


def _next_step(letter: Any, what: LetterState, follows: Any, seen: int | None) -> int:
    """The number of a step, if it follows what was seen. Raises CannotFollow, StepsMovedOn."""
    Organisation.objects.select_for_update().get(
        pk=letter.organisation_id
    )  # of two the second sees the first
    last = letter.steps.order_by("-number").first()
    now = LetterState(last.what if last else LetterState.DRAFTED)
    must_be_seen(seen, reached=last.number if last else 0, state=now)
    must_follow(follows, now, what.value)
    return last.number + 1 if last else 1


def _number(organisation: Organisation, of: str, letter: str, today: dt.date) -> str:
    return f"{organisation.short}-{today.year}-{letter}{next_number(organisation, of, year=today.year):03d}"


def _numbers(findings: Rows) -> str:
    return "、".join(one.number for one in findings)
