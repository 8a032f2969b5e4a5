"""Every page, asked about days, weeks, months and instants that nobody can mean, says so and does not break."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

import pytest
from django.test import Client
from tests.architecture.access import ACCESS
from tests.architecture.test_access import filled, routes, world  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

NAMES = (
    "day",
    "week",
    "month",
    "from",
    "to",
    "at",
    "on",
    "since",
    "until",
    "as_of",
    "start",
    "end",
    "year",
    "first",
    "last",
)
DAYS = ("0001-01-01", "9999-12-27", "9999-12-31", "2199-12-31", "2026-02-30")
MONTHS = ("0001-01", "9999-12")
MOMENTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59")
# A parameter of an address that is read only with others, and those.
BESIDE = {"conduct/record/": "house=YS&used={point}&place=S3&timetable=x&"}


def asked_by(pattern: str) -> list[str]:
    """Which of the names the module of a page reads, as far as it names them."""
    view = inspect.unwrap(routes()[pattern].callback)
    module = sys.modules.get(getattr(view, "__module__", ""))
    text = inspect.getsource(module) if module is not None and "tongdian" in module.__name__ else ""
    read = set(re.findall(r"""(?:get\(|GET\[|_day\(request, |asked_day\(request, )["'](\w+)["']""", text))
    return [name for name in NAMES if name in read]


def test_no_page_breaks_at_a_day_that_nobody_can_mean(world: Any) -> None:  # noqa: F811
    client = Client(raise_request_exception=False)
    client.force_login(world.people["administrator"])
    broken, many = [], 0
    for pattern in ACCESS:
        if not (names := asked_by(pattern)):
            continue
        address = filled(pattern, world.ours)
        beside = BESIDE.get(pattern, "").format(**world.ours)
        many += 1
        for value in (*DAYS, *MONTHS, *MOMENTS):
            query = "&".join(f"{name}={value.replace('+', '%2B')}" for name in names)
            if client.get(f"{address}{'&' if '?' in address else '?'}{beside}{query}").status_code >= 500:
                broken.append((address, query))
    assert broken == []
    assert many > 20  # it still finds them
