"""What is said of tasks."""

from __future__ import annotations

import datetime as dt

from django.db import models

from tongdian.audit_log.tables import SealedTable
from tongdian.calendar import legal_day
from tongdian.parties.models import OfficeDeed
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.supervision.rules import TaskState


class TaskReport(OfficeDeed):
    """What an office says of a task of the ledger on a day, with the paper that shows it."""

    kept = SealedTable(Words("任务进展", "report on a task"))

    pack = Line(max_length=80)
    clause = Line(max_length=40)
    on = models.DateField()
    state = Line(max_length=8, choices=TaskState)
    text = Line(has_lines=True, max_length=1000)
    paper = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        indexes = [
            models.Index(fields=["organisation", "pack", "clause", "-on"], name="newest_report_on_a_task")
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="report_on_a_task_says_something"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(paper=""), name="task_is_done_with_a_paper"
            ),
        ]

    @property
    def recorded_on(self) -> dt.date:
        """The day on which it was entered; `on` is the day that is claimed."""
        return legal_day(self.at)

    @property
    def is_recorded_later(self) -> bool:
        """Whether it was entered on another day than it is said to be of."""
        return self.recorded_on != self.on

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"task:{self.clause}/{self.organisation_id}"
