"""Switches and what they were told."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from tongdian.parties.permissions import seen
from tongdian.supply.models import SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.refusing import NoSuchCommand
from tongdian.supply.rules import READ, SWITCH_FOLLOWS, SwitchState

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


def last_step(told: SwitchCommand) -> SwitchStep:
    """The step in which a command is."""
    found = told.steps.order_by("-number").first()
    assert found is not None  # it was planned
    return found
