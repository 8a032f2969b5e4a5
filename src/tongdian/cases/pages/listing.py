"""The list of cases: filters in the address, paging by key, and what is shown taken along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tongdian import bounded_days
from tongdian.calendar import region_prefix
from tongdian.cases import queries
from tongdian.cases.models import ApplicationChannel, Case, OpenStage
from tongdian.cases.pages.clocks import Bar, row_bar
from tongdian.cases.pages.counts import shown_counts
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import only_supervises, within
from tongdian.parties.queries import organisations, shown_name
from tongdian.policy.process import Process
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import list_tools
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import reader_language

PAGE = 50
MOST_OFFERED = 500  # organisations to choose from
COUNTED = 1000  # more than these are "more than 1,000": nobody waits for an exact count of millions
FILTERS = (
    "q",
    "state",
    "process",
    "organisation",
    "office",
    "region",
    "since",
    "until",
    "channel",
    "assigned",
    "demo",
    "place",
    "customer",
    "claims",
    "flag",
)
STATES = ("open", "late", "today", "customer", "suspended", "finished", "refused", "withdrawn")
COLUMNS = ("place", "customer", "stage", "due", "opened", "organisation", "channel", "ended")
SHOWN_AT_FIRST = ("place", "customer", "stage", "due", "opened")


class NoSuchChoice(Refusal):
    """A filter with what the list does not offer."""

    says = Words("没有“{value}”这一选项。", 'There is no choice "{value}".')


@dataclass(frozen=True)
class StageCell:
    """An open stage in a row."""

    key: str
    title: str
    holder: str
    due_on: dt.date | None
    bar: Bar | None


@dataclass(frozen=True)
class CaseRow:
    """One case in the list."""

    case: Case
    title: str
    customer: str
    standing: str
    said: str
    stages: tuple[StageCell, ...]


class Listing:
    """What an address asks to see, for one viewer."""

    def __init__(self, viewer: Any, typed: QueryDict, today: dt.date) -> None:
        self.viewer, self.typed, self.today = viewer, typed, today
        self.language = reader_language()
        self.desks = queries.Desks()
        self.chosen = {name: value for name in FILTERS if (value := typed.get(name, "").strip()[:120])}
        typed_columns = typed.getlist("column")
        self.columns = tuple(one for one in COLUMNS if one in typed_columns) or SHOWN_AT_FIRST
        self.is_oldest_first = typed.get("sort") == "oldest"

    @cached_property
    def filtered(self) -> QuerySet[Case]:
        """The cases that the filters admit, in order."""
        rows = queries.listed(queries.cases(self.viewer))
        conditions, refusals = self._read
        rows = rows.none() if refusals else rows.filter(*conditions)
        return rows.order_by("id" if self.is_oldest_first else "-id")

    @cached_property
    def _read(self) -> tuple[list[Q], list[Refusal]]:
        """What the filters mean, and what is said of those that mean nothing."""
        conditions, refusals = [], []
        for name, value in self.chosen.items():
            try:
                conditions.append(self._filter(name, value))
            except Refusal as refused:
                refusals.append(refused.about(name))
        return conditions, refusals

    @property
    def refusals(self) -> list[str]:
        """Why nothing is shown, where a filter cannot be read: less is never taken for all."""
        return [refused.say(self.language) for refused in self._read[1]]

    def must_be_read(self) -> None:
        """Raise what is to be said of a filter that cannot be read."""
        for refused in self._read[1]:
            raise refused

    def _filter(self, name: str, value: str) -> Q:
        match name:
            case "q":
                return queries.matching(value)
            case "state":
                return self._in_state(value)
            case "process":
                pack, _, process = value.partition("/")
                return Q(pack=pack, process=process)
            case "organisation":
                return _of(value, "organisation__ancestors__contains")
            case "office":
                office = _of(value, "office__ancestors__contains")
                return Q(Exists(OpenStage.objects.filter(office, case=OuterRef("pk"))))
            case "region":
                return _in_region(value)
            case "since" | "until":
                return Q(**{f"opened_on__{'gte' if name == 'since' else 'lte'}": bounded_days.read(value)})
            case "channel":
                return Q(channel=value)
            case "assigned":
                return Q(Exists(self._assigned(value)))
            case "place" | "customer":
                id_ = as_uuid(value)
                return Q(**{name: id_}) if id_ else Q(pk__in=[])
            case "claims":
                return Q(waits_from__lte=self.today) if value == "waiting" else Q(pk__in=[])
            case "flag":
                return queries.flagged(value)
            case "demo" if value in ("yes", "no"):
                return Q(is_demo=value == "yes")
        raise NoSuchChoice(value=value[:40])

    def _in_state(self, state: str) -> Q:
        match state:
            case "open":
                return Q(ending="", suspended_since=None)
            case "suspended":
                return Q(ending="", suspended_since__isnull=False)
            case "late":
                return queries.late_on(self.today)
            case "today":
                due = OpenStage.objects.filter(case=OuterRef("pk"), due_on=self.today)
                return Q(ending="") & Q(Exists(due))
            case "customer":
                waits = OpenStage.objects.filter(case=OuterRef("pk"), owner="customer")
                return Q(ending="", suspended_since=None) & Q(Exists(waits))
            case "finished" | "refused" | "withdrawn":
                return queries.in_ending(state)
        raise NoSuchChoice(value=state[:40])

    def _assigned(self, value: str) -> QuerySet[OpenStage]:
        rows = OpenStage.objects.filter(case=OuterRef("pk"))
        if value == "me":
            return rows.filter(assigned_to=self.viewer.pk)
        if value == "nobody":
            return rows.filter(assigned_to=None).exclude(owner="customer")
        return rows.filter(assigned_to__username=value)

    # --- a page of it ---
    @cached_property
    def page(self) -> list[Case]:
        """One more than fits, after (or before) the key in the address."""
        rows, after, before = self.filtered, _key(self.typed, "after"), _key(self.typed, "before")
        up, down = ("gt", "lt") if self.is_oldest_first else ("lt", "gt")
        if after:
            rows = rows.filter(**{f"id__{up}": after})
        elif before:
            rows = rows.filter(**{f"id__{down}": before}).order_by("-id" if self.is_oldest_first else "id")
        found = list(queries.with_open_stages(rows)[: PAGE + 1])
        return found[:PAGE][::-1] if before and not after else found

    @cached_property
    def shown(self) -> list[CaseRow]:
        return [self.row(case) for case in self.page[:PAGE]]

    @property
    def next_key(self) -> str:
        return str(self.page[PAGE - 1].pk) if len(self.page) > PAGE or self._went_back else ""

    @property
    def previous_key(self) -> str:
        is_first = "after" not in self.typed and not self._went_back
        return "" if is_first or not self.page else str(self.page[0].pk)

    @property
    def _went_back(self) -> bool:
        return "before" in self.typed and len(self.page) == PAGE

    @cached_property
    def count(self) -> int:
        """How many there are, up to one more than is counted."""
        return self.filtered.order_by()[: COUNTED + 1].count()

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED

    def row(self, case: Case) -> CaseRow:
        """A case as its row says it."""
        stages = tuple(self._stage(case, one) for one in case.shown_stages)  # type: ignore[attr-defined]
        standing = standing_of(case, self.today)
        return CaseRow(
            case=case,
            title=self.desks.title(case, self.language),
            customer=shown_name(self.viewer, case.customer) if case.customer else "",
            standing=standing,
            said=state_said(standing),
            stages=stages,
        )

    def _stage(self, case: Case, row: OpenStage) -> StageCell:
        desk = self.desks.of(case)
        stage = desk.wording.stages[row.stage]
        holder = row.assigned_to.shown_name if row.assigned_to else ""
        if not holder and row.office:
            holder = row.office.shown_name
        return StageCell(
            row.stage,
            stage.title.say(self.language),
            holder or desk.wording.all_roles[stage.role].title.say(self.language),
            row.due_on,
            row_bar(
                due_on=row.due_on,
                limit=row.limit,
                in_working_days=row.in_working_days,
                today=self.today,
                desk=desk,
                region=case.region_id,
            ),
        )

    # --- addresses ---
    @property
    def query(self) -> str:
        """The list's address without the page of it."""
        return self._query()

    @property
    def next_query(self) -> str:
        """The address of the next page."""
        return self._query(after=self.next_key)

    @property
    def previous_query(self) -> str:
        """The address of the page before."""
        return self._query(before=self.previous_key)

    def _query(self, **key: str) -> str:
        changed = self.typed.copy()
        for name in ("after", "before"):
            changed.pop(name, None)
        changed.update(key)
        return changed.urlencode()

    @property
    def has_more_filters(self) -> bool:
        """Whether one of the filters that are folded away is set."""
        return any(name not in ("q", "state", "process") for name in self.chosen)


