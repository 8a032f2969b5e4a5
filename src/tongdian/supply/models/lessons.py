"""The course timetable: which place is taught in, or studied in, at which hours of which weekday (28, 29, 34)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks
from tongdian.supply import fields
from tongdian.supply.rules import LessonWeeks


class CourseLesson(models.Model):
    """A place is used as `use`, a kind of permit of its timetables, on a weekday from `starts` until before `ends`, from
    `first_on` to `last_on`; `weeks` counts the week of `first_on` as the first.

    It decides nothing of days before `entered_on`: what was not allowed then is not allowed by entering it later.
    """

    kept = SealedTable(Words("课程表", "lesson"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="lessons")
    code = Line(max_length=40)
    place = models.ForeignKey(Place, models.PROTECT, related_name="lessons")
    use = Line(max_length=40)
    title = Line(max_length=120)
    weekday = Line(max_length=1)  # 1 is Monday
    starts = Line(max_length=5)
    ends = Line(max_length=5)
    first_on = models.DateField()
    last_on = models.DateField()
    weeks = Line(max_length=5, choices=LessonWeeks.choices, default=LessonWeeks.EVERY)
    entered_on = models.DateField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("lessons")
        indexes = [models.Index(fields=["place", "last_on"], name="lessons_of_a_place")]
        constraints = [
            *checks("lesson", *fields.LESSON),
            models.UniqueConstraint(fields=["organisation", "code"], name="lesson_has_a_code_of_its_own"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="lesson_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="lesson_has_a_first_and_a_last_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
