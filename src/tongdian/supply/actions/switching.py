"""Telling a switch: planned, held, tried, sent, read back, tried again, given up, undone.

A switch does what the record says of its point and nothing else: it is not cut while nothing stops the supply, and not
closed while something does. One that follows the timetable of its place is off besides while that is closed. What protects from fire or keeps somebody alive is never cut. Each step is committed before
the next, so that whoever dies in between leaves a command that the next worker carries on by reading the switch first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
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
    OneDeviceOneSwitch,
)
from tongdian.supply.rules import (
    NOT_TOLD,
    STOP,
    SWITCH_FOLLOWS,
    TRIES,
    SupplyStanding,
    SwitchFollows,
    SwitchProtection,
    SwitchProtocol,
    SwitchState,
)
from tongdian.supply.transports import SwitchAnswer, check_switch_address, read, tell

CARRY_OUT = "supply.carry_out"
Clock = Callable[[], dt.datetime]


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
    check_switch_address(host)
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
    """Correct a switch, or say what it protects. Raises CodeTaken, BadValue, OneDeviceOneSwitch, SwitchAddressRefused,
    NotTheOperator, CommandUnderWay."""
    must_operate(viewer, switch.organisation, legal_day(at))
    check_switch_address(host)
    must_be_free(SupplySwitch, but=switch, code=code, organisation=switch.organisation)
    _must_be_idle(switch)
    if given["protocol"] == SwitchProtocol.MODBUS and given["password"] == SWITCH["password"].value_of(
        switch
    ):
        given["password"] = ""  # a form cannot empty it: it goes with the protocol that asked for it
    for column, value in SWITCH.columns(given | {"code": code, "host": host}, unlike=switch).items():
        setattr(switch, column, value)
    _must_be_reachable(switch)
    switch.save()
    return switch


ASKED_OF = {SwitchProtocol.MODBUS: ("unit", "coil"), SwitchProtocol.DLT645: ("meter_address", "password")}
ITS_OWN = Words("{protocol}没有此项，请留空", "{protocol} has none: leave it empty")
CLOSED_SUPPLIES = Words("电表继电器闭合时供应", "a meter supplies while its relay is closed")


def _must_be_reachable(switch: SupplySwitch) -> None:
    """All that its protocol asks is said, and nothing that it does not know. Raises BadValue, OneDeviceOneSwitch."""
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
    other = (
        SupplySwitch.objects.filter(organisation=switch.organisation, **same).exclude(pk=switch.pk).first()
    )
    if other is not None:
        raise OneDeviceOneSwitch(switch=other.code).about("coil" if "coil" in same else "meter_address")


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
    switch = _locked(switch)
    _must_be_idle(switch)
    if not is_trial:
        _must_not_protect(switch, is_on=is_on)
        _must_be_on_record(switch, at, is_on=is_on)
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
    _step(told, SwitchState.PLANNED, at=at, number=1, by=viewer.pk)
    do_soon(CARRY_OUT)
    return told


def _locked(switch: SupplySwitch) -> SupplySwitch:
    rows = SupplySwitch.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "usage_point__place__organisation").get(pk=switch.pk)


def _must_be_idle(switch: SupplySwitch) -> None:
    if queries.with_state(switch.commands.all()).filter(state__in=queries.OPEN).exists():
        raise CommandUnderWay(switch=switch.code)


def _must_not_protect(switch: SupplySwitch, *, is_on: bool) -> None:
    if not is_on and switch.protects != SwitchProtection.NOTHING:
        raise NeverCut(switch=switch.code, protects=both(switch.get_protects_display()))


def _must_be_on_record(switch: SupplySwitch, at: dt.datetime, *, is_on: bool) -> None:
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
    otherwise. One under way, or whose day nobody told, is left as it is."""
    told = []
    for switch in queries.following():
        wanted = queries.wanted_by_timetable(switch, now)
        last = switch.commands.filter(is_trial=False).order_by("-id").first()
        if wanted is None or (last is not None and last.is_on is wanted.is_on):
            continue
        try:
            with transaction.atomic():
                told.append(_plan(Program(), switch, is_on=wanted.is_on, reason=wanted.reason, at=now))
        except Refusal:  # stopped on record, under way, or it protects something: it stays as it is
            continue
    return told


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
    """It is not done at all. Raises CannotFollow once it was sent."""
    return _next(viewer, command, SwitchState.WITHDRAWN, reason, at)


