"""The ledger as it stands on a day: what each task's office said, and what is due, overdue or done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongdian.calendar import SHANGHAI
from tongdian.parties.models import Organisation
from tongdian.policy.clauses import Clause
from tongdian.policy.kinds.filing import clauses_of
from tongdian.policy.packs import Pack
from tongdian.supervision.models import TaskReport
from tongdian.supervision.queries.offices import offices_of, responsible
from tongdian.supervision.rules import TaskStanding, TaskState

SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class Task:
    """A task of the ledger as it stands with an office on a day."""

    clause: Clause
    due: dt.date | None
    reports: tuple[TaskReport, ...]  # the newest first
    as_of: dt.date
    is_own: bool  # the ledger gives it to this office
    leads: bool

    @property
    def done_on(self) -> dt.date | None:
        """The day for which it was said to be done, where nothing else was said since."""
        said = [one for one in self.reports if one.state != TaskState.PRACTICE]
        if not said or said[0].state != TaskState.DONE:
            return None
        first = said[0].on
        for one in said:
            if one.state != TaskState.DONE:
                break
            first = one.on
        return first

    @property
    def standing(self) -> TaskStanding:
        """Done, overdue, not due yet; what goes on is not scored by itself."""
        if self.done_on is not None:
            late = self.due is not None and self.done_on > self.due
            return TaskStanding.DONE_LATE if late else TaskStanding.DONE
        if self.due is None:
            return TaskStanding.ONGOING
        return TaskStanding.OVERDUE if self.as_of > self.due else TaskStanding.GOING

    @property
    def is_soon(self) -> bool:
        """Whether its day is near and nobody said that it is done."""
        return self.standing == TaskStanding.GOING and self.due is not None and self.due - self.as_of <= SOON

    @property
    def has_problem(self) -> bool:
        """Whether the last that was said is a problem."""
        return bool(self.reports) and self.reports[0].state == TaskState.PROBLEM


def tasks_of(organisation: Organisation, pack: Pack, *, as_of: dt.date) -> list[Task]:
    """Every task of the ledger, as it stands with an organisation at the end of a day."""
    return next(iter(tasks_of_each([organisation], pack, as_of=as_of).values()))


def tasks_of_each(
    organisations: Iterable[Organisation], pack: Pack, *, as_of: dt.date
) -> Mapping[Organisation, list[Task]]:
    """As `tasks_of`, of several organisations by one question."""
    listed = list(organisations)
    until = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), SHANGHAI)
    said: dict[tuple[object, str], list[TaskReport]] = {}
    rows = TaskReport.objects.filter(organisation__in=listed, pack=pack.id, at__lt=until, on__lte=as_of)
    for row in rows.select_related("by").order_by("-on", "-at"):
        said.setdefault((row.organisation_id, row.clause), []).append(row)
    found = {}
    for organisation in listed:
        mine, own = set(offices_of(pack, organisation)), responsible(pack, organisation)
        found[organisation] = [
            Task(
                clause,
                day_of(clause),
                tuple(said.get((organisation.pk, clause.id), ())),
                as_of,
                bool(own & set(clause.offices)),
                clause.lead in mine,
            )
            for clause in clauses_of(pack, "task")
        ]
    return found


def day_of(clause: Clause) -> dt.date | None:
    """By when it is to be done; none where it goes on."""
    return None if clause.done_by in (None, "ongoing") else dt.date.fromisoformat(str(clause.done_by))


def evidence_of(organisation: Organisation, pack: Pack, *, on: dt.date) -> Mapping[str, TaskReport]:
    """The clauses, tasks and standards, that an office said to be done, with the newest report of each."""
    rows = TaskReport.objects.filter(organisation=organisation, pack=pack.id, on__lte=on).order_by("on", "at")
    newest = {row.clause: row for row in rows if row.state != TaskState.PRACTICE}
    return {clause: row for clause, row in newest.items() if row.state == TaskState.DONE}
