"""Reading what a weather service publishes: a file that somebody writes, or an address that answers.

Both are JSON of one reading, `{"measured_at": "2026-03-04T10:00:00+08:00", "celsius": "18.4", "station": "…"}`.
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tongdian.policy.refusals import Refusal
from tongdian.supply.fields import TEMPERATURE
from tongdian.supply.refusing import WeatherUnread

MOST_BYTES = 100_000
PATIENCE_SECONDS = 5


class WeatherReading(NamedTuple):
    """A temperature, when it was measured, and who says so."""

    measured_at: dt.datetime
    celsius: Decimal
    station: str


def published(address: str) -> WeatherReading:
    """What stands at `http://…`, `https://…` or the path of a file. Raises WeatherUnread."""
    try:
        said = json.loads(_text(address), parse_float=str, parse_int=str)
        return WeatherReading(*(TEMPERATURE[name].read(str(said[name])) for name in WeatherReading._fields))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Refusal) as failed:
        raise WeatherUnread(address=address, problem=f"{type(failed).__name__}") from failed


def _text(address: str) -> bytes:
    if not address.startswith(("http://", "https://")):
        with Path(address).open("rb") as file:
            return file.read(MOST_BYTES)
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310  # http alone, by the operator
        found: bytes = reply.read(MOST_BYTES)
        return found
