"""`calendar:` in pack.yaml: by which working days a pack counts.

Either the name of a published calendar (`CN`: the arrangements of the State Council) or the pack's own:
its weekend, its dated holidays, its make-up days and the years they cover. A pack that counts working
days anywhere names one, so that no regulation is measured by the holidays of another country.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from tongdian.calendar import (
    NATIONAL,
    SHANGHAI,
    Calendar,
    Override,
    PublishedYears,
    published_years,
    region_prefix,
)
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Day, Flag, Model, Whole, YamlNode
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words
from tongdian.regions import NoSuchRegion, known_region

if TYPE_CHECKING:
    from tongdian.policy.clauses import PackHead

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MOST_YEARS = 100
NAME_ONE = Words(
    "在 pack.yaml 写 calendar: CN，或写自己的日历（years、weekend、holidays、source）",
    "write calendar: CN in pack.yaml, or its own (years, weekend, holidays, source)",
)


class NoCalendar(Refusal):
    """Working days asked of a pack that names no calendar."""

    says = Words(
        "{pack} 没有日历；请在 pack.yaml 写 calendar: CN，或写自己的日历。",
        "{pack} has no calendar; write calendar: CN in pack.yaml, or a calendar of its own.",
    )


class RestDay(Model):
    """A local day of rest (or of work, with `works: true`), with its source. `region`, a GB/T 2260 code,
    is where it holds: without one, in the pack's own region. One of a year that is not published yet
    waits until it is."""

    on: Day
    name: Bilingual
    source: str
    region: str | None = None
    works: Flag = False


class NamedDay(Model):
    """A day of a pack's own calendar, by its date."""

    on: Day
    name: Bilingual


Year = Annotated[Whole, Field(ge=1900, le=2200)]


class CoveredYears(Model):
    """The years that a pack's own calendar answers for, both included."""

    first: Year
    last: Year

    @model_validator(mode="after")
    def _in_order(self) -> CoveredYears:
        if not 0 <= self.last - self.first < MOST_YEARS:
            raise Miswritten(
                f"last 不早于 first，且相距至多 {MOST_YEARS} 年",
                f"last is not before first, and they span {MOST_YEARS} years at most",
            )
        return self


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Miswritten(
            "时区写成 Europe/Amsterdam 的形式", "a zone is written like Europe/Amsterdam"
        ) from None


Zone = Annotated[str, AfterValidator(_known_zone)]


class OwnCalendar(Model):
    """A pack's own working days: every day of `years` is worked but those of the `weekend` and the
    `holidays`; `make_up_days` are days of the weekend that are worked. `zone` says by whose clocks an
    instant has its day: `Europe/Amsterdam`."""

    years: CoveredYears
    weekend: tuple[Weekday, ...]
    holidays: tuple[NamedDay, ...] = ()
    make_up_days: tuple[NamedDay, ...] = ()
    zone: Zone | None = None
    source: str

    def published(self) -> PublishedYears:
        """The same as years that a calendar is made of."""
        return PublishedYears(
            first_year=self.years.first,
            last_year=self.years.last,
            rests={day.on: day.name for day in self.holidays},
            make_ups={day.on: day.name for day in self.make_up_days},
            weekend=frozenset(WEEKDAYS.index(day) for day in self.weekend),
            usual_source=self.source,
            is_own=True,
        )


PackCalendar = Annotated[
    Annotated[Literal["CN"], Tag("published")] | Annotated[OwnCalendar, Tag("own")],
    Discriminator(lambda value: "own" if isinstance(value, dict | OwnCalendar) else "published"),
]


def calendar_of(head: PackHead, published: Calendar) -> Calendar:
    """The calendar that a pack counts by: its own, or the published one as the installation knows it
    (`published`: with the years and days that administrators entered), with the pack's local rest days.
    It answers for every region: `counts(region)`, `rows(region)`. Raises NoCalendar.

    A day that the installation decided itself is not decided again by the pack; what administrators
    enter is of the published calendar and does not reach a pack's own.
    """
    if head.calendar is None:
        raise NoCalendar(pack=head.title)
    is_own = isinstance(head.calendar, OwnCalendar)
    base = Calendar(head.calendar.published()) if isinstance(head.calendar, OwnCalendar) else published
    decided = set() if is_own else {(region_prefix(one.region), one.on) for one in base.overrides}
    local = [
        override
        for override in local_days(head)
        if (region_prefix(override.region), override.on) not in decided
    ]
    return base.with_overrides(local) if local else base


