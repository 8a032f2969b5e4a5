"""Entering the school's days, and which timetables govern its places.

Places are opened and closed by what stands here, so what was told of days that have come is not told otherwise.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg.types.range import DateRange

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.policy.inputs import read_value
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.action import Action, action, put
from tongdian.registers.dated import Dated, DayTaken
from tongdian.registers.fields import Fields
from tongdian.supply import queries
from tongdian.supply.entries import PLACE_TIMETABLE, SCHOOL_DAY, SCHOOL_FACT
from tongdian.supply.models import PlaceTimetable, SchoolDay, SchoolFact
from tongdian.supply.refusing import AnotherTimetable, DayToldAlready, FactUnknown, NotThePlaceOfAnybody
from tongdian.supply.rules import EDIT

FACTS = Dated("organisation", "fact")
TIMETABLES = Dated("place", "rule")
BEFORE = Words("不能早于 {day}", "it is not before {day}")


# --------------------------------------------------------------- what is told of days
@action("tell-school-days", may=EDIT, within="organisation", fields=SCHOOL_FACT)
def tell_school_days(
    *,
    viewer: Any,
    organisation: Organisation,
    fact: str,
    value: str,
    first_on: dt.date,
    last_on: dt.date,
    reason: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> SchoolFact:
    """Tell what a timetable asks of the days from one to another.

    What was told of some of them ends the day before. Raises FactUnknown, BadValue, DayToldAlready, DayTaken.
    """
    row = SchoolFact(
        organisation=organisation, fact=fact, value=_value(organisation, fact, value, legal_day(at)),
        last_on=last_on, reason=reason, is_demo=is_demo,
    )  # fmt: skip
    return _told(row, first_on, legal_day(at))


@action("change-school-days", may=EDIT, within="told.organisation", fields=SCHOOL_FACT.changing, of="told")
def change_school_days(
    *,
    viewer: Any,
    told: SchoolFact,
    value: str,
    first_on: dt.date,
    last_on: dt.date,
    reason: str,
    at: dt.datetime,
) -> SchoolFact:
    """Tell the same of days otherwise, from one on. Raises BadValue, DayToldAlready, DayTaken."""
    row = SchoolFact(
        organisation=told.organisation, fact=told.fact, last_on=last_on, reason=reason, is_demo=told.is_demo,
        value=_value(told.organisation, told.fact, value, legal_day(at)),
    )  # fmt: skip
    return _told(row, first_on, legal_day(at))


def _take_back(*, viewer: Any, told: SchoolFact, at: dt.datetime) -> None:
    """Take back what was told of days to come by mistake; what stood before it counts again. Raises DayToldAlready."""
    _must_be_to_come(told.first_on, legal_day(at))
    before = FACTS.history(told).filter(in_force__endswith=told.in_force.lower).first()
    upper = told.in_force.upper
    told.delete()
    if before is not None:
        put(before, in_force=DateRange(before.in_force.lower, upper))


take_school_days_back: Action[..., None] = Action(
    _take_back,
    name="take-school-days-back",
    may=EDIT,
    within="told.organisation",
    fields=Fields(),
    of="told",
    mark=change_school_days.mark,
)


def _value(organisation: Organisation, fact: str, value: str, on: dt.date) -> str:
    asked = queries.facts_asked(organisation, on)
    if fact not in asked:
        known = [one.title or Words(name, name) for name, one in asked.items()]
        raise FactUnknown(fact=fact, known=known or Words("无", "none"))
    try:
        return str(read_value(fact, value, asked[fact].value_type))
    except BadInput as refused:
        raise SCHOOL_FACT["value"].bad(refused.facts["problem"]) from None


def _told(row: SchoolFact, first_on: dt.date, today: dt.date) -> SchoolFact:
    if row.last_on < first_on:
        raise SCHOOL_FACT["last_on"].bad(BEFORE, day=first_on)
    past = min(row.last_on, today - dt.timedelta(days=1))
    others = SchoolFact.objects.filter(
        organisation=row.organisation, fact=row.fact, in_force__startswith__lte=past, last_on__gte=first_on
    )
    if first_on <= past and others.filter(in_force__overlap=(first_on, today)).exists():
        raise DayToldAlready(day=first_on, today=today)
    after = row.last_on + dt.timedelta(days=1)
    rest = others_on(row, after)
    kept = FACTS.succeed(row, first_on=first_on)
    if rest is not None and rest.in_force.lower < first_on:  # what was told of the days behind it stays told
        FACTS.succeed(
            SchoolFact(
                organisation=rest.organisation, fact=rest.fact, value=rest.value, last_on=rest.last_on,
                reason=rest.reason, is_demo=rest.is_demo,
            ),
            first_on=after,
        )  # fmt: skip
    return kept


def others_on(row: SchoolFact, day: dt.date) -> SchoolFact | None:
    """What is told of the same on a day."""
    rows = SchoolFact.objects.filter(organisation=row.organisation, fact=row.fact, last_on__gte=day)
    return rows.filter(in_force__contains=day).first()


def _must_be_to_come(day: dt.date, today: dt.date, field: str = "first_on") -> None:
    if day < today:
        raise DayToldAlready(day=day, today=today).about(field)


# --------------------------------------------------------------- moved days
@action("move-school-day", may=EDIT, within="organisation", fields=SCHOOL_DAY)
def move_school_day(
    *,
    viewer: Any,
    organisation: Organisation,
    on: dt.date,
    is_working: bool,
    reason: str,
    at: dt.datetime,
    as_weekday: str = "",
    is_demo: bool = False,
) -> SchoolDay:
    """Say that the school works, or rests, on a day otherwise than the law's calendar has it, and whose weekday's
    lessons are held then.

    Raises DayToldAlready for a day that has passed, DayTaken for one that is settled already.
    """
    _must_be_to_come(on, legal_day(at), field="on")
    if SchoolDay.objects.filter(organisation=organisation, on=on).exists():
        raise DayTaken(name=SCHOOL_DAY["on"].title, day=on).about("on")
    return SchoolDay.objects.create(
        organisation=organisation, on=on, is_working=is_working, as_weekday=as_weekday, reason=reason, is_demo=is_demo,
    )  # fmt: skip


@action("change-school-day", may=EDIT, within="moved.organisation", fields=SCHOOL_DAY.changing, of="moved")
def change_school_day(
    *, viewer: Any, moved: SchoolDay, is_working: bool, reason: str, at: dt.datetime, as_weekday: str = ""
) -> SchoolDay:
    """Settle a day to come otherwise. Raises DayToldAlready."""
    _must_be_to_come(moved.on, legal_day(at))
    return put(moved, is_working=is_working, as_weekday=as_weekday, reason=reason)


def _move_back(*, viewer: Any, moved: SchoolDay, at: dt.datetime) -> None:
    """The day to come is as the law's calendar has it after all. Raises DayToldAlready."""
    _must_be_to_come(moved.on, legal_day(at))
    moved.delete()


