"""Working days by the published calendar or by a regulation's, and of places with local rest days."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from tongdian.api.shapes import rulebook as shapes
from tongdian.api.v1.asking import REFUSED
from tongdian.bounded_days import WrittenDay
from tongdian.calendar import NATIONAL, Calendar, Lacks, noting
from tongdian.regions import known_region
from tongdian.rulebook import queries

days = Router(tags=["working days"])
Code = Annotated[str, Query(pattern=r"^([0-9]{6})?$", description="GB/T 2260 code, for local days of rest")]


PackId = Annotated[
    str, Query(pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$", max_length=80, description="by the calendar of a pack")
]


@days.get("/add", response={200: shapes.WorkdaysOut, **REFUSED})
def add_working_days(
    request: HttpRequest,
    start: WrittenDay,
    n: Annotated[int, Query(ge=0, le=20_000)],
    region: Code = NATIONAL,
    pack: PackId = "",
) -> Any:
    """The day `n` working days after `start`; `start` itself is not counted."""
    calendar, region = _calendar(pack, region)
    with noting() as lacks:
        end = calendar.add_working_days(start, n, region=region)
    return {"start": start, "end": end, "working_days": n, "region": region, **_warnings(lacks)}


@days.get("/between", response={200: shapes.WorkdaysOut, **REFUSED})
def working_days_between(
    request: HttpRequest, start: WrittenDay, end: WrittenDay, region: Code = NATIONAL, pack: PackId = ""
) -> Any:
    """Working days after `start` up to and including `end`."""
    calendar, region = _calendar(pack, region)
    with noting() as lacks:
        count = calendar.working_days_between(start, end, region=region)
    return {"start": start, "end": end, "working_days": count, "region": region, **_warnings(lacks)}


@days.get("/days/{on}", response={200: shapes.DayOut, **REFUSED})
def show_day(request: HttpRequest, on: WrittenDay, region: Code = NATIONAL, pack: PackId = "") -> Any:
    """One day: worked or not, and why."""
    calendar, region = _calendar(pack, region)
    day = calendar.day(on, region=region)
    return {
        "on": day.on,
        "is_working": day.is_working,
        "reason": day.reason.value,
        "name": day.name._asdict(),
        "source": day.source,
    }


def _calendar(pack: str, region: str) -> tuple[Calendar, str]:
    """The calendar asked for, and the region: of a pack, its own unless another is named."""
    if not pack:
        return queries.calendar(), known_region(region)
    one = queries.pack(pack)
    return one.calendar, known_region(region) or one.head.region or NATIONAL


def _warnings(lacks: Lacks) -> dict[str, Any]:
    return {"warnings": [lacks.words._asdict()] if lacks else []}
