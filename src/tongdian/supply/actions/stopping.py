"""Opening, stopping and restoring the supply of a usage point: one mechanism for every door.

Effects of cases (by_case.py) and the desk come through here. The row of the point is locked, so that of two who
act at once the second sees what the first did. The office that the regulation names alone operates the supply (6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongdian.accounts.models import BillingAccount
from tongdian.bounded_days import FIRST
from tongdian.calendar import legal_day
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.spoken import both
from tongdian.supply.entries import ARREARS_STOP
from tongdian.supply.fields import APPROVAL, OPENING, SAFETY_END, SAFETY_STOP
from tongdian.supply.models import StopApproval, StopEnd, SupplyChange, SupplyStop
from tongdian.supply.queries import arrears
from tongdian.supply.queries import stopping as queries
from tongdian.supply.queries.switching import protected_at
from tongdian.supply.refusing import (
    DayNotOfRecord,
    HomeNotApproved,
    NotItsPoint,
    NotTheOperator,
    NotYetToBeStopped,
    OpenedAlready,
    RestoredByCase,
    StillStopped,
    StopOver,
    StoppedAlready,
)
from tongdian.supply.refusing.protecting import NothingWouldBeCut
from tongdian.supply.rules import (
    AGAINST_THE_WILL,
    APPROVE,
    OF_THE_USER,
    STOP,
    TOLD_OF_A_HOME_WITHIN,
    TOLD_WITHIN,
    StopGround,
    StopOutcome,
    SupplyStanding,
    SupplyTurn,
)
from tongdian.supply.telling import tell_of_decision, tell_of_return, tell_of_stops


def must_operate(viewer: Any, organisation: Organisation, on: dt.date) -> None:
    """Raise NotTheOperator unless the viewer acts for the office that alone operates the supply, as far as a
    regulation names one and it is there."""
    sole = arrears.operator_of(organisation, on)
    if sole is not None and not viewer.has_perm(STOP.name, sole.office):
        raise NotTheOperator(office=sole.office.name, cite=sole.cite)


def locked(point: UsagePoint) -> UsagePoint:
    """The point, locked: whoever changes its supply waits for each other."""
    rows = UsagePoint.objects.select_for_update(of=("self",)).select_related("place__organisation")
    return rows.get(pk=point.pk)


# ---------------------------------------------------------------- opened, closed
def opened(
    *,
    viewer: Any,
    point: UsagePoint,
    on: dt.date,
    at: dt.datetime,
    customer: Customer | None,
    case: str = "",
    reason: str = "",
    is_demo: bool = False,
) -> SupplyChange | None:
    """A point is supplied from a day on; None where it is already. What stopped it for another user, or because
    its user asked, holds no more. Raises StillStopped where a stop holds that an opening does not lift."""
    point = locked(point)
    now = queries.supply_of([point], on)[point.pk]
    for stop in now.stops:
        moves_in = stop.customer_id is not None and (customer is None or stop.customer_id != customer.pk)
        if stop.ground != StopGround.ASKED and not (stop.ground in OF_THE_USER and moves_in):
            raise StillStopped(point=point.code, day=stop.on, ground=both(stop.get_ground_display()))
    for stop in now.stops:
        said = f"业务 {case} 开通" if case else reason
        ended(viewer=viewer, stop=stop, outcome=StopOutcome.MOOT, on=on, at=at, reason=said, case=case)
    if now.standing == SupplyStanding.SUPPLIED:
        return None
    return _turned(viewer, point, SupplyTurn.OPENED, on=on, at=at, case=case, reason=reason, is_demo=is_demo)


def closed(
    *,
    viewer: Any,
    point: UsagePoint,
    on: dt.date,
    at: dt.datetime,
    case: str = "",
    reason: str = "",
    is_demo: bool = False,
) -> tuple[SupplyChange | None, list[SupplyStop]]:
    """A point is supplied no more from a day on, until it is opened anew; None where it was not. Gives the stops
    of its user too, which are moot with it."""
    point = locked(point)
    now = queries.supply_of([point], on)[point.pk]
    moot = [stop for stop in now.stops if stop.ground in OF_THE_USER]
    for stop in moot:
        said = f"业务 {case} 供应终止" if case else reason
        ended(viewer=viewer, stop=stop, outcome=StopOutcome.MOOT, on=on, at=at, reason=said, case=case)
    if now.standing == SupplyStanding.CLOSED:
        return None, moot
    change = _turned(
        viewer, point, SupplyTurn.CLOSED, on=on, at=at, case=case, reason=reason, is_demo=is_demo
    )
    return change, moot


def _turned(viewer: Any, point: UsagePoint, what: SupplyTurn, **said: Any) -> SupplyChange:
    organisation = point.place.organisation
    return SupplyChange.objects.create(
        organisation=organisation, usage_point=point, what=what, by_id=viewer.pk, **said
    )


@action("enter-opening", may=STOP, within="point.place.organisation", fields=OPENING)
def enter_opening(
    *, viewer: Any, point: UsagePoint, on: dt.date, reason: str, at: dt.datetime
) -> SupplyChange:
    """Enter that a point is supplied since a day, for a supply that was opened before this record was kept.
    Raises NotTheOperator, DayNotOfRecord, OpenedAlready, StillStopped."""
    must_operate(viewer, point.place.organisation, legal_day(at))
    _must_lie(on, FIRST, at)
    customer = queries.user_of(point, on)
    made = opened(viewer=viewer, point=point, on=on, at=at, customer=customer, reason=reason)
    if made is None:
        raise OpenedAlready(point=point.code)
    return made


# ---------------------------------------------------------------- stopped
def stopped(
    *,
    viewer: Any,
    point: UsagePoint,
    ground: StopGround,
    on: dt.date,
    at: dt.datetime,
    cite: str,
    reason: str,
    customer: Customer | None = None,
    case: str = "",
    account: BillingAccount | None = None,
    notice: Any = None,
    is_demo: bool = False,
) -> SupplyStop:
    """A supply is stopped since a day, as far as any of its switches may be cut. At a home a leader approved it first,
    unless its user asked for it or it is not safe; the approval is used up. Raises StoppedAlready, HomeNotApproved,
    NothingWouldBeCut."""
    point = locked(point)
    kept, is_all = protected_at(point)
    if kept and is_all:
        said = "、".join(f"{one.code} {both(one.get_protects_display()).zh}" for one in kept)
        english = ", ".join(f"{one.code} {both(one.get_protects_display()).en}" for one in kept)
        raise NothingWouldBeCut(point=point.code, switches=Words(said, english))
    for stop in queries.supply_of([point], on)[point.pk].stops:
        if stop.ground == ground and stop.case == case:
            raise StoppedAlready(point=point.code, day=stop.on, ground=both(stop.get_ground_display()))
    home = queries.is_home(point, customer, on)
    approval = None
    if home and ground in AGAINST_THE_WILL:
        approval = arrears.unused_approval(point, ground)
        if approval is None or approval.by_id == viewer.pk:
            raise HomeNotApproved(point=point.code, ground=both(ground.label))
    return SupplyStop.objects.create(
        organisation=point.place.organisation,
        usage_point=point,
        ground=ground,
        on=on,
        cite=cite,
        case=case,
        reason=reason,
        customer=customer if ground in OF_THE_USER else None,
        account=account,
        notice=notice,
        approval=approval,
        is_home=home,
        at=at,
        by_id=viewer.pk,
        is_demo=is_demo,
    )


@action("stop-for-arrears", may=STOP, within="account.organisation", fields=ARREARS_STOP)
def stop_for_arrears(
    *, viewer: Any, account: BillingAccount, point: UsagePoint, reason: str, at: dt.datetime
) -> SupplyStop:
    """Stop a supply for what its account owes for that utility, as of today: only when all that the regulation
    and the law ask is there (queries/arrears.py).

    Raises NotTheOperator, NotItsPoint, NothingSaysWhen, NotYetToBeStopped, HomeNotApproved, StoppedAlready.
    """
    on, organisation = legal_day(at), account.organisation
    must_operate(viewer, organisation, on)
    BillingAccount.objects.select_for_update(of=("self",)).get(
        pk=account.pk
    )  # who pays now waits, or was seen
    if account.place_id != point.place_id:
        raise NotItsPoint(account=account.number, point=point.code).about("point")
    gate = arrears.arrears_gate(account, point, on)
    if gate.missing:
        raise NotYetToBeStopped(missing=_listed(gate))
    pack = arrears.pack_of(organisation, on)
    assert pack is not None  # the gate has its terms from it
    assert pack.head.uses.suspending is not None
    made = stopped(
        viewer=viewer,
        point=point,
        ground=StopGround.ARREARS,
        on=on,
        at=at,
        cite=arrears.cited(pack, pack.head.uses.suspending.arrears).zh,
        reason=reason,
        customer=account.customer,
        account=account,
        notice=gate.notice,
        is_demo=account.is_demo,
    )
    tell_of_stops([made], at=at)
    return made


def _listed(gate: arrears.ArrearsGate) -> Words:
    """What is missing, each with its article, and from when it will be there."""
    chinese = (f"{one.title.zh}（{one.cite.zh}）{_from(one)}" for one in gate.missing)
    english = (f"{one.title.en} ({one.cite.en}){_from(one)}" for one in gate.missing)
    return Words("；".join(chinese), "; ".join(english))


def _from(one: arrears.StopCondition) -> str:
    return f" → {one.from_on}" if one.from_on else ""


@action("stop-for-safety", may=STOP, within="point.place.organisation", fields=SAFETY_STOP)
def stop_for_safety(
    *, viewer: Any, point: UsagePoint, on: dt.date, cite: str, reason: str, at: dt.datetime
) -> SupplyStop:
    """Stop a supply that is not safe, or for works on it: since today, or since a day that is not long ago, on which the
    point was there. Raises NotTheOperator, DayNotOfRecord, StoppedAlready, NothingWouldBeCut."""
    must_operate(viewer, point.place.organisation, legal_day(at))
    _must_lie(on, _first_stop_on(point, at), at)
    made = stopped(
        viewer=viewer, point=point, ground=StopGround.SAFETY, on=on, at=at, cite=cite, reason=reason,
        is_demo=point.is_demo,
    )  # fmt: skip
    tell_of_stops([made], at=at)
    return made


def _first_stop_on(point: UsagePoint, at: dt.datetime) -> dt.date:
    """From when on a stop may be said to hold, told at a moment: not before its supply began, and not so long ago that
    nobody can say any more what was not charged, promised or complained of in between; at a home, a few days."""
    today = legal_day(at)
    home = queries.is_home(point, None, today)
    first = today - (TOLD_OF_A_HOME_WITHIN if home else TOLD_WITHIN)
    opening = SupplyChange.objects.filter(usage_point=point, on__lte=today).order_by("-on", "-id").first()
    return max(first, opening.on) if opening is not None else first


def _must_lie(on: dt.date, first: dt.date, at: dt.datetime) -> None:
    if not first <= on <= legal_day(at):
        raise DayNotOfRecord(first=first, last=legal_day(at))


@action("approve-stop", may=APPROVE, within="point.place.organisation", fields=APPROVAL)
def approve_stop(
    *, viewer: Any, point: UsagePoint, ground: str, reason: str, paper: str, at: dt.datetime
) -> StopApproval:
    """A leader approves that the supply of a home stops on a ground. It is for one stop, which somebody else
    makes."""
    made = StopApproval.objects.create(
        organisation=point.place.organisation,
        usage_point=point,
        ground=ground,
        reason=reason,
        paper=paper,
        at=at,
        by_id=viewer.pk,
    )
    tell_of_decision(made, on=legal_day(at), at=at)
    return made


# ---------------------------------------------------------------- ended
def ended(
    *,
    viewer: Any,
    stop: SupplyStop,
    outcome: StopOutcome,
    on: dt.date,
    at: dt.datetime,
    reason: str,
    case: str = "",
    energy: Any = None,
    centre: Any = None,
    delay: str = "",
) -> StopEnd:
    """A stop holds no more from a day on; others that hold are not touched. Raises StopOver."""
    locked(stop.usage_point)
    before = StopEnd.objects.filter(stop=stop).first()
    if before is not None:
        raise StopOver(day=before.on)
    return StopEnd.objects.create(
        stop=stop,
        organisation_id=stop.organisation_id,
        outcome=outcome,
        on=max(on, stop.on),
        case=case,
        reason=reason,
        energy_id=energy,
        centre_id=centre,
        delay=delay,
        at=at,
        by_id=viewer.pk,
    )


def stopped_again(*, viewer: Any, ends: Sequence[StopEnd], on: dt.date, at: dt.datetime) -> list[SupplyStop]:
    """The stops that had ended hold again, as rows of their own: the step that ended them was returned. An approval
    or a notice that they rested on stands for them as before."""
    made = []
    for end in ends:
        old = end.stop
        made.append(
            SupplyStop.objects.create(
                organisation_id=old.organisation_id,
                usage_point_id=old.usage_point_id,
                ground=old.ground,
                on=max(on, end.on),
                cite=old.cite,
                case=old.case,
                reason=old.reason,
                customer_id=old.customer_id,
                account_id=old.account_id,
                notice_id=old.notice_id,
                approval_id=old.approval_id,
                again=old,
                is_home=old.is_home,
                at=at,
                by_id=viewer.pk,
                is_demo=old.is_demo,
            )
        )
    return made


@action("end-safety-stop", may=STOP, within="stop.organisation", fields=SAFETY_END)
def end_safety_stop(*, viewer: Any, stop: SupplyStop, on: dt.date, reason: str, at: dt.datetime) -> StopEnd:
    """What was not safe is, or the works are over: supply comes back where nothing else holds it.
    Raises NotTheOperator, DayNotOfRecord, RestoredByCase, StopOver."""
    must_operate(viewer, stop.organisation, legal_day(at))
    _must_lie(on, stop.on, at)
    if stop.ground != StopGround.SAFETY:
        raise RestoredByCase(ground=both(stop.get_ground_display()))
    made = ended(viewer=viewer, stop=stop, outcome=StopOutcome.RESTORED, on=on, at=at, reason=reason)
    tell_of_return([stop], on=legal_day(at), at=at, reason=reason)
    return made
