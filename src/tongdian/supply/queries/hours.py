"""May this place be supplied, or used, at this moment, and why: one question, whoever asks.

What stands here only brings together what the kernel asks (`policy/timetables.py`): the timetables that govern a
place, the school's days, and the permits that were given. A month on a page, a day of the duty room, a feed and a
single answer are read off the same stretches.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.policy.answer import Answer
from tongdian.policy.calendars import zone_of
from tongdian.policy.kinds.timetable import AT, PERMIT, TimetableRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.timetables import (
    CutDay,
    HeldPermit,
    PlacedStretch,
    calendar_of,
    days_cut,
    facts_of_place,
)
from tongdian.policy.words import Words
from tongdian.supply.models import CourseLesson, Permit, PlaceTimetable
from tongdian.supply.queries.days import SchoolCalendar, calendars_of
from tongdian.supply.queries.lessons import HeldLesson, held_days, lessons_of
from tongdian.supply.queries.timetables import KindOfPlace, kinds_by_code, packs_with_timetables

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class PlaceHours:
    """How a place stands by one timetable through some days.

    `stretches` follow each other but for the days of `lacking`, of which something was not told: why is beside each.
    Times are those of the clock of the pack's zone.
    """

    place: Place
    pack: Pack
    kind: KindOfPlace
    days: Mapping[dt.date, CutDay]
    stretches: Sequence[PlacedStretch]
    lacking: Mapping[dt.date, Refusal]
    permits: Sequence[Permit]
    lessons: Sequence[HeldLesson] = ()

    @property
    def rule(self) -> TimetableRule:
        """The timetable."""
        return self.kind.rule

    def local(self, at: dt.datetime) -> dt.datetime:
        """An instant on the clock of the place, to the minute."""
        return local(self.pack, at)

    def at(self, moment: dt.datetime) -> PlacedStretch | None:
        """The stretch in which a local moment lies; None on a day that is not told."""
        return next((one for one in self.stretches if one.first <= moment < one.until), None)

    def run(self, stretch: PlacedStretch) -> tuple[PlacedStretch, PlacedStretch]:
        """The first and the last of the stretches around one in which the place stands the same: midnight, and another
        line of the same state, change nothing for who stands at the door."""
        first = last = self.stretches.index(stretch)
        while first and self._goes_on(self.stretches[first - 1], self.stretches[first]):
            first -= 1
        while last + 1 < len(self.stretches) and self._goes_on(
            self.stretches[last], self.stretches[last + 1]
        ):
            last += 1
        return self.stretches[first], self.stretches[last]

    def _goes_on(self, one: PlacedStretch, other: PlacedStretch) -> bool:
        return one.until == other.first and (one.state, one.permit) == (other.state, other.permit)

    def after(self, stretch: PlacedStretch) -> PlacedStretch | None:
        """What follows a stretch, as far as the days go."""
        return next((one for one in self.stretches if one.first == stretch.until), None)

    def before(self, stretch: PlacedStretch) -> PlacedStretch | None:
        """What a stretch follows, as far as the days go."""
        return next((one for one in self.stretches if one.until == stretch.first), None)

    def is_open(self, stretch: PlacedStretch) -> bool:
        """Whether the place is open to anybody then."""
        return stretch.state not in self.rule.closed

    def state(self, stretch: PlacedStretch) -> Words:
        """What it is then, in words."""
        return self.rule.states[stretch.state]

    def cite(self, stretch: PlacedStretch) -> tuple[str, ...]:
        """The clauses that decide: those of the line, or of the permit that lifts it."""
        version = self.rule.version_on(stretch.version, self.rule.taken(self.pack, {}))
        decides = self.rule.deciding(version, stretch.line, stretch.permit or None)
        return tuple(decides.cite) or tuple(version.cite)

    def permit_of(self, stretch: PlacedStretch) -> Permit | None:
        """The permit that won, the one given last where several are of the kind."""
        held = (
            one for one in self.permits if one.permit == stretch.permit and self._holds(one, stretch.first)
        )
        return max(held, key=lambda one: one.pk, default=None)

    def permit_before(self, stretch: PlacedStretch) -> Permit | None:
        """The permit that held until a closed stretch, with those of its state before it, began."""
        before = None if self.is_open(stretch) else self.before(self.run(stretch)[0])
        return self.permit_of(before) if before is not None and before.permit else None

    def lesson_of(self, stretch: PlacedStretch) -> CourseLesson | None:
        """The lesson of the course timetable by which a place is used then, where no permit was given."""
        return next(
            (
                one.lesson
                for one in self.lessons
                if one.lesson.use == stretch.permit and one.first <= stretch.first < one.until
            ),
            None,
        )

    def _holds(self, permit: Permit, moment: dt.datetime) -> bool:
        return self.local(permit.first_at) <= moment < self.local(permit.ends_at)

    def why(self, moment: dt.datetime) -> Answer:
        """The kernel's answer for a local moment, with its reason. Raises DayNotTold, and what the rule does."""
        day = moment.date()
        if day in self.lacking:
            raise self.lacking[day]
        here = self.at(moment)
        held = [one.permit for one in self.permits if self._holds(one, moment)]
        held += [one.lesson.use for one in self.lessons if one.first <= moment < one.until]
        given: dict[str, Any] = {**self.days[day].facts, AT: f"{moment:%H:%M}"}
        if held:
            won = here.permit if here is not None else ""
            given[PERMIT] = won or min(held, key=list(self.rule.permits).index)
        return self.pack.answer(self.rule.rule, on=day, given=given)


