"""Working-day intervals in bulk."""

from __future__ import annotations

import statistics
import time

import numpy as np

from bench.report import Figure
from tongdian.calendar import official_calendar
from tongdian.calendar.bulk import BulkCalendar


def measure(*, small: bool) -> list[Figure]:
    size = 300_000 if small else 30_000_000
    rng = np.random.default_rng(1)
    first = np.datetime64("2020-01-01")
    starts = first + rng.integers(0, 2000, size).astype("timedelta64[D]")
    ends = starts + rng.integers(0, 60, size).astype("timedelta64[D]")
    calendar = BulkCalendar(official_calendar())
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        calendar.working_days_between(starts, ends)
        rates.append(size / (time.perf_counter() - began) / 1e6)
    return [
        Figure(
            "workdays",
            f"{size:,} intervals of random dates, one core",
            "≥ 30 million a second",
            f"{statistics.median(rates):.0f} million a second",
        )
    ]
