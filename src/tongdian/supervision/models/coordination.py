"""The mechanism of coordination (附件1/51) and the difficulties that it resolves (附件1/55)."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.tables import SealedTable
from tongdian.parties.models import OfficeDeed
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class CoordinationMeeting(OfficeDeed):
    """A meeting: its day, topic, who took part, what was decided, and the minutes."""

    kept = SealedTable(Words("协调会", "coordination meeting"))

    on = models.DateField()
    topic = Line(max_length=200)
    present = Line(has_lines=True, max_length=500)
    decisions = Line(has_lines=True, max_length=2000)
    paper = Line(max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(topic="") & ~models.Q(decisions="") & ~models.Q(paper=""),
                name="meeting_decides_on_a_topic",
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"meeting:{self.pk}"


class Difficulty(OfficeDeed):
    """What customers have difficulty with in getting or using power, as an office came to know it."""

    kept = SealedTable(Words("困难问题", "difficulty"))

    on = models.DateField()
    text = Line(has_lines=True, max_length=1000)
    source = Line(max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(source=""), name="difficulty_says_what_and_from_whom"
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"difficulty:{self.pk}"


class Resolution(OfficeDeed):
    """How a difficulty was resolved, perhaps at a meeting."""

    kept = SealedTable(Words("困难问题的解决", "resolution of a difficulty"))

    difficulty = models.OneToOneField(Difficulty, models.PROTECT, related_name="resolution")
    meeting = models.ForeignKey(CoordinationMeeting, models.PROTECT, null=True, related_name="resolutions")
    on = models.DateField()
    text = Line(has_lines=True, max_length=1000)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="resolution_says_how_it_was")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.difficulty.audit_subject)
