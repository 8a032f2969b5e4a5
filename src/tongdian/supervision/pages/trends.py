"""Charts of values over periods, with the line that the document draws and its article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, pgettext

from tongdian.parties.queries import names_of_regions
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds.indicator import IndicatorRule
from tongdian.policy.measures import Histogram
from tongdian.spoken import say, spoken
from tongdian.supervision.queries.trends import TrendPoint

MOST_LINES = 8  # beside the whole: those that are behind; the pivot has them all
NOTHING = "-"  # no value: charts leave a gap, tables say so
HUNDRED = 100


def trend_chart(rule: IndicatorRule, points: Sequence[TrendPoint]) -> dict[str, Any] | None:
    """The share of cases that keep an indicator, period by period, of the whole and of who is furthest behind; all are
    asked for (所有), so that the line is at 100 %. Of one that is not scored the median of days, without a line."""
    if not any(one.areas for one in points):
        return None
    value = _share if rule.scored else _median
    last = next(one for one in reversed(points) if one.areas)
    codes = sorted(last.areas, key=lambda code: (_order(value(last.areas[code])), code))
    names = names_of_regions(codes)
    chart = {
        "title": gettext("Share kept over the periods (%)")
        if rule.scored
        else gettext("Median over the periods"),
        "lines": True,
        "labels": [spoken(one.period.title) for one in points],
        "series": [
            [gettext("whole"), [value(one.whole) for one in points]],
            *(
                [names.get(code, code), [value(one.areas.get(code, Histogram())) for one in points]]
                for code in (codes if len(codes) > 1 else ())[:MOST_LINES]
            ),
        ],
    }
    return chart | {"most": HUNDRED, **required_line(rule.versions[-1].cite[0])} if rule.scored else chart


def month_chart(rule: IndicatorRule, months: Mapping[str, Histogram | None]) -> dict[str, Any] | None:
    """The same month by month, of the whole; what was not counted, and a month without a case that is judged, is a
    gap."""
    if not any(one is not None and (one.total or one.no_limit) for one in months.values()):
        return None
    value = _share if rule.scored else _median
    chart = {
        "title": gettext("Share kept month by month (%)")
        if rule.scored
        else gettext("Median month by month"),
        "lines": True,
        "labels": list(months),
        "series": [[gettext("whole"), [value(one or Histogram()) for one in months.values()]]],
    }
    return chart | {"most": HUNDRED, **required_line(rule.versions[-1].cite[0])} if rule.scored else chart


def required_line(clause: str) -> dict[str, Any]:
    """The line of a standard that every case, or every area, is to keep, with its article."""
    said = gettext("required")
    return {
        "limits": [{"at": HUNDRED, "name": f"{said} {HUNDRED}% {say(say_clause(clause))}"}],
        "limits_on": "values",
    }


def day_lines(limits: Sequence[int], clause: str) -> dict[str, Any]:
    """The lines of limits on a chart of days, with their article."""
    cite, said = say(say_clause(clause)), pgettext("of days", "limit")
    return {
        "limits": [{"at": str(one), "name": f"{said} {one} {cite}"} for one in limits],
        "limits_on": "labels",
    }


def shown_share(percent: Decimal | None) -> str:
    """A share in per cent as charts and tables take it."""
    return NOTHING if percent is None else f"{percent:.2f}"


def _share(one: Histogram) -> str:
    share = one.share()
    return shown_share(None if share is None else share * HUNDRED)


def _median(one: Histogram) -> str:
    days = one.percentile(50)
    return NOTHING if days is None else str(days)


def _order(value: str) -> Decimal:
    return Decimal(HUNDRED + 1) if value == NOTHING else Decimal(value)
