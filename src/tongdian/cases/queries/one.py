"""One case: the rules it is worked by, where it stands, who may work on it, and its papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongdian.cases.models import Assignment, Case, Event, OpenStage, Paper
from tongdian.cases.rules import ISSUE_PAPER, Applicant, NoSuchCase, has_file
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.parties.permissions import grants, one_hand
from tongdian.parties.queries import standing_consent
from tongdian.parties.rules import PERMISSIONS
from tongdian.policy import process as kernel
from tongdian.policy.answer import Answer, PaperOptions
from tongdian.policy.interpretations import used_by
from tongdian.policy.kinds.checklist import shows_identity
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState, JudgedClocks, LimitOf, Process, ProcessVersion, limits_of
from tongdian.policy.refusals import Refusal
from tongdian.policy.types import Value
from tongdian.policy.words import Words
from tongdian.questions import Question
from tongdian.rulebook import queries as rulebook

_EVENTS = Question(
    "select {event} from cases_event event where event.case_id = %(case)s order by event.seq", event=Event
)
_EVENTS_AND_WHO = Question(
    """
    select {event}, {account} from cases_event event
      left join parties_account account on account.id = event.account_id
     where event.case_id = %(case)s order by event.seq
    """,
    event=Event,
    account=Account,
)
_PAPERS = Question(
    "select {paper} from cases_paper paper where paper.case_id = %(case)s order by paper.id", paper=Paper
)
_ASSIGNMENTS = Question(
    """
    select {assignment}, {account} from cases_assignment assignment
      left join parties_account account on account.id = assignment.account_id
     where assignment.case_id = %(case)s order by assignment.id
    """,
    assignment=Assignment,
    account=Account,
)
_OPEN_STAGES = Question(
    """
    select {stage}, {office}, {person} from cases_openstage stage
      left join parties_organisation office on office.id = stage.office_id
      left join parties_account person on person.id = stage.assigned_to_id
     where stage.case_id = %(case)s
    """,
    stage=OpenStage,
    office=Organisation,
    person=Account,
)


SETTLING = (kernel.Countersigned.kind, kernel.ClaimRefused.kind)


# ---------------------------------------------------------------- one case, by its rules
@dataclass(frozen=True)
class Desk:
    """The rules a case is worked by: its pack as encoded then, its process in its wording."""

    pack: Pack
    process: Process
    wording: ProcessVersion
    limit_of: LimitOf

    def clocks(self, case: Case, state: CaseState, as_of: dt.date) -> JudgedClocks:
        """The clocks at the end of a day, or of the last event where that is later."""
        return JudgedClocks(
            self.process,
            state,
            calendar=self.pack.calendar,
            as_of=max(as_of, state.last_on),
            limit_of=self.limit_of,
            region=case.region_id,
        )


def desk(case: Case) -> Desk:
    """The rules of a case. Made once for each wording and kept with the pack."""
    pack = rulebook.pack_at(case.pack, case.revision)
    key = ("desk", case.process, case.version, tuple(sorted(case.taken.items())))
    found: Desk | None = pack.cache.get(key)
    if found is None:
        process = pack.rules[case.process]
        assert isinstance(process, Process)
        found = pack.cache[key] = Desk(pack, process, process.at(case.version), limits_of(pack, case.taken))
    return found


class Desks:
    """The desks of many cases: each wording is asked for once, not once a case."""

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Desk] = {}

    def of(self, case: Case) -> Desk:
        """The rules of one of them."""
        taken = tuple(sorted(case.taken.items()))
        key = (case.pack, case.revision, case.process, case.version, taken)
        if key not in self._found:
            self._found[key] = desk(case)
        return self._found[key]

    def title(self, case: Case, language: str) -> str:
        """What it is about; the process's id where its rules cannot be read."""
        try:
            return self.of(case).process.title.say(language)
        except Refusal:
            return case.process


def kernel_events(process: Process, rows: Iterable[Event], version: str) -> list[kernel.CaseEvent]:
    """Stored events as the kernel's. `version` is the one the case began under."""
    events = []
    for row in rows:
        plain = {
            **row.body,
            "event": row.kind,
            "seq": row.seq,
            "on": row.on.isoformat(),
            "claimed_on": row.claimed_on.isoformat() if row.claimed_on else None,
            "by": row.by,
        }
        if row.stage:
            plain["stage"] = row.stage
        event = kernel.event_from_plain(process, plain, version=version)
        if isinstance(event, kernel.Opened | kernel.Migrated):
            version = event.version
        events.append(event)
    return events


def state_of(case: Case, at_desk: Desk | None = None) -> CaseState:
    """Where the case stands: the fold of its events."""
    process = (at_desk or desk(case)).process
    rows = [row for (row,) in _EVENTS(case=case.id)]
    return kernel.fold(process, kernel_events(process, rows, case.version))


