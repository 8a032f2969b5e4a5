"""One case as its page shows it to one viewer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tongdian.cases import queries
from tongdian.cases.models import Assignment, Case, OpenStage
from tongdian.cases.pages.claiming import ShownClaim, shown_claims
from tongdian.cases.pages.clocks import Bar, bars, row_bar, stage_readings, why_limit
from tongdian.cases.pages.timeline import Line, part_said, timeline
from tongdian.cases.queries import Hand, PaperList
from tongdian.cases.versions import tables, versions
from tongdian.keeping import Mark
from tongdian.parties.models import Account
from tongdian.parties.permissions import SUPERVISED, grants, supervised_prefixes
from tongdian.parties.queries import above, shown_name
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState, JudgedClocks, Reading, Stay
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.pages.saying import Cite, cites, reader_language


@dataclass(frozen=True)
class Deed:
    """Something this viewer may do now: the address of its form."""

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
    deeds: tuple[Deed, ...]


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
        self._hands: dict[str, Hand] = {}

    @cached_property
    def mark(self) -> Mark:
        """All that the page is drawn from: the rows, the rules, the day, and who looks."""
        held = grants(self.viewer)
        pack = self.desk.pack
        return Mark(
            versions(self.case, [one.for_account for one in held if one.for_account]),
            (pack.content_hash, *sorted(pack.choices.items()), pack.calendar.content_hash),
            self.today,
            self.viewer.pk,
            tuple((one.role, one.at, one.house, one.for_account) for one in held),
            supervised_prefixes(self.viewer, "cases.read"),
            tables=tables(),
        )

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
    def events(self) -> list[kernel.Event]:
        return queries.kernel_events(self.desk.process, self.rows, self.case.version)

    @cached_property
    def state(self) -> CaseState:
        return kernel.fold(self.desk.process, self.events)

    @cached_property
    def clocks(self) -> JudgedClocks:
        return self.desk.clocks(self.case, self.state, self.today)

    @cached_property
    def readings(self) -> dict[str, Reading]:
        return stage_readings(self.clocks, self.state)

    @cached_property
    def standing(self) -> tuple[str, str]:
        """One of finished, withdrawn, suspended, late, open; and how that is said."""
        if self.state.ending is not None:
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
        if not self.viewer.has_perm("cases.countersign", self.case.organisation):
            return False
        return not queries.hand_took_part(self.case, self.viewer.pk, on=self.today)

    @cached_property
    def flags(self) -> list[str]:
        return [queries.FLAGS[flag].say(self.language) for flag in queries.flags_of(self.case)]

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
    def hand(self, stage: str) -> Hand:
        role = self.wording.stages[stage].role
        if role not in self._hands:
            self._hands[role] = queries.hand_for(self.viewer, self.case, self.wording, role, self.today)
        return self._hands[role]

    @cached_property
    def may_open_here(self) -> bool:
        return bool(self.viewer.has_perm("cases.open", self.case.organisation))

    @cached_property
    def has_it_in_hand(self) -> bool:
        """Whoever works on an open stage, or opens cases here."""
        return self.may_open_here or any(self.hand(stage).may for stage in self.state.open_stages)

    @cached_property
    def may_read_papers(self) -> bool:
        return queries.may_read_papers(self.viewer, self.case)

    @cached_property
    def stages_now(self) -> list[StageNow]:
        rows = OpenStage.objects.filter(case=self.case).select_related("office", "assigned_to")
        listed = {row.stage: row for row in rows}
        return [self._stage_now(listed[key]) for key in self.state.open_stages if key in listed]

    def _stage_now(self, row: OpenStage) -> StageNow:
        stage, hand = self.wording.stages[row.stage], self.hand(row.stage)
        reading = self.readings.get(row.stage)
        mark, cited = why_limit(self.desk, self.case, self.state, stage)
        why_not = reading.why_not if reading else None
        absent = Account.objects.filter(id=hand.acted_for).first() if hand.acted_for else None
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
            deeds=tuple(self._deeds_at(row, hand)),
        )

    def _deeds_at(self, row: OpenStage, hand: Hand) -> list[Deed]:
        if self.state.suspension is not None:
            return []
        stage, deeds = self.wording.stages[row.stage], []
        if hand.may:
            title = stage.title.say(self.language)
            deeds.append(Deed("close", row.stage, title, "check", is_main=True))
            if any(to in self.state.done for to in stage.back):
                deeds.append(Deed("return", row.stage, gettext("Send back"), "arrow-back-up"))
        if row.owner != "customer" and self.may_assign(row):
            deeds.append(Deed("assign", row.stage, gettext("Assign"), "user"))
        return deeds

    def may_assign(self, row: OpenStage) -> bool:
        """Who may give a stage to somebody: an officer of the office or of the organisation."""
        return bool(
            self.viewer.has_perm("cases.assign", row.office or self.case.organisation)
            or self.viewer.has_perm("cases.assign", self.case.organisation)
        )

    def may_take(self, row: OpenStage) -> bool:
        """Whether it lies with the viewer's office and nobody has it."""
        is_free = row.assigned_to_id is None and row.owner != "customer"
        return is_free and self.state.suspension is None and self.hand(row.stage).may

    @cached_property
    def may_place(self) -> bool:
        """Whether it is still to be said where it is, and the viewer may."""
        is_open = self.case.place is None and self.state.ending is None
        return is_open and self.viewer.has_perm("cases.open", self.case.organisation)

    @cached_property
    def deeds(self) -> list[Deed]:
        """The buttons in the head: what goes on with the case first, the rest after."""
        ended, suspended = self.state.ending is not None, self.state.suspension is not None
        if ended:
            return []
        deeds: list[Deed] = []
        if suspended and self.has_it_in_hand:
            deeds.append(Deed("resume", "", gettext("Resume"), "player-play", is_main=True))
        mine = sorted(self.stages_now, key=lambda one: (one.due_on is None, one.due_on or one.opened_on))
        for one in mine:
            deeds += [deed for deed in one.deeds if deed.verb == "close"]
        for one in mine:
            deeds += [deed for deed in one.deeds if deed.verb == "return"]
        if not suspended and self.has_it_in_hand and self.wording.causes:
            deeds.append(Deed("suspend", "", gettext("Suspend"), "player-pause"))
        if self.may_open_here:
            deeds.append(Deed("withdraw", "", gettext("Take back"), "x"))
        return [
            Deed(one.verb, one.about, one.title, one.icon, is_main=one.is_main and not number)
            for number, one in enumerate(deeds)
        ]

    # --- the rest of the page ---
    @cached_property
    def papers(self) -> list[PaperList]:
        try:
            return queries.paper_lists(self.case, self.state, self.desk)
        except Refusal:
            return []

    @cached_property
    def paper_titles(self) -> dict[str, str]:
        return {one.item: one.title.say(self.language) for each in self.papers for one in each.needed}

    @cached_property
    def lines(self) -> list[Line]:
        return timeline(self.case, self.desk, self.rows, self.events, self.paper_titles, self.language)

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
        ]

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        return self.clocks.suspensions()

    @cached_property
    def others(self) -> list[tuple[Case, bool, str]]:
        """Other cases at the place; whether one was withdrawn and applied for anew."""
        shown = {one.pk for one, _title in self.parts} | {self.case.part_of_id}
        found = [one for one in queries.same_place(self.viewer, self.case) if one.pk not in shown]
        anew = queries.applied_anew(self.case, found)
        return [(one, one in anew, self._desks.title(one, self.language)) for one in found]

    @cached_property
    def parts(self) -> list[tuple[Case, str]]:
        rows = queries.cases(self.viewer).filter(part_of=self.case)
        return [(one, self._desks.title(one, self.language)) for one in rows]

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
            if isinstance(rule, kernel.Process) and rule.service is None
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
            for one in Assignment.objects.filter(
                case=self.case, part__in=(Assignment.CUSTOMER_MANAGER, Assignment.PROJECT_MANAGER)
            )
            .select_related("account")
            .order_by("id")
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
