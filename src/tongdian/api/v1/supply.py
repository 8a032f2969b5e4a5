"""Supply: what a usage point is on a day, the stops, and what is done about them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from tongdian.accounts.registers import ACCOUNTS
from tongdian.api.shapes import supply as shapes
from tongdian.api.v1.asking import REFUSED, STAFF, viewer_of
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import doing_with
from tongdian.bounded_days import WrittenDay
from tongdian.money import yuan_of_fen
from tongdian.network.models import UsagePoint
from tongdian.network.registers import USAGE_POINTS
from tongdian.registers.action import Action
from tongdian.supply.actions.restoring import ask_restoration
from tongdian.supply.actions.stopping import (
    approve_stop,
    end_safety_stop,
    enter_opening,
    stop_for_arrears,
    stop_for_safety,
)
from tongdian.supply.actions.switching import (
    hold_switching,
    release_switching,
    undo_switching,
    withdraw_switching,
)
from tongdian.supply.models import SupplyStop, SwitchCommand
from tongdian.supply.queries import arrears, switching
from tongdian.supply.queries import stopping as queries

stops = Router(tags=["supply"], auth=STAFF)
points = Router(tags=["supply"], auth=STAFF)
commands = Router(tags=["supply"], auth=STAFF)
arrears_of = Router(tags=["supply"], auth=STAFF)


def _stop(one: SupplyStop) -> dict[str, Any]:
    end = getattr(one, "end", None)
    case = queries.open_restoration(one) if end is None else None
    return {
        "id": one.pk,
        "point": one.usage_point.code,
        "utility": one.usage_point.utility,
        "ground": one.ground,
        "cite": one.cite,
        "reason": one.reason,
        "since": one.on,
        "case": one.case,
        "account": one.account_id,
        "approved_at": one.approval.at if one.approval else None,
        "restoration": case.number if case else "",
        "ended_on": end.on if end else None,
        "outcome": end.outcome if end else "",
        "delay": end.delay if end else "",
    }


def _supply(one: UsagePoint, on: dt.date) -> dict[str, Any]:
    now = queries.supply_of([one], on)[one.pk]
    return {
        "point": one.code,
        "on": on,
        "standing": str(now.standing),
        "since": now.since,
        "stops": [_stop(stop) for stop in now.stops],
        "never_cut": [switch.code for switch in switching.protected_at(one)[0]],
    }


@stops.get("", response={200: shapes.Stops, **REFUSED})
def list_stops(
    request: HttpRequest, on: WrittenDay | None = None, after: After = "", limit: Limit = 50
) -> Any:
    """The stops that you see, newest first; `on` leaves those that hold on a day."""
    rows = queries.stops(viewer_of(request))
    return page(rows.filter(queries.holding(on)) if on else rows, after, limit, _stop)


@stops.get("/{uuid:id_}", response={200: shapes.StopOut, **REFUSED})
def show_stop(request: HttpRequest, id_: UUID) -> Any:
    """One stop."""
    return _stop(queries.stop(viewer_of(request), id_))


doing_with(
    stops,
    "/{uuid:id_}/end",
    end_safety_stop,
    find=queries.stop,
    gives=shapes.StopOut,
    answer=lambda thing, _made: _stop(SupplyStop.objects.get(pk=thing.pk)),
)
doing_with(
    stops,
    "/{uuid:id_}/restore",
    ask_restoration,
    find=queries.stop,
    gives=shapes.RestorationOut,
    answer=lambda _thing, made: {"case": made.number},
)


# ---------------------------------------------------------------- points
@points.get("/{uuid:id_}", response={200: shapes.SupplyOut, **REFUSED})
def show_supply(request: HttpRequest, id_: UUID, on: WrittenDay | None = None) -> Any:
    """What a usage point is on a day (today), and every stop that holds then."""
    one: UsagePoint = USAGE_POINTS.find(viewer_of(request), id_)
    return _supply(one, on or timezone.localdate())


doing_with(
    points,
    "/{uuid:id_}/open",
    enter_opening,
    find=USAGE_POINTS.find,
    gives=shapes.SupplyOut,
    answer=lambda thing, _made: _supply(thing, timezone.localdate()),
)
doing_with(
    points,
    "/{uuid:id_}/stop-unsafe",
    stop_for_safety,
    find=USAGE_POINTS.find,
    gives=shapes.StopOut,
    answer=lambda _thing, made: _stop(made),
)
doing_with(
    points,
    "/{uuid:id_}/approve-stop",
    approve_stop,
    find=USAGE_POINTS.find,
    gives=shapes.ApprovalOut,
    answer=lambda thing, made: {
        "id": made.pk,
        "point": thing.code,
        "ground": made.ground,
        "paper": made.paper,
        "at": made.at,
    },
)


# ---------------------------------------------------------------- for arrears
@arrears_of.get("/{uuid:id_}/stop-conditions", response={200: shapes.ConditionsOut, **REFUSED})
def show_conditions(request: HttpRequest, id_: UUID, point: UUID) -> Any:
    """Whether the supply of a point may be stopped today for what its account owes, and what is missing."""
    account = ACCOUNTS.find(viewer_of(request), id_)
    one = USAGE_POINTS.find(viewer_of(request), point)
    gate = arrears.arrears_gate(account, one, timezone.localdate())
    return {
        "may_stop": not gate.missing,
        "yuan": yuan_of_fen(gate.fen),
        "conditions": [
            {
                "key": line.key,
                "title_zh": line.title.zh,
                "title_en": line.title.en,
                "cite_zh": line.cite.zh,
                "cite_en": line.cite.en,
                "met": line.met,
                "from_on": line.from_on,
            }
            for line in gate.conditions
        ],
    }


doing_with(
    arrears_of,
    "/{uuid:id_}/stop",
    stop_for_arrears,
    find=ACCOUNTS.find,
    gives=shapes.StopOut,
    answer=lambda _thing, made: _stop(made),
)


# ---------------------------------------------------------------- commands to switches
def _command(one: SwitchCommand) -> dict[str, Any]:
    return {
        "id": one.pk,
        "switch": one.switch.code,
        "is_on": one.is_on,
        "is_trial": one.is_trial,
        "reason": one.reason,
        "steps": list(one.steps.order_by("number")),
    }


@commands.get("", response={200: shapes.SwitchCommands, **REFUSED})
def list_commands(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """What switches were told, newest first, each with its steps."""
    return page(switching.commands(viewer_of(request)), after, limit, _command)


@commands.get("/{uuid:id_}", response={200: shapes.SwitchCommandOut, **REFUSED})
def show_command(request: HttpRequest, id_: UUID) -> Any:
    """One command with its steps."""
    return _command(switching.command(viewer_of(request), id_))


_DEEDS: dict[str, Action[Any, Any]] = {
    "hold": hold_switching,
    "release": release_switching,
    "withdraw": withdraw_switching,
    "undo": undo_switching,
}
for _slug, _verb in _DEEDS.items():
    doing_with(
        commands,
        f"/{{uuid:id_}}/{_slug}",
        _verb,
        find=switching.command,
        gives=shapes.SwitchCommandOut,
        answer=lambda thing, _made: _command(thing),
    )
