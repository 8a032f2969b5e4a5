"""What a group says to its subsidiaries (通知/2(4))."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.tables import SealedTable
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class GroupReminder(OfficeDeed):
    """A group reminds one of its suppliers of a task or a return. `about` names it: a clause, or form/period."""

    kept = SealedTable(Words("集团督促", "group's reminder"))

    to = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    pack = Line(max_length=80)
    about = Line(max_length=120)
    text = Line(has_lines=True, max_length=500)

    class Meta(OfficeDeed.Meta):
        indexes = [models.Index(fields=["to", "-at"], name="newest_reminder_of_a_supplier")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="reminder_says_of_what"),
            models.CheckConstraint(condition=~models.Q(about=""), name="reminder_is_about_a_duty"),
            models.CheckConstraint(
                condition=~models.Q(organisation=models.F("to")), name="reminder_goes_to_somebody_else"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"reminder:{self.about}/{self.to_id}"
