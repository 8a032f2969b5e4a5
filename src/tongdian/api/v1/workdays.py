"""Working days of the whole country, and of places with local days of rest."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from tongdian.api.shapes import rulebook as shapes
from tongdian.api.v1.asking import REFUSED
from tongdian.bounded_days import WrittenDay
from tongdian.calendar import NATIONAL
from tongdian.rulebook import queries

days = Router(tags=["working days"])
Code = Annotated[str, Query(pattern=r"^([0-9]{6})?$", description="GB/T 2260 code, for local days of rest")]


@days.get("/add", response={200: shapes.WorkdaysOut, **REFUSED})
def add_working_days(
    request: HttpRequest,
    start: WrittenDay,
    n: Annotated[int, Query(ge=0, le=20_000)],
    region: Code = NATIONAL,
) -> Any:
    """The day `n` working days after `start`; `start` itself is not counted."""
    end = queries.calendar().add_working_days(start, n, region=region)
    return {"start": start, "end": end, "working_days": n, "region": region}


@days.get("/between", response={200: shapes.WorkdaysOut, **REFUSED})
def working_days_between(
    request: HttpRequest, start: WrittenDay, end: WrittenDay, region: Code = NATIONAL
) -> Any:
    """Working days after `start` up to and including `end`."""
    count = queries.calendar().working_days_between(start, end, region=region)
    return {"start": start, "end": end, "working_days": count, "region": region}


@days.get("/days/{on}", response={200: shapes.DayOut, **REFUSED})
def show_day(request: HttpRequest, on: WrittenDay, region: Code = NATIONAL) -> Any:
    """One day: worked or not, and why."""
    day = queries.calendar().day(on, region=region)
    return {
        "on": day.on,
        "is_working": day.is_working,
        "reason": day.reason.value,
        "name": day.name._asdict(),
        "source": day.source,
    }
