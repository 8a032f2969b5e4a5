"""Permits: a place may be supplied, or used, from one moment to another, because somebody who may has said so."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.cases.models import Case
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class Permit(AppendOnly):
    """A permit of one place from `first_at` until before `until_at`, of a kind that its timetables know.

    `cite` are the clauses that allow it; `permitted_by` and `paper` are the university's permission, which stands
    apart from the approval: that is the case. With a `price_category` the use is charged so (25, 35(4)).
    """

    kept = SealedTable(Words("用水用电许可", "permit"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="permits")
    pack = Line(max_length=80)
    permit = Line(max_length=40)
    first_at = models.DateTimeField()
    until_at = models.DateTimeField()
    purpose = Line(max_length=200)
    cite = ArrayField(Line(max_length=40))
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="permits")
    price_category = Line(max_length=40, blank=True)
    permitted_by = Line(max_length=80, blank=True)
    paper = Line(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta(AppendOnly.Meta):
        indexes = [
            models.Index(fields=["place", "until_at"], name="permit_of_a_place"),
            models.Index(fields=["organisation", "-id"], name="permit_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=F("first_at")), name="permit_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(permit="") & ~Q(pack="") & ~Q(cite=[]), name="permit_says_by_which_article"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="permit_says_what_for"),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.purpose}"

    @property
    def ends_at(self) -> dt.datetime:
        """When it holds no longer: the end that was granted, or an earlier one."""
        end = getattr(self, "end", None)
        return min(self.until_at, end.at) if end is not None else self.until_at


class PermitEnd(AppendOnly):
    """A permit holds no longer from a moment on: withdrawn, or the step that granted it was taken back."""

    kept = SealedTable(Words("许可撤销", "end of a permit"))

    permit = models.OneToOneField(Permit, models.PROTECT, primary_key=True, related_name="end")
    at = models.DateTimeField()
    reason = Line(has_lines=True, max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="permit_ends_for_a_reason")]

    def __str__(self) -> str:
        return f"{self.permit} · {self.reason}"
