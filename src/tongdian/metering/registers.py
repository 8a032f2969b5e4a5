"""The register of meters."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tongdian.metering import queries
from tongdian.metering.actions.meters import add_meter, change_meter, remove_meter
from tongdian.metering.entries import METER
from tongdian.metering.models import Meter, MeterInstallation
from tongdian.metering.rules import NoSuchMeter
from tongdian.network.registers import UTILITY
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import Register
from tongdian.registers.sorts import Text


def _where(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The usage point at which each hangs now."""
    rows = MeterInstallation.objects.filter(meter__in=[one.pk for one in things], in_place__endswith=None)
    found = dict(rows.values_list("meter_id", "usage_point__code"))
    return {one.pk: {"usage_point": found.get(one.pk, "")} for one in things}


METERS = Register(
    name="meters",
    model=Meter,
    title=Words("计量表", "Meters"),
    one=Words("计量表", "a meter"),
    api=("A meter and where it hangs.", "The meters that you see."),
    fields=METER,
    reads="metering.read",
    rows=queries.meters,
    unknown=NoSuchMeter,
    add=add_meter,
    change=change_meter,
    remove=remove_meter,
    filters=(
        Filter(
            Text(
                "q",
                Words("表号或用电（水）点", "Meter number or usage point"),
                optional=True,
                most=60,
                api="part of its number, or of the code of the usage point at which it hangs",
            ),
            lambda rows, text: rows.filter(
                Q(code__icontains=text)
                | Q(
                    pk__in=MeterInstallation.objects.filter(
                        in_place__endswith=None, usage_point__code__icontains=text
                    ).values("meter")
                )
            ),
        ),
        UTILITY,
        Filter(METER["kind"].open()),
    ),
    derived=(
        Text("usage_point", Words("装于", "Hangs at"), optional=True, most=40, api="code of the usage point"),
    ),
    derive=_where,
    at="meters/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("meter", args=[one.pk]),
)
