"""The school's days: what its calendar and hours say of each day, and where it works otherwise than the law's calendar;
which timetables govern a place."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
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


class SchoolFact(models.Model):
    """What a timetable asks of a day (vacation, when evening study ends), told of the days from one to another.

    `in_force` is cut by what is entered for later; the days told are those of it up to `last_on`.
    """

    kept = SealedTable(Words("校历与作息", "the school's days"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="school_facts")
    fact = Line(max_length=40)  # as the timetables name it
    value = Line(max_length=40)
    in_force = DateRangeField()
    last_on = models.DateField()
    reason = Line(has_lines=True, max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("facts of the school's days")
        constraints = [
            *checks("school_fact", *fields.SCHOOL_FACT),
            models.CheckConstraint(condition=~Q(fact=""), name="school_fact_says_of_what"),
            models.CheckConstraint(condition=~Q(value=""), name="school_fact_says_what"),
            models.CheckConstraint(
                condition=Q(last_on__gte=models.Func(F("in_force"), function="lower")),
                name="school_fact_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="school_fact_is_told_once_a_day",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("fact", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.fact

    @property
    def first_on(self) -> dt.date:
        """The first day of which it is told."""
        day: dt.date = self.in_force.lower
        return day


class SchoolDay(models.Model):
    """A day on which the school works, or rests, otherwise than the legal calendar: a make-up day as settled, a moved
    teaching day."""

    kept = SealedTable(Words("校内调课调休日", "moved day of the school"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="school_days")
    on = models.DateField()
    is_working = models.BooleanField()
    as_weekday = Line(max_length=1, blank=True)  # whose lessons are held then; blank: its own
    reason = Line(has_lines=True, max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("moved days of the school")
        constraints = [
            *checks("school_day", *fields.SCHOOL_DAY),
            models.UniqueConstraint(fields=["organisation", "on"], name="school_day_is_settled_once"),
        ]

    def __str__(self) -> str:
        return self.on.isoformat()


class PlaceTimetable(models.Model):
    """Which timetable governs a place from a day on, and as what: `venue-supply venue=yucai_pool`."""

    kept = SealedTable(Words("场所适用的时刻表", "timetable of a place"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="timetables")
    rule = Line(max_length=80)
    kind = Line(max_length=200)  # the rule, with the facts of the place that it asks
    in_force = DateRangeField()
    last_on = models.DateField(null=True)
    reason = Line(has_lines=True, max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("timetables of places")
        constraints = [
            *checks("place_timetable", *fields.PLACE_TIMETABLE),
            models.CheckConstraint(
                condition=~Q(rule="") & ~Q(kind=""), name="place_timetable_names_its_rule"
            ),
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=models.Func(F("in_force"), function="lower")),
                name="place_timetable_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="place_timetable_says_one_thing_a_day",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("rule", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.rule}"
