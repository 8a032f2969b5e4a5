"""One command that fails keeps no other from its end; what is urgent does not wait for dead lamps; what answers something
else has confirmed nothing; a light that was given up is told again, the later the more often it was in vain."""

import datetime as dt
import time

import pytest
from pymodbus.pdu.bit_message import WriteSingleCoilResponse

from tests.supply import test_protection
from tests.supply.test_switching import a_device, a_switch, carried, clock, life, lit, plan, unsafe
from tongdian.states import CannotFollow
from tongdian.supply import transports
from tongdian.supply.actions import carrying, switching
from tongdian.supply.models import SupplySwitch, SwitchCommand
from tongdian.supply.queries import switching as queries

pytestmark = pytest.mark.django_db
campus, device = test_protection.campus, test_protection.device  # fixtures


def told(campus, switch, *, is_on=False, by=None, at=clock("20:00")):
    """A command that waits, whoever gave it."""
    made = SwitchCommand.objects.create(
        organisation=campus.campus, switch=switch, is_on=is_on, reason="x", at=at, by=by
    )
    switching.step(made, "planned", at=at, number=1)
    return made


def waiting_carried(text="20:00"):
    return carrying.carry_out_waiting(now=lambda: clock(text))


# ---------------------------------------------------------------- a known state, and no other waits for it
def test_a_switch_outside_the_networks_is_given_up_with_the_reason_and_keeps_no_other(
    campus, device, settings
):
    outside = a_switch(campus, device, host="127.0.1.1")
    inside = a_switch(campus, device, code="K2")
    unsafe(campus)
    first, second = plan(campus, outside), plan(campus, inside)
    settings.SWITCH_NETWORKS = ["127.0.0.0/24"]  # another network is named by now
    assert waiting_carried() == 2
    assert (life(first), life(second)[-1]) == (["planned", "given_up"], "confirmed")
    assert "127.0.1.1" in queries.last_step(first).said
    settings.SWITCH_NETWORKS = ["127.0.0.0/8"]
    plan(campus, outside)  # nothing is under way any more


def test_what_was_sent_before_the_network_changed_ends_too(campus, device, settings):
    switch = a_switch(campus, device)
    unsafe(campus)
    one = plan(campus, switch)
    switching.step(one, "sent", at=clock("20:00"), number=2)  # a worker died here
    settings.SWITCH_NETWORKS = []
    waiting_carried()
    assert life(one) == ["planned", "sent", "failed", "given_up"]


def test_a_command_that_breaks_the_program_is_given_up_and_the_others_are_carried_out(
    campus, device, monkeypatch
):
    broken, sound = a_switch(campus, device), a_switch(campus, device, code="K2", coil=4)
    unsafe(campus)
    first, second = plan(campus, broken), plan(campus, sound)
    as_ever = transports.read

    def read(switch):
        if switch.pk == broken.pk:
            raise RuntimeError("a fault of the program, not of the device")
        return as_ever(switch)

    monkeypatch.setattr(carrying, "read", read)
    assert waiting_carried() == 2
    assert life(first) == ["planned", "sent", "failed", "given_up"]
    assert (queries.last_step(first).said, life(second)[-1]) == ("RuntimeError", "confirmed")


def test_what_failed_may_be_withdrawn_before_it_is_tried_again(campus, device):
    switch = a_switch(campus, device)
    unsafe(campus)
    one = plan(campus, switch)
    deed = {"viewer": campus.technician, "command": one, "reason": "现场有人", "at": clock("20:00")}
    switching.step(one, "sent", at=clock("20:00"), number=2)
    with pytest.raises(CannotFollow):  # nobody knows what became of it
        switching.withdraw_switching(**deed)
    switching.step(one, "failed", at=clock("20:00"), number=3)
    switching.withdraw_switching(**deed)
    assert (carried(one).state, device.requests) == ("withdrawn", [])


# ---------------------------------------------------------------- what is urgent
def test_first_what_is_not_safe_then_what_somebody_asked_for_then_the_lights(campus, device):
    switches = [a_switch(campus, device, code=f"K{n}", coil=n) for n in range(3)]
    lamp = told(campus, switches[0], is_on=True)
    by_hand = told(campus, switches[1], is_on=True, by=campus.technician)
    unsafe(campus)
    cut = told(campus, switches[2], by=campus.technician)
    assert list(queries.unfinished(dt.date(2026, 3, 4))) == [cut, by_hand, lamp]


