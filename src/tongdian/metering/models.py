"""Meters, and what happened to them.

Meter              one that hangs somewhere or lies in the store
MeterInstallation  it hung at a usage point for a time: one meter a point, one point a meter
MeterReading       what it showed on a day; corrected by a further version, never changed
TimedReading       what it showed at a moment, between readings that are billed
IntervalDay        what ran on a day, interval by interval; a better quantity is a further version
ReadingValidation  how a reading was found, with its findings (ReadingFinding); the newest counts
SubMetering        a usage point is metered behind another for a time
VirtualMeter       a sum of usage points with signs (VirtualPart)
ReadingRoute       points that are read together (RoutePoint), on published days (RouteMonth)
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.metering import fields
from tongdian.metering.rules import INTERVAL_MINUTES, INTERVAL_UNITS, MeterKind, MeterOwner, Quality, Wiring
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Data, Line
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
    missed = Line(max_length=40, blank=True, default="")  # why nobody read it, by the pack's table
    reason = Line(max_length=200, blank=True)
    source = Line(max_length=5, choices=Source)
    case = Line(max_length=30, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("readings")
        indexes = [
            models.Index(
                fields=["meter", "on"],
                condition=models.Q(quality="final") & ~models.Q(case=""),
                name="final_reading_of_a_case",
            )
        ]
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


class ReadingValidation(AppendOnly):
    """A reading was looked at by the rules of a day: with what it was compared, and how it stands. The
    newest counts; a reading without any was never looked at, which is not the same as sound."""

    kept = SealedTable(Words("抄见数校验", "validation of a reading"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reading = models.ForeignKey(MeterReading, models.PROTECT, related_name="validations")
    pack = Line(max_length=80)
    revision = Line(max_length=64)  # the pack's content hash
    told = Data(default=dict)  # what the sheet was told: any finding can be explained again
    points = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("validations")


class ReadingFinding(AppendOnly):
    """What a validation found in a reading."""

    kept = SealedTable(Words("抄见数校验发现", "finding in a reading"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    validation = models.ForeignKey(ReadingValidation, models.PROTECT, related_name="findings")
    check_name = Line(max_length=40)
    is_blocking = models.BooleanField()
    points = models.PositiveIntegerField()

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["validation", "check_name"], name="check_is_found_once_a_validation"
            ),
            models.CheckConstraint(condition=~models.Q(check_name=""), name="finding_names_its_check"),
        ]


class TimedReading(AppendOnly):
    """What a meter showed at a moment: what ran between two of them is set against the hours of its place. Nothing is
    billed by it. One that was wrong is taken back by a further version without a value."""

    kept = SealedTable(Words("定时抄见数", "timed reading"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="timed_readings")
    read_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField(default=1)
    value = models.DecimalField(max_digits=11, decimal_places=fields.DECIMALS, null=True)
    turned = models.BooleanField(default=False)
    reason = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("timed readings")
        indexes = [models.Index(fields=["read_at", "meter"], name="timed_readings_of_a_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "read_at", "version"], name="reading_of_a_moment_has_versions"
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0)
                | (models.Q(value=None, version__gt=1) & ~models.Q(reason="")),
                name="timed_reading_is_taken_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(read_at__lte=models.F("at")), name="register_is_read_before_it_is_told"
            ),
        ]


class IntervalDay(AppendOnly):
    """What a channel of a meter counted on a day, interval by interval from midnight: quantities in `unit`, the multiplier
    applied by whoever read it; None where nothing is known. `qualities` are runs of [first, last, letter, method, reason],
    counted from 1. The newest version counts; one without values takes the day back."""

    kept = SealedTable(Words("区间用量", "interval data of a day"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="interval_days")
    channel = Line(max_length=10)
    on = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    minutes = models.PositiveSmallIntegerField()
    unit = Line(max_length=5)
    values = ArrayField(models.DecimalField(max_digits=18, decimal_places=7, null=True), null=True)
    qualities = Data(default=list)
    reason = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("interval data")
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "channel", "on", "version"], name="interval_day_has_versions"
            ),
            models.CheckConstraint(
                condition=models.Q(values__isnull=False) | (models.Q(version__gt=1) & ~models.Q(reason="")),
                name="interval_day_is_taken_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__in=INTERVAL_MINUTES, unit__in=INTERVAL_UNITS)
                & ~models.Q(channel=""),
                name="intervals_have_a_channel_length_and_unit",
            ),
        ]


class SubMetering(models.Model):
    """One usage point is metered behind another for a time: the master's meter counts its use, too."""

    kept = SealedTable(Words("总分表关系", "metering behind a master"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    master = models.ForeignKey(UsagePoint, models.PROTECT, related_name="metered_behind")
    part = models.ForeignKey(UsagePoint, models.PROTECT, related_name="metered_before")
    in_force = DateRangeField()

    class Meta:
        verbose_name_plural = _("meterings behind a master")
        constraints = [
            ExclusionConstraint(
                name="point_has_one_master_at_a_time",
                expressions=[("part", RangeOperators.EQUAL), ("in_force", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=models.Q(in_force__isempty=False, in_force__startswith__isnull=False),
                name="master_has_its_part_for_a_day_at_least",
            ),
            models.CheckConstraint(
                condition=~models.Q(master=models.F("part")), name="no_point_is_its_own_master"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} < {self.master}"


class VirtualMeter(models.Model):
    """A sum of usage points, some of them taken away: what no meter meters by itself."""

    kept = SealedTable(Words("虚拟表", "virtual meter"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="virtual_meters")
    code = Line(max_length=40)
    name = Line(max_length=120)
    utility = Line(max_length=6, choices=Utility)

    class Meta:
        verbose_name_plural = _("virtual meters")
        constraints = [
            *checks("virtual_meter", *fields.VIRTUAL),
            models.UniqueConstraint(
                fields=["organisation", "code"], name="virtual_meter_number_is_used_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class VirtualPart(models.Model):
    """A usage point counts for a virtual meter, or against it, for a time."""

    kept = SealedTable(Words("虚拟表组成", "part of a virtual meter"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    virtual_meter = models.ForeignKey(VirtualMeter, models.PROTECT, related_name="parts")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="+")
    is_taken_away = models.BooleanField(default=False)
    in_force = DateRangeField()

    class Meta:
        verbose_name_plural = _("parts of virtual meters")
        constraints = [
            ExclusionConstraint(
                name="point_counts_once_in_a_virtual_meter",
                expressions=[
                    ("virtual_meter", RangeOperators.EQUAL),
                    ("usage_point", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=models.Q(in_force__isempty=False, in_force__startswith__isnull=False),
                name="point_counts_for_a_day_at_least",
            ),
        ]


class ReadingRoute(models.Model):
    """Usage points that are read together, in the order in which they are walked to."""

    kept = SealedTable(Words("抄表路线", "route of reading"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reading_routes")
    code = Line(max_length=40)
    name = Line(max_length=120)

    class Meta:
        verbose_name_plural = _("routes of reading")
        constraints = [
            *checks("reading_route", *fields.ROUTE),
            models.UniqueConstraint(fields=["organisation", "code"], name="route_code_is_used_once"),
        ]

    def __str__(self) -> str:
        return self.code


class RoutePoint(models.Model):
    """A usage point is read on one route."""

    kept = SealedTable(Words("抄表路线上的点", "point of a route"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(ReadingRoute, models.PROTECT, related_name="points")
    usage_point = models.OneToOneField(UsagePoint, models.PROTECT, related_name="on_route")
    position = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = _("points of routes")


class RouteMonth(AppendOnly):
    """The days on which a route is read and billed for a month, as published (article 19). A change is a
    further version with its reason."""

    kept = SealedTable(Words("抄表计费日历", "days of a route"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(ReadingRoute, models.PROTECT, related_name="months")
    month = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    read_on = models.DateField()
    bill_on = models.DateField()
    reason = Line(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("days of routes")
        constraints = [
            models.UniqueConstraint(
                fields=["route", "month", "version"], name="month_of_a_route_has_versions"
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="month_of_a_route_is_its_first_day"
            ),
            models.CheckConstraint(
                condition=models.Q(bill_on__gte=models.F("read_on")), name="route_is_billed_once_read"
            ),
            models.CheckConstraint(
                condition=models.Q(version=1) | ~models.Q(reason=""),
                name="published_day_is_changed_for_a_reason",
            ),
        ]
