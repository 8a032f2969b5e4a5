"""What a stage asks as it is closed, for tests that are about something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tongdian.cases import queries
from tongdian.cases.rules import evidence_file

SIGNED = evidence_file("0" * 64, "signed.jpg")
LONG_AGO = dt.date(2020, 1, 1)
FITS = {"install-meter", "energise"}
READS = {"read-meter", "read-final", "relocate-meter", "open-supply", "stop-supply", "end-supply"}


def brought(
    case: Any,
    stage: str,
    *,
    facts: Mapping[str, Any] | None = None,
    evidence: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """What the stage yields as the pack's examples say, with a file: what the customer signed, say; the
    meters that it fits are in the store, those that it reads hang there."""
    state = queries.state_of(case)
    told = facts or {}
    wording = queries.desk(case).wording
    products = wording.products(stage, state.facts, told) | dict(told)
    if wording.stages[stage].effect in {*FITS, *READS, "read-together"}:
        products |= meters_for(case, wording.stages[stage], products)
    return {"facts": products, "evidence": [*evidence, SIGNED], **more}


def meters_for(case: Any, stage: Any, products: Mapping[str, Any]) -> dict[str, Any]:
    """The meters that a stage needs; gives the facts that name them, where the example's hangs elsewhere."""
    from tongdian.metering.models import MeterInstallation
    from tongdian.network.models import UsagePoint

    named = {part: name for part, name in stage.effect_given.items() if name in products}
    if case.place is None and named:
        _placed(case)
    if stage.effect in FITS:
        ratio = products.get(named.get("multiplier", ""), 1)
        numbers = {named[utility]: utility for utility in ("power", "water") if utility in named}
        return {
            fact: in_store(case.place, utility, str(products[fact]), ratio)
            for fact, utility in numbers.items()
        }
    if stage.effect in READS:
        for utility in (one for one in ("power", "water") if f"{one}_reading" in named):
            points = UsagePoint.objects.filter(place=case.place, utility=utility)
            if not MeterInstallation.objects.filter(usage_point__in=points, in_place__endswith=None).exists():
                hung(points.first() or _point(case.place, utility))
    if stage.effect == "read-together":
        for point in UsagePoint.objects.filter(place=case.place):
            if not MeterInstallation.objects.filter(usage_point=point, in_place__endswith=None).exists():
                hung(point)
    return {}


def in_store(place: Any, utility: str, code: str, multiplier: Any = 1) -> str:
    """A meter of that number, or of one like it where that hangs somewhere, entered and not fitted."""
    from tongdian.metering.models import Meter

    theirs = Meter.objects.filter(organisation=place.organisation)
    while theirs.filter(code=code, installations__isnull=False).exists():
        code += "A"
    Meter.objects.get_or_create(
        organisation=place.organisation,
        code=code,
        defaults={
            "utility": utility,
            "kind": "ordinary",
            "multiplier": Decimal(multiplier),
            "digits": 8,
            "decimals": 2,
            "owner": "supplier",
        },
    )
    return code


def hung(point: Any, code: str = "") -> Any:
    """A meter that hangs at a usage point since long ago, when it showed nought."""
    from psycopg.types.range import DateRange

    from tests.cases.conftest import at
    from tongdian.metering.models import Meter, MeterInstallation, MeterReading

    number = in_store(point.place, point.utility, code or f"M-{point.code}")
    meter = Meter.objects.get(organisation=point.place.organisation, code=number)
    MeterInstallation.objects.create(meter=meter, usage_point=point, in_place=DateRange(LONG_AGO, None))
    MeterReading.objects.create(
        meter=meter,
        on=LONG_AGO,
        raw="0",
        value=0,
        quality="actual",
        source="typed",
        at=at(LONG_AGO.isoformat()),
    )
    return meter


def _point(place: Any, utility: str) -> Any:
    from tongdian.network.models import UsagePoint

    return UsagePoint.objects.create(place=place, utility=utility, code=f"{place.code}-{utility}")


def _placed(case: Any) -> None:
    """A case that was opened without a place gets one."""
    from tongdian.identifiers import uuid7
    from tongdian.network.models import Place

    key = uuid7()
    case.place = Place.objects.create(
        id=key,
        organisation=case.organisation,
        region=case.organisation.region,
        kind="premises",
        code=f"P-{case.number}",
        name="良丰村 1 号",
        ancestors=[key],
    )
    type(case).objects.filter(pk=case.pk).update(place=case.place)
