"""The course timetable as a spreadsheet: a term of one school in one file (28, 34)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.calendar import legal_day
from tongdian.supply.actions.lessons import must_be_a_lesson
from tongdian.supply.models import CourseLesson


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
