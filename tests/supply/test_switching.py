"""Article 6: the utilities centre operates the supply. A switch that answers late, wrongly, twice or never ends in a
known state; what protects from fire or keeps somebody alive is never cut. Against pymodbus's own server on loopback."""

import asyncio
import datetime as dt
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from django.db import IntegrityError, transaction
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.cases.conftest import at, make_campus, supplied
from tongdian.network.models import UsagePoint
from tongdian.registers.fields import Scope
from tongdian.states import CannotFollow
from tongdian.supply.actions import carrying, switching
from tongdian.supply.actions.stopping import end_safety_stop, enter_opening, stop_for_safety
from tongdian.supply.entries import SWITCH
from tongdian.supply.models import PlaceTimetable, SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.refusing import (
    AgainstTheRecord,
    AgainstTheTimetable,
    CommandUnderWay,
    NeverCut,
    NothingToUndo,
    NotTheOperator,
    SwitchAddressRefused,
)

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 3, 4)
COIL = 3


class Device:
    """A device with coils; `misbehaves` is told each packet that it is about to send, and gives what is sent."""

    def __init__(self) -> None:
        self.misbehaves = lambda packet: packet
        self.requests: list[bytes] = []
        self.is_stuck = False
        coils = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
        rest = [SimData(0, values=[False] * 16, datatype=DataType.BITS)], [SimData(0)], [SimData(0)]
        self._device = SimDevice(1, simdata=(coils, *rest), action=self._act)
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._server = ModbusTcpServer(
            self._device, address=("127.0.0.1", 0), trace_packet=lambda sends, data: self._seen(sends, data)
        )
        task = asyncio.create_task(self._server.serve_forever())
        while self._server.transport is None:
            await asyncio.sleep(0.01)
        self.port = self._server.transport.sockets[0].getsockname()[1]
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await task

    def _seen(self, sends: bool, data: bytes) -> bytes:
        if not sends:
            self.requests.append(data)
            return data
        return self.misbehaves(data)

    async def _act(self, code, start, address, count, registers, values) -> None:
        if values is not None and self.is_stuck:  # accepted, and nothing moves
            values[:] = [True] * len(values)

    def _asked(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(5)

    @property
    def coil(self) -> bool:
        return bool(self._asked(self._server.context.async_getValues(1, 1, COIL, 1))[0])

    def moved(self, *, is_set: bool) -> None:
        """Somebody at the device moves the coil."""
        self._asked(self._server.context.async_setValues(1, 5, COIL, [is_set]))

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(5)
        self._thread.join(5)
        self._loop.close()


@contextmanager
def a_device():
    device = Device()
    try:
        yield device
    finally:
        device.stop()


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr("tongdian.supply.transports.PATIENCE_SECONDS", 0.3)
    with a_device() as made:
        yield made


@pytest.fixture
def campus(db, viewer, settings):
    settings.SWITCH_NETWORKS = ["127.0.0.0/8"]
    made = make_campus(viewer)
    supplied(made, customer_class="shop", price_category="commercial")
    made.point = UsagePoint.objects.get(place=made.shop)
    enter_opening(
        viewer=made.technician, point=made.point, on=dt.date(2025, 1, 1), reason="旧协议", at=at("2026-03-01")
    )
    return made


def a_switch(campus, device, **more):
    said = {
        "organisation": campus.campus,
        "usage_point": campus.point,
        "code": "K1",
        "host": "127.0.0.1",
        "port": device.port,
        "unit": 1,
        "coil": COIL,
        "supplied_when": True,
        "protects": "nothing",
    }
    return switching.add_switch(viewer=campus.technician, at=at("2026-03-02"), **said | more)


def unsafe(campus):
    return stop_for_safety(
        viewer=campus.technician, point=campus.point, on=ON, cite="第六条", reason="烧损", at=at("2026-03-04")
    )


def plan(campus, switch, *, is_on=False, is_trial=False):
    return switching.plan_switching(
        viewer=campus.technician,
        switch=switch,
        is_on=is_on,
        is_trial=is_trial,
        reason="线路烧损",
        at=at("2026-03-04"),
    )


def carried(told):
    return carrying.carry_out(told, now=lambda: at("2026-03-04"))


def life(told) -> list[str]:
    return [str(one.state) for one in told.steps.order_by("number")]


def test_a_command_is_sent_and_confirmed_by_reading_back(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    told = plan(campus, switch)
    assert device.coil is True  # a plan acts on nothing
    end = carried(told)
    assert life(told) == ["planned", "sent", "confirmed"]
    assert (end.reads_on, end.said, device.coil) == (False, "coil 0", False)
    assert told.by == campus.technician


def test_a_switch_that_answers_twice_does_it_once(campus, device):
    switch = a_switch(campus, device)
    device.misbehaves = lambda packet: packet * 2
    unsafe(campus)
    told = plan(campus, switch)
    carried(told)
    assert (life(told), device.coil) == (["planned", "sent", "confirmed"], False)


def test_a_switch_that_answers_too_late_is_read_and_found_done(campus, device):
    switch = a_switch(campus, device)
    answers = iter([0.6])

    def late(packet: bytes) -> bytes:
        time.sleep(next(answers, 0))
        return packet

    device.misbehaves = late
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert (end.state, end.reads_on, device.coil) == ("confirmed", False, False)


def test_a_switch_that_never_answers_is_given_up_and_nobody_says_that_it_is_cut(campus, device):
    switch = a_switch(campus, device)
    device.misbehaves = lambda packet: b""
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert life(told) == ["planned", *["sent", "failed"] * 3, "given_up"]
    assert end.reads_on is None


def test_a_switch_that_says_yes_and_does_nothing_is_given_up_with_what_it_reads(campus, device):
    switch = a_switch(campus, device)
    device.is_stuck = True
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert (end.state, end.reads_on) == ("given_up", True)


def test_a_switch_that_comes_back_is_told_again(campus, device):
    switch = a_switch(campus, device)
    silent = iter([b""] * 2)
    device.misbehaves = lambda packet: next(silent, packet)
    unsafe(campus)
    told = plan(campus, switch)
    assert carried(told).state == "confirmed"
    assert life(told)[:3] == ["planned", "sent", "failed"]


def test_a_coil_wired_the_other_way_cuts_by_one(campus, device):
    switch = a_switch(campus, device, supplied_when=False)
    unsafe(campus)
    end = carried(plan(campus, switch))
    assert (end.state, end.reads_on, device.coil) == ("confirmed", False, True)


def test_a_worker_that_died_after_sending_leaves_what_the_next_reads_first(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    told = plan(campus, switch)
    switching.step(told, "sent", at=at("2026-03-04"), number=2)
    device.moved(is_set=False)  # it had arrived
    before = len(device.requests)
    assert carried(told).state == "confirmed"
    assert len(device.requests) == before + 1  # read once, written never again


# ---------------------------------------------------------------- never cut
@pytest.mark.parametrize("protects", ["fire", "life"])
def test_what_protects_is_never_cut_not_by_the_action_nor_in_the_database(campus, device, protects):
    unsafe(campus)  # before anybody knew what hangs on it
    switch = a_switch(campus, device, protects=protects)
    with pytest.raises(NeverCut):
        plan(campus, switch)
    with pytest.raises(IntegrityError, match="fire or keeps"), transaction.atomic():
        SwitchCommand.objects.create(
            organisation=campus.campus, switch=switch, is_on=False, reason="x", at=at("2026-03-04")
        )
    assert carried(plan(campus, switch, is_trial=True)).state == "tried"
    assert device.coil is True


def test_what_was_marked_after_the_plan_is_not_cut_either(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    told = plan(campus, switch)
    type(switch).objects.filter(pk=switch.pk).update(protects="fire")  # by whatever door
    with pytest.raises(IntegrityError, match="fire or keeps"), transaction.atomic():
        switching.step(told, "sent", at=at("2026-03-04"), number=2)
    end = carried(SwitchCommand.objects.get(pk=told.pk))
    assert (end.state, device.requests) == ("given_up", [])


# ---------------------------------------------------------------- the record decides
def test_a_switch_does_what_the_record_says_and_nothing_else(campus, device):
    switch = a_switch(campus, device)
    with pytest.raises(AgainstTheRecord):
        plan(campus, switch)  # nothing stops the supply
    stop = unsafe(campus)
    with pytest.raises(AgainstTheRecord):
        plan(campus, switch, is_on=True)
    told = plan(campus, switch)
    end_safety_stop(viewer=campus.technician, stop=stop, on=ON, reason="修复", at=at("2026-03-04"))
    end = carried(told)  # restored before the worker came
    assert (end.state, device.requests) == ("given_up", [])


def test_a_plan_is_held_released_withdrawn_and_then_nothing_is_sent(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    told = plan(campus, switch)
    deed = {"viewer": campus.technician, "command": told, "at": at("2026-03-04")}
    switching.hold_switching(reason="现场有人", **deed)
    assert carried(told).state == "held"
    with pytest.raises(CommandUnderWay):
        plan(campus, switch)
    switching.release_switching(reason="人已撤离", **deed)
    switching.withdraw_switching(reason="改为现场操作", **deed)
    assert (carried(told).state, device.requests) == ("withdrawn", [])
    with pytest.raises(CannotFollow):
        switching.hold_switching(reason="—", **deed)


def test_a_trial_reads_and_acts_on_nothing(campus, device):
    switch = a_switch(campus, device)
    told = plan(campus, switch, is_trial=True)
    end = carried(told)
    assert (life(told), end.reads_on, device.coil) == (["planned", "tried"], True, True)


def test_what_was_switched_is_undone_once(campus, device):
    switch = a_switch(campus, device)
    stop = unsafe(campus)
    told = plan(campus, switch)
    undo = {"viewer": campus.technician, "command": told, "reason": "误操作", "at": at("2026-03-04")}
    with pytest.raises(NothingToUndo):
        switching.undo_switching(**undo)  # nothing was done yet
    carried(told)
    with pytest.raises(AgainstTheRecord):
        switching.undo_switching(**undo)  # the stop still holds
    end_safety_stop(viewer=campus.technician, stop=stop, on=ON, reason="修复", at=at("2026-03-04"))
    back = switching.undo_switching(**undo)
    assert (carried(back).state, device.coil, back.undoes) == ("confirmed", True, told)
    with pytest.raises(NothingToUndo):
        switching.undo_switching(**undo | {"command": SwitchCommand.objects.get(pk=told.pk)})


# ---------------------------------------------------------------- who, and where
def test_6_another_office_tells_no_switch(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    with pytest.raises(NotTheOperator):
        switching.plan_switching(
            viewer=campus.officer, switch=switch, is_on=False, is_trial=False, reason="x", at=at("2026-03-04")
        )


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "127.0.0.1.nip.io", "::1"])
def test_no_address_is_called_but_in_the_networks_that_the_operator_named(campus, device, host):
    with pytest.raises(SwitchAddressRefused):
        a_switch(campus, device, host=host)


def test_steps_are_written_once_and_stay(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    told = plan(campus, switch)
    with pytest.raises(IntegrityError), transaction.atomic():
        switching.step(told, "sent", at=at("2026-03-04"), number=1)
    with pytest.raises(IntegrityError, match="confirmed_by_reading"), transaction.atomic():
        SwitchStep.objects.create(
            command=told, organisation=campus.campus, number=2, state="confirmed", at=at("2026-03-04")
        )


# ------------------------------------------------------------- 53, 54: lights by the sun, half of them off at 23:30
def lit(campus, device, *, follows="timetable", dense=True, **more):
    """Street lights in Guilin: on 4 March 2026 the sun sets at 18:46 and rises at 6:48."""
    from tests.supply.school import govern

    govern(campus, campus.shop, f"street-lights dense={'true' if dense else 'false'}", first_on="2026-03-01")
    return a_switch(campus, device, follows=follows, **more)


def clock(text):
    from tests.supply.school import moment

    return moment(f"2026-03-04 {text}")


def followed(text):
    """What the switches are told at a time of the evening, and carried out."""
    told = switching.follow_timetables(now=clock(text))
    for one in told:
        carrying.carry_out(one, now=lambda: clock(text))
    return [(one.is_on, one.reason) for one in told]


def test_53_street_lights_go_on_and_off_with_the_sun(campus, device):
    lit(campus, device, dense=False)
    assert followed("18:30") == [(False, "师政后勤〔2016〕4号 第五十三条：路灯，关闭")]
    assert device.coil is False
    assert followed("18:31") == []  # it was told
    assert followed("19:00") == [(True, "师政后勤〔2016〕4号 第五十三条：路灯，全开")]
    assert device.coil is True
    assert followed("23:45") == []


def test_54_where_they_stand_densely_one_half_is_off_after_half_past_eleven(campus, device):
    lit(campus, device, follows="half")
    assert followed("23:29") == [(True, "师政后勤〔2016〕4号 第五十三条：路灯，全开")]
    assert followed("23:30") == [(False, "师政后勤〔2016〕4号 第五十四条：路灯，关闭一半")]
    assert device.coil is False
    SupplySwitch.objects.update(follows="timetable")  # the other half
    assert followed("23:31") == [(True, "师政后勤〔2016〕4号 第五十四条：路灯，关闭一半")]


def test_a_light_is_not_told_against_its_timetable_and_stays_off_while_its_supply_is_stopped(campus, device):
    switch = lit(campus, device, dense=False)
    followed("19:00")
    with pytest.raises(AgainstTheTimetable):
        plan_at(campus, switch, "20:00", is_on=False)
    unsafe(campus)
    plan_at(campus, switch, "20:01", is_on=False)
    assert followed("20:02") == []  # the timetable wants it on, the record has it stopped


def test_what_protects_does_not_follow_and_a_place_without_timetable_is_left_as_it_is(campus, device):
    switch = lit(campus, device, dense=False, protects="fire")
    assert followed("12:00") == []  # it would be cut
    assert device.coil is True
    SupplySwitch.objects.filter(pk=switch.pk).delete()
    a_switch(campus, device, follows="timetable")
    PlaceTimetable.objects.all().delete()
    assert followed("12:01") == []


def plan_at(campus, switch, text, *, is_on):
    return switching.plan_switching(
        viewer=campus.technician, switch=switch, is_on=is_on, is_trial=False, reason="检修", at=clock(text)
    )


def test_6_only_who_has_usage_points_is_offered_as_the_owner_of_a_switch(campus, device):
    """The centre works for its campus: the points are the campus's, so the campus is offered and the office is not."""
    offered = SWITCH["organisation"].among(Scope(campus.technician, None, ON))
    assert list(offered) == [campus.campus]
    assert a_switch(campus, device).organisation == campus.campus


def test_an_address_that_is_not_allowed_says_whom_to_ask_for_what(campus, device, settings):
    settings.SWITCH_NETWORKS = []
    with pytest.raises(SwitchAddressRefused) as refused:
        a_switch(campus, device)
    assert "系统管理员" in refused.value.say("zh")
    assert "administrator of the server" in refused.value.say("en")
