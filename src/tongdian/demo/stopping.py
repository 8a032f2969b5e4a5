"""Supplies of the demonstration that are stopped, each for its reason: works, arrears, and one that was restored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from tongdian.accounts.actions.late import dun
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.late import overdue, overdue_accounts
from tongdian.accounts.rules import Dunning
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.estate import Spot
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.supply.actions.stopping import approve_stop, end_safety_stop, stop_for_arrears, stop_for_safety
from tongdian.supply.queries.arrears import SUBJECT, arrears_gate

FOR_ARREARS = 3
DAYS = {Dunning.REMINDER: 1, Dunning.DEMAND: 16, Dunning.NOTICE: 23}  # after the time limit
WORKS = ("主供电缆更换", "楼层配电箱烧损，待修", "供水立管爆裂抢修")


def stop_supplies(
    spots: Iterable[Spot], house: Organisation, technician: Any, leader: Any, at: dt.datetime
) -> None:
    """Stop a few supplies of a campus: three for works, of which one is over, and some for arrears."""
    today = legal_day(at)
    supplied = [point for spot in spots if spot.house == house and spot.customer for point in spot.points]
    for point, reason, days in zip(supplied[5:40:11], WORKS, (12, 3, 1), strict=False):
        on = today - dt.timedelta(days=days)
        stop = stop_for_safety(
            viewer=technician, point=point, on=on, cite="第六条", reason=reason, at=_noon(on)
        )
        if days > 10:
            on += dt.timedelta(days=2)
            end_safety_stop(viewer=technician, stop=stop, on=on, reason="修复并试送正常", at=_noon(on))
    _stop_who_owe(house, technician, leader, today)


def _stop_who_owe(house: Organisation, technician: Any, leader: Any, today: dt.date) -> None:
    done = 0
    for row in overdue_accounts(house, today):
        points = UsagePoint.objects.filter(place=row.account.place_id).select_related("place__organisation")
        if done < FOR_ARREARS and _stopped(row.account, list(points), technician, leader, today):
            done += 1


def _stopped(
    account: BillingAccount, points: Sequence[UsagePoint], technician: Any, leader: Any, today: dt.date
) -> bool:
    """Take the steps that come before a stop, and stop what may be stopped then."""
    owed = {one.debt.subject for one in overdue(account, today).debts}
    point = next((one for one in points if SUBJECT[one.utility] in owed), None)  # type: ignore[index]
    if point is None:
        return False
    try:
        for step, days in DAYS.items():
            on = overdue(account, today).since + dt.timedelta(days=days)
            if on > today:
                return False
            if not account.dunning.filter(step=step, since=overdue(account, today).since).exists():
                dun(viewer=leader, account=account, step=step, note="送达签收", at=_noon(on))
        if arrears_gate(account, point, today).home:
            approve_stop(
                viewer=leader,
                point=point,
                ground="arrears",
                reason="多次上门催缴无果",
                paper="停供审批单〔示例〕",
                at=_noon(today),
            )
        stop_for_arrears(
            viewer=technician, account=account, point=point, reason="催缴、通知后仍未缴清", at=_noon(today)
        )
    except Refusal:  # this one is not overdue long enough: another is
        return False
    return True


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), SHANGHAI)
