"""Rooms that pay what they use beyond a quota.

26: a guard room's quota goes by its lamps, fans, air conditioners; those on duty owe what is beyond it.
27: a student room's goes by its residents; what is recovered is handed over to the university, which the
room itself is billed to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts.actions.owing import Owed, owe, set_off
from tongdian.accounts.actions.posting import reverse
from tongdian.accounts.models import BillingAccount, Debt, Posting
from tongdian.billing.actions.quotas import figure
from tongdian.billing.actions.reporting import month_named, must_be_its_office
from tongdian.billing.entries import ROOM
from tongdian.billing.fields import EXCESS
from tongdian.billing.models import ExcessCharge, QuotaRoom
from tongdian.billing.queries import quotas as queries
from tongdian.billing.refusing import (
    EquipmentMissing,
    ExcessStands,
    MonthNotOver,
    NoQuotaThen,
    NotAResident,
    NotARoomKind,
    NotEquipment,
    NothingBilledThen,
    QuotaFromThen,
    RoomPaysItself,
)
from tongdian.billing.rules import RUN
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan
from tongdian.policy.answer import Answer, plain
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.rulebook import queries as rulebook

BEYOND = ("over_kwh", "over_m3")
EQUIPMENT = ("pieces", "power", "hours", "days")


@action("approve-room-quota", may=RUN, within="account.organisation", fields=ROOM)
def approve_room(
    *,
    viewer: Any,
    account: BillingAccount,
    kind: str,
    month: str,
    payer: BillingAccount,
    paper: str,
    at: dt.datetime,
    equipment: str = "",
) -> QuotaRoom:
    """Approve the quota of a room from a month on, and who owes what is beyond it.

    Raises NotAllowed, OtherOfficesDuty, NotARoomKind, NotEquipment, EquipmentMissing, RoomPaysItself,
    QuotaFromThen, NotAMonth, and what the sheet refuses.
    """
    first, today = month_named(month), legal_day(at)
    must_be_its_office(viewer, account.organisation, "quotas", today, RUN.name)
    pack, reporting = queries.reporting_of(account.organisation, today)
    if kind not in reporting.rooms:
        raise NotARoomKind
    if payer.pk == account.pk:
        raise RoomPaysItself
    told = equipment_told(equipment)
    by_equipment = kind == by_what_stands_there(pack)
    if by_equipment and not told:
        raise EquipmentMissing
    answer = asked(pack, reporting.equipment, first, {"appliance": told}) if by_equipment else None
    try:
        with transaction.atomic():
            return QuotaRoom.objects.create(
                organisation=account.organisation,
                account=account,
                payer=payer,
                kind=kind,
                first_on=first,
                equipment=told,
                kwh=Decimal(str(answer.value)) if answer else None,
                answer=kept_answer(pack, answer) if answer else None,
                paper=paper,
                at=at,
                by=viewer,
            )
    except IntegrityError as refused:
        if "room_has_one_quota_from_a_month" not in str(refused):
            raise
        raise QuotaFromThen(month=month) from refused


@action("charge-excess", may=RUN, within="room.organisation", fields=EXCESS)
def charge_excess(
    *, viewer: Any, room: QuotaRoom, month: str, due_on: dt.date, at: dt.datetime, residents: str = ""
) -> ExcessCharge:
    """Let the payer of a room owe what was billed for it in a month beyond its quota. Made again after the
    bill or the residents were corrected, it takes the place of the former.

    Raises NotAllowed, OtherOfficesDuty, NotAMonth, MonthNotOver, NoQuotaThen, NothingBilledThen,
    NotAResident, ExcessStands, what the sheet refuses and what posting refuses.
    """
    first, today = month_named(month), legal_day(at)
    if queries.next_month(first) > today:
        raise MonthNotOver(month=month)
    must_be_its_office(viewer, room.organisation, "drawn_up", today, RUN.name)
    room = _in_force(room, first)
    pack, reporting = queries.reporting_of(room.organisation, today)
    lived = residents_told(residents)
    used = _used(room, first)
    answer = asked(pack, reporting.excess, first, _given(room, first, lived, used))
    lines = {line.name: Decimal(str(line.value)) for line in answer.lines if line.name in BEYOND}
    fen = fen_of_yuan(Decimal(str(answer.value)))
    former = ExcessCharge.objects.filter(room=room, month=first).order_by("-number").first()
    if former is not None:
        if (former.fen, former.used_kwh, former.used_m3) == (fen, used["power"], used["water"]):
            raise ExcessStands(month=month)
        if former.posting is not None and not hasattr(former.posting, "reversed_by"):
            reverse(viewer=viewer, posting=former.posting, on=today, at=at, note=f"{month} 超额重新核算")
    number = former.number + 1 if former else 1
    charge = ExcessCharge.objects.create(
        organisation=room.organisation,
        room=room,
        month=first,
        number=number,
        residents=lived,
        used_kwh=used["power"],
        used_m3=used["water"],
        over_kwh=lines["over_kwh"],
        over_m3=lines["over_m3"],
        fen=fen,
        answer=kept_answer(pack, answer),
        posting=_owed(viewer, room, first, number, answer, fen, due_on, at) if fen else None,
        at=at,
        by=viewer,
    )
    set_off(viewer=viewer, account=room.payer, on=today, at=at)
    return charge


def by_what_stands_there(pack: Pack) -> str:
    """The kind of room whose quota is approved by its equipment: the one of the clause that the sheet of
    equipment cites."""
    reporting = pack.head.uses.reporting
    assert reporting is not None
    cites = {version.cite for version in getattr(pack.rules[reporting.equipment], "versions", ())}
    return next((kind for kind, cite in reporting.rooms.items() if (cite,) in cites or cite in cites), "")


def asked(pack: Pack, rule: str, on: dt.date, given: Mapping[str, Any]) -> Answer:
    """A sheet's answer, as options are chosen here."""
    return pack.answer(rule, on=on, given=given, take=rulebook.options_in_force(pack, pack.rules[rule]))


