"""The weather by which air conditioning may run or not (56, 61(2))."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks
from tongdian.supply import fields


class OutdoorTemperature(models.Model):
    """The temperature outside, in °C, at a moment, as `station` published it: for an organisation and those below it."""

    kept = SealedTable(Words("室外气温", "outdoor temperature"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    measured_at = models.DateTimeField()
    celsius = models.DecimalField(max_digits=4, decimal_places=1)
    station = Line(max_length=120)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("outdoor temperatures")
        constraints = [
            *checks("temperature", *fields.TEMPERATURE),
            models.UniqueConstraint(
                fields=["organisation", "measured_at"], name="temperature_is_measured_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.celsius} °C"
