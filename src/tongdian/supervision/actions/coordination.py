"""Meetings of the mechanism of coordination (附件1/51), and difficulties resolved in time (附件1/55)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.supervision.fields import DIFFICULTY, MEETING, RESOLUTION
from tongdian.supervision.models import CoordinationMeeting, Difficulty, Resolution
from tongdian.supervision.refusing import NotYet
from tongdian.supervision.rules import FILE


class ResolvedBeforeKnown(Refusal):
    """A difficulty is known before it is resolved."""

    says = Words("解决日期早于知悉日期。", "It is resolved before it was known.")
    field = "on"


class DifficultyResolved(Refusal):
    """A difficulty is resolved once."""

    says = Words("已登记解决。", "Its resolution is entered already.")
    status = 409


@action("enter-meeting", may=FILE, within="organisation", fields=MEETING)
def enter_meeting(
    *,
    viewer: Any,
    organisation: Organisation,
    on: dt.date,
    topic: str,
    present: str,
    decisions: str,
    paper: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> CoordinationMeeting:
    """Enter a meeting that was held. Raises NotAllowed, NotYet."""
    must_be_over(on, at)
    return CoordinationMeeting.objects.create(
        organisation=organisation, on=on, topic=topic, present=present, decisions=decisions, paper=paper,
        is_demo=is_demo, at=at, by=viewer,
    )  # fmt: skip


@action("enter-difficulty", may=FILE, within="organisation", fields=DIFFICULTY)
def enter_difficulty(
    *,
    viewer: Any,
    organisation: Organisation,
    on: dt.date,
    text: str,
    source: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> Difficulty:
    """Enter what customers have difficulty with. Raises NotAllowed, NotYet."""
    must_be_over(on, at)
    return Difficulty.objects.create(
        organisation=organisation, on=on, text=text, source=source, is_demo=is_demo, at=at, by=viewer
    )


@action("resolve-difficulty", may=FILE, within="difficulty.organisation", fields=RESOLUTION)
def resolve_difficulty(
    *,
    viewer: Any,
    difficulty: Difficulty,
    on: dt.date,
    text: str,
    at: dt.datetime,
    meeting: CoordinationMeeting | None = None,
) -> Resolution:
    """Say how a difficulty was resolved, perhaps at a meeting of the same office.

    Raises NotAllowed, NotYet, ResolvedBeforeKnown, DifficultyResolved.
    """
    must_be_over(on, at)
    if on < difficulty.on:
        raise ResolvedBeforeKnown
    if Resolution.objects.filter(difficulty=difficulty).exists():
        raise DifficultyResolved
    if meeting is not None and meeting.organisation_id != difficulty.organisation_id:
        meeting = None
    return Resolution.objects.create(
        organisation=difficulty.organisation,
        difficulty=difficulty,
        meeting=meeting,
        on=on,
        text=text,
        at=at,
        by=viewer,
    )


def must_be_over(on: dt.date, at: dt.datetime) -> None:
    """Raise NotYet of a day that is still to come."""
    if on > legal_day(at):
        raise NotYet
