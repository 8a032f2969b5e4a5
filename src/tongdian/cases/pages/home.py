"""The work list on the home page: what is late, due today and coming, each with its next step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.cases import queries
from tongdian.cases.models import OpenStage
from tongdian.cases.pages.clocks import Bar, row_bar
from tongdian.cases.pages.counts import shown_counts
from tongdian.parties.permissions import only_in_units, only_supervises, supervised_prefixes
from tongdian.parties.queries import shown_name
from tongdian.spoken import reader_language

SHOWN = 12
COUNTED = 999  # figures above it read 999+


@dataclass(frozen=True)
class WorkRow:
    """A stage that waits: what, who, where, how much of its time is used."""

    number: str
    title: str
    stage: str
    key: str
    place: str
    customer: str
    office: str
    holder: str
    is_mine: bool
    is_suspended: bool
    opened_on: dt.date
    due_on: dt.date | None
    bar: Bar | None
    is_demo: bool


@dataclass(frozen=True)
class WorkGroup:
    """A part of the work list."""

    name: str
    title: str
    rows: tuple[WorkRow, ...]
    waiting: int
    more: str = ""  # the address of all of them

    @property
    def count(self) -> str:
        """How many wait."""
        return bounded(self.waiting)

    @property
    def is_cut(self) -> bool:
        """Whether more wait than are shown."""
        return self.waiting > len(self.rows)


@dataclass(frozen=True)
class Figure:
    """A number that this role is judged by."""

    title: str
    said: str
    level: str = "calm"
    address: str = ""


def work_here(request: HttpRequest) -> dict[str, Any] | None:
    """The viewer's own work and that of their offices."""
    viewer = request.user
    if not viewer.has_perm("cases.work"):
        return None
    today = timezone.localdate()
    stages = queries.work(viewer)
    if (only_supervises(viewer) or only_in_units(viewer)) and not stages.exists():
        return None  # an authority or a unit works no case itself: noughts would say that it does
    listed = reverse("cases")
    lists = {
        "late": (gettext("Late"), stages.filter(due_on__lt=today), "?state=late"),
        "today": (gettext("Due today"), stages.filter(due_on=today), "?state=today"),
        "coming": (gettext("Coming"), stages.exclude(due_on__lte=today), "?state=open"),
    }
    if viewer.has_perm("cases.open"):
        waiting = queries.with_customers(viewer)
        lists["customers"] = (gettext("With the customer"), waiting, "?state=customer")
    first = queries.first_of([rows for _title, rows, _more in lists.values()], SHOWN + 1)
    groups = [
        _group(viewer, name, title, rows, found, today, f"{listed}{more}")
        for (name, (title, rows, more)), found in zip(lists.items(), first, strict=True)
    ]
    late_, today_, coming_ = groups[:3]
    mine = counted(stages.filter(assigned_to=viewer.pk))
    figures = [
        Figure(gettext("late"), late_.count, "late" if late_.rows else "calm", f"{listed}?state=late"),
        Figure(gettext("due today"), today_.count, "soon" if today_.rows else "calm"),
        Figure(
            gettext("in our hands"),
            bounded(late_.waiting + today_.waiting + coming_.waiting),
            address=f"{listed}?state=open",
        ),
        Figure(gettext("given to me"), bounded(mine), address=f"{listed}?assigned=me"),
    ]
    if viewer.has_perm("cases.countersign"):
        claims = counted(queries.waiting_claims(viewer, today))
        level = "soon" if claims else "calm"
        figures.append(Figure(gettext("claims that wait"), bounded(claims), level, reverse("claims")))
    return {
        "groups": groups,
        "figures": figures,
        "today": today,
        "is_empty": not any(group.rows for group in groups),
        "may_open": viewer.has_perm("cases.open"),
    }


def supervised_here(request: HttpRequest) -> dict[str, Any] | None:
    """For who supervises: the late cases of the suppliers in their regions, counted by supplier, area and process;
    what a measure keeps apart for force majeure is not called late."""
    viewer = request.user
    if not viewer.has_perm("cases.read") or not supervised_prefixes(viewer, "cases.read"):
        return None
    return late_counts(viewer, timezone.localdate())


def late_counts(viewer: Any, today: dt.date) -> dict[str, Any]:
    """What is late in their regions, and how much of what is past its day force majeure excepts."""
    late = queries.cases(viewer).filter(queries.late_on(today))
    apart = queries.kept_apart(late, today)
    digits = queries.digits_of_areas(viewer)
    counts = queries.counts_of(late.exclude(pk__in=apart), today, digits=digits)
    return {
        "late": counts.late,
        "apart": len(apart),
        "tables": shown_counts(counts, query="state=late", digits=digits),
        "address": f"{reverse('cases')}?state=late",
    }


def counted(rows: Any) -> int:
    """How many, up to a bound: nobody waits for an exact count of very many."""
    return int(rows.order_by()[: COUNTED + 1].count())


def bounded(number: int) -> str:
    """A number as a figure."""
    return f"{COUNTED}+" if number > COUNTED else str(number)


def _group(
    viewer: Any, name: str, title: str, rows: Any, first: list[OpenStage], today: dt.date, more: str
) -> WorkGroup:
    """The first of these rows, first due first, and how many there are."""
    waiting = counted(rows) if len(first) > SHOWN else len(first)
    by_day = sorted(first, key=lambda row: (row.due_on or dt.date.max, row.opened_on))
    return WorkGroup(name, title, tuple(work_rows(viewer, by_day[:SHOWN], today)), waiting, more)


def work_rows(viewer: Any, rows: Iterable[OpenStage], today: dt.date) -> list[WorkRow]:
    """Open stages as rows."""
    language, desks, made = reader_language(), queries.Desks(), []
    for row in rows:
        case, desk = row.case, desks.of(row.case)
        stage = desk.wording.stages[row.stage]
        made.append(
            WorkRow(
                number=case.number,
                title=desk.process.title.say(language),
                stage=stage.title.say(language),
                key=row.stage,
                place=case.place.name if case.place else "",
                customer=shown_name(viewer, case.customer) if case.customer else "",
                office=row.office.shown_name if row.office else case.organisation.shown_name,
                holder=row.assigned_to.shown_name if row.assigned_to else "",
                is_mine=row.assigned_to_id == viewer.pk,
                is_suspended=case.suspended_since is not None,
                opened_on=row.opened_on,
                due_on=row.due_on,
                bar=row_bar(
                    due_on=row.due_on,
                    limit=row.limit,
                    in_working_days=row.in_working_days,
                    today=today,
                    desk=desk,
                    region=case.region_id,
                ),
                is_demo=case.is_demo,
            )
        )
    return made
