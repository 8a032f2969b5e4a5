"""The registers of supply: switches, the school's days, the timetables of places, and permits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tongdian.policy.kinds.rows import ClassRule
from tongdian.policy.words import Words
from tongdian.registers.dated import ON
from tongdian.registers.fields import Scope
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Day, Moment, Selection, Text
from tongdian.supply import entries, queries
from tongdian.supply.actions import days, lessons, permits, protecting, seats, switching, weather
from tongdian.supply.entries import SWITCH
from tongdian.supply.models import (
    CourseLesson,
    OutdoorTemperature,
    Permit,
    PlaceTimetable,
    SchoolDay,
    SchoolFact,
    SeatCount,
    SupplySwitch,
    SwitchCommand,
)
from tongdian.supply.queries.switching import switches, with_state
from tongdian.supply.refusing import (
    NoSuchHours,
    NoSuchLesson,
    NoSuchSeatCount,
    NoSuchSwitch,
    NoSuchTemperature,
)
from tongdian.supply.rules import READ, SwitchState


def _states(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The state of the newest command of each."""
    found: dict[Any, str] = {}
    rows = SwitchCommand.objects.filter(switch__in=[one.pk for one in things])
    for told in with_state(rows).order_by("id"):
        found[told.switch_id] = told.state
    return {one.pk: {"state": found.get(one.pk, "")} for one in things}


SWITCHES = Register(
    name="switches",
    model=SupplySwitch,
    title=Words("供应开关", "Switches of supply"),
    one=Words("开关", "a switch"),
    is_imported=True,
    api=("A switch that acts on the supply of a usage point.", "The switches that you see."),
    fields=SWITCH,
    reads=READ.name,
    rows=switches,
    unknown=NoSuchSwitch,
    add=switching.add_switch,
    change=switching.change_switch,
    deeds=(
        FurtherAction(
            slug="tell",
            action=switching.plan_switching,
            title=Words("操作开关", "Tell the switch"),
            said=Words("指令已下达；结果以回读为准。", "The switch is told; what it reads back counts."),
        ),
        FurtherAction(
            slug="unprotect",
            action=protecting.approve_unprotecting,
            title=Words("批准解除保护", "Approve that protection comes off"),
            said=Words(
                "已批准，供另一人更改一次；更改后留有记录。",
                "It is approved: somebody else may make one change, which stays on record.",
            ),
        ),
    ),
    filters=(
        Filter(
            Text("q", Words("编号", "Code"), optional=True, most=60, api="part of the code"),
            lambda rows, text: rows.filter(code__icontains=text),
        ),
        Filter(SWITCH["protects"].open()),
    ),
    derived=(
        Selection(
            "state",
            Words("最近指令", "Last command"),
            of=SwitchState,
            optional=True,
            api="the state of its newest command",
        ),
    ),
    derive=_states,
    at="supply/switches/",
)


AT_PLACE = Filter(
    Text("q", Words("地点", "Place"), optional=True, most=60, api="part of the code or name of the place"),
    lambda rows, text: rows.filter(Q(place__code__icontains=text) | Q(place__name__icontains=text)),
)
CODE = Text("place_code", Words("地点编号", "Code of the place"), most=40, api="the place's code")

SCHOOL_FACTS = Register(
    name="school-facts",
    model=SchoolFact,
    title=Words("校历与作息", "The school's days"),
    one=Words("校历或作息", "days of the school"),
    is_imported=True,
    api=(
        "What the timetables ask of a day (vacation, hours), told of the days from one to another.",
        "What is told of the school's days, as you see it; `on` leaves what holds on a day.",
    ),
    fields=entries.SCHOOL_FACT,
    reads=READ.name,
    rows=queries.school_facts,
    unknown=NoSuchHours,
    add=days.tell_school_days,
    change=days.change_school_days,
    remove=days.take_school_days_back,
    dated=days.FACTS,
    filters=(Filter(entries.SCHOOL_FACT["fact"].open()), ON),
    order="fact",
    at="supply/days/",
)
SCHOOL_DAYS = Register(
    name="school-days",
    model=SchoolDay,
    title=Words("校内调课调休日", "Moved days of the school"),
    one=Words("调课调休日", "a moved day"),
    is_imported=True,
    api=(
        "A day on which the school works, or rests, otherwise than the legal calendar.",
        "The moved days that you see.",
    ),
    fields=entries.SCHOOL_DAY,
    reads=READ.name,
    rows=queries.school_days,
    unknown=NoSuchHours,
    add=days.move_school_day,
    change=days.change_school_day,
    remove=days.take_school_day_back,
    filters=(
        Filter(
            Day("since", Words("自此日起", "From this day on"), optional=True, api="those from that day on"),
            lambda rows, day: rows.filter(on__gte=day),
        ),
    ),
    order="on",
    at="supply/moved-days/",
)
PLACE_TIMETABLES = Register(
    name="place-timetables",
    model=PlaceTimetable,
    title=Words("场所适用的时刻表", "Timetables of places"),
    one=Words("场所适用的时刻表", "a timetable of the place"),
    api=(
        "Which timetable governs a place from a day on, and as what.",
        "The timetables of the places that you see; `on` leaves those that govern on a day.",
    ),
    fields=entries.PLACE_TIMETABLE,
    reads=READ.name,
    rows=queries.place_timetables,
    unknown=NoSuchHours,
    add=days.govern_place,
    change=days.govern_place_otherwise,
    dated=days.TIMETABLES,
    filters=(AT_PLACE, ON),
    derived=(CODE,),
    derive=lambda things: {one.pk: {"place_code": one.place.code} for one in things},
    order="kind",
    at="supply/timetables/",
    new_at="places/<uuid:id_>/timetables/new/",
)


