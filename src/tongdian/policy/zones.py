"""How far from UTC the clocks of a zone are, as a list that any engine can reckon with."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from tongdian.policy.types import INSTANTS

STRIDE = dt.timedelta(days=6)  # no zone ever changed there and back in fewer: Recife, 8 to 15 October 2000


@lru_cache(maxsize=8)
def offsets(zone: ZoneInfo) -> tuple[tuple[dt.datetime | None, int], ...]:
    """Seconds east of UTC, each until a moment of UTC (without zone); the last for ever."""
    found: list[tuple[dt.datetime | None, int]] = []
    at = dt.datetime(INSTANTS.start, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(INSTANTS.stop, 1, 1, tzinfo=dt.UTC)
    here = _offset(zone, at)
    while at < end:
        if _offset(zone, at + STRIDE) == here:
            at += STRIDE
            continue
        later = at + dt.timedelta(days=1)
        if (there := _offset(zone, later)) != here:
            low, high = at, later
            while high - low > dt.timedelta(seconds=1):
                middle = (low + (high - low) // 2).replace(microsecond=0)
                low, high = (middle, high) if _offset(zone, middle) == here else (low, middle)
            found.append((high.replace(tzinfo=None), here))
        at, here = later, there
    return (*found, (None, _offset(zone, end)))


def _offset(zone: ZoneInfo, at: dt.datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
