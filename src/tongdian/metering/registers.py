"""The register of meters."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tongdian.metering import queries
from tongdian.metering.actions.looking import validate_reading
from tongdian.metering.actions.meters import add_meter, change_meter, fit_meter, remove_meter, take_down_meter
from tongdian.metering.actions.readings import correct_reading, read_meter, take_reading_back
from tongdian.metering.entries import METER
from tongdian.metering.models import Meter, MeterInstallation
from tongdian.metering.rules import NoSuchMeter
from tongdian.network.registers import UTILITY
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Text


def _where(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The usage point at which each hangs now."""
    rows = MeterInstallation.objects.filter(meter__in=[one.pk for one in things], in_place__endswith=None)
    found = dict(rows.values_list("meter_id", "usage_point__code"))
    return {one.pk: {"usage_point": found.get(one.pk, "")} for one in things}


def _last_reading(meter: Meter) -> Words | None:
    row = queries.standing(meter).last()
    if row is None:
        return None
    said = f"{queries.figure(row):f} ({row.on})"
    return Words(f"上次 {said}", f"last {said}")


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
    deeds=(
        FurtherAction(
            slug="read",
            action=read_meter,
            title=Words("录入抄见数", "Enter a reading"),
            said=Words("抄见数已保存。", "The reading is kept."),
            note=_last_reading,
        ),
        FurtherAction(
            slug="correct",
            action=correct_reading,
            title=Words("更正抄见数", "Correct a reading"),
            said=Words("已更正；更正前后均可查看。", "The reading is corrected; both stay readable."),
        ),
        FurtherAction(
            slug="validate",
            action=validate_reading,
            title=Words("重新校验抄见数", "Validate a reading again"),
            said=Words("已重新校验。", "The reading was looked at again."),
        ),
        FurtherAction(
            slug="take-back",
            action=take_reading_back,
            title=Words("作废抄见数", "Take a reading back"),
            said=Words("已作废；仍可查看。", "The reading counts no more; it stays readable."),
        ),
        FurtherAction(
            slug="fit",
            action=fit_meter,
            title=Words("装表", "Fit the meter"),
            said=Words("已装表。", "The meter is fitted."),
        ),
        FurtherAction(
            slug="take-down",
            action=take_down_meter,
            title=Words("拆表", "Remove the meter"),
            said=Words("已拆表。", "The meter is removed."),
        ),
    ),
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