def standing_of(case: Case, today: dt.date) -> str:
    """finished, refused, withdrawn, suspended, late or open, by the row and its open stages."""
    if case.ending:
        return queries.ending_of(case)
    stages: Iterable[OpenStage] = case.shown_stages  # type: ignore[attr-defined]
    if any(one.due_on and one.due_on < today for one in stages):
        return "late"
    return "suspended" if case.suspended_since else "open"


SAID = {
    "open": _("In hand"),
    "late": _("Late"),
    "today": _("Due today"),
    "customer": _("With the customer"),
    "suspended": _("Suspended"),
    "finished": _("Finished"),
    "refused": _("Not agreed to"),
    "withdrawn": _("Withdrawn"),
}


def state_said(state: str) -> str:
    """A state in words."""
    return str(SAID[state])


def _in_region(code: str) -> Q:
    is_one = code.isascii() and code.isdigit() and len(code) in (2, 4, 6)
    return within("region", [region_prefix(code)]) if is_one else Q(pk__in=[])


def _of(value: str, lookup: str) -> Q:
    id_ = as_uuid(value)
    return Q(**{lookup: [id_]}) if id_ else Q(pk__in=[])


def _key(typed: Mapping[str, str], name: str) -> UUID | None:
    return as_uuid(typed.get(name, ""))