def zone_of(head: PackHead) -> str:
    """The zone whose days are those of the law under this pack, by its name; empty where none is known."""
    if isinstance(head.calendar, OwnCalendar):
        return head.calendar.zone or ""
    return "" if head.calendar is None else SHANGHAI.key


def local_days(head: PackHead) -> list[Override]:
    """The local rest days that a pack declares, each where it holds."""
    return [
        Override(on=day.on, is_working=day.works, name=day.name, source=day.source, region=_place(head, day))
        for day in head.rest_days
    ]


def _place(head: PackHead, day: RestDay) -> str:
    return day.region or head.region or NATIONAL


# --- what is wrong with the days of a pack.yaml ----------------------------------------------------


def bad_days(head: PackHead, written: YamlNode) -> Iterator[PackError]:
    """Every day of pack.yaml that its calendar cannot have, at its line."""
    for where in (("region",), *(("rest_days", n, "region") for n in range(len(head.rest_days)))):
        code = head.region if len(where) == 1 else head.rest_days[int(where[1])].region
        if code is not None and not _is_region(code):
            yield written.error(
                Words(f"没有行政区划代码“{code}”", f'there is no division with the code "{code}"'),
                Words(
                    "写 GB/T 2260 的六位数字，或删去这一行", "write six digits of GB/T 2260, or leave it out"
                ),
                loc=where,
            )
    if head.calendar is None:
        if head.rest_days:
            yield written.error(
                Words("放假日没有所属的日历", "rest days belong to a calendar, and none is named"),
                NAME_ONE,
                loc=("rest_days",),
            )
        return
    if isinstance(head.calendar, OwnCalendar):
        yield from _bad_own_days(head.calendar, written)
        years = head.calendar.published()
        last: dt.date | None = years.official_through
    else:
        years, last = published_years(), None  # later days wait until their year is published
    seen: dict[tuple[str, dt.date], int] = {}
    for number, day in enumerate(head.rest_days):
        loc = ("rest_days", number, "on")
        if day.on < years.first_day or (last and day.on > last):
            yield _outside(written, loc, day.on, years)
        elif seen.setdefault((_place(head, day), day.on), number) != number:
            yield _twice(written, loc, day.on)


def _bad_own_days(own: OwnCalendar, written: YamlNode) -> Iterator[PackError]:
    years = own.published()
    seen: set[dt.date] = set()
    for key, days in (("holidays", own.holidays), ("make_up_days", own.make_up_days)):
        for number, day in enumerate(days):
            loc = ("calendar", key, number, "on")
            if not years.first_day <= day.on <= years.official_through:
                yield _outside(written, loc, day.on, years)
            elif day.on in seen:
                yield _twice(written, loc, day.on)
            elif key == "make_up_days" and day.on.weekday() not in years.weekend:
                yield written.error(
                    Words(f"{day.on} 本来就上班", f"{day.on} is no day of the weekend"),
                    Words("改日期，或删去这一行", "mend the date, or leave the line out"),
                    loc=loc,
                )
            seen.add(day.on)
    without = sorted({*range(own.years.first, own.years.last + 1)} - {day.on.year for day in own.holidays})
    if own.holidays and without:  # a year left out would be counted as if it had no holiday
        yield written.error(
            Words(f"{without[0]} 年没有一个节假日", f"no holiday is written for {without[0]}"),
            Words("写出该年的节假日，或缩短 years", "write that year's holidays, or narrow years"),
            loc=("calendar", "years"),
        )


def _is_region(code: str) -> bool:
    try:
        return bool(known_region(code))
    except NoSuchRegion:
        return False


def _outside(written: YamlNode, loc: Any, day: dt.date, years: PublishedYears) -> PackError:
    first, last = years.first_day, years.official_through
    return written.error(
        Words(f"{day} 不在日历所含的年份之内", f"{day} is outside the years of the calendar"),
        Words(
            f"日历自 {first} 起" + (f"至 {last}" if years.is_own else ""),
            f"the calendar begins on {first}" + (f" and ends on {last}" if years.is_own else ""),
        ),
        loc=loc,
    )


def _twice(written: YamlNode, loc: Any, day: dt.date) -> PackError:
    return written.error(
        Words(f"{day} 写了两次", f"{day} is written twice"), Words("删去一个", "remove one"), loc=loc
    )
