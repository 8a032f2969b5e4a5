"""What happened to a case, line by line: who, when, and what of it was claimed afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from tongdian.cases.models import Assignment, Case, Event, Paper
from tongdian.cases.queries import Desk
from tongdian.cases.rules import EVIDENCE_FILE
from tongdian.parties.models import Account
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState


@dataclass(frozen=True)
class Evidence:
    """Something an event rests on: a kept file, or words that say where it is."""

    said: str
    file: str = ""


FIRST = 1  # the sequence of the event that opens a case


@dataclass(frozen=True)
class TimelineLine:
    """One line of the timeline."""

    at: dt.datetime
    icon: str
    what: str
    who: str
    acted_for: str = ""
    detail: str = ""
    claimed_on: dt.date | None = None
    gap_days: int = 0
    evidence: tuple[Evidence, ...] = ()
    seq: int = FIRST  # papers and assignments have none: what came with the application follows it
    is_live: bool = True
    is_event: bool = False


def read_evidence(said: str) -> Evidence:
    """What an event named."""
    if said.startswith(EVIDENCE_FILE):
        _, hash_, name = said.split(":", 2)
        return Evidence(name, hash_)
    return Evidence(said)


def timeline(
    case: Case,
    desk: Desk,
    rows: Sequence[Event],
    events: Sequence[kernel.CaseEvent],
    papers: Sequence[Paper],
    given: Sequence[Assignment],
    titles: Mapping[str, str],
    language: str,
) -> list[TimelineLine]:
    """Everything that happened, newest first. `titles` are those of the papers by item."""
    names = _Names(case, rows, papers, given)
    said = _Saying(desk, language)
    lines = [_of_assignment(one, said, names) for one in given]
    lines += [_of_paper(paper, titles, names) for paper in papers]
    by_number = {event.seq: event for event in events}
    lines += [_of_event(row, event, said, names, by_number) for row, event in zip(rows, events, strict=True)]
    return sorted(lines, key=lambda line: (line.at, line.seq), reverse=True)


class _Names:
    """Actors as people see them: a colleague's name, "applicant", or a program."""

    def __init__(
        self, case: Case, rows: Sequence[Event], papers: Sequence[Paper], given: Sequence[Assignment]
    ) -> None:
        account = case.customer.account if case.customer else None
        self._customer = account.actor if account else ""
        known = {row.account for row in rows if row.account} | {one.account for one in given if one.account}
        entered = [*(one.by for one in papers), *(one.by for one in given)]
        by = {one.removeprefix("account:") for one in entered if one.startswith("account:")}
        by -= {one.username for one in known}
        absent = {row.acted_for for row in rows} - {None} - {one.id for one in known}
        if by or absent:
            known.update(Account.objects.filter(Q(username__in=by) | Q(id__in=absent)))
        self._accounts = {one.username: one for one in known}
        self._absent = {one.id: one.shown_name for one in known}

    def is_applicant(self, by: str) -> bool:
        theirs = bool(self._customer) and by == self._customer
        return theirs or by.startswith(("applicant:", "online:"))

    def who(self, by: str, account: Account | None = None) -> str:
        if self.is_applicant(by):
            return gettext("applicant")
        account = account or self._accounts.get(by.removeprefix("account:"))
        return account.shown_name if account else by.removeprefix("account:")

    def absent(self, id_: Any) -> str:
        return self._absent.get(id_, "")


class _Saying:
    """Titles of the case's own wording in the reader's language."""

    def __init__(self, desk: Desk, language: str) -> None:
        self.desk, self.language = desk, language

    def stage(self, key: str) -> str:
        stage = self.desk.wording.stages.get(key)
        return stage.title.say(self.language) if stage else key

    def fact(self, name: str, value: Any) -> str:
        declared = self.desk.wording.facts.get(name)
        if declared is None:
            return f"{name} {value}"
        title = declared.title.say(self.language) if declared.title else name
        return f"{title}: {declared.label(value, self.language)}"

    def cause(self, key: str) -> str:
        cause = self.desk.wording.causes.get(key)
        return cause.title.say(self.language) if cause else key


