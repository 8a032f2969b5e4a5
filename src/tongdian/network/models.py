"""Places and what supplies them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.network import fields
from tongdian.network.rules import POWER_FACTOR, PlaceKind, Utility
from tongdian.parties.models import Organisation, Region
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


class Place(models.Model):
    """A campus, area, building, room, flat, shop, site or premises: what a supply is for.

    `ancestors` are its own id and those of the places it stands in.
    """

    kept = SealedTable(Words("用电地点", "place"))

    Kind = PlaceKind

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="places")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = Line(max_length=10, choices=PlaceKind)
    code = Line(max_length=40)
    name = Line(max_length=120)  # the full name: 雁山校区 3 号门面
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    ancestors = ArrayField(models.UUIDField())
    address = Line(has_lines=True, max_length=200, blank=True)
    pairs = ArrayField(models.CharField(max_length=2), default=list)  # of name, code and address
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("parts")
        indexes = [
            GinIndex(fields=["pairs"], name="place_by_pairs_of_characters"),
            GinIndex(fields=["ancestors"], name="place_and_all_its_parts"),
        ]
        constraints = [
            *checks("place", *fields.PLACE),
            models.UniqueConstraint(fields=["organisation", "code"], name="place_code_is_used_once"),
            # what the keys of the books refer to
            models.UniqueConstraint(fields=["organisation", "id"], name="place_of_its_organisation"),
            models.CheckConstraint(
                condition=models.Q(ancestors__contains=[models.F("id")]), name="place_is_among_its_ancestors"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Feeder(models.Model):
    """A line or main that feeds transformers or usage points."""

    kept = SealedTable(Words("线路", "feeder"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="feeders")
    utility = Line(max_length=6, choices=Utility)
    code = Line(max_length=40)
    name = Line(max_length=120)
    voltage_kv = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            *checks("feeder", *fields.FEEDER),
            models.UniqueConstraint(fields=["organisation", "code"], name="feeder_code_is_used_once"),
            models.CheckConstraint(
                condition=models.Q(utility="power") | models.Q(voltage_kv=None, capacity_kva=None),
                name="only_power_has_volts_and_kva",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Transformer(models.Model):
    """A transformer, whose capacity bounds what its usage points may be promised."""

    kept = SealedTable(Words("变压器", "transformer"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    feeder = models.ForeignKey(Feeder, models.PROTECT, related_name="transformers")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="transformers")
    code = Line(max_length=40)
    name = Line(max_length=120)
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=2)
    power_factor = models.DecimalField(max_digits=3, decimal_places=2, default=POWER_FACTOR)
    is_public = models.BooleanField(default=True)  # a user's own transformer is not
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("transformers")
        constraints = [
            *checks("transformer", *fields.TRANSFORMER),
            models.UniqueConstraint(fields=["feeder", "code"], name="transformer_code_is_used_once"),
        ]

    def __str__(self) -> str:
        return self.name


class UsagePoint(models.Model):
    """Where one place takes one utility: the point that is metered and agreed upon."""

    kept = SealedTable(Words("用电点", "usage point"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="usage_points")
    utility = Line(max_length=6, choices=Utility)
    code = Line(max_length=40, unique=True)
    feeder = models.ForeignKey(Feeder, models.PROTECT, null=True, related_name="usage_points")
    transformer = models.ForeignKey(Transformer, models.PROTECT, null=True, related_name="usage_points")
    capacity_kw = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # promised
    is_live = models.BooleanField(default=False)  # when it was entered: what is so now says `supply`
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("usage points")
        constraints = [
            *checks("usage_point", *fields.USAGE_POINT),
            models.CheckConstraint(
                condition=models.Q(transformer=None) | models.Q(utility="power"),
                name="only_power_comes_from_a_transformer",
            ),
        ]

    def __str__(self) -> str:
        return self.code