def test_a_cut_for_safety_does_not_wait_for_lamps_that_are_dead(campus, device, monkeypatch):
    """Ten dead lamps, each 3 tries of 2 answers that never come, 0.3 s each: 1.8 s a lamp, 18 s one after another. Six
    lines at most are theirs, so the cut is sent at once, and all is over in two rounds: some 3.6 s."""
    lamps = []
    with_silence = [a_device() for _ in range(10)]
    silent = [one.__enter__() for one in with_silence]
    try:
        for n, one in enumerate(silent):
            one.misbehaves = lambda packet: b""
            lamps.append(told(campus, a_switch(campus, one, code=f"L{n}", follows="timetable"), is_on=True))
        switch = a_switch(campus, device)
        monkeypatch.setattr(carrying, "must_be_on_record", lambda *_, **__: None)
        times, as_ever = {}, carrying.step

        def step(command, state, **more):
            times[command.pk, str(state)] = time.monotonic()
            return as_ever(command, state, **more)

        monkeypatch.setattr(carrying, "step", step)
        unsafe(campus)
        cut = told(campus, switch, by=campus.technician)
        began = time.monotonic()
        assert waiting_carried() == 11
        assert times[cut.pk, "confirmed"] < min(times[one.pk, "given_up"] for one in lamps)
        assert time.monotonic() - began < 12  # 18 s one after another
    finally:
        for one in with_silence:
            one.__exit__(None, None, None)


def test_a_device_is_spoken_to_about_one_thing_at_a_time(campus, device, monkeypatch):
    for n in range(4):
        told(campus, a_switch(campus, device, code=f"K{n}", coil=n), is_on=True, by=campus.technician)
    at_once, most, as_ever = 0, 0, transports.read

    def read(switch):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        try:
            return as_ever(switch)
        finally:
            at_once -= 1

    monkeypatch.setattr(carrying, "read", read)
    assert (waiting_carried(), most) == (4, 1)


# ---------------------------------------------------------------- what answers something else
def test_the_echo_of_a_write_is_no_reading_whatever_number_it_bears(campus, device):
    """A device that never moves answers a question what stands there with "written: 0", as late replies do that bear the
    number of what was asked last."""
    switch = a_switch(campus, device)
    device.is_stuck = True

    def echoes(packet: bytes) -> bytes:
        if packet[7] != 1:  # the function code of a question what stands there
            return packet
        echo = WriteSingleCoilResponse(address=3, bits=[False]).encode()
        return packet[:4] + (2 + len(echo)).to_bytes(2, "big") + packet[6:7] + b"\x05" + echo

    device.misbehaves = echoes
    unsafe(campus)
    end = carried(plan(campus, switch))
    assert (end.state, end.reads_on, device.coil) == ("given_up", None, True)
    assert "function 5" in end.said


# ---------------------------------------------------------------- lights that were given up
def evening(text, day="04"):
    from tests.supply.school import moment

    return moment(f"2026-03-{day} {text}")


def followed_at(at):
    made = switching.follow_timetables(now=at)
    for one in made:
        carrying.carry_out(one, now=lambda: at)
    return len(made)


def test_a_light_that_was_given_up_is_told_again_the_later_the_more_often(campus, device):
    lit(campus, device, dense=False)
    device.misbehaves = lambda packet: b""
    assert followed_at(clock("19:00")) == 1
    assert followed_at(clock("19:04")) == 0  # five minutes after it was given up, not each minute
    assert followed_at(clock("19:05")) == 1
    assert followed_at(clock("19:34")) == 0  # then half an hour
    assert followed_at(clock("19:35")) == 1
    assert followed_at(clock("22:34")) == 0  # then every three hours
    device.misbehaves = lambda packet: packet  # it was mended
    assert followed_at(clock("22:35")) == 1
    assert queries.last_step(SwitchCommand.objects.latest("id")).state == "confirmed"
    assert followed_at(clock("23:00")) == 0


def test_a_light_whose_command_was_withdrawn_is_told_again_after_a_while(campus, device):
    lit(campus, device, dense=False)
    (one,) = switching.follow_timetables(now=clock("19:00"))
    switching.withdraw_switching(viewer=campus.technician, command=one, reason="检修", at=clock("19:01"))
    assert followed_at(clock("19:05")) == 0
    assert followed_at(clock("19:06")) == 1


def test_a_place_that_cannot_be_asked_about_keeps_no_other_from_its_timetable(campus, device, monkeypatch):
    broken = lit(campus, device, dense=False)
    a_switch(campus, device, code="K2", coil=4, follows="timetable")
    as_ever = queries.wanted_by_timetable

    def wanted(switch, at):
        if switch.pk == broken.pk:
            raise OverflowError("a day beyond what is published")
        return as_ever(switch, at)

    monkeypatch.setattr(queries, "wanted_by_timetable", wanted)
    assert [one.switch.code for one in switching.follow_timetables(now=clock("19:00"))] == ["K2"]
    assert SupplySwitch.objects.count() == 2
