"""Calendars that somebody's telephone reads without signing in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.supply.rules import FEED_LASTS


class CalendarFeed(models.Model):
    """An address at which a place's hours, or those of all that stands in it (`has_parts`), are read as an account sees
    them at that moment. Only the hash of the secret in the address is kept."""

    kept = SealedTable(Words("日历订阅", "subscription to a calendar"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    has_parts = models.BooleanField()
    language = Line(max_length=2)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(language__in=["zh", "en"]), name="feed_speaks_a_known_language"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")) & Q(expires_at__lte=F("made_at") + FEED_LASTS),
                name="feed_ends_within_a_year",
            ),
        ]
