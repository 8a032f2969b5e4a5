"""Supply agreements. One usage point never has two at once; the database says so."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

from tongdian.identifiers import uuid7
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Customer, Organisation


class Agreement(models.Model):
    """A customer is supplied at a usage point during `in_force`; open until ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=30, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="agreements")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="agreements")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="agreements")
    in_force = DateRangeField()
    pack = models.CharField(max_length=80)
    customer_class = models.CharField(max_length=40)  # as the pack's rules name it
    price_category = models.CharField(max_length=40)
    capacity_kw = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    signed_on = models.DateField(null=True)
    file = models.CharField(max_length=64, blank=True)  # of the signed text, by content hash
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="usage_point_has_one_agreement_at_a_time",
                expressions=[
                    ("usage_point", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.number
