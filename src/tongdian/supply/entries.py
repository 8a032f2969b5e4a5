"""What is entered of stops, switches, the school's days, timetables and permits, with what they lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from tongdian.network import queries as network
from tongdian.network.entries import of_the_organisation
from tongdian.network.models import Place, UsagePoint
from tongdian.network.queries import usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.policy.permitting import granting_processes
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, Fields, Scope
from tongdian.registers.links import Link
from tongdian.registers.sorts import Moment, Selection, Text
from tongdian.supply import fields, queries
from tongdian.supply.fields import REASON
from tongdian.supply.rules import EDIT, STOP

POINT = Link(
    "point",
    Words("用电（水）点编号", "Usage point code"),
    to=UsagePoint,
    among=lambda scope: of_the_organisation(usage_points(scope.viewer), "place__organisation", scope),
    unknown=NoSuchPlace,
    example="YS-M3-E",
)
ARREARS_STOP = Fields(POINT, REASON)


def _who_has_points(scope: Scope) -> QuerySet[Organisation]:
    """The organisations in which a viewer may enter a switch: those with usage points of their own. An office that works
    for its campus enters the campus's switches as the campus's."""
    if scope.on is None:
        return Organisation.objects.none()
    having = UsagePoint.objects.values("place__organisation")
    return manageable(scope.viewer, STOP.name, on=scope.on).filter(pk__in=having)


SWITCH = fields.SWITCH.adding(
    replace(organisation_link(STOP.name), among=_who_has_points),
    replace(POINT, name="usage_point", fixed=True),
)


def _facts(scope: Scope) -> Mapping[str, Words]:
    """What the timetables ask of a day: those that bind the organisation, or all."""
    asked = queries.facts_asked(scope.organisation, scope.on)
    return {name: one.title or Words(name, name) for name, one in asked.items()}


_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")  # 8:00, as a spreadsheet shows it


@dataclass(frozen=True)
class FactValue(Text):
    """What is told of a fact: a time of day, or one of its words in either language."""

    def parsed(self, given: Any, scope: Scope) -> Any:
        """The word that was meant, a time of day with its nought, or what was typed: the action looks at it."""
        clock = str(given).replace("：", ":")
        if _CLOCK.fullmatch(clock):
            return clock.rjust(5, "0")
        for one in queries.facts_asked(scope.organisation, scope.on).values():
            for code, words in one.labels.items():
                if str(given).casefold() in (code, words.zh.casefold(), words.en.casefold()):
                    return code
        return given

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """Its words, where a fact has words."""
        asked = queries.facts_asked(scope.organisation, scope.on).values()
        named = next((one.labels[value] for one in asked if value in one.labels), None)
        return named.say(language) if named is not None else str(value or "")


def _kinds(scope: Scope) -> Mapping[str, Words]:
    return {code: one.title for code, one in queries.kinds_by_code(scope.organisation, scope.on).items()}


def _permits(scope: Scope) -> Mapping[str, Words]:
    """The permits that the packs know. One that a process decides is refused to whoever would grant it alone."""
    return queries.titles_asked(scope.organisation, scope.on)


PLACE = Link(
    "place",
    Words("地点编号", "Code of the place"),
    to=Place,
    among=lambda scope: of_the_organisation(network.places(scope.viewer), "organisation", scope),
    unknown=NoSuchPlace,
    what=Words("地点", "place"),
    fixed=True,
    example="YS-TL",
)
ORGANISATION = organisation_link(EDIT.name)
SCHOOL_FACT = Fields(
    Selection("fact", Words("项目", "What"), of=_facts, fixed=True, example="vacation"),
    FactValue(
        "value",
        Words("内容", "Is"),
        most=40,
        example="08:00",
        note=Words(
            "时刻写 18:30；假期写 学期中、寒假、暑假。",
            "A time as 18:30; of a vacation: term, winter vacation, summer vacation.",
        ),
    ),
    *fields.SCHOOL_FACT,
    ORGANISATION,
)
SCHOOL_DAY = fields.SCHOOL_DAY.adding(ORGANISATION)
PLACE_TIMETABLE = Fields(
    PLACE,
    Selection(
        "kind", Words("时刻表与场所类别", "Timetable, and as what"), of=_kinds, example="dormitory-supply"
    ),
    *fields.PLACE_TIMETABLE,
)


def _uses(scope: Scope) -> Mapping[str, Words]:
    """What a course timetable may say a place is used as: the permits that no process decides."""
    packs = queries.packs_asked(scope.organisation, scope.on)
    decided = {name for pack in packs for name in granting_processes(pack)}
    return {name: words for name, words in _permits(scope).items() if name not in decided}


LESSON = Fields(
    fields.LESSON["code"],
    PLACE,
    Selection("use", Words("用作", "Used as"), of=_uses, fixed=True, example="teaching"),
    *fields.LESSON.without("code"),
    ORGANISATION,
)
TEMPERATURE = fields.TEMPERATURE.adding(ORGANISATION)
SEAT_COUNT = Fields(
    replace(PLACE, title=Words("教学楼或教室编号", "Code of the building or room")), *fields.SEAT_COUNT
)
PERMITTED = Fields(
    PLACE,
    Selection("permit", Words("许可种类", "Permit"), of=_permits, fixed=True, example="teaching"),
    Moment("first_at", Words("自", "From"), fixed=True, example="2026-03-06T19:00"),
    Moment("until_at", Words("至", "Until"), fixed=True, example="2026-03-06T22:00"),
    Text("purpose", Words("用途", "What for"), most=200, fixed=True, example="期末复习固定开放教室"),
    *(replace(one, fixed=True) for one in fields.PERMIT_PAPERS),
)
WITHDRAWAL = fields.WITHDRAWAL