@require_safe
@guarded("cases.read")
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that the viewer may see."""
    listing = Listing(request.user, request.GET, timezone.localdate())
    may_assign = request.user.has_perm("cases.assign")
    offered = choices(request.user, listing.language)
    context = {
        "listing": listing,
        "people": queries.assignable(request.user, timezone.localdate()) if may_assign else [],
        "choices": offered,
        "listed": list_tools(request, "cases", query=listing.query),
        "here": listing.query,
        "may_open": request.user.has_perm("cases.open"),
        "may_assign": may_assign,
        "counts": _counts(request, listing) if only_supervises(request.user) else None,
        "column_choices": [(key, column_said(key), key in listing.columns) for key in COLUMNS],
    }
    return render(request, "cases/cases.html", context)


_ENDED = ("finished", "refused", "withdrawn")


def _counts(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    """Before the list, for who works none of its cases: how many by supplier, area and service. Of cases that ended
    only where the list asks for them, for there are very many."""
    has_ended = listing.chosen.get("state", "") in _ENDED
    rows = listing.filtered if has_ended else listing.filtered.filter(ending="")
    digits = queries.digits_of_areas(request.user)
    counts = queries.counts_of(rows, listing.today, digits=digits)
    return {
        "whole": counts,
        "has_ended": has_ended,
        "tables": shown_counts(counts, query=listing.query, digits=digits),
    }


def column_said(column: str) -> str:
    """A column's heading."""
    return {
        "place": gettext("Place"),
        "customer": gettext("Customer"),
        "stage": gettext("Stage"),
        "due": gettext("Last day"),
        "opened": gettext("Applied on"),
        "organisation": gettext("Organisation"),
        "channel": gettext("Channel"),
        "ended": gettext("Ended on"),
    }[column]


def choices(viewer: Any, language: str) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer this viewer."""
    processes = [
        (f"{pack.id}/{rule.rule}", f"{rule.title.say(language)}")
        for pack in rulebook.readable_packs()[0]
        for rule in pack.rules.values()
        if isinstance(rule, Process) and not pack.place
    ]
    shown = ("kind", "name", "name_en")
    seen = list(organisations(viewer).select_related(None).only(*shown)[:MOST_OFFERED])
    offices = [one for one in seen if one.kind == Organisation.Kind.OFFICE]
    owners = [one for one in seen if one.kind != Organisation.Kind.OFFICE]
    return {
        "state": [(state, state_said(state)) for state in STATES],
        "process": processes,
        "organisation": [(str(one.pk), one.shown_name) for one in owners],
        "office": [(str(one.pk), one.shown_name) for one in offices],
        "channel": [(value, str(label)) for value, label in ApplicationChannel.choices],
        "claims": [("waiting", gettext("wait for a countersignature"))],
        "flag": [(flag, words.say(language)) for flag, words in queries.FLAGS.items()],
        "assigned": [("me", gettext("me")), ("nobody", gettext("nobody yet"))],
    }
