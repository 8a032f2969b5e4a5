"""What units do about safety and saving, as article 5 asks of them."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.tables import SealedTable
from tongdian.conduct import fields
from tongdian.conduct.rules import EducationTopic
from tongdian.parties.models import OfficeDeed
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


class EducationRecord(OfficeDeed):
    """A unit (`organisation`) taught its people about safe use or about saving: when, how, how many, and what shows it."""

    kept = SealedTable(Words("宣传教育记录", "record of education"))

    on = models.DateField()
    topic = Line(max_length=6, choices=EducationTopic)
    title = Line(max_length=120)
    attended = models.DecimalField(max_digits=6, decimal_places=0, null=True)
    text = Line(has_lines=True, max_length=1000)
    paper = Line(max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        indexes = [models.Index(fields=["organisation", "-on"], name="education_of_a_unit")]
        constraints = [*checks("education", *fields.EDUCATION)]

    def __str__(self) -> str:
        return f"{self.on} {self.title}"

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"education:{self.pk}"


class EducationTakenBack(OfficeDeed):
    """A record that was wrong: it stays, and counts for nothing."""

    kept = SealedTable(Words("撤销的宣传教育记录", "record of education taken back"))

    record = models.OneToOneField(EducationRecord, models.PROTECT, related_name="taken_back")
    reason = Line(has_lines=True, max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="education_is_taken_back_for_a_reason"
            )
        ]
