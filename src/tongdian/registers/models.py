"""What people keep of lists."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tongdian.audit_log.tables import FreeTable
from tongdian.identifiers import uuid7
from tongdian.plain_fields import Line


class SavedView(models.Model):
    """A list that somebody comes back to: the filters of its address, with a name."""

    kept = FreeTable("how somebody likes to look at a list")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    of = Line(max_length=20)  # which list: the name of its address
    name = Line(max_length=40)
    query = Line(has_lines=True, max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "of", "name"], name="saved_view_has_its_own_name")
        ]
