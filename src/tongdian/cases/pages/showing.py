"""One case as its page shows it to one viewer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tongdian.calendar import noting
from tongdian.cases import queries
from tongdian.cases.models import Assignment, Case, OpenStage, Paper
from tongdian.cases.offers import Offer, offers
from tongdian.cases.pages.claiming import ShownClaim, shown_claims
from tongdian.cases.pages.clocks import Bar, bars, row_bar, stage_readings, why_limit
from tongdian.cases.pages.timeline import TimelineLine, part_said, timeline
from tongdian.cases.queries import Hands, PaperList
from tongdian.cases.rules import ASSIGN
from tongdian.parties.models import Account
from tongdian.parties.permissions import SUPERVISED
from tongdian.parties.queries import above, shown_name
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState, ClockResult, JudgedClocks, Stay, Verb
from tongdian.policy.process.verbs import CLOSE, MIGRATE, RESUME, RETURN, SUSPEND, WITHDRAW
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.saying import Cite, cites
from tongdian.spoken import reader_language

OTHERS = 20  # other cases at the place
AT_A_STAGE = (CLOSE, RETURN, ASSIGN)
ICONS = {
    "close": "check",
    "return": "arrow-back-up",
    "assign": "user",
    "suspend": "player-pause",
    "resume": "player-play",
    "withdraw": "x",
    "migrate": "arrow-right",
}


@dataclass(frozen=True)
class Button:
    """Leads to the form of an offer."""

    verb: str
    about: str
    title: str
    icon: str = ""
    is_main: bool = False


@dataclass(frozen=True)
class StageNow:
    """A stage that waits for somebody."""

    key: str
    title: str
    role: str
    owner: str
    office: str
    assigned_to: str
    is_mine: bool
    may_take: bool
    opened_on: dt.date
    due_on: dt.date | None
    why_not_due: str
    bar: Bar | None
    why: SafeString
    cites: tuple[Cite, ...]
    attempt: int
    on_behalf: bool
    acted_for: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class FactRow:
    """A fact of the case, known or not."""

    name: str
    title: str
    said: str
    decides: str


class ShownCase:
    """Everything that the page of a case tells, each part found when it is asked for."""

    def __init__(self, viewer: Any, case: Case, today: dt.date) -> None:
        self.viewer, self.case, self.today = viewer, case, today
        self.language = reader_language()
        self._desks = queries.Desks()
        self.desk = self._desks.of(case)
        self.wording = self.desk.wording
        self.hands = Hands(viewer, case, self.wording, today)

    # --- what it is ---
    @cached_property
    def title(self) -> str:
        return self.desk.process.title.say(self.language)

    @cached_property
    def way(self) -> list[Any]:
        return [*above(self.case.organisation), self.case.organisation]

    @cached_property
    def customer_name(self) -> str:
        customer = self.case.customer
        return shown_name(self.viewer, customer) if customer else ""

    @cached_property
    def cites(self) -> tuple[Cite, ...]:
        return tuple(cites(self.desk.pack, tuple(self.wording.cite), self.language))

    @property
    def pack_number(self) -> str:
        return self.desk.pack.number

    @cached_property
    def rows(self) -> list[Any]:
        return queries.events(self.case)

    @cached_property
    def events(self) -> list[kernel.CaseEvent]:
        return queries.kernel_events(self.desk.process, self.rows, self.case.version)

    @cached_property
    def state(self) -> CaseState:
        return kernel.fold(self.desk.process, self.events)

    @cached_property
    def clocks(self) -> JudgedClocks:
        return self.desk.clocks(self.case, self.state, self.today)

    @cached_property
    def readings(self) -> dict[str, ClockResult]:
        return stage_readings(self.clocks, self.state)

    @cached_property
    def lacks(self) -> str:
        """What its last days were laid out without: the local rest days of a year, never entered."""
        if not self.desk.pack.calendar.lacking(self.case.region_id):
            return ""
        with noting() as lacks:  # counted anew: what was read before is kept, and tells nothing
            stage_readings(self.desk.clocks(self.case, self.state, self.today), self.state)
        return lacks.words.say(self.language)

    @cached_property
    def standing(self) -> tuple[str, str]:
        """One of finished, refused, withdrawn, suspended, late, open; and how that is said."""
        if self.state.ending is not None:
            if queries.refused_at(self.desk, self.state):
                return "refused", gettext("Not agreed to")
            said = {"finished": gettext("Finished"), "withdrawn": gettext("Withdrawn")}
            return self.state.ending.value, said[self.state.ending.value]
        # a stay that waits for a countersignature hides nothing: what is late comes first
        if any(one.bar and one.bar.level == "late" for one in self.stages_now):
            return "late", gettext("Late")
        if self.state.suspension is not None:
            return "suspended", gettext("Suspended")
        return "open", gettext("In hand")

    # --- claims ---
    @cached_property
    def claims(self) -> tuple[ShownClaim, ...]:
        return tuple(shown_claims(self))

    @cached_property
    def may_settle_claims(self) -> bool:
        """Whether the viewer is a second person: allowed to, and without a step of the case."""
        return self.hands.is_second

    @cached_property
    def flags(self) -> list[str]:
        return [queries.FLAGS[flag].say(self.language) for flag in queries.flags_of(self.case)]

    @cached_property
    def doubts(self) -> list[str]:
        """What the facts say that this process is not for."""
        return [one.words.say(self.language) for one in queries.doubts_of(self.case, self.desk, self.state)]

    @cached_property
    def slips(self) -> list[str]:
        """What was probably typed otherwise than it was meant, and stays that outlast their event."""
        outlasting = queries.outlasting(self.case, self.state, self.today)
        return [one.say(self.language) for one in (*queries.slips_of(self.desk, self.state), *outlasting)]

    # --- the picture and the bars ---
    def picture(self, direction: Any) -> SafeString:
        drawn = kernel.draw(
            self.wording,
            title=self.desk.process.title,
            language=self.language,
            state=self.state,
            readings=self.readings,
            direction=direction,
            name=f"case-{direction}",
        )
        return mark_safe(drawn)  # noqa: S308  our own picture, every text in it escaped

    @property
    def across(self) -> SafeString:
        return self.picture("across")

    @property
    def down(self) -> SafeString:
        return self.picture("down")

    @cached_property
    def bars(self) -> list[Bar]:
        return bars(self.desk, self.case, self.state, self.clocks, self.language)

    # --- who may do what ---
    @cached_property
    def offers(self) -> list[Offer]:
        """Everything that this viewer may do with it."""
        return offers(self.hands, self.desk, self.state, papers=self.papers, clocks=self.clocks)

    @cached_property
    def may_open_here(self) -> bool:
        return self.hands.opens_here

    @cached_property
    def has_it_in_hand(self) -> bool:
        """Whoever works on an open stage, or opens cases here."""
        return self.hands.has_it(self.state)

    @cached_property
    def may_read_papers(self) -> bool:
        return queries.may_read_papers(self.viewer, self.case)

    @cached_property
    def stages_now(self) -> list[StageNow]:
        listed = queries.open_stages(self.case)
        return [self._stage_now(listed[key]) for key in self.state.open_stages if key in listed]

    def _stage_now(self, row: OpenStage) -> StageNow:
        stage, hand = self.wording.stages[row.stage], self.hands.at(row.stage)
        reading = self.readings.get(row.stage)
        mark, cited = why_limit(self.desk, self.case, self.state, stage)
        why_not = reading.why_not if reading else None
        absent = self._absent.get(hand.acted_for) if hand.acted_for else None
        return StageNow(
            key=row.stage,
            title=stage.title.say(self.language),
            role=self.wording.all_roles[stage.role].title.say(self.language),
            owner=row.owner,
            office=row.office.shown_name if row.office else "",
            assigned_to=row.assigned_to.shown_name if row.assigned_to else "",
            is_mine=row.assigned_to_id == self.viewer.pk,
            may_take=self.may_take(row),
            opened_on=row.opened_on,
            due_on=row.due_on,
            why_not_due=why_not.say(self.language) if why_not else "",
            bar=row_bar(
                due_on=row.due_on,
                limit=row.limit,
                in_working_days=row.in_working_days,
                today=self.today,
                desk=self.desk,
                region=self.case.region_id,
            ),
            why=mark,
            cites=cited,
            attempt=row.attempt,
            on_behalf=hand.on_behalf,
            acted_for=absent.shown_name if absent else "",
            buttons=tuple(self._button(one) for one in self._offers_of(*AT_A_STAGE, about=row.stage)),
        )

    @cached_property
    def _absent(self) -> dict[Any, Account]:
        """Whom the viewer stands in for at the open stages."""
        hands = (self.hands.at(stage) for stage in self.state.open_stages)
        return Account.objects.in_bulk({one.acted_for for one in hands if one.acted_for})

    def _offers_of(self, *verbs: Verb, about: str = "") -> list[Offer]:
        """The offers whose forms may be opened, in the order of the verbs."""
        return [
            one
            for verb in verbs
            for one in self.offers
            if one.verb is verb and one.about == about and one.may_begin
        ]

    def _button(self, offer: Offer) -> Button:
        verb = offer.verb
        title = offer.title if verb is CLOSE else verb.title
        is_main = verb in (CLOSE, RESUME)
        return Button(verb.name, offer.about, title.say(self.language), ICONS.get(verb.name, ""), is_main)

    def may_take(self, row: OpenStage) -> bool:
        """Whether it lies with the viewer's office and nobody has it."""
        is_free = row.assigned_to_id is None and row.owner != "customer"
        return is_free and self.state.suspension is None and self.hands.at(row.stage).may

    @cached_property
    def may_place(self) -> bool:
        """Whether it is still to be said where it is, and the viewer may."""
        is_open = self.case.place is None and self.state.ending is None
        return is_open and self.viewer.has_perm("cases.open", self.case.organisation)

    @cached_property
    def buttons(self) -> list[Button]:
        """The buttons in the head: what goes on with the case first, the rest after."""
        due_first = sorted(self.stages_now, key=lambda one: (one.due_on is None, one.due_on or one.opened_on))
        found = self._offers_of(RESUME)
        for verb in (CLOSE, RETURN):
            for stage in due_first:
                found += self._offers_of(verb, about=stage.key)
        found += self._offers_of(SUSPEND, WITHDRAW, MIGRATE)
        buttons = [self._button(one) for one in found]
        return [replace(one, is_main=one.is_main and not number) for number, one in enumerate(buttons)]

    # --- the rest of the page ---
    @cached_property
    def _papers(self) -> list[Paper]:
        return queries.papers_of(self.case)

    @cached_property
    def _assignments(self) -> list[Assignment]:
        return queries.assignments(self.case)

    @cached_property
    def papers(self) -> list[PaperList]:
        try:
            return queries.paper_lists(self.case, self.state, self.desk, self._papers)
        except Refusal:
            return []

    @cached_property
    def documents(self) -> list[queries.StageDocument]:
        """What the stages ask for as a file, and what was handed in with them."""
        return queries.documents_of(self.case, self.state, self.desk, self.rows)

    @cached_property
    def paper_titles(self) -> dict[str, str]:
        return {one.item: one.title.say(self.language) for each in self.papers for one in each.needed}

    @cached_property
    def lines(self) -> list[TimelineLine]:
        return timeline(
            self.case,
            self.desk,
            self.rows,
            self.events,
            self._papers,
            self._assignments,
            self.paper_titles,
            self.language,
        )

    @cached_property
    def facts(self) -> list[FactRow]:
        guards = self.wording.graph.asks
        return [
            FactRow(
                name,
                declared.title.say(self.language) if declared.title else name,
                declared.label(self.state.facts[name], self.language) if name in self.state.facts else "",
                next(
                    (
                        self.wording.stages[key].title.say(self.language)
                        for key, asked in guards.items()
                        if name in asked
                    ),
                    "",
                ),
            )
            for name, declared in self.wording.facts.items()
            if name in self.state.facts or name not in self._to_come
        ]

    @property
    def _to_come(self) -> frozenset[str]:
        """What only a stage that is not done will yield."""
        yields = (stage.yields for stage in self.wording.stages.values())
        return frozenset(name for names in yields for name in names)

    @cached_property
    def measures(self) -> list[queries.MeasuredCase]:
        """How it counts in the measures of its pack today."""
        return queries.measured(self.case, self.desk, self.state, max(self.today, self.state.last_on))

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        return self.clocks.suspensions()

    @cached_property
    def others(self) -> list[tuple[Case, bool, str]]:
        """Other cases at the place; whether one was withdrawn and applied for anew."""
        found = [
            one for one in self._near if one.part_of_id != self.case.pk and one.pk != self.case.part_of_id
        ][:OTHERS]
        anew = queries.applied_anew(self.case, found)
        return [(one, one in anew, self._desks.title(one, self.language)) for one in found]

    @cached_property
    def parts(self) -> list[tuple[Case, str]]:
        served = (one for one in self._near if one.part_of_id == self.case.pk)
        return [(one, self._desks.title(one, self.language)) for one in served]

    @cached_property
    def _near(self) -> list[Case]:
        return queries.near(self.viewer, self.case)

    @cached_property
    def serving(self) -> list[tuple[str, str]]:
        """What may be opened to serve a connection: the processes that are no service of their
        own, each as pack/process with its title."""
        is_connection = self.desk.process.service in ("connect", "temporary")
        if not is_connection or self.state.ending is not None or not self.may_open_here:
            return []
        return [
            (f"{self.desk.pack.id}/{rule.rule}", rule.title.say(self.language))
            for rule in self.desk.pack.rules.values()
            if isinstance(rule, kernel.Process) and rule.service is None and rule.may_serve(self.case.process)
        ]

    @cached_property
    def whole(self) -> tuple[Case, str] | None:
        if self.case.part_of_id is None:
            return None
        one = queries.cases(self.viewer).filter(id=self.case.part_of_id).first()
        return (one, self._desks.title(one, self.language)) if one else None

    @cached_property
    def managers(self) -> list[tuple[str, str, str]]:
        """The case's customer and project manager, where its offices are a supplier's."""
        found = {
            one.part: one.account.shown_name if one.account else ""
            for one in self._assignments
            if one.part in (Assignment.CUSTOMER_MANAGER, Assignment.PROJECT_MANAGER)
        }
        return [
            (part, part_said(part, self.desk, self.language), found.get(part, ""))
            for part in (Assignment.CUSTOMER_MANAGER, Assignment.PROJECT_MANAGER)
            if found or self.case.organisation.kind in SUPERVISED
        ]

    @cached_property
    def may_assign_managers(self) -> bool:
        may = self.viewer.has_perm("cases.assign", self.case.organisation)
        return bool(may and self.state.ending is None)
