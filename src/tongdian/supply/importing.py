"""The course timetable, the school year and the switches as spreadsheets: a term of one school in one file (28, 34)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.kinds.kind import Candidate, ChangedSince, Job
from tongdian.agreements.importing.kinds.posted import PostedKind
from tongdian.agreements.importing.kinds.registers import NOT_MOVED, RegisterKind
from tongdian.agreements.models import ImportRow
from tongdian.calendar import legal_day
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.supply.actions.lessons import must_be_a_lesson
from tongdian.supply.models import CourseLesson
from tongdian.supply.refusing.protecting import OneDeviceOneSwitch


class Lessons(RegisterKind):
    """A lesson a row. A spreadsheet changes none that is there: one is ended on its page."""

    stays = ("last_on",)

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """What the action asks of a new one. Raises what it refuses."""
        if present is None:
            must_be_a_lesson(self._lesson(dict(values) | {"organisation": job.organisation}, job))

    def build(self, row: Candidate, job: Job) -> CourseLesson:
        """It counts from the day on which the file is taken."""
        lesson: CourseLesson = super().build(row, job)
        lesson.entered_on = legal_day(job.at)
        return lesson

    def _lesson(self, values: dict[str, Any], job: Job) -> CourseLesson:
        return CourseLesson(entered_on=legal_day(job.at), **values)


class EnteredRows(PostedKind):
    """Rows that are entered by their register's own action, tried while they are previewed, and taken back by it. A
    spreadsheet changes none that is there: that is done on its page, with its reason."""

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """What is there of the organisation, by its key."""
        for link in self._links:
            self.load(link, {row.get(link.name) for row in rows}, job)
        return {self._key_of(one): one for one in self.model.objects.filter(organisation=job.organisation)}

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Everything given that is otherwise now, the reason too."""
        return RegisterKind.compared(self, row, present)

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What the action refuses is refused here, and any change of what is there."""
        if present is not None:
            for name, was, _given in self.compared(row, present):
                row.refuse(name, NOT_MOVED.fill(now=Words(was, was)))
        else:
            super().check(row, None, job)

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Enter them, each with its own entry in the log, and remember how they stood."""
        super().store(rows, job)
        made = self.model.objects.in_bulk([kept.subject for _, kept in rows])
        for _, kept in rows:
            kept.before = {"mark": self.register.change.mark(made[kept.subject])}

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Take them back, the last one first, by the register's own action. Raises ChangedSince, DayToldAlready."""
        remove, mark = self.register.remove, self.register.change.mark
        assert remove is not None  # of days; switches say otherwise
        there = self.model.objects.in_bulk([row.subject for row in rows])
        for row in sorted(rows, key=lambda one: -one.number):
            one = there.get(row.subject)
            if one is None or mark(one) != (row.before or {}).get("mark"):
                raise ChangedSince(what=str(one) if one is not None else str(row.number))
            remove(viewer=job.viewer, at=job.at, **{remove.of: one})


class SwitchesStay(Refusal):
    """Switches that were entered by a file are not taken back with it."""

    says = Words(
        "开关登记后可能已有指令，不能撤销整个导入；请在页面逐个更正。",
        "A switch may have been told something since: the import is not undone. Correct each on its page.",
    )
    status = 409


class Switches(EnteredRows):
    """A switch a row. What was entered stays: it may have been told something meanwhile."""

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Besides, that no other row of the file is the same device."""
        super().check(row, present, job)
        device = row.get("meter_address") or tuple(row.get(one) for one in ("host", "port", "unit", "coil"))
        other = job.table("devices").setdefault(device, row.get("code"))
        if other != row.get("code") and not row.reasons:
            row.refuse(
                "meter_address" if row.get("meter_address") else "coil",
                OneDeviceOneSwitch(switch=other).words,
            )

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Nothing. Raises SwitchesStay."""
        raise SwitchesStay