def kept_answer(pack: Pack, answer: Answer) -> dict[str, Any]:
    """What is kept of an answer, so that it can be shown line by line."""
    return {
        "rule": answer.rule,
        "pack": pack.id,
        "pack_hash": answer.pack_hash,
        "value": plain(answer.value),
        "lines": [{"row": line.row, "name": line.name, "value": plain(line.value)} for line in answer.lines],
    }


def equipment_told(text: str) -> list[dict[str, str]]:
    """Devices, a line each: name, pieces, kW, hours a day, days a month. Raises NotEquipment."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        *name, pieces, power, hours, days = ["", "", "", "", *line.split()]
        figures = [figure(pieces, 0), figure(power, 3), figure(hours, 1), figure(days, 0)]
        device = " ".join(name).strip()
        if not device or None in figures:
            raise NotEquipment(line=number, text=line.strip()[:60])
        told = zip(EQUIPMENT, figures, strict=True)
        found.append({"device": device} | {key: f"{value:f}" for key, value in told if value is not None})
    return found


def residents_told(text: str) -> list[dict[str, str]]:
    """Students with the days they lived there, a line each. Raises NotAResident."""
    found: dict[str, dict[str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        words = line.split()
        days = figure(words[-1], 0)
        if len(words) != 2 or days is None or words[0] in found:
            raise NotAResident(line=number, text=line.strip()[:60])
        found[words[0]] = {"student": words[0], "lived": f"{days:f}"}
    return list(found.values())


def _in_force(room: QuotaRoom, month: dt.date) -> QuotaRoom:
    rows = QuotaRoom.objects.filter(account=room.account_id, first_on__lte=month).order_by("-first_on")
    found = rows.select_related("organisation", "account", "payer__organisation").first()
    if found is None:
        first = QuotaRoom.objects.filter(account=room.account_id).order_by("first_on").first()
        raise NoQuotaThen(month=f"{(first or room).first_on:%Y-%m}")
    return found


def _used(room: QuotaRoom, month: dt.date) -> dict[str, Decimal]:
    """kWh and m³ that the room was billed for. One that takes a utility and has no bill of it refuses:
    nothing billed is not nothing used; one without water used none."""
    rows = {
        one.utility: one.quantity
        for one in queries.used_by_unit(room.organisation, month, account=room.account)
    }
    billed = {utility: quantity for utility, quantity in rows.items() if quantity is not None}
    takes = set(room.account.place.usage_points.values_list("utility", flat=True))
    if not billed or takes - set(billed):
        raise NothingBilledThen(account=room.account.number, month=f"{month:%Y-%m}")
    return {utility: billed.get(utility, Decimal(0)) for utility in ("power", "water")}


def _given(
    room: QuotaRoom, month: dt.date, lived: Sequence[Mapping[str, str]], used: Mapping[str, Decimal]
) -> dict[str, Any]:
    approval = []
    if room.kwh is not None:
        approval = [{"approved_on": room.first_on.isoformat(), "approved_kwh": f"{room.kwh:f}"}]
    return {
        "kind": room.kind,
        "month_start": month.isoformat(),
        "used_kwh": f"{used['power']:f}",
        "used_m3": f"{used['water']:f}",
        **_left_before(room, month),
        "approval": approval,
        "resident": [dict(one) for one in lived],
    }


def _left_before(room: QuotaRoom, month: dt.date) -> dict[str, str]:
    """What was left of the quota of the month before, where it was charged: the sheet says whether it is
    carried over."""
    before = (month - dt.timedelta(days=1)).replace(day=1)
    charge = (
        ExcessCharge.objects.filter(room__account=room.account_id, month=before).order_by("-number").first()
    )
    lines = {one["name"]: one["value"] for one in charge.answer["lines"]} if charge else {}
    left = {}
    for name, allowed, used in (
        ("unused_kwh", "allowed_kwh", charge.used_kwh if charge else Decimal(0)),
        ("unused_m3", "allowed_m3", charge.used_m3 if charge else Decimal(0)),
    ):
        left[name] = f"{max(Decimal(lines[allowed]) - used, Decimal(0)):f}" if allowed in lines else "0"
    return left


def _owed(
    viewer: Any,
    room: QuotaRoom,
    month: dt.date,
    number: int,
    answer: Answer,
    fen: int,
    due_on: dt.date,
    at: dt.datetime,
) -> Posting:
    today = legal_day(at)
    title = Words(f"{room.account.place.name} {month:%Y-%m} 超额水电费", f"beyond the quota of {month:%Y-%m}")
    item = Owed(
        subject=Debt.Subject.CHARGE,
        fen=fen,
        due_on=due_on,
        title=title,
        cite=answer.cite[-1],
        answer={"rule": answer.rule, "pack_hash": answer.pack_hash, "room": str(room.pk)},
    )
    key = f"excess {room.pk} {month:%Y-%m} {number}"
    return owe(viewer=viewer, account=room.payer, items=[item], on=today, at=at, key=key)