def events(case: Case) -> list[Event]:
    """Everything that happened, in order, with who did it."""
    found = []
    for event, account in _EVENTS_AND_WHO(case=case.id):
        event.account = account
        found.append(event)
    return found


def open_stages(case: Case) -> dict[str, OpenStage]:
    """The stages that wait for somebody, by key, each with its office and who has it."""
    found = {}
    for row, office, person in _OPEN_STAGES(case=case.id):
        row.office, row.assigned_to = office, person
        found[row.stage] = row
    return found


def doubts_of(case: Case, desk: Desk, state: CaseState) -> list[kernel.Doubt]:
    """What the facts of a case say that its process is not for, by the rules of the day of application."""
    return kernel.doubts_of(desk.pack, desk.wording, state.facts, on=state.opened_on, taken=case.taken)


def slips_of(desk: Desk, state: CaseState) -> list[Words]:
    """What is on record and was probably meant otherwise, as the rules that ask for it say."""
    return kernel.slips_of(desk.pack, desk.wording, state.facts)


def assignments(case: Case) -> list[Assignment]:
    """Who was given what of a case, in order."""
    found = []
    for one, account in _ASSIGNMENTS(case=case.id):
        one.account = account
        found.append(one)
    return found


def ended_with(case: Case, event: Event) -> bool:
    """Whether the case ended with that event: only claims are settled after the end."""
    if not case.ending or event.kind in SETTLING:
        return False
    later = Event.objects.filter(case=case, seq__gt=event.seq).exclude(kind__in=SETTLING)
    return not later.exists()


def took_part(case: Case, account: UUID) -> bool:
    """Whether somebody recorded a step of the case or took in a paper of it, or somebody else did in
    their stead. Settling a claim is no step."""
    rows = Event.objects.filter(case=case).exclude(kind__in=SETTLING)
    if rows.filter(Q(account=account) | Q(acted_for=account)).exists():
        return True
    person = Account.objects.filter(pk=account).first()
    return person is not None and Paper.objects.filter(case=case, by=person.actor).exists()


def hand_took_part(case: Case, account: UUID, *, on: dt.date) -> bool:
    """Whether somebody took part, or whoever acts for them or they for whom on that day."""
    return any(took_part(case, one) for one in one_hand(account, on=(on,)))


def attempt_of(state: CaseState, stage: str) -> int:
    """The number of the present or last attempt at a stage, from 1; 0 before the first."""
    return len(state.runs[stage].attempts)


# ---------------------------------------------------------------- papers
@dataclass(frozen=True)
class NeededPaper:
    """One line of a stage's list: asked for by the document, or in addition with a reason."""

    item: str
    title: Words
    reason: str
    received: tuple[Paper, ...]
    is_issued: bool = False  # by the stage itself, when it is closed: nobody is asked for it

    @property
    def is_here(self) -> bool:
        return bool(self.received)


@dataclass(frozen=True)
class PaperList:
    """What a stage asks for, exactly as the pack lists it. `answer` is the reason."""

    stage: str
    answer: Answer
    needed: tuple[NeededPaper, ...]
    is_closed: bool

    @property
    def missing(self) -> tuple[NeededPaper, ...]:
        return tuple(paper for paper in self.needed if not paper.is_here and not paper.is_issued)


def checklist(
    at_desk: Desk, facts: Mapping[str, Value], stage: str, on: dt.date, taken: Mapping[str, str]
) -> Answer:
    """The pack's list of papers of a stage, for an application on that day."""
    wording = at_desk.wording
    one = wording.stages[stage]
    rule = at_desk.pack.rules[str(one.papers)]
    known = {**facts, **wording.given, **one.given}
    given = {name: known[name] for name in rule.input if name in known}
    return at_desk.pack.answer(rule.rule, on=on, given=given, take=used_by(at_desk.pack, rule, taken))


def papers_of(case: Case) -> list[Paper]:
    """Every paper of a case in order: received, asked for, set aside."""
    return [paper for (paper,) in _PAPERS(case=case.id)]


def _counting(papers: Iterable[Paper]) -> list[Paper]:
    """Those received and asked for that were not set aside."""
    papers = list(papers)
    gone = {one.about_id for one in papers}
    return [one for one in papers if one.kind != Paper.Kind.SET_ASIDE and one.pk not in gone]


