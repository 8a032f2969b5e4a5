"""How a place stands, as pages show it: bars of a day, words beside them, and the reason of one moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tongdian.calendar import DayReason
from tongdian.policy.hours import MINUTES, clock_of
from tongdian.policy.refusals import Refusal
from tongdian.policy.timetables import PlacedStretch
from tongdian.policy.words import Words
from tongdian.rulebook.saying import Cite, cites
from tongdian.spoken import reader_language, say
from tongdian.supply.models import CourseLesson, Permit, SupplyStop
from tongdian.supply.queries import PlaceHours
from tongdian.supply.queries.days import MOVED
from tongdian.supply.rules import NOT_TOLD

WEEKDAYS = (
    Words("一", "Mon"), Words("二", "Tue"), Words("三", "Wed"), Words("四", "Thu"), Words("五", "Fri"),
    Words("六", "Sat"), Words("日", "Sun"),
)  # fmt: skip
COMMA = Words("，", ", ")
AND = Words("、", ", ")
STOPPED = Words("已停供（{what}）", "stopped ({what})")
STOP_SAID = Words("{point} {what}自 {day} 起停供", "{point}: {what} stopped since {day}")
STOP_ENDED = Words("，{day} 起恢复", ", restored on {day}")
BY_PERMIT = Words("（许可）", " (permit)")


@dataclass(frozen=True)
class BarShown:
    """A part of a day's bar: minutes, how it looks, what it says, and the moment it asks about."""

    x: int
    width: int
    look: str
    said: str
    at: str


MADE_UP = Words("调休上班（{name}）", "worked in exchange ({name})")
WORKED = Words("上班（{name}）", "worked ({name})")
RESTED = Words("休息（{name}）", "rested ({name})")


@dataclass(frozen=True)
class DayShown:
    """A day of a place: its bars, and when it is open in words; `lacking` says what nobody told."""

    day: dt.date
    weekday: str
    is_rest: bool
    bars: list[BarShown]
    said: str
    lacking: str = ""
    stopped: str = ""
    moved: str = ""  # why it is worked, or rested, otherwise than its weekday


@dataclass(frozen=True)
class MomentShown:
    """How a place stands at a moment by one timetable, and why; what comes next, and why."""

    hours: PlaceHours
    at: dt.datetime
    state: str
    look: str
    reason: str
    cites: list[Cite]
    permit: Permit | None
    lesson: CourseLesson | None
    permit_title: str
    until: dt.datetime | None
    then: str
    then_cites: list[Cite]
    ended: Permit | None = None  # the permit with whose end it closed
    lacking: str = ""
    stops: list[tuple[SupplyStop, str]] = field(default_factory=list)


def look(hours: PlaceHours, stretch: PlacedStretch) -> str:
    """How a stretch is drawn: open, permitted, or closed."""
    if not hours.is_open(stretch):
        return "closed"
    return "permitted" if stretch.permit else "open"


def stopped_on(stops: Iterable[SupplyStop], day: dt.date) -> list[SupplyStop]:
    """Those that hold on a day."""
    ends = ((one, getattr(one, "end", None)) for one in stops)
    return [one for one, end in ends if one.on <= day and (end is None or day < end.on)]


def stopped_said(stops: Iterable[SupplyStop]) -> str:
    """Which utilities are stopped, in words; nothing where none is."""
    what = dict.fromkeys(str(one.usage_point.get_utility_display()) for one in stops)
    return say(STOPPED.fill(what=say(AND).join(what))) if what else ""


def stop_words(stop: SupplyStop) -> str:
    """Of which point what was stopped, since when, and when it came back; not on what ground."""
    point = f"{stop.usage_point.place.name} {stop.usage_point.code}"
    said = say(STOP_SAID.fill(point=point, what=str(stop.usage_point.get_utility_display()), day=stop.on))
    end = getattr(stop, "end", None)
    return said if end is None else said + say(STOP_ENDED.fill(day=end.on))


def days_shown(hours: PlaceHours, stops: Iterable[SupplyStop] = ()) -> Iterator[DayShown]:
    """The days of a place by one timetable, in order, with what is stopped on each."""
    held = list(stops)
    for one in _days_shown(hours):
        yield replace(one, stopped=stopped_said(stopped_on(held, one.day)))


