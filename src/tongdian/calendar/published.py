"""The years a calendar knows: as the State Council publishes them, or as a pack writes its own.

The dates come with the `chinesecalendar` library and are copied once into our own type, so
that nothing else depends on that library and a year published after its last release can be
added by an operator with the notice as its source (`arrangement.py` reads it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from tongdian.calendar.local import LOCAL_HOLIDAYS, LocalHoliday
from tongdian.calendar.refusals import (
    BeyondOwnCalendar,
    BeyondPublishedCalendar,
    EndsBeyondPublished,
    YearDoesNotFollow,
    YearHasOtherDates,
)
from tongdian.policy.words import Words

LIBRARY_SOURCE = "国务院办公厅关于部分节假日安排的通知 (chinesecalendar)"
SATURDAY_AND_SUNDAY = frozenset({5, 6})


@dataclass(frozen=True)
class PublishedYears:
    """Consecutive years with every holiday (rest) and every make-up working day, by name.

    `rests` and `make_ups` map a date to the name of the holiday it belongs to. Days in neither
    are worked unless their weekday (Monday is 0) is in `weekend`. `local` are the holidays that places
    set for themselves every year. `is_own`: a pack wrote them, so nobody publishes a further year.
    """

    first_year: int
    last_year: int
    rests: Mapping[date, Words]
    make_ups: Mapping[date, Words]
    sources: Mapping[int, str] = field(default_factory=dict)
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    usual_source: str = LIBRARY_SOURCE
    local: tuple[LocalHoliday, ...] = ()
    is_own: bool = False

    @property
    def first_day(self) -> date:
        return date(self.first_year, 1, 1)

    @property
    def official_through(self) -> date:
        """The last day whose arrangement has been published."""
        return date(self.last_year, 12, 31)

    def source_of(self, day: date) -> str:
        return self.sources.get(day.year, self.usual_source)

    def beyond(self, asked: object) -> BeyondPublishedCalendar:
        """The refusal of a day outside these years."""
        kind = BeyondOwnCalendar if self.is_own else BeyondPublishedCalendar
        return kind(asked=asked, first=self.first_day, last=self.official_through)

    def ends_beyond(self, start: date, count: int, known: int) -> BeyondPublishedCalendar:
        """The refusal of a count that ends after these years, of which `known` working days are in them."""
        left, last = count - known, self.official_through
        if self.is_own or left > (date.max - last).days:
            return self.beyond(f"{start} + {count}")
        return EndsBeyondPublished(
            start=start,
            count=count,
            last=last,
            known=known,
            left=left,
            earliest=last + timedelta(days=left),  # were every day worked
            year=last.year + 1,
        )

    def with_year(
        self, number: int, *, rests: Mapping[date, Words], make_ups: Mapping[date, Words], source: str
    ) -> PublishedYears:
        """The same years with the next one, or with one of them anew, as its notice (`source`)
        arranges it. Raises YearDoesNotFollow, YearHasOtherDates.

        A notice may reach back into December: New Year 2023 began with a rest on 2022-12-31. Such a
        day replaces what the year before says of it, and nothing else of that year.
        """
        if not self.first_year <= number <= self.last_year + 1:
            raise YearDoesNotFollow(number=number, last_year=self.last_year)
        december = date(number - 1, 12, 1)
        strangers = sorted(day for day in (*rests, *make_ups) if not december <= day <= date(number, 12, 31))
        if strangers:
            raise YearHasOtherDates(number=number, day=strangers[0])

        def others(days: Mapping[date, Words]) -> dict[date, Words]:
            told = {*rests, *make_ups}
            return {
                day: name
                for day, name in days.items()
                if day not in told and (day.year != number or _is_of_the_next_year(day, name))
            }

        return replace(
            self,
            last_year=max(number, self.last_year),
            rests={**others(self.rests), **rests},
            make_ups={**others(self.make_ups), **make_ups},
            sources={**self.sources, number: source},
        )


def _is_of_the_next_year(day: date, name: Words) -> bool:
    """A December day that the notice of the next year arranges, for its New Year's Day."""
    return day.month == 12 and name.zh.startswith("元旦")


@lru_cache(maxsize=1)
def published_years() -> PublishedYears:
    """The years the installed library knows, 2004 to the last officially published one."""
    # with the first who counts working days: most answers count none
    from chinese_calendar.constants import Holiday, holidays, workdays  # type: ignore[import-untyped]

    def words(name: str) -> Words:
        return Words(zh=Holiday(name).chinese, en=name)

    return PublishedYears(
        first_year=min(holidays).year,
        last_year=max(holidays).year,
        rests={day: words(name) for day, name in holidays.items()},
        make_ups={day: words(name) for day, name in workdays.items()},
        local=LOCAL_HOLIDAYS,
    )