def paper_list(
    case: Case,
    state: CaseState,
    stage: str,
    at_desk: Desk | None = None,
    papers: Iterable[Paper] | None = None,
) -> PaperList | None:
    """A stage's papers with what is here of them; None for a stage without a list. `papers` are all
    of the case, from who has read them."""
    at_desk = at_desk or desk(case)
    if at_desk.wording.stages[stage].papers is None:
        return None
    answer = checklist(at_desk, state.facts, stage, state.opened_on, case.taken)
    listed = answer.value
    assert isinstance(listed, PaperOptions)
    counting = _counting(papers_of(case) if papers is None else papers)
    declared = at_desk.wording.stages[stage]
    issued = declared.effect_given.get("paper") if declared.effect == ISSUE_PAPER else None

    def needed(item: str, title: Words, reason: str = "") -> NeededPaper:
        here = (one for one in counting if one.item == item and one.kind == Paper.Kind.RECEIVED)
        return NeededPaper(item, title, reason, tuple(here), item == issued)

    lines = [needed(one.id, one.title) for one in listed.papers]
    lines += [
        needed(one.item, Words(one.title, one.title), one.reason)
        for one in counting
        if one.kind == Paper.Kind.ASKED and one.item.startswith(f"{stage}+")
    ]
    return PaperList(stage, answer, tuple(lines), listed.closed)


def paper_lists(
    case: Case, state: CaseState, at_desk: Desk | None = None, papers: Iterable[Paper] | None = None
) -> list[PaperList]:
    """The lists of every stage that was or is open, and has one; also those that come next, so that
    a design is handed in when it is done, and the papers of the opening with the application."""
    at_desk = at_desk or desk(case)
    stages = [stage for stage, run in state.runs.items() if run.attempts]
    for open_stage in state.open_stages:
        for key in kernel.lists_ahead(at_desk.wording, open_stage):
            if key not in stages and state.runs[key].status is kernel.StageStatus.WAITING:
                stages.append(key)
    listed = papers_of(case) if papers is None else list(papers)
    lists = (paper_list(case, state, stage, at_desk, listed) for stage in stages)
    return [one for one in lists if one is not None]


def papers_asked(case: Case, state: CaseState, at_desk: Desk) -> list[NeededPaper]:
    """The papers of a case; where it ended early, also those handed in ahead of a stage it never came to."""
    lists = paper_lists(case, state, at_desk)
    if state.ending is not None:
        begun = [stage for stage, run in state.runs.items() if run.attempts]
        ahead = dict.fromkeys(key for stage in begun for key in kernel.lists_ahead(at_desk.wording, stage))
        found = (paper_list(case, state, key, at_desk) for key in ahead if key not in begun)
        lists += [one for one in found if one is not None and any(paper.is_here for paper in one.needed)]
    return [paper for one in lists for paper in one.needed]


@dataclass(frozen=True)
class StageDocument:
    """A file that a stage of a case produces or rests on, such as the original receipt: of which stage,
    what, and the files that were handed in with it, each as its hash and name."""

    stage: str
    title: Words
    files: tuple[tuple[str, str], ...]


def documents_of(
    case: Case, state: CaseState, at_desk: Desk, rows: Sequence[Event] | None = None
) -> list[StageDocument]:
    """What the stages of a case ask for as a file, and what they were closed with; without those that the
    case never comes to."""
    found = {}
    for event in rows if rows is not None else events(case):
        if event.kind == "closed":
            kept = (one.split(":", 2) for one in event.body.get("evidence", ()) if has_file([one]))
            found[event.stage] = tuple((hash_, name) for _, hash_, name in kept)
    listed = []
    for key, stage in at_desk.wording.stages.items():
        files = found.get(key, ()) if key in state.done else ()
        if key not in state.skipped and (stage.document is not None or files):
            listed.append(StageDocument(key, stage.document or stage.title, files))
    return listed


def lacks_identity_consent(case: Case, item: str) -> bool:
    """Whether a paper shows a person's identity document to whose handling the customer has not
    consented on its own, or no longer does (个人信息保护法 29)."""
    customer = case.customer
    of_a_firm = customer is not None and customer.kind == Customer.Kind.FIRM
    if not shows_identity(rulebook.pack(case.pack), item, of_a_firm=of_a_firm):
        return False
    said = standing_consent(customer) if customer else None
    return said is None or not said.identity


def may_read_papers(viewer: Any, case: Case) -> bool:
    """The applicant, who works where the case is, and the department that has a stage of it."""
    if isinstance(viewer, Applicant):
        return viewer.case == case.id
    if viewer.has_perm("cases.read_papers", case.organisation):
        return True
    asked = approval_offices(viewer, "cases.read_papers")
    return OpenStage.objects.filter(case=case, office__in=asked).exists() if asked else False


def paper(viewer: Any, case: Case, paper_id: UUID) -> Paper:
    """One paper, for those who may see it. Raises NoSuchCase."""
    may = may_read_papers(viewer, case)
    found = Paper.objects.filter(case=case, id=paper_id).exclude(file="").first() if may else None
    if found is None:
        raise NoSuchCase(case=paper_id)
    return found


def approval_offices(viewer: Any, permission: str) -> list[UUID]:
    """The approval departments (roads, greenery) in which a viewer has a permission."""
    roles = PERMISSIONS[permission]
    return [
        grant.organisation.id
        for grant in grants(viewer)
        if grant.role in roles
        and grant.organisation is not None
        and grant.organisation.kind == Organisation.Kind.APPROVAL
    ]
