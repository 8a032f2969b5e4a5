"""Switches and what they were told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from tongdian.calendar import legal_day
from tongdian.network.models import UsagePoint
from tongdian.parties.permissions import seen
from tongdian.policy.words import Words
from tongdian.supply.models import ProtectionApproval, SupplyStop, SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.queries.hours import hours_of
from tongdian.supply.queries.stopping import holding
from tongdian.supply.refusing import NoSuchCommand
from tongdian.supply.rules import (
    BACK_OFF,
    READ,
    SWITCH_FOLLOWS,
    StopGround,
    SwitchFollows,
    SwitchProtection,
    SwitchState,
)

_LAST = SwitchStep.objects.filter(command=OuterRef("pk")).order_by("-number").values("state")[:1]
IN_VAIN = (SwitchState.GIVEN_UP, SwitchState.WITHDRAWN)
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


SAFETY, BY_HAND, BY_TIMETABLE = range(3)  # in what order commands are carried out


def unfinished(on: dt.date) -> QuerySet[Any]:
    """The commands that a worker has to carry out or to carry on, not those that somebody holds: with their `urgency`,
    first what is cut because it is not safe, then what somebody asked for, then what a timetable wants."""
    waiting = (SwitchState.PLANNED, SwitchState.SENT, SwitchState.FAILED)
    unsafe = SupplyStop.objects.filter(
        holding(on), usage_point=OuterRef("switch__usage_point"), ground=StopGround.SAFETY
    )
    urgency = Case(
        When(Q(is_on=False, by__isnull=False) & Exists(unsafe), then=Value(SAFETY)),
        When(by__isnull=False, then=Value(BY_HAND)),
        default=Value(BY_TIMETABLE),
    )
    rows: QuerySet[Any] = with_state(SwitchCommand.objects.all()).filter(state__in=waiting)
    found: QuerySet[Any] = rows.annotate(urgency=urgency).order_by("urgency", "id")
    return found


def asks_again(switch: SupplySwitch, at: dt.datetime, *, is_on: bool) -> bool:
    """Whether a switch is to be told by its timetable what it was told before: not while that is under way or was done,
    and after it was given up or withdrawn only when it was left for a while, the longer the more often it was in vain."""
    rows = with_state(switch.commands.filter(is_trial=False)).order_by("-id")[: len(BACK_OFF)]
    vain = list(takewhile(lambda one: one.is_on is is_on and one.state in IN_VAIN, rows))
    if not vain:
        last = next(iter(rows), None)
        return last is None or last.is_on is not is_on
    return at - last_step(vain[0]).at >= BACK_OFF[len(vain) - 1]


def protected_at(point: UsagePoint) -> tuple[list[SupplySwitch], bool]:
    """The switches of a point that protect, and whether they are all that it has."""
    rows = list(point.switches.order_by("code"))
    kept = [one for one in rows if one.protects != SwitchProtection.NOTHING]
    return kept, len(kept) == len(rows)


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


def open_approval(switch: SupplySwitch) -> ProtectionApproval | None:
    """The newest approval that the protection of a switch comes off which no change used yet."""
    return ProtectionApproval.objects.filter(switch=switch, release=None).order_by("-id").first()


def last_step(told: SwitchCommand) -> SwitchStep:
    """The step in which a command is."""
    found = told.steps.order_by("-number").first()
    assert found is not None  # it was planned
    return found
