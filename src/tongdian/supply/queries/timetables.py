"""The timetables that bind an organisation, and which of them govern a place, and as what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.db.models import QuerySet

from tongdian.parties.models import Adoption, Organisation
from tongdian.parties.permissions import seen
from tongdian.parties.queries import packs_in_force
from tongdian.policy.inputs import Input
from tongdian.policy.kinds.timetable import TimetableRule
from tongdian.policy.packs import Pack
from tongdian.policy.types import Bool, Options
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.once import once_a_request
from tongdian.supply.models import PlaceTimetable
from tongdian.supply.rules import READ

YES_NO = {"true": Words("是", "yes"), "false": Words("否", "no")}


@dataclass(frozen=True)
class KindOfPlace:
    """What a timetable knows a place as: `facts` are its inputs, as text."""

    rule: TimetableRule
    facts: Mapping[str, str]

    @property
    def code(self) -> str:
        """`venue-supply venue=yucai_pool`, as the command line writes it."""
        return " ".join([self.rule.rule, *(f"{name}={value}" for name, value in self.facts.items())])

    @property
    def title(self) -> Words:
        """`体育文化场馆供电供水：育才校区游泳馆`."""
        said = [_said(self.rule.asked[name], value) for name, value in self.facts.items()]
        if not said:
            return self.rule.title
        zh, en = "，".join(one.zh for one in said), ", ".join(one.en for one in said)
        return Words(f"{self.rule.title.zh}：{zh}", f"{self.rule.title.en}: {en}")


def _said(declared: Input, value: str) -> Words:
    if isinstance(declared.value_type, Bool):
        title = declared.title or Words(value, value)
        return Words(f"{title.zh}：{YES_NO[value].zh}", f"{title.en}: {YES_NO[value].en}")
    return declared.labels.get(value, Words(value, value))


def timetables_of(pack: Pack) -> list[TimetableRule]:
    """Its timetables, in the order of the pack."""
    return [rule for rule in pack.rules.values() if isinstance(rule, TimetableRule)]


def kinds_of(rule: TimetableRule) -> Iterator[KindOfPlace]:
    """Every kind of place that a timetable knows. One that asks a place for a figure cannot be chosen from a list
    and has none."""
    ways: list[list[str]] = []
    for name in rule.of_place:
        match rule.asked[name].value_type:
            case Options(values):
                ways.append(list(values))
            case Bool():
                ways.append(["true", "false"])
            case _:
                return
    for values in product(*ways):
        yield KindOfPlace(rule, dict(zip(rule.of_place, values, strict=True)))


def packs_with_timetables(organisation: Organisation, on: dt.date) -> list[Pack]:
    """The packs that bind an organisation on a day and say when places are supplied, or what is permitted there; the
    nearest adopted first."""

    def find() -> list[Pack]:
        rows = packs_in_force(organisation, on=on)
        found = [rulebook.pack_for(row.pack, organisation.region_id or "") for row in rows]
        return [pack for pack in found if timetables_of(pack) or pack.head.uses.permitting]

    return once_a_request(("packs with timetables", organisation.pk, on), find)


def kinds_by_code(organisation: Organisation | None, on: dt.date | None) -> dict[str, KindOfPlace]:
    """Every kind of place by its code, of the packs that bind an organisation; of all that can be read, without one."""
    found: dict[str, KindOfPlace] = {}
    for pack in packs_asked(organisation, on):
        for rule in timetables_of(pack):
            for kind in kinds_of(rule):
                found.setdefault(kind.code, kind)
    return found


def packs_asked(organisation: Organisation | None, on: dt.date | None) -> list[Pack]:
    """The packs with timetables that bind an organisation; all that can be read, without one."""
    if organisation is not None and on is not None:
        return packs_with_timetables(organisation, on)
    return [pack for pack in rulebook.readable_packs()[0] if not pack.place]


def facts_asked(organisation: Organisation | None, on: dt.date | None) -> dict[str, Input]:
    """What the timetables ask of a day, by name: those that bind an organisation or one below it, for a university
    tells the days of its campuses; all, without one."""
    packs = packs_asked(organisation, on)
    if organisation is not None and on is not None:
        packs = [*packs, *_adopted_below(organisation, on)]
    found: dict[str, Input] = {}
    for pack in packs:
        for rule in timetables_of(pack):
            for name in rule.of_day:
                found.setdefault(name, rule.input[name])
    return found


def _adopted_below(organisation: Organisation, on: dt.date) -> list[Pack]:
    """The packs with timetables that organisations below one have adopted."""

    def find() -> list[Pack]:
        rows = Adoption.objects.filter(
            organisation__ancestors__contains=[organisation.pk], in_force__contains=on
        )
        found = [rulebook.pack(name) for name in sorted(set(rows.values_list("pack", flat=True)))]
        return [pack for pack in found if timetables_of(pack)]

    return once_a_request(("packs adopted below", organisation.pk, on), find)


def place_timetables(viewer: Any) -> QuerySet[PlaceTimetable]:
    """Every entry of a place that the viewer sees."""
    where = seen(viewer, READ.name, organisation="place__organisation", region="place__region")
    return PlaceTimetable.objects.filter(where).select_related("place", "place__organisation")
