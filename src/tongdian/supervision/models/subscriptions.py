"""Who is sent the overview of an office by e-mail, and how often."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tongdian.audit_log.tables import FreeTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.registers.checks import checks
from tongdian.supervision import fields
from tongdian.supervision.rules import PushInterval


class OverviewSubscription(models.Model):
    """An account is sent an office's overview each week or month, from the one after it asked for it."""

    kept = FreeTable("who wants to be told decides nothing: what was sent, to whom and when, are notices")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    every = Line(max_length=5, choices=PushInterval)
    language = Line(max_length=2)
    since_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "organisation"], name="overview_of_an_office_is_sent_once"
            ),
            *checks("subscription", *fields.SUBSCRIPTION),
        ]