def local(pack: Pack, at: dt.datetime) -> dt.datetime:
    """An instant on the clock by which a pack's timetables go, to the minute, without zone as the kernel has it."""
    return at.astimezone(zone(pack)).replace(second=0, microsecond=0, tzinfo=None)


def zone(pack: Pack) -> ZoneInfo:
    """The zone of a pack's clock."""
    return ZoneInfo(zone_of(pack.head))


@dataclass
class _Campus:
    """What the places of one organisation share while they are looked at."""

    packs: Sequence[Pack]
    kinds: Mapping[str, KindOfPlace]
    calendar: SchoolCalendar
    cut: dict[tuple[str, dt.date, dt.date], tuple[list[CutDay], dict[dt.date, Refusal]]] = field(
        default_factory=dict
    )

    def pack_of(self, rule: str) -> Pack | None:
        found = next((pack for pack in self.packs if rule in pack.rules), None)
        return None if found is None else self.calendar.over(found)


def hours_of(
    places: Iterable[Place], *, first: dt.date, last: dt.date, only: Collection[Permit] | None = None
) -> dict[UUID, list[PlaceHours]]:
    """How places stand from `first` to `last`, by their ids: an entry for each timetable that governs one.

    A lesson of the course timetable stands like a permit of its kind. A handful of questions, however many places. A
    place that no timetable governs has an empty list. With `only`, as they would stand by these permits alone, one that
    is not kept yet among them.
    """
    known = {one.pk: one for one in places}
    rows = PlaceTimetable.objects.filter(place__in=known, in_force__overlap=(first, last + A_DAY)).order_by(
        "place", "rule", "in_force"
    )
    permits = _permits(known, first, last) if only is None else _by_place(only)
    taught = lessons_of(known, first=first, last=last)
    campuses = _campuses((one.organisation for one in known.values()), first, last)
    found: dict[UUID, list[PlaceHours]] = {one: [] for one in known}
    for row in rows:
        place = known[row.place_id]
        campus = campuses[place.organisation_id]
        kind = campus.kinds.get(row.kind)
        pack = campus.pack_of(row.rule)
        if kind is None or pack is None:
            continue  # the pack is no longer in force, and with it nothing governs
        start = max(first, row.in_force.lower)
        end = min(last, row.last_on or last, (row.in_force.upper or dt.date.max) - A_DAY)
        if start > end:
            continue
        cut, lacking = _days(campus, pack, kind, start, end)
        given = [one for one in permits[place.pk] if one.permit in kind.rule.permits]
        held = [HeldPermit(one.permit, local(pack, one.first_at), local(pack, one.ends_at)) for one in given]
        taught_here = [
            held_days(one, pack, campus.calendar, first=start, last=end)
            for one in taught.get(place.pk, ())
            if one.use in kind.rule.permits
        ]
        lessons = [day for one in taught_here for day in one.held]
        if unknown := {day: why for one in taught_here for day, why in one.unknown.items()}:
            cut = [one for one in cut if one.day not in unknown]
            lacking = {**unknown, **lacking}
        held += [HeldPermit(one.lesson.use, one.first, one.until) for one in lessons]
        stretches = [one for run in _runs(cut) for one in calendar_of(pack, kind.rule, run, held)]
        found[place.pk].append(
            PlaceHours(place, pack, kind, {one.day: one for one in cut}, stretches, lacking, given, lessons)
        )
    return found


