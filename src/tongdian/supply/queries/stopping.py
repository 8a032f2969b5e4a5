"""Whether a usage point is supplied on a day, and what stops it: derived from what was opened, stopped, restored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from tongdian.accounts.queries import is_resident
from tongdian.agreements.models import Agreement
from tongdian.billing.models import QuotaRoom
from tongdian.cases.models import Case
from tongdian.network.models import Place, UsagePoint
from tongdian.parties.models import Customer
from tongdian.parties.permissions import seen
from tongdian.supply.models import ProtectionRelease, RestorationCase, StopEnd, SupplyChange, SupplyStop
from tongdian.supply.refusing import NoSuchStop
from tongdian.supply.rules import HOMES, READ, StopGround, SupplyStanding, SupplyTurn


@dataclass(frozen=True)
class PointSupply:
    """What a usage point is on a day: `since` when, none where that was before anything was recorded; `stops` are
    those that hold, the oldest first."""

    standing: SupplyStanding
    since: dt.date | None
    stops: tuple[SupplyStop, ...] = ()


def holding(on: dt.date) -> Q:
    """The stops that hold on a day."""
    return Q(on__lte=on) & (Q(end=None) | Q(end__on__gt=on))


def supply_of(points: Iterable[UsagePoint], on: dt.date) -> Mapping[Any, PointSupply]:
    """What each point is on a day, by its id, in two questions."""
    wanted = list(points)
    keys = [one.pk for one in wanted]
    changes = SupplyChange.objects.filter(usage_point__in=keys, on__lte=on)
    last = {
        row.usage_point_id: row
        for row in changes.order_by("usage_point", "-on", "-id").distinct("usage_point")
    }
    held: dict[Any, list[SupplyStop]] = {}
    for stop in SupplyStop.objects.filter(holding(on), usage_point__in=keys).order_by("on", "id"):
        held.setdefault(stop.usage_point_id, []).append(stop)
    return {one.pk: _supply(one, last.get(one.pk), tuple(held.get(one.pk, ()))) for one in wanted}


def _supply(point: UsagePoint, last: SupplyChange | None, stops: tuple[SupplyStop, ...]) -> PointSupply:
    since = last.on if last else None
    if last is not None and last.what == SupplyTurn.CLOSED:
        return PointSupply(SupplyStanding.CLOSED, since, stops)
    if stops:
        return PointSupply(SupplyStanding.STOPPED, stops[0].on, stops)
    is_open = last is not None or point.is_live  # nothing is recorded: as it was when it was entered
    return PointSupply(SupplyStanding.SUPPLIED if is_open else SupplyStanding.CLOSED, since)


def releases_at(point: UsagePoint) -> list[ProtectionRelease]:
    """Each change of a protected switch of a point, with who approved it and who made it, the newest first."""
    rows = ProtectionRelease.objects.filter(switch__usage_point=point).order_by("-id")
    return list(rows.select_related("switch", "approval__by", "by"))


def stops(viewer: Any) -> QuerySet[SupplyStop]:
    """Every stop that a viewer sees."""
    rows = SupplyStop.objects.filter(seen(viewer, READ.name, region="usage_point__place__region"))
    return rows.select_related("organisation", "usage_point__place", "customer", "account", "end", "by")


def stop(viewer: Any, id_: Any) -> SupplyStop:
    """One stop. Raises NoSuchStop."""
    found = stops(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchStop
    return found


def in_force(
    viewer: Any, on: dt.date, *, ground: str = "", older_than: dt.timedelta | None = None
) -> QuerySet[SupplyStop]:
    """The stops that hold on a day, the oldest first; of one ground, and older than so long, where asked."""
    rows = stops(viewer).filter(holding(on))
    if ground:
        rows = rows.filter(ground=ground)
    if older_than is not None:
        rows = rows.filter(on__lt=on - older_than)
    return rows.order_by("on", "id")


def stops_at(
    viewer: Any, places: Iterable[Place], *, first: dt.date, last: dt.date
) -> Mapping[Any, list[SupplyStop]]:
    """The stops of some of the days that a viewer sees, by the ids of the places that they concern: whose own supply is
    stopped, or that of what they stand in. One that ended on the first day is among them. One question."""
    known = {one.pk: [one.pk, *one.ancestors] for one in places}
    found: dict[Any, list[SupplyStop]] = {one: [] for one in known}
    where = {id_ for ids in known.values() for id_ in ids}
    rows = stops(viewer).filter(
        Q(end=None) | Q(end__on__gte=first), usage_point__place__in=where, on__lte=last
    )
    for row in rows.order_by("on", "id"):
        for place, ids in known.items():
            if row.usage_point.place_id in ids:
                found[place].append(row)
    return found


def counts_by_ground(viewer: Any, on: dt.date) -> dict[StopGround, int]:
    """How many stops hold on a day, by ground, none left out."""
    rows = stops(viewer).filter(holding(on)).order_by().values("ground").annotate(many=Count("pk"))
    found = {row["ground"]: row["many"] for row in rows}
    return {one: found.get(one, 0) for one in StopGround}


@dataclass(frozen=True)
class SupplyLine:
    """One line of the history of a point: the day, and the row that says what happened."""

    on: dt.date
    row: SupplyChange | SupplyStop | StopEnd

    @property
    def kind(self) -> str:
        """`change`, `stop` or `end`: for the page."""
        return {SupplyChange: "change", SupplyStop: "stop", StopEnd: "end"}[type(self.row)]


def history_of(point: UsagePoint) -> list[SupplyLine]:
    """All that happened to the supply of a point, the newest first."""
    rows: list[Any] = [
        *SupplyChange.objects.filter(usage_point=point).select_related("by"),
        *SupplyStop.objects.filter(usage_point=point).select_related("by", "approval__by"),
        *StopEnd.objects.filter(stop__usage_point=point).select_related("stop", "by", "energy", "centre"),
    ]
    return [SupplyLine(one.on, one) for one in sorted(rows, key=lambda one: (one.on, one.at), reverse=True)]


# ---------------------------------------------------------------- who is supplied there
def user_of(point: UsagePoint, on: dt.date) -> Customer | None:
    """Who has an agreement at a point on a day."""
    found = Agreement.objects.filter(usage_point=point, in_force__contains=on).select_related("customer")
    one = found.first()
    return one.customer if one else None


def is_home(point: UsagePoint, customer: Customer | None, on: dt.date) -> bool:
    """Whether people live there: a flat, whoever is supplied in a residential class, or a room whose quota goes
    by its residents (27)."""
    if point.place.kind in HOMES or (customer is not None and is_resident(customer, point.place, on)):
        return True
    return QuotaRoom.objects.filter(account__place=point.place, kwh=None).exists()


# ---------------------------------------------------------------- restoration
def stops_of_case(case: Case) -> list[SupplyStop]:
    """The stops whose restoration a case asks for, else those that it made; those that ended among them."""
    asked = SupplyStop.objects.filter(restorations__case=case)
    rows = asked if asked.exists() else SupplyStop.objects.filter(case=case.number)
    return list(rows.order_by("id"))


def open_restoration(stop_: SupplyStop) -> Case | None:
    """The case in which the restoration of a stop is under way."""
    row = RestorationCase.objects.filter(stop=stop_, case__ended_on=None).select_related("case").first()
    return row.case if row else None


def restorations_of(stops_: Iterable[SupplyStop]) -> dict[Any, Case]:
    """The cases under way, by the stop that each is to end."""
    rows = RestorationCase.objects.filter(stop__in=[one.pk for one in stops_], case__ended_on=None)
    return {row.stop_id: row.case for row in rows.select_related("case")}
