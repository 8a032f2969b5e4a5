"""The calendar of a place by a timetable: its days one after the other, with the permits that were given.

A month on paper, a feed and a year of a whole campus are made here, from the stretches that answer one moment too
(`kinds/timetable.py`). Times are those of the clock of the pack's zone.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tongdian.policy.hours import MINUTES, DayStretch
from tongdian.policy.inputs import read_inputs, read_value
from tongdian.policy.kinds.timetable import TimetableRule, TimetableVersion
from tongdian.policy.refusals import Refusal
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class DayNotTold(Refusal):
    """What the timetable has to know of a day was not entered."""

    says = Words(
        "没有 {day} 的{what}；请先录入校历和作息时间",
        "{what} of {day} is not known; enter the school's calendar and hours first",
    )


class HeldPermit(NamedTuple):
    """A permit of a place from one local time to another."""

    kind: str
    first: dt.datetime
    until: dt.datetime


class PlacedStretch(NamedTuple):
    """From one local time to another a place is in a state, by a line (-1: what holds otherwise) of the version that
    began on a day, or by the permit that lifts it ("": none)."""

    first: dt.datetime
    until: dt.datetime
    state: str
    line: int
    permit: str
    version: dt.date


@dataclass(frozen=True, slots=True)
class CutDay:
    """A day of a kind of place: what was known of both, its stretches, and how they stand without a permit."""

    day: dt.date
    version: TimetableVersion
    facts: Mapping[str, Value]
    stretches: tuple[DayStretch, ...]
    plain: tuple[PlacedStretch, ...]


def facts_of_place(rule: TimetableRule, given: Mapping[str, Any]) -> dict[str, Value]:
    """The facts of a kind of place, read. Raises BadInput."""
    return read_inputs({name: rule.asked[name] for name in rule.of_place}, given)


def days_cut(
    pack: Pack,
    rule: TimetableRule,
    facts: Mapping[str, Value],
    told: Mapping[dt.date, Mapping[str, Any]],
    *,
    first: dt.date,
    last: dt.date,
    take: Mapping[str, str] | None = None,
) -> list[CutDay]:
    """The days of a kind of place from `first` to `last`. `told` says of each day what the timetable asks of it.

    Raises DayNotTold, BadInput, NotInForce, BeyondPublishedCalendar, NoSun.
    """
    taken = rule.taken(pack, take or {})
    found = []
    for at in range((last - first).days + 1):
        day = first + dt.timedelta(days=at)
        version = rule.version_on(day, taken)
        known = {**facts, **_told(rule, told, day)}
        stretches = rule.stretches(pack, version, known, day)
        midnight = dt.datetime.combine(day, dt.time())
        plain = (_placed(rule, version, one, midnight, one.first, one.until) for one in stretches)
        found.append(CutDay(day, version, known, stretches, tuple(plain)))
    return found


def _told(rule: TimetableRule, told: Mapping[dt.date, Mapping[str, Any]], day: dt.date) -> dict[str, Value]:
    given, found = told.get(day, {}), {}
    for name in rule.of_day:
        declared = rule.asked[name]
        value = given.get(name, declared.default)
        if value is None or value == "":
            raise DayNotTold(day=day, what=declared.title or Words(name, name))
        found[name] = read_value(name, value, declared.value_type)
    return found


def calendar_of(
    pack: Pack, rule: TimetableRule, days: Sequence[CutDay], permits: Sequence[HeldPermit] = ()
) -> list[PlacedStretch]:
    """The stretches of a place through these days, which follow each other, each as long as nothing changes."""
    plain = merged(one for day in days for one in day.plain)
    found: list[PlacedStretch] = []
    at = 0
    for patch in patches(pack, rule, days, plain, permits):
        while plain[at].first < patch[0].first:
            found.append(plain[at])
            at += 1
        found += patch
        while at < len(plain) and plain[at].first < patch[-1].until:
            at += 1
    return found + plain[at:]


def merged(stretches: Iterable[PlacedStretch]) -> list[PlacedStretch]:
    """Stretches that follow each other, each as long as nothing changes."""
    found: list[PlacedStretch] = []
    for one in stretches:
        if found and found[-1].until == one.first and found[-1][2:] == one[2:]:
            found[-1] = found[-1]._replace(until=one.until)
        else:
            found.append(one)
    return found


def patches(
    pack: Pack,
    rule: TimetableRule,
    days: Sequence[CutDay],
    plain: Sequence[PlacedStretch],
    permits: Sequence[HeldPermit],
) -> list[list[PlacedStretch]]:
    """What stands instead of some of the `plain` stretches of these days where there are permits: each takes the place
    of whole ones, so that what is left of them and the patches are a calendar."""
    if not days or not permits:
        return []
    starts, begin = [one.first for one in plain], days[0].day
    touched = {(day - begin).days for permit in permits for day in _days_of(permit)} & set(range(len(days)))
    runs: list[tuple[dt.datetime, dt.datetime]] = []
    for at in sorted(touched):
        midnight = dt.datetime.combine(days[at].day, dt.time())
        first = plain[bisect_right(starts, midnight) - 1].first
        until = plain[bisect_left(starts, midnight + dt.timedelta(days=1)) - 1].until
        if runs and first < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(until, runs[-1][1]))
        else:
            runs.append((first, until))
    found = []
    for first, until in runs:
        last = (until - dt.timedelta(minutes=1)).date()
        inside = range((first.date() - begin).days, (last - begin).days + 1)
        cut = (
            one
            for at in inside
            for one in (_permitted(pack, rule, days[at], permits) if at in touched else days[at].plain)
            if one.first < until and one.until > first
        )
        found.append(
            merged(one._replace(first=max(one.first, first), until=min(one.until, until)) for one in cut)
        )
    return found


def _days_of(permit: HeldPermit) -> Iterator[dt.date]:
    """The days that a permit touches."""
    days = (permit.until.date() - permit.first.date()).days + 1
    return (permit.first.date() + dt.timedelta(days=at) for at in range(days))


def _permitted(
    pack: Pack, rule: TimetableRule, one: CutDay, permits: Sequence[HeldPermit]
) -> Iterator[PlacedStretch]:
    """A day cut further where a permit begins or ends."""
    midnight = dt.datetime.combine(one.day, dt.time())
    held = [
        (
            max(_minutes(permit.first, midnight), 0),
            min(_minutes(permit.until, midnight), MINUTES),
            permit.kind,
        )
        for permit in permits
    ]
    for stretch in one.stretches:
        inside = (edge for first, until, _ in held for edge in (first, until))
        edges = sorted(
            {stretch.first, stretch.until, *(e for e in inside if stretch.first < e < stretch.until)}
        )
        for first, until in pairwise(edges):
            kinds = [kind for start, end, kind in held if start <= first and until <= end]
            permit = rule.lifted_by(pack, one.version, stretch.line, kinds, one.facts, one.day)
            yield _placed(rule, one.version, stretch, midnight, first, until, permit)


def _placed(
    rule: TimetableRule,
    version: TimetableVersion,
    stretch: DayStretch,
    midnight: dt.datetime,
    first: int,
    until: int,
    permit: str | None = None,
) -> PlacedStretch:
    begins, ends = (midnight + dt.timedelta(minutes=minute) for minute in (first, until))
    state = rule.deciding(version, stretch.line, permit).state
    return PlacedStretch(begins, ends, state, stretch.line, permit or "", version.in_force.start)


def _minutes(at: dt.datetime, midnight: dt.datetime) -> int:
    """Whole minutes after a midnight: what begins or ends within a minute does so with it."""
    return int((at - midnight) // dt.timedelta(minutes=1))
