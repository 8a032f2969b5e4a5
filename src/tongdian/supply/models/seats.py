"""How many sit in the rooms that are open for evening study, as somebody counted (29)."""

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


class SeatCount(models.Model):
    """Of the rooms open in a building at a moment: `seats`, and how many were taken; `answer` is what the rule made of it
    then. A slip is corrected on the day."""

    kept = SealedTable(Words("入座登记", "count of seats"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="seat_counts")
    counted_at = models.DateTimeField()
    seats = models.DecimalField(max_digits=5, decimal_places=0)
    seated = models.DecimalField(max_digits=5, decimal_places=0)
    answer = Line(max_length=40)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("counts of seats")
        indexes = [models.Index(fields=["place", "-counted_at"], name="seats_of_a_place")]
        constraints = [
            *checks("seat_count", *fields.SEAT_COUNT),
            models.CheckConstraint(
                condition=Q(seated__lte=F("seats")), name="nobody_stands_at_evening_study"
            ),
            models.CheckConstraint(condition=~Q(answer=""), name="seats_say_what_follows"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.seated}/{self.seats}"
