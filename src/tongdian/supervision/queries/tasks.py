"""The ledger as it stands on a day: what each task's office said, and what is due, overdue or done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import Clause
from tongdian.policy.form_lines import clauses_of, day_of
from tongdian.policy.packs import Pack
from tongdian.rulebook.once import once_a_request
from tongdian.supervision.models import TaskReport
from tongdian.supervision.queries.competence import supervises
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.filings import standings
from tongdian.supervision.queries.offices import (
    codes_of,
    filers_below,
    forms_of,
    in_order,
    kind_of,
    level_of_competence,
    offices_of,
    offices_of_clause,
    prefix_of,
    responsible,
)
from tongdian.supervision.rules import TaskStanding, TaskState

SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class Task:
    """A task of the ledger as it stands with an office on a day."""

    clause: Clause
    due: dt.date | None
    reports: tuple[TaskReport, ...]  # the newest first
    as_of: dt.date
    is_own: bool  # the ledger gives it to this office, or the province's is to be broken down to it
    leads: bool
    is_divided: bool = True  # by the ledger itself, or by a plan of the office that was accepted

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
    def recorded_on(self) -> dt.date | None:
        """The day on which it was entered that it is done, where that was after the day that is claimed."""
        if self.done_on is None:
            return None
        first = next(one for one in self.reports if one.on == self.done_on and one.state == TaskState.DONE)
        return first.recorded_on if first.is_recorded_later else None

    @property
    def standing(self) -> TaskStanding:
        """Done, overdue, not due yet; what goes on is not scored by itself, whatever is said of it, and nobody is
        late with what is others' or was never broken down to them."""
        if not self.is_own:
            return TaskStanding.OTHERS
        if self.due is None:
            return TaskStanding.ONGOING
        if self.done_on is not None:
            return TaskStanding.DONE_LATE if self.done_on > self.due else TaskStanding.DONE
        if not self.is_divided:
            return TaskStanding.UNDIVIDED
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
    until = end_of(as_of)
    said: dict[tuple[object, str], list[TaskReport]] = {}
    rows = TaskReport.objects.filter(organisation__in=listed, pack=pack.id, at__lt=until, on__lte=as_of)
    for row in rows.select_related("by").order_by("-on", "-at"):
        said.setdefault((row.organisation_id, row.clause), []).append(row)
    found, divided = {}, _divided(listed, pack, as_of)
    for organisation in listed:
        mine, own = set(offices_of(pack, organisation)), responsible(pack, organisation)
        plan = divided.get(organisation.pk)
        found[organisation] = [
            Task(
                clause,
                day_of(clause),
                tuple(said.get((organisation.pk, clause.id), ())),
                as_of,
                bool(own & set(clause.offices)),
                clause.lead in mine,
                plan is None or clause.id in plan,
            )
            for clause in clauses_of(pack, "task")
        ]
    return found


def _divided(
    organisations: Sequence[Organisation], pack: Pack, as_of: dt.date
) -> Mapping[UUID, frozenset[str]]:
    """Of departments below the province, to which the ledger gives nothing itself: the tasks for which a plan of
    theirs that was accepted names an office (interpretation tasks-below-the-province)."""
    given = {office for clause in clauses_of(pack, "task") for office in clause.offices}
    below = [
        one
        for one in organisations
        if one.kind == Organisation.Kind.DEPARTMENT and not given & set(offices_of(pack, one))
    ]
    found: dict[UUID, frozenset[str]] = {one.pk: frozenset() for one in below}
    for form in forms_of(pack, as_of) if below else ():
        if form.version.each != "task":
            continue
        for here in standings(form, below, "once", as_of=as_of):
            cells = here.accepted.cells if here.accepted is not None else {}
            named = {row for row, columns in cells.items() if columns.get("office", {}).get("value")}
            found[here.organisation.pk] |= named
    return found


@dataclass(frozen=True)
class TaskBelow:
    """A task as it stands with those offices below to which the ledger gives it."""

    clause: Clause
    due: dt.date | None
    each: tuple[tuple[Organisation, Task], ...]

    def _count(self, *standings: TaskStanding) -> int:
        return sum(task.standing in standings for _, task in self.each)

    @property
    def done(self) -> int:
        """Done by its day, or where it has none."""
        return self._count(TaskStanding.DONE)

    @property
    def late(self) -> int:
        """Done after its day."""
        return self._count(TaskStanding.DONE_LATE)

    @property
    def overdue(self) -> int:
        """Not done, and its day has gone by."""
        return self._count(TaskStanding.OVERDUE)

    @property
    def missing(self) -> int:
        """Those that have said nothing of it at all, among whichever."""
        return sum(not task.reports for _, task in self.each)


def tasks_below(organisation: Organisation, pack: Pack, *, as_of: dt.date) -> list[TaskBelow]:
    """Every task with the offices that file their plans to an organisation, and with those that it supervises and
    that have tasks and file no plan: of the nation its regional offices (附件1/52, 56) and the grid companies;
    nothing, where there is none."""
    offices = [
        one
        for form in forms_of(pack, as_of)
        if form.version.each == "task"
        for one in filers_below(form, organisation, as_of)
    ]
    offices += _without_a_plan(organisation, pack, as_of)
    if not offices:
        return []
    each = tasks_of_each(offices, pack, as_of=as_of)
    return [
        TaskBelow(
            clause,
            day_of(clause),
            tuple((office, tasks[at]) for office, tasks in each.items() if tasks[at].is_own),
        )
        for at, clause in enumerate(clauses_of(pack, "task"))
    ]