def _days_shown(hours: PlaceHours) -> Iterator[DayShown]:
    for day in sorted({*hours.days, *hours.lacking}):
        weekday = say(WEEKDAYS[day.weekday()])
        is_rest = (
            not hours.pack.calendar.is_working_day(day, region=hours.pack.head.region or "")
            if day in hours.days
            else False
        )
        if day in hours.lacking:
            yield DayShown(day, weekday, is_rest, [], say(NOT_TOLD), say(hours.lacking[day]))
            continue
        inside = list(parts_of(hours, day))
        bars = [
            BarShown(
                first, until - first, look(hours, one), _title(hours, one, first, until),
                f"{day.isoformat()}T{clock_of(first)}",
            )
            for one, first, until in inside
        ]  # fmt: skip
        yield DayShown(day, weekday, is_rest, bars, _open_said(hours, inside), moved=_moved(hours, day))


def _moved(hours: PlaceHours, day: dt.date) -> str:
    """Why a day is worked, or rested, otherwise than its weekday: a make-up day, a holiday, the school's arrangement."""
    try:
        found = hours.pack.calendar.day(day, region=hours.pack.head.region or "")
    except Refusal:
        return ""  # beyond what is published: nothing is known of it yet
    match found.reason:
        case DayReason.MAKE_UP:
            return say(MADE_UP.fill(name=found.name))
        case DayReason.HOLIDAY:
            return say(found.name)
        case DayReason.OVERRIDE:
            said = say((WORKED if found.is_working else RESTED).fill(name=found.name))
            return f"{said} {found.source}" if found.name == MOVED else said
    return ""


def parts_of(hours: PlaceHours, day: dt.date) -> Iterator[tuple[PlacedStretch, int, int]]:
    """The stretches of a day, each with its first minute and that after its last."""
    midnight = dt.datetime.combine(day, dt.time())
    for one in hours.stretches:
        first = max(int((one.first - midnight) // dt.timedelta(minutes=1)), 0)
        until = min(int((one.until - midnight) // dt.timedelta(minutes=1)), MINUTES)
        if first < until:
            yield one, first, until


def _title(hours: PlaceHours, one: PlacedStretch, first: int, until: int) -> str:
    cited = hours.pack.say_cite(hours.cite(one), reader_language())
    return f"{clock_of(first)}–{clock_of(until)} {say(hours.state(one))} · {cited}"


def _open_said(hours: PlaceHours, inside: list[tuple[PlacedStretch, int, int]]) -> str:
    """When it is open, in words: `08:00–18:00，19:00–22:00（许可）`; how it stands, where it never is."""
    has_more = len(hours.rule.states) - len(hours.rule.closed) > 1
    said = [
        f"{clock_of(first)}–{clock_of(until)}"
        + (f" {say(hours.state(one))}" if has_more else "")
        + (say(BY_PERMIT) if one.permit else "")
        for one, first, until in inside
        if hours.is_open(one)
    ]
    return say(COMMA).join(said) or say(hours.state(inside[0][0]))


def moment_shown(hours: PlaceHours, at: dt.datetime, stops: Iterable[SupplyStop] = ()) -> MomentShown:
    """How a place stands at a local moment, with the kernel's reason, what comes next, and which of its supplies are
    stopped then whatever the timetable says."""
    held = [(one, stop_words(one)) for one in stopped_on(stops, at.date())]
    return replace(_moment_shown(hours, at), stops=held)


def _moment_shown(hours: PlaceHours, at: dt.datetime) -> MomentShown:
    here = hours.at(at)
    if here is None:
        lacking = hours.lacking.get(at.date())
        said = say(lacking) if lacking is not None else say(NOT_TOLD)
        return MomentShown(
            hours, at, say(NOT_TOLD), "unknown", "", [], None, None, "", None, "", [], lacking=said
        )
    language = reader_language()
    _, last = hours.run(here)
    following = hours.after(last)
    permit = hours.permit_of(here) if here.permit else None
    return MomentShown(
        hours=hours,
        at=at,
        state=say(hours.state(here)),
        look=look(hours, here),
        reason=hours.why(at).reason(language),
        cites=cites(hours.pack, hours.cite(here), language),
        permit=permit,
        lesson=hours.lesson_of(here) if here.permit and permit is None else None,
        permit_title=say(hours.rule.permits[here.permit].title) if here.permit else "",
        until=last.until if following is not None else None,
        then=say(hours.state(following)) if following is not None else "",
        then_cites=cites(hours.pack, hours.cite(following), language) if following is not None else [],
        ended=hours.permit_before(here),
    )
