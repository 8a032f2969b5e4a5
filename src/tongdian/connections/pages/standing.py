"""A case as its applicant sees it: where it stands, what comes, and what is theirs to do now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from tongdian.agreements.models import AgreementText, Signature
from tongdian.calendar import legal_day
from tongdian.cases import queries as cases
from tongdian.cases.models import Case, OpenStage, Paper
from tongdian.cases.offers import Offer, offers
from tongdian.cases.queries import NeededPaper, PaperList
from tongdian.cases.rules import Applicant
from tongdian.connections import contracts, queries
from tongdian.connections.models import Rating, Visit
from tongdian.connections.refusing import refusal
from tongdian.connections.rules import only_permits, printed_forms
from tongdian.connections.telling import decided_in
from tongdian.notices.queries import of_subject
from tongdian.parties.privacy import NoticeWording, notice_on
from tongdian.parties.queries import standing_consent
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState
from tongdian.policy.process.state import StageStatus
from tongdian.policy.process.verbs import CLOSE
from tongdian.policy.refusals import Refusal
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.saying import cites
from tongdian.spoken import reader_language

TOLD = (  # what the applicant was told: not the reminders of offices, nor codes
    "application-received",
    "stage-done",
    "stage-decided",
    "papers-missing",
    "suspended",
    "resumed",
    "withdrawn",
    "refused",
    "agreement-to-sign",
    "completed",
    "completed-on-campus",
    "permit-completed",
)


@dataclass(frozen=True)
class StageLine:
    """One stage in the list: done, open or to come."""

    title: str
    who: str
    state: str  # done, open, coming
    is_yours: bool
    said: str
    is_late: bool = False
    is_conditional: bool = False


@dataclass(frozen=True)
class Todo:
    """Something that only the applicant can do now."""

    title: str
    said: str
    address: str = ""  # of the part of the page, or of a page; none: it is done elsewhere
    verb: str = ""
    is_said_at_once: bool = False  # nothing more is asked: the button says it


class ApplicantCase:
    """One case, for who proved to be its applicant."""

    def __init__(self, viewer: Any, case: Case, now: dt.datetime, today: dt.date) -> None:
        self.viewer, self.case, self.now, self.today = viewer, case, now, today
        self.language = reader_language()
        self.desk = cases.desk(case)
        self.wording = self.desk.wording

    @cached_property
    def state(self) -> CaseState:
        return cases.state_of(self.case, self.desk)

    @property
    def title(self) -> str:
        return self.desk.process.title.say(self.language)

    @property
    def place(self) -> str:
        application = getattr(self.case, "application", None)
        return self.case.place.name if self.case.place else getattr(application, "place_text", "")

    @cached_property
    def consent_stands(self) -> bool:
        """Whether there is a consent to the privacy notice that could be withdrawn."""
        customer = self.case.customer
        return customer is not None and standing_consent(customer) is not None

    @cached_property
    def open_rows(self) -> dict[str, OpenStage]:
        rows = OpenStage.objects.filter(case=self.case).select_related("office")
        return {row.stage: row for row in rows}

    @cached_property
    def refusal(self) -> dict[str, Any] | None:
        """Why it was refused and what can be done, in the reader's language."""
        found = refusal(self.case, self.desk, self.state)
        if found is None:
            return None
        return {
            "reason": found.reason,
            "cite": found.cite.say(self.language),
            "remedies": [one.say(self.language).rstrip("；。") for one in found.remedies],
        }

    # --- where it stands ---
    @cached_property
    def standing(self) -> tuple[str, str]:
        """One of finished, withdrawn, suspended, yours, late, open; and how that is said."""
        if self.state.ending is not None:
            if self.refusal is not None:
                return "refused", gettext("Not agreed to")
            withdrawn = self.state.ending.value == "withdrawn"
            said = gettext("You took it back") if withdrawn else gettext("Finished")
            return self.state.ending.value, said
        if self.state.suspension is not None:
            return "suspended", gettext("It stands still")
        if any(line.is_late for line in self.stages):
            return "late", gettext("Late")
        if self.todos:
            return "yours", gettext("Waits for you")
        return "open", gettext("In hand")

    @cached_property
    def sentence(self) -> str:
        """Where it stands, in one sentence."""
        if self.state.ending is not None:
            day = {"day": self.state.ended_on}
            if self.state.ending.value == "withdrawn":
                return gettext("You took it back on %(day)s.") % day
            if self.refusal is not None:
                return gettext("It was not agreed to on %(day)s.") % day
            return gettext("It was finished on %(day)s.") % day
        if self.state.suspension is not None:
            cause = self.wording.causes[self.state.suspension.cause].title.say(self.language)
            return gettext("It stands still since %(day)s: %(cause)s.") % {
                "day": self.state.suspension.since,
                "cause": cause,
            }
        said = [line for line in self.stages if line.state == "open"]
        return " ".join(
            gettext("%(who)s has it in hand: %(what)s.") % {"who": line.who, "what": line.title}
            if not line.is_yours
            else gettext("It waits for you: %(what)s.") % {"what": line.title}
            for line in said
        )

    @cached_property
    def stages(self) -> list[StageLine]:
        clocks = self.desk.clocks(self.case, self.state, self.today)
        lines = []
        for key in self.wording.graph.order:
            run, stage = self.state.runs[key], self.wording.stages[key]
            if run.status is StageStatus.SKIPPED or (self.state.ending is not None and not run.attempts):
                continue
            is_yours = self.wording.owner_of(key) == "customer"
            state, said, is_late = "coming", "", False
            if key in self.open_rows:
                state, (said, is_late) = "open", self._due(self.open_rows[key])
                said = "；".join([said, *self._amounts(key)])
            elif run.status is StageStatus.DONE:
                state, said = "done", self._done(clocks, key)
            elif run.attempts:
                state, said = "coming", gettext("will be done again")
            lines.append(
                StageLine(
                    title=stage.title.say(self.language),
                    who=gettext("You") if is_yours else self._who(key),
                    state=state,
                    is_yours=is_yours,
                    said=said,
                    is_late=is_late and not is_yours,
                    is_conditional=state == "coming" and stage.when is not None,
                )
            )
        return lines

    def _amounts(self, key: str) -> list[str]:
        """What is to be paid at a stage, as its rule says: nobody has to ask at the counter."""
        facts = self.state.facts
        found = []
        for name in self.wording.yields_of(key, facts):
            try:
                bounds = kernel.bounds_of(
                    self.desk.pack, self.wording, facts, name, on=self.today, taken=self.case.taken
                )
            except Refusal:  # it depends on what is found out at the stage itself
                continue
            if bounds is not None:
                cited = "、".join(one.said for one in cites(self.desk.pack, bounds.cite, self.language))
                amount = f"{bounds.title.say(self.language)} {bounds.say_value(self.language)}"
                found.append(f"{amount}（{cited}）" if self.language == "zh" else f"{amount} ({cited})")
        return found

    def _who(self, key: str) -> str:
        row = self.open_rows.get(key)
        if row is not None and row.office is not None:
            return row.office.shown_name
        role = self.wording.stages[key].role
        return self.wording.all_roles[role].title.say(self.language)

    def _due(self, row: OpenStage) -> tuple[str, bool]:
        if row.due_on is None:
            return gettext("since %(day)s") % {"day": row.opened_on}, False
        if row.due_on < self.today and not row.is_suspended:
            return gettext("was due on %(day)s") % {"day": row.due_on}, True
        return gettext("by %(day)s") % {"day": row.due_on}, False

    def _done(self, clocks: kernel.Clocks, key: str) -> str:
        closed_on = self.state.runs[key].attempts[-1].closed_on
        try:
            used = clocks.stage(key).said
        except Refusal:
            return str(closed_on)
        return gettext("%(day)s, %(used)s") % {"day": closed_on, "used": used.say(self.language)}

    # --- papers ---
    @cached_property
    def papers(self) -> list[PaperList]:
        try:
            return cases.paper_lists(self.case, self.state, self.desk)
        except Refusal:
            return []

    @cached_property
    def missing(self) -> list[NeededPaper]:
        """The papers that are still to be handed in for stages that are open or come next."""
        if self.state.ending is not None:
            return []
        return [
            paper for listed in self.papers if listed.stage not in self.state.done for paper in listed.missing
        ]

    @cached_property
    def identity_papers(self) -> set[str]:
        """Those that show an identity document to which the applicant is still to consent."""
        items = {paper.item for paper in self.missing}
        return {one for one in items if cases.lacks_identity_consent(self.case, one)}

    @cached_property
    def notice(self) -> NoticeWording:
        return notice_on(self.today).told_by(self.case.organisation)

    @cached_property
    def reasons(self) -> dict[str, str]:
        """Why a paper that was handed in does not count, by item."""
        rows = Paper.objects.filter(case=self.case, kind=Paper.Kind.SET_ASIDE).order_by("id")
        return {row.item: row.reason for row in rows}

    @cached_property
    def decided(self) -> list[str]:
        """What was decided, as far as its effects say it: what is permitted, where, and until when."""
        return [one.say(self.language) for one in decided_in(self.case, self.desk, self.state)]

    @property
    def sent_back(self) -> str:
        """The reason for which the case came back to the applicant, if it did."""
        last = [one for one in cases.events(self.case) if one.kind == "returned"]
        waits = any(line.state == "open" and line.is_yours for line in self.stages)
        return str(last[-1].body.get("reason", "")) if last and waits else ""

    @property
    def printed_forms(self) -> dict[str, str]:
        return printed_forms(rulebook.pack(self.case.pack))

    # --- what is theirs to do ---
    @cached_property
    def closings(self) -> list[Offer]:
        """The stages that the applicant may complete now, papers missing or not."""
        hands = cases.Hands(self.viewer, self.case, self.wording, self.today)
        found = offers(hands, self.desk, self.state, papers=self.papers)
        return [one for one in found if one.verb is CLOSE and one.may_begin]

    def closing(self, stage: str) -> Offer | None:
        """The offer to complete a stage of theirs; none where it rests on a receipt of the office."""
        found = (one for one in self.closings if one.about == stage and not one.needs_evidence)
        return next(found, None)

    @cached_property
    def texts(self) -> list[tuple[AgreementText, dict[str, Signature]]]:
        """The agreements that stand, each with who signed."""
        return [
            (text, {one.party: one for one in text.signatures.all()})
            for text in contracts.texts_of(self.case)
        ]

    @cached_property
    def to_sign(self) -> list[AgreementText]:
        if self.state.ending is not None:
            return []
        return contracts.unsigned(text for text, _signed in self.texts)

    @cached_property
    def todos(self) -> list[Todo]:
        """What only the applicant can do, most pressing first."""
        found = []
        if self.to_sign:
            title = "、".join(text.title for text in self.to_sign)
            said = gettext("Read it to the end, then sign with your finger or mouse.")
            found.append(Todo(title, said, "sign/", gettext("Read and sign")))
        for paper in self.missing:
            reason = paper.reason or self.reasons.get(paper.item, "")
            found.append(
                Todo(paper.title.say(self.language), reason, f"#paper-{paper.item}", gettext("Hand it in"))
            )
        for offer in self.closings:
            effect = self.wording.stages[offer.about].effect
            if offer.needs_evidence or offer.missing or effect == contracts.TAKE_SIGNATURE:
                continue
            said, verb, at_once = gettext("Tell us when it is done."), gettext("It is done"), False
            if any(one.stage == offer.about for one in self.papers):
                said = gettext("Every paper is here. Send it, and the office begins.")
                verb, at_once = gettext("Send it"), not (offer.facts or offer.given)
            title, address = offer.title.say(self.language), f"confirm/{offer.about}/"
            found.append(Todo(title, said, address, verb, is_said_at_once=at_once))
        for part in self.parts:
            found += [
                replace(todo, address=f"/track/{part.case.number}/", is_said_at_once=False)
                for todo in part.todos
            ]
        for offer in self.closings:
            if offer.needs_evidence:
                said = gettext("Do it at the office: it gives you a receipt and records it here.")
                found.append(Todo(offer.title.say(self.language), said))
        return found

    @cached_property
    def parts(self) -> list[ApplicantCase]:
        """The customer's cases that serve this one, each as it stands."""
        rows = queries.parts_of([self.case.pk])
        return [ApplicantCase(Applicant(one.pk, one.number), one, self.now, self.today) for one in rows]

    # --- visits, messages, the end ---
    @cached_property
    def visit(self) -> Visit | None:
        rows = Visit.objects.filter(case=self.case, state=Visit.State.BOOKED)
        return rows.select_related("office").order_by("starts_at").first()

    @cached_property
    def visiting(self) -> OpenStage | None:
        if self.state.ending is not None or self.state.suspension is not None or only_permits(self.wording):
            return None
        return queries.stage_with_visit(self.case)

    @cached_property
    def slots(self) -> list[tuple[dt.date, list[dt.datetime]]]:
        """The free hours of the office that has the case, by day."""
        if self.visiting is None or self.visiting.office is None:
            return []
        days: dict[dt.date, list[dt.datetime]] = {}
        try:
            for slot in queries.free_slots(self.case, self.visiting.office, at=self.now):
                days.setdefault(legal_day(slot), []).append(slot)
        except Refusal:
            return []
        return list(days.items())

    @cached_property
    def messages(self) -> list[Any]:
        rows = of_subject(f"case:{self.case.id}").filter(wording__in=TOLD, erasure=None)
        return list(rows.order_by("-id")[:30])

    @cached_property
    def rating(self) -> Rating | None:
        return Rating.objects.filter(case=self.case).first()

    @property
    def may_rate(self) -> bool:
        ending = self.state.ending
        return ending is not None and ending.value == "finished" and self.rating is None