def _of_event(
    row: Event,
    event: kernel.CaseEvent,
    said: _Saying,
    names: _Names,
    by_number: Mapping[int, kernel.CaseEvent],
) -> TimelineLine:
    what, detail, icon, evidence = _told(event, said, by_number)
    if isinstance(event, kernel.Withdrawn) and not names.is_applicant(row.by):
        what = gettext("Taken back by the office")
    is_claimed = event.claimed_on is not None and event.claimed_on != event.on
    return TimelineLine(
        at=row.at,
        icon=icon,
        what=what,
        who=names.who(row.by, row.account),
        acted_for=names.absent(row.acted_for),
        detail=detail,
        claimed_on=event.claimed_on if is_claimed else None,
        gap_days=(event.on - event.claimed_on).days if event.claimed_on and is_claimed else 0,
        evidence=tuple(read_evidence(one) for one in evidence),
        seq=row.seq,
        is_live=row.source == "live",
        is_event=True,
    )


def _told(
    event: kernel.CaseEvent, said: _Saying, by_number: Mapping[int, kernel.CaseEvent]
) -> tuple[str, str, str, tuple[str, ...]]:
    match event:
        case kernel.Opened():
            known = "；".join(said.fact(name, value) for name, value in event.facts.items())
            return gettext("Applied"), known, "file-text", ()
        case kernel.Closed():
            return (
                gettext("Done: %(stage)s") % {"stage": said.stage(event.stage)},
                event.note,
                "circle-check",
                event.evidence,
            )
        case kernel.Returned():
            told = gettext("%(stage)s sent it back to %(to)s") % {
                "stage": said.stage(event.stage),
                "to": said.stage(event.to),
            }
            return told, event.reason, "arrow-back-up", ()
        case kernel.Suspended():
            told = gettext("Suspended: %(cause)s") % {"cause": said.cause(event.cause)}
            return told, event.reason, "player-pause", event.evidence
        case kernel.Resumed():
            return gettext("Resumed"), event.note, "player-play", ()
        case kernel.FactRecorded():
            return said.fact(event.name, event.value), event.reason, "edit", ()
        case kernel.Withdrawn():
            return gettext("Withdrawn by the applicant"), event.reason, "x", ()
        case kernel.Migrated():
            told = gettext("Moved to the version %(version)s") % {"version": event.version}
            return told, event.reason, "git-branch", ()
        case kernel.Countersigned():
            told = gettext("Countersigned: %(claim)s") % _claimed(event, said, by_number)
            return told, event.reason, "shield-check", event.evidence
        case kernel.ClaimRefused():
            told = gettext("Not accepted: %(claim)s") % _claimed(event, said, by_number)
            return told, event.reason, "x", ()
    return event.kind, "", "point", ()


def _claimed(
    event: kernel.Countersigned | kernel.ClaimRefused,
    said: _Saying,
    by_number: Mapping[int, kernel.CaseEvent],
) -> dict[str, str]:
    """What was claimed, with the day from which it is to count."""
    claim = by_number[event.claim]
    return {"claim": f"{_told(claim, said, by_number)[0]} · {claim.day.isoformat()}"}


def _of_paper(paper: Paper, titles: Mapping[str, str], names: _Names) -> TimelineLine:
    title = titles.get(paper.item, paper.title or paper.item)
    told = {
        Paper.Kind.ASKED: gettext("Asked for in addition: %(paper)s"),
        Paper.Kind.RECEIVED: gettext("Received: %(paper)s"),
        Paper.Kind.SET_ASIDE: gettext("Set aside: %(paper)s"),
    }[Paper.Kind(paper.kind)] % {"paper": title}
    icon = {"received": "checklist", "asked": "plus", "set_aside": "minus"}[paper.kind]
    return TimelineLine(paper.at, icon, told, names.who(paper.by), detail=paper.reason)


def _of_assignment(one: Assignment, said: _Saying, names: _Names) -> TimelineLine:
    part = part_said(one.part, said.desk, said.language)
    if one.account is None:
        told = gettext("%(part)s given back to the office") % {"part": part}
    else:
        told = gettext("%(part)s given to %(person)s") % {"part": part, "person": one.account.shown_name}
    return TimelineLine(one.at, "user", told, names.who(one.by), detail=one.reason)


def part_said(part: str, desk: Desk, language: str) -> str:
    """A stage, or the case as its customer or project manager has it."""
    known = {
        Assignment.CUSTOMER_MANAGER: gettext("Customer manager"),
        Assignment.PROJECT_MANAGER: gettext("Project manager"),
    }
    if part in known:
        return known[part]
    stage = desk.wording.stages.get(part)
    return stage.title.say(language) if stage else part


def claims(state: CaseState) -> int:
    """How many events claim an earlier day."""
    return len(state.late_entries)