def _without_a_plan(organisation: Organisation, pack: Pack, as_of: dt.date) -> list[Organisation]:
    """Whom an office supervises that has tasks of the ledger and files no plan of them."""
    filing = {
        filer.by
        for form in forms_of(pack, as_of)
        if form.version.each == "task"
        for filer in form.rule.filers(form.version, form.taken)
    }
    given = {office for clause in clauses_of(pack, "task") for office in clause.offices}
    declared = pack.head.uses.offices
    kinds = {
        kind_of(one) for name, one in declared.items() if name not in filing and {name, one.tasks_of} & given
    } - {kind_of(declared[name]) for name in filing}
    rows = Organisation.objects.filter(kind__in=kinds, in_force__contains=as_of)
    found = rows.select_related("region").prefetch_related("regions")
    return in_order([one for one in found if supervises(organisation, one)])


def evidence_of(organisation: Organisation, pack: Pack, *, on: dt.date) -> Mapping[str, TaskReport]:
    """The clauses that were said to be done, each with the report that shows it: by the office itself, or, where
    the document gives it to others, by all of those in its divisions."""
    others = offices_within(organisation, pack, on)
    rows = TaskReport.objects.filter(organisation__in=[organisation, *others], pack=pack.id, on__lte=on)
    newest: dict[tuple[UUID, str], TaskReport] = {}
    for row in rows.exclude(state=TaskState.PRACTICE).order_by("on", "at"):
        newest[row.organisation_id, row.clause] = row
    done = {key: row for key, row in newest.items() if row.state == TaskState.DONE}
    found = {clause: row for (who, clause), row in done.items() if who == organisation.pk}
    for clause in {clause for _, clause in done} - found.keys():
        given_to = set(offices_of_clause(pack, pack.clauses[clause]))
        whose = [one for one in others if given_to & set(offices_of(pack, one))]
        if whose and all((one.pk, clause) in done for one in whose):
            found[clause] = max((done[one.pk, clause] for one in whose), key=lambda row: row.on)
    return found


def may_report(organisation: Organisation, pack: Pack, clause: Clause, *, on: dt.date) -> bool:
    """Whether an office may say how a task or a standard stands: it is given to it, or to nobody; or it is a standard
    of offices that have no account of it here (who approves works, the price department), and the department whose
    return it stands in enters their papers."""
    given_to = set(offices_of_clause(pack, clause))
    if not given_to or responsible(pack, organisation) & given_to:
        return True
    if clause.shown_by is None or not _files_standards(organisation, pack, on):
        return False
    level, known = level_of_competence(organisation), pack.head.uses.offices
    beside = {one for one in given_to if one in known and known[one].level in (None, level)}
    return bool(beside) and not any(
        beside & set(offices_of(pack, one)) for one in offices_within(organisation, pack, on)
    )


def _files_standards(organisation: Organisation, pack: Pack, on: dt.date) -> bool:
    return any(
        form.version.each == "standard" and form.filer(organisation) is not None
        for form in forms_of(pack, on)
    )


def progress_of(organisation: Organisation, pack: Pack, clause: Clause, *, on: dt.date) -> list[TaskReport]:
    """What an office, and those in its divisions to which the document gives a clause, said last of it, each once."""
    given_to = set(offices_of_clause(pack, clause))
    others = [one for one in offices_within(organisation, pack, on) if given_to & set(offices_of(pack, one))]
    rows = TaskReport.objects.filter(
        organisation__in=[organisation, *others], pack=pack.id, clause=clause.id, on__lte=on
    ).exclude(state=TaskState.PRACTICE)
    newest = {row.organisation_id: row for row in rows.select_related("organisation").order_by("on", "at")}
    return sorted(
        newest.values(), key=lambda row: (row.organisation_id != organisation.pk, row.organisation.name)
    )


def offices_within(organisation: Organisation, pack: Pack, on: dt.date) -> list[Organisation]:
    """Suppliers and other offices of the document, no departments, in the divisions of an organisation."""
    inside = tuple(prefix_of(code) for code in codes_of(organisation))
    kinds = {kind_of(one) for one in pack.head.uses.offices.values()} - {organisation.kind}

    def read() -> list[Organisation]:
        rows = Organisation.objects.filter(kind__in=kinds, in_force__contains=on).prefetch_related("regions")
        return [one for one in rows if codes_of(one)[0].startswith(inside)]

    return once_a_request(("offices within", organisation.pk, tuple(sorted(kinds)), on), read)


def reports_from_below(organisation: Organisation, pack: Pack, *, as_of: dt.date) -> list[TaskReport]:
    """Problems that stand, and practices, that offices below or in the divisions of an office reported (附件1/52,
    55, 57; 通知/1(5), 2(3)), the newest first."""
    until = end_of(as_of)
    inside = tuple(prefix_of(code) for code in codes_of(organisation))
    rows = TaskReport.objects.filter(pack=pack.id, at__lt=until, on__lte=as_of).exclude(
        organisation=organisation
    )
    newest: dict[tuple[UUID, str], TaskReport] = {}
    practices = []
    for row in rows.select_related("organisation", "by").order_by("on", "at"):
        if not row.organisation.region_id.startswith(inside):
            continue
        if row.state == TaskState.PRACTICE:
            practices.append(row)
        else:
            newest[row.organisation_id, row.clause] = row
    problems = [row for row in newest.values() if row.state == TaskState.PROBLEM]
    return sorted([*problems, *practices], key=lambda row: (row.on, row.at), reverse=True)
