"""Telling a switch: planned, held, released, withdrawn, undone. What is done about it then stands in carrying.py.

A switch does what the record says of its point and nothing else: it is not cut while nothing stops the supply, and not
closed while something does. One that follows the timetable of its place is off besides while that is closed. What protects from fire or keeps somebody alive is never cut.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import transaction

from tongdian.allowed import Program
from tongdian.calendar import legal_day
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action, must_be_free
from tongdian.registers.fields import MISSING
from tongdian.soon import do_soon
from tongdian.spoken import both
from tongdian.states import must_follow
from tongdian.supply.actions.protecting import release_protection, wiring
from tongdian.supply.actions.stopping import must_operate
from tongdian.supply.entries import SWITCH
from tongdian.supply.fields import NO_MORE, SWITCHING
from tongdian.supply.models import SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.queries import stopping as supplies
from tongdian.supply.queries import switching as queries
from tongdian.supply.refusing import (
    AgainstTheRecord,
    AgainstTheTimetable,
    CommandUnderWay,
    NeverCut,
    NothingToUndo,
)
from tongdian.supply.refusing.protecting import OneDeviceOneSwitch, ProtectedElsewhere
from tongdian.supply.rules import (
    NOT_TOLD,
    STOP,
    SWITCH_FOLLOWS,
    SupplyStanding,
    SwitchFollows,
    SwitchProtection,
    SwitchProtocol,
    SwitchState,
)
from tongdian.supply.transports import check_switch_address

CARRY_OUT = "supply.carry_out"
_log = logging.getLogger(__name__)


# ---------------------------------------------------------------- the register
@action("add-switch", may=STOP, within="organisation", fields=SWITCH)
def add_switch(
    *,
    viewer: Any,
    organisation: Any,
    code: str,
    host: str,
    at: dt.datetime,
    is_demo: bool = False,
    **given: Any,
) -> SupplySwitch:
    """Enter a switch. Raises CodeTaken, BadValue, OneDeviceOneSwitch, SwitchAddressRefused, NotTheOperator."""
    must_operate(viewer, organisation, legal_day(at))
    host = check_switch_address(host)
    must_be_free(SupplySwitch, code=code, organisation=organisation)
    given = SWITCH.columns(given | {"code": code, "host": host})
    switch = SupplySwitch(organisation=organisation, is_demo=is_demo, **given)
    _must_be_reachable(switch)
    switch.save(force_insert=True)
    return switch


@action("change-switch", may=STOP, within="switch.organisation", fields=SWITCH.changing, of="switch")
def change_switch(
    *, viewer: Any, switch: SupplySwitch, code: str, host: str, at: dt.datetime, **given: Any
) -> SupplySwitch:
    """Correct a switch, or say what it protects; what protects already is released first, which somebody else approved.
    Raises CodeTaken, BadValue, OneDeviceOneSwitch, ProtectedElsewhere, SwitchAddressRefused, NotTheOperator,
    CommandUnderWay, ProtectionNeedsApproval."""
    must_operate(viewer, switch.organisation, legal_day(at))
    host = check_switch_address(host)
    switch = locked_switch(switch)
    must_be_free(SupplySwitch, but=switch, code=code, organisation=switch.organisation)
    _must_be_idle(switch)
    if given["protocol"] == SwitchProtocol.MODBUS and given["password"] == SWITCH["password"].value_of(
        switch
    ):
        given["password"] = ""  # a form cannot empty it: it goes with the protocol that asked for it
    before = wiring(switch)
    for column, value in SWITCH.columns(given | {"code": code, "host": host}, unlike=switch).items():
        setattr(switch, column, value)
    _must_be_reachable(switch)
    release_protection(viewer, switch, before, at=at)
    switch.save()
    return switch


ASKED_OF = {SwitchProtocol.MODBUS: ("unit", "coil"), SwitchProtocol.DLT645: ("meter_address", "password")}
ITS_OWN = Words("{protocol}没有此项，请留空", "{protocol} has none: leave it empty")
CLOSED_SUPPLIES = Words("电表继电器闭合时供应", "a meter supplies while its relay is closed")


def _must_be_reachable(switch: SupplySwitch) -> None:
    """All that its protocol asks is said, and nothing that it does not know; and no other switch of the installation is
    the same device. Raises BadValue, OneDeviceOneSwitch, ProtectedElsewhere."""
    for protocol, names in ASKED_OF.items():
        for name in names:
            asked, has = protocol == switch.protocol, getattr(switch, name) not in (None, "", b"")
            if asked and not has:
                raise SWITCH[name].bad(MISSING)
            if has and not asked:
                raise SWITCH[name].bad(ITS_OWN, protocol=both(switch.get_protocol_display()))
    if switch.protocol == SwitchProtocol.DLT645 and not switch.supplied_when:
        raise SWITCH["supplied_when"].bad(CLOSED_SUPPLIES)
    same = (
        {"host": switch.host, "port": switch.port, "unit": switch.unit, "coil": switch.coil}
        if switch.protocol == SwitchProtocol.MODBUS
        else {"meter_address": switch.meter_address}
    )
    others = SupplySwitch.objects.exclude(pk=switch.pk)
    if (other := others.filter(**same).first()) is not None:
        raise OneDeviceOneSwitch(switch=_named(other, switch)).about(
            "coil" if "coil" in same else "meter_address"
        )
    if switch.coil is None:
        return
    alike = others.filter(host=switch.host, port=switch.port, coil=switch.coil)
    if switch.protects == SwitchProtection.NOTHING:
        alike = alike.exclude(protects=SwitchProtection.NOTHING)
    if (other := alike.first()) is not None:
        raise ProtectedElsewhere(switch=_named(other, switch))


def _named(other: SupplySwitch, switch: SupplySwitch) -> Words:
    """A switch that is in the way, but for what it is called where it is of another house."""
    if other.organisation_id != switch.organisation_id:
        return Words("另一单位的开关", "a switch of another organisation")
    return Words(f"开关 {other.code}", f"the switch {other.code}")


# ---------------------------------------------------------------- told
@action("plan-switching", may=STOP, within="switch.organisation", fields=SWITCHING)
def plan_switching(
    *, viewer: Any, switch: SupplySwitch, is_on: bool, is_trial: bool, reason: str, at: dt.datetime
) -> SwitchCommand:
    """Have a switch supply or cut, as the record says of its point; or only try whether it answers.
    Raises NotTheOperator, NeverCut, AgainstTheRecord, CommandUnderWay."""
    return _planned(viewer, switch, is_on=is_on, is_trial=is_trial, reason=reason, at=at)


def _planned(
    viewer: Any,
    switch: SupplySwitch,
    *,
    is_on: bool,
    reason: str,
    at: dt.datetime,
    is_trial: bool = False,
    undoes: SwitchCommand | None = None,
) -> SwitchCommand:
    must_operate(viewer, switch.organisation, legal_day(at))
    return _plan(viewer, switch, is_on=is_on, is_trial=is_trial, reason=reason, at=at, undoes=undoes)


def _plan(
    viewer: Any,
    switch: SupplySwitch,
    *,
    is_on: bool,
    reason: str,
    at: dt.datetime,
    is_trial: bool = False,
    undoes: SwitchCommand | None = None,
) -> SwitchCommand:
    switch = locked_switch(switch)
    _must_be_idle(switch)
    if not is_trial:
        must_not_protect(switch, is_on=is_on)
        must_be_on_record(switch, at, is_on=is_on)
    told = SwitchCommand.objects.create(
        organisation=switch.organisation,
        switch=switch,
        is_on=is_on,
        is_trial=is_trial,
        undoes=undoes,
        reason=reason,
        at=at,
        by_id=viewer.pk,
    )
    step(told, SwitchState.PLANNED, at=at, number=1, by=viewer.pk)
    do_soon(CARRY_OUT)
    return told


def locked_switch(switch: SupplySwitch) -> SupplySwitch:
    """The switch, locked: whoever tells or changes it waits for each other."""
    rows = SupplySwitch.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "usage_point__place__organisation").get(pk=switch.pk)


def _must_be_idle(switch: SupplySwitch) -> None:
    if queries.with_state(switch.commands.all()).filter(state__in=queries.OPEN).exists():
        raise CommandUnderWay(switch=switch.code)


def must_not_protect(switch: SupplySwitch, *, is_on: bool) -> None:
    """Raise NeverCut where what it protects would be cut."""
    if not is_on and switch.protects != SwitchProtection.NOTHING:
        raise NeverCut(switch=switch.code, protects=both(switch.get_protects_display()))


def must_be_on_record(switch: SupplySwitch, at: dt.datetime, *, is_on: bool) -> None:
    """Raise AgainstTheRecord or AgainstTheTimetable unless that is what it is to do at an instant. What protects may
    always be told to supply, whatever is on record: it is never cut, so that is never wrong."""
    if is_on and switch.protects != SwitchProtection.NOTHING:
        return
    point = switch.usage_point
    standing = supplies.supply_of([point], legal_day(at))[point.pk].standing
    if standing != SupplyStanding.SUPPLIED or switch.follows == SwitchFollows.RECORD:
        if is_on is not (standing == SupplyStanding.SUPPLIED):
            raise AgainstTheRecord(point=point.code, standing=both(standing.label))
        return
    wanted = queries.wanted_by_timetable(switch, at)
    if wanted is None or is_on is not wanted.is_on:
        raise AgainstTheTimetable(switch=switch.code, state=wanted.state if wanted else NOT_TOLD)


def follow_timetables(*, now: dt.datetime) -> list[SwitchCommand]:
    """Have each switch that goes by the timetable of its place do what that says now, where it was last told
    otherwise, or in vain. One under way, or whose day nobody told, is left as it is; one that cannot be asked about
    keeps no other from its timetable."""
    told = []
    for switch in queries.following():
        try:
            with transaction.atomic():
                one = _followed(switch, now)
        except Refusal:  # stopped on record, under way, or it protects something: it stays as it is
            continue
        except Exception:
            _log.exception("switch %s cannot follow its timetable", switch.pk)
            continue
        told += [one] if one is not None else []
    return told


def _followed(switch: SupplySwitch, now: dt.datetime) -> SwitchCommand | None:
    wanted = queries.wanted_by_timetable(switch, now)
    if wanted is None or not queries.asks_again(switch, now, is_on=wanted.is_on):
        return None
    return _plan(Program(), switch, is_on=wanted.is_on, reason=wanted.reason, at=now)


@action("hold-switching", may=STOP, within="command.organisation", fields=NO_MORE)
def hold_switching(*, viewer: Any, command: SwitchCommand, reason: str, at: dt.datetime) -> SwitchStep:
    """Nothing is sent until it is released. Raises CannotFollow once it was sent."""
    return _next(viewer, command, SwitchState.HELD, reason, at)


@action("release-switching", may=STOP, within="command.organisation", fields=NO_MORE)
def release_switching(*, viewer: Any, command: SwitchCommand, reason: str, at: dt.datetime) -> SwitchStep:
    """What was held goes on. Raises CannotFollow."""
    step = _next(viewer, command, SwitchState.PLANNED, reason, at)
    do_soon(CARRY_OUT)
    return step


@action("withdraw-switching", may=STOP, within="command.organisation", fields=NO_MORE)
def withdraw_switching(*, viewer: Any, command: SwitchCommand, reason: str, at: dt.datetime) -> SwitchStep:
    """It is not done at all, or not tried again. Raises CannotFollow while nobody knows what became of what was sent."""
    return _next(viewer, command, SwitchState.WITHDRAWN, reason, at)


def _next(viewer: Any, told: SwitchCommand, state: SwitchState, reason: str, at: dt.datetime) -> SwitchStep:
    must_operate(viewer, told.organisation, legal_day(at))
    locked_switch(told.switch)
    last = queries.last_step(told)
    must_follow(SWITCH_FOLLOWS, last.state, state)
    return step(told, state, at=at, number=last.number + 1, said=reason[:200], by=viewer.pk)


@action("undo-switching", may=STOP, within="command.organisation", fields=NO_MORE)
def undo_switching(*, viewer: Any, command: SwitchCommand, reason: str, at: dt.datetime) -> SwitchCommand:
    """Have the switch do the opposite of a command that was carried out, as far as the record says so by now.
    Raises NothingToUndo, and what planning refuses."""
    last = queries.last_step(command)
    if last.state != SwitchState.CONFIRMED or hasattr(command, "undone_by"):
        raise NothingToUndo
    return _planned(viewer, command.switch, is_on=not command.is_on, reason=reason, at=at, undoes=command)


def step(told: SwitchCommand, state: SwitchState, *, at: dt.datetime, number: int, **said: Any) -> SwitchStep:
    """The next step of a command, written."""
    by = said.pop("by", None)
    return SwitchStep.objects.create(
        command=told,
        organisation_id=told.organisation_id,
        number=number,
        state=state,
        at=at,
        by_id=by,
        **said,
    )
