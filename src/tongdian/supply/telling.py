"""Telling whoever is supplied that their supply stops, was stopped, or is back: one message for all points of one step.

It is written in the transaction of the step and goes out after its commit, so what was refused tells nobody. Who is told is
the customer of the stop, else whoever has the agreement at the point or alone pays for the place; of a demonstration nobody is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.notices.actions import notify
from tongdian.parties.actions.customers import addresses_of
from tongdian.parties.models import Customer
from tongdian.policy.words import Words
from tongdian.spoken import both
from tongdian.supply.models import StopApproval, SupplyStop
from tongdian.supply.queries import stopping as queries
from tongdian.supply.rules import StopGround, SupplyStanding

POINT = Words("{place}（{utility}）", "{place} ({utility})")
COMMA = Words("、", ", ")
BACK_BY = {
    StopGround.ARREARS: Words(
        "交清所欠费用后，由两个办公室办理恢复", "once all that is owed is paid, both offices restore it"
    ),
    StopGround.VIOLATION: Words(
        "改正并交清费用后，由两个办公室办理恢复", "once it is put right and paid for, both offices restore it"
    ),
    StopGround.PREPAYMENT: Words("预交后到柜台办理", "prepay, then ask at the desk"),
    StopGround.ASKED: Words(
        "需要时到柜台或网上申请恢复", "ask for it at the desk or online when you need it"
    ),
    StopGround.SAFETY: Words("隐患消除或检修完成后恢复", "as soon as it is safe again or the works are over"),
}


def tell_of_stops(stops: Sequence[SupplyStop], *, at: dt.datetime) -> None:
    """Tell each customer, once for each ground, which supplies are stopped since when, and why."""
    for (customer, ground), several in _by_customer(stops).items():
        to = addresses_of(customer)
        notify(
            name="supply-stopped",
            organisation=several[0].organisation_id,
            to=to,
            subject=f"supply:{several[0].pk}",
            params={
                "points": _said((one.usage_point for one in several), to.language),
                "day": several[0].on.isoformat(),
                "ground": _label(StopGround(ground), to.language),
                "cite": several[0].cite or "—",
                "reason": several[0].reason,
                "how": BACK_BY[StopGround(ground)].say(to.language),
            },
            at=at,
        )


def tell_of_return(stops: Sequence[SupplyStop], *, on: dt.date, at: dt.datetime, reason: str) -> None:
    """Tell each customer which of the supplies that had been stopped are there again: not one that something else still
    holds."""
    now = queries.supply_of([one.usage_point for one in stops], on)
    back = [one for one in stops if now[one.usage_point_id].standing == SupplyStanding.SUPPLIED]
    found: dict[Customer, list[SupplyStop]] = {}
    for (customer, _ground), several in _by_customer(back).items():
        found.setdefault(customer, []).extend(several)
    for customer, several in found.items():
        to = addresses_of(customer)
        notify(
            name="supply-restored",
            organisation=several[0].organisation_id,
            to=to,
            subject=f"supply:{several[0].pk}",
            params={
                "points": _said((one.usage_point for one in several), to.language),
                "day": on.isoformat(),
                "reason": reason,
            },
            at=at,
        )


def tell_of_decision(approval: StopApproval, *, on: dt.date, at: dt.datetime) -> None:
    """Tell who lives there that a leader approved a stop: it is not made yet."""
    customer = _occupier(approval.usage_point, on)
    if customer is None or approval.usage_point.is_demo:
        return
    to = addresses_of(customer)
    ground = StopGround(approval.ground)
    notify(
        name="supply-stop-decided",
        organisation=approval.organisation_id,
        to=to,
        subject=f"supply:{approval.pk}",
        params={
            "points": _said([approval.usage_point], to.language),
            "ground": _label(ground, to.language),
            "reason": approval.reason,
            "paper": approval.paper,
            "how": BACK_BY[ground].say(to.language),
        },
        at=at,
    )


def _by_customer(stops: Iterable[SupplyStop]) -> dict[tuple[Customer, str], list[SupplyStop]]:
    found: dict[Any, list[SupplyStop]] = {}
    for one in stops:
        customer = one.customer or _occupier(one.usage_point, one.on)
        if customer is not None and not one.is_demo:
            found.setdefault((customer, one.ground), []).append(one)
    return found


def _occupier(point: UsagePoint, on: dt.date) -> Customer | None:
    """Who has the agreement at a point; where nobody has, the one customer who pays for the place. Of several nobody can
    say whose it is."""
    customer = queries.user_of(point, on)
    if customer is not None:
        return customer
    paying = list(Customer.objects.filter(billing_accounts__place=point.place_id).distinct()[:2])
    return paying[0] if len(paying) == 1 else None


def _said(points: Iterable[UsagePoint], language: str) -> str:
    said = (
        POINT.fill(place=one.place.name, utility=_label(Utility(one.utility), language)).say(language)
        for one in points
    )
    return COMMA.say(language).join(dict.fromkeys(said))


def _label(choice: Any, language: str) -> str:
    return both(choice.label).say(language)
