"""Times of day as timetables write them: 18:30, sunset, sunset-15, or one that is told of each day.

A day has minutes 0 to 1440 of its own clock. The sun is that of a place, by the zone of the pack.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import field_validator

from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Model, Number
from tongdian.policy.refusals import Refusal
from tongdian.policy.types import CLOCK, LanguageError
from tongdian.policy.words import Words

MINUTES = 24 * 60
SUN = ("sunrise", "sunset")
_CLOCK = re.compile(CLOCK, re.ASCII)
_POINT = re.compile(
    r"(?P<next>next )?(?:(?P<clock>\d\d:\d\d)|(?P<name>[a-z][a-z0-9_]*)(?P<by>[+-]\d{1,3})?)", re.ASCII
)
HOW = Words(
    "写 18:30、24:00、sunset、sunrise+20 或一个 type: time 的输入；次日写 next 08:00",
    "write 18:30, 24:00, sunset, sunrise+20 or an input of type: time; next 08:00 is that of the next day",
)


class NoSun(Refusal):
    """The sun does not rise or set on a day at a place."""

    says = Words("{day} 该地没有日出或日落", "the sun does not rise or set there on {day}")


class SunPlace(Model):
    """Whose sun it is: degrees north and east."""

    latitude: Number
    longitude: Number

    @field_validator("latitude", "longitude")
    @classmethod
    def _on_earth(cls, value: Any, info: Any) -> Any:
        if abs(value) > (90 if info.field_name == "latitude" else 180):
            raise Miswritten(
                "度数：南北至多 90，东西至多 180", "degrees: at most 90 north or south, 180 east or west"
            )
        return value


class DayStretch(NamedTuple):
    """Minutes [first, until) of a day, and the number of the line that decides; -1: none does."""

    first: int
    until: int
    line: int


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A time of day, of the day itself or of the next."""

    clock: int | None = None  # minutes after midnight
    name: str = ""
    by: int = 0  # minutes after what is named
    is_next: bool = False

    @classmethod
    def parse(cls, text: str, told: Collection[str]) -> TimePoint:
        """Read a time; `told` are the inputs that are times. Raises LanguageError."""
        found = _POINT.fullmatch(text)
        if found is None:
            raise LanguageError(Words(f"“{text}”不是时刻", f'"{text}" is no time of day'), HOW)
        is_next = found["next"] is not None
        if found["clock"] is not None:
            return cls(clock=minute_of(found["clock"]), is_next=is_next)
        if found["name"] not in (*SUN, *told):
            raise LanguageError(
                Words(f"没有时刻“{found['name']}”", f'there is no time "{found["name"]}"'), HOW
            )
        return cls(name=found["name"], by=int(found["by"] or 0), is_next=is_next)

    def minute(self, day: dt.date, told: Mapping[str, Any], sun: SunPlace | None, zone: str) -> int:
        """Minutes after the midnight with which `day` begins. Raises NoSun."""
        after = MINUTES if self.is_next else 0
        if self.clock is not None:
            return after + self.clock
        if self.name in SUN:
            assert sun is not None  # checked when the pack was loaded
            the_day = day + dt.timedelta(days=1) if self.is_next else day
            return after + self.by + sun_minute(self.name, the_day, sun.latitude, sun.longitude, zone)
        return after + self.by + minute_of(str(told[self.name]))


def minute_of(clock: str) -> int:
    """18:30 as 1110; 24:00 ends a day. Raises LanguageError."""
    found = _CLOCK.fullmatch(clock)
    minute = int(found[1]) * 60 + int(found[2]) if found is not None else MINUTES + 1
    if minute > MINUTES:
        raise LanguageError(Words(f"“{clock}”不是时刻", f'"{clock}" is no time of day'), HOW)
    return minute


def clock_of(minute: int) -> str:
    """1110 as 18:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@lru_cache(maxsize=4096)
def sun_minute(which: str, day: dt.date, latitude: Any, longitude: Any, zone: str) -> int:
    """When the sun rises or sets on a day, in minutes after midnight, to the nearest. Raises NoSun."""
    from astral import Observer
    from astral.sun import sunrise, sunset

    at = Observer(latitude=float(latitude), longitude=float(longitude))  # degrees are no money
    try:
        moment = (sunrise if which == "sunrise" else sunset)(at, date=day, tzinfo=ZoneInfo(zone))
    except ValueError:
        raise NoSun(day=day) from None
    midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    return round((moment - midnight).total_seconds() / 60)
