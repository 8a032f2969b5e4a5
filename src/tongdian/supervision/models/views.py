"""How an office lays out its figures."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tongdian.audit_log.tables import FreeTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line


class OfficeView(models.Model):
    """A view that is shared with an office: the layout of its address, under a name, and who shared it."""

    kept = FreeTable("how an office likes to look at its figures")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    of = Line(max_length=20)  # which page: the name of its address
    name = Line(max_length=40)
    query = Line(has_lines=True, max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "of", "name"], name="view_of_an_office_has_its_own_name"
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(of=""), name="view_of_an_office_is_named"
            ),
        ]