def hours_of_kind(organisation: Organisation, code: str, day: dt.date) -> list[tuple[PlacedStretch, bool]]:
    """How a kind of place of an organisation stands through a day without any permit, and whether it is open: empty
    where no timetable knows the kind, or the day is not told."""
    campus = _campuses([organisation], day, day)[organisation.pk]
    kind = campus.kinds.get(code)
    pack = campus.pack_of(kind.rule.rule) if kind is not None else None
    if kind is None or pack is None:
        return []
    cut, _lacking = _days(campus, pack, kind, day, day)
    stretches = (one for run in _runs(cut) for one in calendar_of(pack, kind.rule, run))
    return [(one, one.state not in kind.rule.closed) for one in stretches]


def _campuses(organisations: Iterable[Organisation], first: dt.date, last: dt.date) -> dict[Any, _Campus]:
    owners = {one.pk: one for one in organisations}
    calendars = calendars_of(list(owners.values()), first=first, last=last)
    return {
        key: _Campus(packs_with_timetables(one, last), kinds_by_code(one, last), calendars[key])
        for key, one in owners.items()
    }


def _days(
    campus: _Campus, pack: Pack, kind: KindOfPlace, first: dt.date, last: dt.date
) -> tuple[list[CutDay], dict[dt.date, Refusal]]:
    """The days of a kind of place, cut once for all places of the kind; and what was not told of the others."""
    key = kind.code, first, last
    if key not in campus.cut:
        facts = facts_of_place(kind.rule, kind.facts)
        cut: list[CutDay] = []
        lacking: dict[dt.date, Refusal] = {}
        day = first
        while day <= last:
            try:
                cut += days_cut(pack, kind.rule, facts, campus.calendar.told, first=day, last=day)
            except Refusal as refusal:
                lacking[day] = refusal
            day += A_DAY
        campus.cut[key] = cut, lacking
    return campus.cut[key]


def _runs(days: Sequence[CutDay]) -> list[list[CutDay]]:
    """Days that follow each other, together: what is not told lies between."""
    found: list[list[CutDay]] = []
    for one in days:
        if found and found[-1][-1].day + A_DAY == one.day:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _permits(places: Mapping[UUID, Place], first: dt.date, last: dt.date) -> dict[UUID, list[Permit]]:
    """The permits that hold at some time of the days, or of a day beside them: zones differ."""
    since = dt.datetime.combine(first - A_DAY, dt.time(), dt.UTC)
    until = dt.datetime.combine(last + 2 * A_DAY, dt.time(), dt.UTC)
    rows = Permit.objects.filter(place__in=places, first_at__lt=until, until_at__gt=since).select_related(
        "end", "case", "by"
    )
    # one withdrawn before it began never held
    return _by_place(row for row in rows.order_by("id") if row.ends_at > row.first_at)


def _by_place(permits: Iterable[Permit]) -> dict[UUID, list[Permit]]:
    found: dict[UUID, list[Permit]] = defaultdict(list)
    for row in permits:
        found[row.place_id].append(row)
    return found
