"""An indicator of an office over the periods that were counted, whole and by the divisions of the level below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from tongdian.parties.models import Organisation
from tongdian.policy.kinds.filing import FilingPeriod
from tongdian.policy.kinds.indicator import IndicatorRule
from tongdian.policy.measures import Histogram
from tongdian.supervision.models import CountedFigures
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.offices import ReturnForm, codes_of, prefix_of

DIGITS = (2, 4, 6)  # of a code: province, prefecture, county


@dataclass(frozen=True)
class TrendPoint:
    """What was counted last of a period: `areas` by the code of a division of the level below the office."""

    period: FilingPeriod
    areas: Mapping[str, Histogram]

    @property
    def whole(self) -> Histogram:
        """All areas together."""
        return sum(self.areas.values(), Histogram())


def trend_of(
    office: Organisation, form: ReturnForm, rule: IndicatorRule, *, as_of: dt.date
) -> list[TrendPoint]:
    """The newest count of each period as it stood at the end of a day, the oldest period first; a half-year stands
    before the year that holds it. A period that nobody counted is no point: it is not nought."""
    rows = CountedFigures.objects.filter(organisation=office, pack=form.pack.id, at__lt=end_of(as_of))
    newest = {one.period: one for one in rows.only("period", "indicators").order_by("at", "pk")}
    digits = digits_below(office)
    found = []
    for key, figures in newest.items():
        period = form.period(office, key)
        if period is None or period.last is None:
            continue
        areas: dict[str, Histogram] = {}
        for code, kept in figures.indicators.get(rule.rule, {}).items():
            area = code[:digits].ljust(6, "0")
            areas[area] = areas.get(area, Histogram()) + Histogram.of_plain(kept)
        found.append(TrendPoint(period, areas))
    return sorted(found, key=lambda one: (one.period.last or dt.date.min, one.period.key))


def months_of(
    period: FilingPeriod, figures: CountedFigures, rule: IndicatorRule
) -> dict[str, Histogram | None]:
    """Each month of a period as it was counted last, the first one first, its key as 2021-03: what ended in it, and in
    the month of the count what was open still. None: not counted, for it lies after the day of the count, or the count
    is older than that months are kept; one without a case is counted, and has none."""
    assert period.first is not None  # a form that is counted has periods of days
    assert period.last is not None
    kept, counted_to = figures.months.get(rule.rule, {}), f"{figures.on:%Y-%m}"
    found: dict[str, Histogram | None] = {}
    for number in range(period.first.month, period.last.month + 1):
        month = f"{period.first.year}-{number:02}"
        is_counted = bool(figures.months) and month <= counted_to
        found[month] = (
            Histogram.of_plain(kept[month]) if month in kept else Histogram() if is_counted else None
        )
    return found


def digits_below(office: Organisation) -> int:
    """How much of a code tells the divisions of the level below an office apart."""
    return next((one for one in DIGITS if one > len(prefix_of(codes_of(office)[0]))), DIGITS[-1])