LESSONS = Register(
    name="lessons",
    model=CourseLesson,
    title=Words("课程表", "Course timetable"),
    one=Words("课程安排", "a lesson"),
    api=(
        "A lesson of the course timetable: a place is used at some hours of a weekday. `change` ends it on another day.",
        "The lessons that you see.",
    ),
    fields=entries.LESSON,
    is_imported=True,
    reads=READ.name,
    rows=queries.lessons,
    unknown=NoSuchLesson,
    add=lessons.enter_lesson,
    change=lessons.end_lesson,
    filters=(
        AT_PLACE,
        Filter(entries.LESSON["use"].open()),
        Filter(
            Day("on", Words("在此日", "On the day"), optional=True, api="those of a term with that day"),
            lambda rows, day: rows.filter(first_on__lte=day, last_on__gte=day),
        ),
    ),
    order="code",
    pages=frozenset({"list", "export", "new", "change"}),
    at="supply/lessons/",
)


def _seated(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    return {
        one.pk: {"share": f"{100 * one.seated / one.seats:.0f} %", "answer": one.answer} for one in things
    }


def _answers(scope: Scope) -> Mapping[str, Words]:
    packs = queries.packs_asked(scope.organisation, scope.on)
    named = ((pack, pack.head.uses.permitting) for pack in packs)
    rules = (pack.rules.get(one.seats or "") for pack, one in named if one is not None)
    return {
        name: words for rule in rules if isinstance(rule, ClassRule) for name, words in rule.names.items()
    }


SEAT_COUNTS = Register(
    name="seat-counts",
    model=SeatCount,
    title=Words("晚自习入座登记", "Seats taken at evening study"),
    one=Words("入座登记", "a count of seats"),
    api=(
        "How many sat in the rooms open for evening study, and whether another may open.",
        "The counts that you see.",
    ),
    fields=entries.SEAT_COUNT,
    reads=READ.name,
    rows=queries.seat_counts,
    unknown=NoSuchSeatCount,
    add=seats.count_seats,
    change=seats.correct_seat_count,
    filters=(AT_PLACE,),
    derived=(
        Text("share", Words("入座率", "Share"), most=10, api="how many in a hundred seats are taken"),
        Selection("answer", Words("结论", "What follows"), of=_answers, api="whether another room may open"),
    ),
    derive=_seated,
    order="-counted_at",
    pages=frozenset({"list", "export", "new", "change"}),
    at="supply/seats/",
    new_at="places/<uuid:id_>/seats/new/",
)


TEMPERATURES = Register(
    name="temperatures",
    model=OutdoorTemperature,
    title=Words("室外气温", "Outdoor temperatures"),
    one=Words("气温", "a temperature"),
    api=(
        "The temperature outside at a moment, as a weather service published it.",
        "The temperatures that you see.",
    ),
    fields=entries.TEMPERATURE,
    reads=READ.name,
    rows=queries.temperatures,
    unknown=NoSuchTemperature,
    add=weather.enter_temperature,
    change=weather.correct_temperature,
    filters=(
        Filter(
            Day("on", Words("在此日", "On the day"), optional=True, api="those of that day"),
            lambda rows, day: rows.filter(measured_at__date=day),
        ),
    ),
    order="-measured_at",
    pages=frozenset({"list", "export", "new", "change"}),
    at="supply/temperatures/",
)


def _granted(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The case and the office by which each was granted, and when it ends, if earlier than it was granted for."""
    return {
        one.pk: {
            "case": one.case.number if one.case_id else "",
            "granted_at": one.at,
            "ended_at": one.ends_at if one.ends_at < one.until_at else None,
            "price_category": one.price_category,
        }
        for one in things
    }


PERMITS = Register(
    name="permits",
    model=Permit,
    title=Words("用水用电许可", "Permits"),
    one=Words("用水用电许可", "a permit"),
    api=(
        "A permit: a place may be supplied, or used, from one moment until before another. It is never changed: "
        "`change` withdraws it, with the reason.",
        "The permits that you see.",
    ),
    fields=entries.PERMITTED,
    reads=READ.name,
    rows=queries.permits,
    unknown=NoSuchHours,
    add=permits.grant_permit,
    change=permits.withdraw_permit,
    filters=(
        AT_PLACE,
        Filter(entries.PERMITTED["permit"].open()),
        Filter(
            Day("on", Words("在此日", "On the day"), optional=True, api="those that hold on that day"),
            lambda rows, day: rows.filter(first_at__date__lte=day, until_at__date__gte=day),
        ),
    ),
    derived=(
        Text("case", Words("业务", "Case"), optional=True, most=30, api="the case that granted it"),
        Moment("granted_at", Words("许可于", "Granted"), api="when it was granted"),
        Moment("ended_at", Words("提前结束", "Ended early"), optional=True, api="when it was withdrawn"),
        Text("price_category", Words("价格类别", "Price category"), optional=True, most=40),
    ),
    derive=_granted,
    order="id",
    pages=frozenset({"export", "new", "change"}),
    at="supply/permits/",
    new_at="places/<uuid:id_>/permits/new/",
    change_at="{at}<uuid:id_>/withdraw/",
    page=lambda one: reverse("permit", args=[one.pk]),
)
