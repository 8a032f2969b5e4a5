"""Bulk calculation that somebody brought, and what the headings of an office's files mean."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.tables import FreeTable, SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words


class ColumnMapping(models.Model):
    """What the headings of an office's files for one sheet mean: {grain: {heading: column or None}}."""

    kept = SealedTable(Words("列的对应", "meaning of columns"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    pack = Line(max_length=80)
    rule = Line(max_length=80)
    columns = Data(default=dict)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "pack", "rule"], name="office_maps_the_columns_of_a_sheet_once"
            )
        ]


class BulkRun(models.Model):
    """One sheet over an office's files. `files` lists of each grain, and of each table with rows of the
    office's own, what each file was called, where it lies, its size and hash; `take` is the readings tried
    in place of those chosen here; `key` names the same work, of which there is one run; `result` is what
    the page says of it."""

    class State(models.TextChoices):
        BROUGHT = "brought", _("columns to be mapped")
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being calculated")
        DONE = "done", _("calculated")
        FAILED = "failed", _("not calculated")

    kept = FreeTable("a calculation that changes no record, removed after some days; run.json makes it again")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    pack = Line(max_length=80)
    rule = Line(max_length=80)
    on = models.DateField()
    by = ArrayField(Line(max_length=80), default=list)
    take = Data(default=dict)
    files = Data(default=dict)
    columns = Data(default=dict)
    state = Line(max_length=7, choices=State, default=State.BROUGHT)
    step = Line(max_length=20, blank=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    key = Line(max_length=64, blank=True)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    said_zh = Lines(blank=True)
    said_en = Lines(blank=True)
    result = Data(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["brought", "waiting", "running", "done", "failed"]),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("brought_at")),
                name="run_expires_after_it_was_brought",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state__in=["waiting", "running", "done"]),
                name="same_work_is_one_run",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="run_newest_first")]

    @property
    def is_at_work(self) -> bool:
        """Whether a result is still to come."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def said(self) -> Words:
        """Why it was not calculated."""
        return Words(self.said_zh, self.said_en)

    def named(self, grain: str) -> str:
        """What the files of a grain were called."""
        found: list[dict[str, Any]] = self.files[grain]
        return ", ".join(str(one["name"]) for one in found)

    @property
    def names(self) -> str:
        """What all its files were called."""
        return ", ".join(map(self.named, self.files))
