"""附件3/行3, more energy sold: what was metered for a case from energisation to the last reading of a period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from tongdian.cases.models import Case
from tongdian.metering.models import MeterInstallation, MeterReading
from tongdian.metering.queries import usages_since
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack

AT_ONCE = 500
SOLD, UNREAD = "energy_sold", "unread"  # the columns of a sheet that asks for it


def asks_energy(rule: SheetRule, pack: Pack) -> bool:
    """Whether a sheet of cases has the columns."""
    sheet = rule.sheet(pack, rule.versions[0], rule.taken(pack, {}))
    return {SOLD, UNREAD} <= {one.name for one in sheet.root.inputs}


def with_energy(rows: Iterable[dict[str, Any]], *, until: dt.date) -> Iterator[dict[str, Any]]:
    """The rows of cases with the kWh metered through the end of `until`. A case whose meter was not read since it
    was fitted, or whose readings do not hold together, is `unread`."""
    rest = iter(rows)
    while several := list(islice(rest, AT_ONCE)):
        sold = energy_sold([row["case"] for row in several], until)
        for row in several:
            kwh = sold.get(row["case"])
            yield {**row, SOLD: kwh if kwh is not None else Decimal(0), UNREAD: kwh is None}


def energy_sold(numbers: Iterable[str], until: dt.date) -> Mapping[str, Decimal]:
    """By the number of each case whose meters were read since it fitted them: the kWh to their last readings."""
    cases = Case.objects.filter(number__in=list(numbers), place__isnull=False)
    places = dict(cases.values_list("number", "place"))
    fitted = MeterInstallation.objects.filter(
        usage_point__place__in=set(places.values()),
        usage_point__utility=Utility.POWER,
        in_place__startswith__lte=until,
    )
    hung = list(fitted.select_related("usage_point").order_by("in_place"))
    read = MeterReading.objects.filter(meter__in={row.meter_id for row in hung}, case__in=list(places))
    fitting = {(meter, on): case for meter, on, case in read.values_list("meter", "on", "case")}
    since: dict[UsagePoint, dt.date] = {}
    points: dict[str, list[UsagePoint]] = {}
    for row in hung:
        number = fitting.get((row.meter_id, row.fitted_on))
        if number is not None and row.usage_point not in since:
            since[row.usage_point] = row.fitted_on
            points.setdefault(number, []).append(row.usage_point)
    usages = usages_since(since, until)
    found: dict[str, Decimal] = {}
    for number, several in points.items():
        used = [usages[point.pk] for point in several]
        if all(one is not None and not one.missing for one in used):
            found[number] = sum((one.quantity for one in used if one is not None), Decimal(0))
    return found
