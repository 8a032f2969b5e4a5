"""The standards at the level of an office that files none itself: standard by standard, and of one of them who is
behind, on the tile grid and ranked."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tongdian.policy.clauses import say_clause
from tongdian.spoken import say, spoken
from tongdian.supervision.pages.asking import OfficeAsked
from tongdian.supervision.pages.overview import tiles_of
from tongdian.supervision.pages.trends import MOST_LINES, required_line, shown_share
from tongdian.supervision.queries.level import (
    AreasOfStandard,
    areas_of,
    counting_version,
    standards_of,
    standards_received,
)
from tongdian.supervision.queries.receiving import Received


def shown_level(about: OfficeAsked, given: QueryDict) -> dict[str, Any] | None:
    """What a page shows of the returns that the office has; None where nobody files standards to it."""
    every = standards_received(about.office, as_of=about.as_of) if about.office is not None else []
    if not every:
        return None
    counting = [one for one in every if any(counting_version(one, row) for row in one.standings)]
    one = next((one for one in every if one.period.key == given.get("period")), (counting or every)[0])
    standards = standards_of(one)
    behind = sorted(standards, key=lambda standard: -(standard.left or 0))
    chosen = next(
        (own for own in standards if own.line.key == given.get("line")), behind[0] if behind else None
    )
    return {
        "one": one,
        "periods": [other.period for other in every],
        "standards": [_said(standard) for standard in standards],
        "chosen": _said(chosen) if chosen is not None else None,
        "tiles": _tiles(one, chosen, about) if chosen is not None else [],
        "chart": _ranked(one, chosen) if chosen is not None else None,
        "trend": _trend(every, chosen) if chosen is not None else None,
        "absent": [
            row.organisation.shown_name for row in one.standings if counting_version(one, row) is None
        ],
    }


def _said(one: AreasOfStandard) -> dict[str, Any]:
    return {
        "key": one.line.key,
        "title": spoken(one.line.title),
        "cite_said": say(say_clause(one.line.key)),
        "due": one.due,
        "done": one.done,
        "left": one.left,
        "share": one.share,
        "lacking": [office.shown_name for office in one.lacking],
    }


def _tiles(one: Received, chosen: AreasOfStandard, about: OfficeAsked) -> list[dict[str, Any]]:
    """A tile for each who files, with its areas of the standard."""
    return [
        {**tile, "areas": areas_of(one, tile["row"], chosen.line)}
        for tile in tiles_of(one.standings, about.as_of)
    ]


def _trend(every: list[Received], chosen: AreasOfStandard) -> dict[str, Any] | None:
    """The share of areas in which a standard is reached, period by period, and of each who files where they are few."""
    points = []
    for one in sorted(every, key=lambda one: (one.period.last or one.period.due, one.period.key)):
        of_it = next((own for own in standards_of(one) if own.line.key == chosen.line.key), None)
        if of_it is not None:
            points.append((one, of_it))
    if not any(of_it.share is not None for _, of_it in points):
        return None
    filers = {row.organisation.pk: row.organisation for one, _ in points for row in one.standings}
    series = [[gettext("whole"), [shown_share(of_it.share) for _, of_it in points]]]
    for key, office in filers.items() if 1 < len(filers) <= MOST_LINES else ():
        rows = [next((row for row in one.standings if row.organisation.pk == key), None) for one, _ in points]
        shares = [
            areas_of(one, row, chosen.line).share if row is not None else None
            for (one, _), row in zip(points, rows, strict=True)
        ]
        series.append([office.shown_name, [shown_share(share) for share in shares]])
    return {
        "title": gettext("Share of areas over the periods (%)"),
        "lines": True,
        "most": 100,
        "labels": [spoken(one.period.title) for one, _ in points],
        "series": series,
        **required_line(chosen.line.key),
    }


def _ranked(one: Received, chosen: AreasOfStandard) -> dict[str, Any] | None:
    """Who files, the furthest behind first; who says nothing, or has nothing due, is not drawn."""
    each = [(row.organisation.shown_name, areas_of(one, row, chosen.line)) for row in one.standings]
    shown = [(name, areas) for name, areas in each if areas.share is not None]
    if not shown:
        return None
    shown.sort(key=lambda pair: (pair[1].share, -(pair[1].left or 0)))
    return {
        "title": gettext("Areas by who files, the furthest behind first"),
        "labels": [name for name, _ in shown],
        "series": [
            [gettext("done"), [int(areas.done or 0) for _, areas in shown]],
            [gettext("not done"), [int(areas.left or 0) for _, areas in shown]],
        ],
    }