take_school_day_back: Action[..., None] = Action(
    _move_back,
    name="take-school-day-back",
    may=EDIT,
    within="moved.organisation",
    fields=Fields(),
    of="moved",
    mark=change_school_day.mark,
)


# --------------------------------------------------------------- which timetable governs a place
@action("govern-place", may=EDIT, within="place.organisation", fields=PLACE_TIMETABLE)
def govern_place(
    *,
    viewer: Any,
    place: Place,
    kind: str,
    first_on: dt.date,
    last_on: dt.date | None,
    reason: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> PlaceTimetable:
    """Say by which timetable a place goes from a day on, and as what; others may govern it beside.

    Raises NotThePlaceOfAnybody, DayToldAlready, DayTaken, BadValue.
    """
    rule = _rule_of(place.organisation, kind, legal_day(at))
    row = PlaceTimetable(place=place, rule=rule, kind=kind, last_on=last_on, reason=reason, is_demo=is_demo)
    return _governed(row, first_on, legal_day(at))


@action(
    "govern-place-otherwise",
    may=EDIT,
    within="timetable.place.organisation",
    fields=PLACE_TIMETABLE.changing,
    of="timetable",
)
def govern_place_otherwise(
    *,
    viewer: Any,
    timetable: PlaceTimetable,
    kind: str,
    first_on: dt.date,
    last_on: dt.date | None,
    reason: str,
    at: dt.datetime,
) -> PlaceTimetable:
    """Say as what a place goes by the timetable from a day on, or until when.

    Raises AnotherTimetable, NotThePlaceOfAnybody, DayToldAlready, DayTaken, BadValue.
    """
    rule = _rule_of(timetable.place.organisation, kind, legal_day(at))
    if rule != timetable.rule:
        raise AnotherTimetable(rule=timetable.rule)
    row = PlaceTimetable(
        place=timetable.place, rule=rule, kind=kind, last_on=last_on, reason=reason, is_demo=timetable.is_demo
    )
    return _governed(row, first_on, legal_day(at))


def _rule_of(organisation: Organisation, kind: str, on: dt.date) -> str:
    known = queries.kinds_by_code(organisation, on).get(kind)
    if known is None:
        raise NotThePlaceOfAnybody(kind=kind)
    return known.rule.rule


def _governed(row: PlaceTimetable, first_on: dt.date, today: dt.date) -> PlaceTimetable:
    if row.last_on is not None and row.last_on < first_on:
        raise PLACE_TIMETABLE["last_on"].bad(BEFORE, day=first_on)
    before = TIMETABLES.history(row).filter(in_force__overlap=(first_on, max(today, first_on)))
    if first_on < today and before.exists():
        raise DayToldAlready(day=first_on, today=today)
    return TIMETABLES.succeed(row, first_on=first_on)
