"""Switches and what they were told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from tongdian.calendar import legal_day
from tongdian.parties.permissions import seen
from tongdian.policy.words import Words
from tongdian.supply.models import SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.queries.hours import hours_of
from tongdian.supply.refusing import NoSuchCommand
from tongdian.supply.rules import READ, SWITCH_FOLLOWS, SwitchFollows, SwitchState

_LAST = SwitchStep.objects.filter(command=OuterRef("pk")).order_by("-number").values("state")[:1]
OPEN = tuple(state for state, following in SWITCH_FOLLOWS.items() if following)


def switches(viewer: Any) -> QuerySet[SupplySwitch]:
    """The switches that a viewer sees."""
    rows = SupplySwitch.objects.filter(seen(viewer, READ.name, region="usage_point__place__region"))
    return rows.select_related("organisation", "usage_point__place")


def commands(viewer: Any) -> QuerySet[Any]:
    """The commands that a viewer sees, each with the `state` that it is in."""
    rows = SwitchCommand.objects.filter(seen(viewer, READ.name))
    return with_state(rows.select_related("organisation", "switch__usage_point__place", "by"))


def with_state(rows: QuerySet[SwitchCommand]) -> QuerySet[Any]:
    """Commands with the `state` of their last step."""
    return rows.annotate(state=Subquery(_LAST))


def command(viewer: Any, id_: Any) -> SwitchCommand:
    """One command. Raises NoSuchCommand."""
    found: SwitchCommand | None = commands(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchCommand
    return found


def unfinished() -> QuerySet[Any]:
    """The commands that a worker has to carry out or to carry on; not those that somebody holds."""
    waiting = (SwitchState.PLANNED, SwitchState.SENT, SwitchState.FAILED)
    return with_state(SwitchCommand.objects.all()).filter(state__in=waiting).order_by("id")


@dataclass(frozen=True)
class WantedState:
    """What a timetable has a switch do: `state` in its words, and why."""

    is_on: bool
    state: Words
    reason: str


def following() -> list[SupplySwitch]:
    """The switches that go by the timetable of their place, of houses that are there."""
    rows = SupplySwitch.objects.exclude(follows=SwitchFollows.RECORD).select_related(
        "usage_point__place__organisation"
    )
    return list(rows.order_by("id"))


def wanted_by_timetable(switch: SupplySwitch, at: dt.datetime) -> WantedState | None:
    """What the first timetable of its place has a switch do at an instant; None where none governs, or the day is not
    told."""
    place, day = switch.usage_point.place, legal_day(at)
    for hours in hours_of([place], first=day, last=day)[place.pk]:
        stretch = hours.at(hours.local(at))
        if stretch is None:
            return None
        is_on = hours.is_open(stretch) and not (
            switch.follows == SwitchFollows.HALF and stretch.state in hours.rule.halved
        )
        cited = hours.pack.say_cite(hours.cite(stretch), "zh")
        return WantedState(
            is_on, hours.state(stretch), f"{cited}：{hours.rule.title.zh}，{hours.state(stretch).zh}"
        )
    return None


def last_step(told: SwitchCommand) -> SwitchStep:
    """The step in which a command is."""
    found = told.steps.order_by("-number").first()
    assert found is not None  # it was planned
    return found