def _next(viewer: Any, told: SwitchCommand, state: SwitchState, reason: str, at: dt.datetime) -> SwitchStep:
    must_operate(viewer, told.organisation, legal_day(at))
    _locked(told.switch)
    last = queries.last_step(told)
    must_follow(SWITCH_FOLLOWS, last.state, state)
    return _step(told, state, at=at, number=last.number + 1, said=reason[:200], by=viewer.pk)


@action("undo-switching", may=STOP, within="command.organisation", fields=NO_MORE)
def undo_switching(*, viewer: Any, command: SwitchCommand, reason: str, at: dt.datetime) -> SwitchCommand:
    """Have the switch do the opposite of a command that was carried out, as far as the record says so by now.
    Raises NothingToUndo, and what planning refuses."""
    last = queries.last_step(command)
    if last.state != SwitchState.CONFIRMED or hasattr(command, "undone_by"):
        raise NothingToUndo
    return _planned(viewer, command.switch, is_on=not command.is_on, reason=reason, at=at, undoes=command)


def _step(
    told: SwitchCommand, state: SwitchState, *, at: dt.datetime, number: int, **said: Any
) -> SwitchStep:
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


# ---------------------------------------------------------------- carried out
def carry_out_waiting(*, now: Clock) -> int:
    """Carry out, or carry on, every command that waits; how many there were."""
    waiting = list(queries.unfinished().select_related("switch__usage_point__place__organisation"))
    for told in waiting:
        carry_out(told, now=now)
    return len(waiting)


def carry_out(told: SwitchCommand, *, now: Clock) -> SwitchStep:
    """Bring a command to an end: confirmed by reading the switch back, or given up after some tries; whichever way the
    switch answers, late, wrongly, twice or never, its last step says what it reads, or that nobody knows."""
    step = queries.last_step(told)
    while SWITCH_FOLLOWS[SwitchState(step.state)] and step.state != SwitchState.HELD:
        step = _one_more(told, step, now)
    return step


def _one_more(told: SwitchCommand, last: SwitchStep, now: Clock) -> SwitchStep:
    switch = told.switch
    if told.is_trial:
        return _after(told, last, SwitchState.TRIED, read(switch), now)
    if last.state == SwitchState.SENT:
        return _read_back(told, last, now)
    if last.state == SwitchState.FAILED and told.steps.filter(state=SwitchState.SENT).count() >= TRIES:
        return _after(told, last, SwitchState.GIVEN_UP, SwitchAnswer(last.reads_on, last.said), now)
    try:
        sent = _after(told, last, SwitchState.SENT, SwitchAnswer(None, ""), now)
    except Refusal as refused:  # the record says otherwise by now, or it protects something since
        return _after(told, last, SwitchState.GIVEN_UP, SwitchAnswer(last.reads_on, refused.words.zh), now)
    if sent.state != SwitchState.SENT:
        return sent
    return _read_back(told, sent, now, replied=tell(switch, is_on=told.is_on, at=now()).said)


def _read_back(told: SwitchCommand, sent: SwitchStep, now: Clock, *, replied: str = "") -> SwitchStep:
    """Whatever it replied to what was sent: what it reads is what counts. What it replied stands beside, where that is
    not what was wanted: a wrong password, say."""
    answer = read(told.switch)
    if answer.is_on is told.is_on:
        return _after(told, sent, SwitchState.CONFIRMED, answer, now)
    said = "; ".join(one for one in (answer.said, replied) if one)
    return _after(told, sent, SwitchState.FAILED, answer._replace(said=said), now)


def _after(
    told: SwitchCommand, last: SwitchStep, state: SwitchState, answer: SwitchAnswer, now: Clock
) -> SwitchStep:
    """The next step, if the command still stands where it was seen; else the step that another made. Before anything is
    sent the record and what the switch protects are looked at once more."""
    with transaction.atomic():
        switch = _locked(told.switch)
        present = queries.last_step(told)
        if present.number != last.number:
            return present
        if state == SwitchState.SENT:
            _must_not_protect(switch, is_on=told.is_on)
            _must_be_on_record(switch, now(), is_on=told.is_on)
        must_follow(SWITCH_FOLLOWS, present.state, state)
        return _step(
            told, state, at=now(), number=last.number + 1, reads_on=answer.is_on, said=answer.said[:200]
        )
