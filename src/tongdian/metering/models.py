"""Meters, and what happened to them.

Meter              one that hangs somewhere or lies in the store
MeterInstallation  it hung at a usage point for a time: one meter a point, one point a meter
MeterReading       what it showed on a day; corrected by a further version, never changed
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.metering import fields
from tongdian.metering.rules import MeterKind, MeterOwner, Quality, Wiring
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


class Meter(models.Model):
    """A meter of electricity or water."""

    kept = SealedTable(Words("计量表", "meter"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="meters")
    code = Line(max_length=40)
    utility = Line(max_length=6, choices=Utility)
    kind = Line(max_length=8, choices=MeterKind)
    multiplier = models.DecimalField(max_digits=8, decimal_places=2)
    digits = models.DecimalField(max_digits=1, decimal_places=0)
    decimals = models.DecimalField(max_digits=1, decimal_places=0)
    owner = Line(max_length=8, choices=MeterOwner)
    wiring = Line(max_length=9, choices=Wiring, blank=True)
    seals = Line(max_length=120, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("meters")
        constraints = [
            *checks("meter", *fields.METER),
            models.UniqueConstraint(fields=["organisation", "code"], name="meter_number_is_used_once"),
            models.CheckConstraint(
                condition=models.Q(utility="power") | models.Q(wiring=""),
                name="only_power_is_metered_high_or_low",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class MeterInstallation(models.Model):
    """A meter hung at a usage point from the day it was fitted up to the day it was removed: on that
    day both its final reading and another meter's first may stand."""

    kept = SealedTable(Words("装表", "installation of a meter"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="installations")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="meters_here")
    in_place = DateRangeField()
    fitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    removal_reason = Line(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = _("installations")
        constraints = [
            ExclusionConstraint(
                name="meter_hangs_at_one_point_at_a_time",
                expressions=[("meter", RangeOperators.EQUAL), ("in_place", RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="point_has_one_meter_at_a_time",
                expressions=[("usage_point", RangeOperators.EQUAL), ("in_place", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=models.Q(in_place__isempty=False, in_place__startswith__isnull=False),
                name="meter_hangs_for_a_day_at_least",
            ),
            models.CheckConstraint(
                condition=models.Q(in_place__endswith=None, removal_reason="")
                | (models.Q(in_place__endswith__isnull=False) & ~models.Q(removal_reason="")),
                name="meter_is_removed_for_a_reason",
            ),
        ]

    @property
    def fitted_on(self) -> dt.date:
        """The day it was fitted."""
        day: dt.date = self.in_place.lower
        return day

    @property
    def removed_on(self) -> dt.date | None:
        """The day it was removed, if it was."""
        day: dt.date | None = self.in_place.upper
        return day


class MeterReading(AppendOnly):
    """What a meter showed on a day. `raw` is what was typed or sent; `value` what counts, without the
    multiplier. A correction is the next version; one without a value takes the reading back."""

    kept = SealedTable(Words("抄见数", "reading"))

    class Source(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")
        CASE = "case", _("in a case")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="readings")
    on = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    raw = Line(max_length=40)
    value = models.DecimalField(max_digits=11, decimal_places=fields.DECIMALS, null=True)
    turned = models.BooleanField(default=False)
    quality = Line(max_length=11, choices=Quality)
    method = Line(max_length=80, blank=True)
    reason = Line(max_length=200, blank=True)
    source = Line(max_length=5, choices=Source)
    case = Line(max_length=30, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("readings")
        constraints = [
            models.UniqueConstraint(fields=["meter", "on", "version"], name="reading_of_a_day_has_versions"),
            models.CheckConstraint(
                condition=models.Q(value__gte=0) | models.Q(value=None, version__gt=1),
                name="reading_is_taken_back_by_a_further_version",
            ),
            models.CheckConstraint(
                condition=models.Q(version=1) | ~models.Q(reason=""),
                name="reading_is_corrected_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(quality__in=["estimated", "substituted"])
                | (~models.Q(method="") & ~models.Q(reason="")),
                name="reading_that_nobody_read_says_how_and_why",
            ),
        ]
