"""Article 6: the utilities centre operates the supply, also by the relay of a meter (DL/T 645-2007, control code 1CH). A
meter that answers late, wrongly, twice or never ends in a known state. Against dlt645's own server on loopback, to which
the one command is added that the library lacks."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError, transaction
from dlt645 import DLT645Protocol, MeterServerService
from dlt645.common.transform import string_to_bcd

from tests.supply.test_switching import campus, carried, life, plan, unsafe  # noqa: F401  # campus is a fixture
from tongdian.audit_log.models import Entry
from tongdian.registers.fields import ANYWHERE, BadValue
from tongdian.supply.actions import switching
from tongdian.supply.entries import SWITCH
from tongdian.supply.models import SupplySwitch, SwitchStep
from tongdian.supply.refusing import NeverCut, SwitchAddressRefused
from tongdian.supply.refusing.protecting import OneDeviceOneSwitch

from tests.cases.conftest import at  # isort: skip

pytestmark = pytest.mark.django_db

ADDRESS, PASSWORD = "202603000417", "02123456"
STATE_WORD_3 = 0x04000503
CLOSED, OPEN = "0000", "0010"  # bit 4 of state word 3


class Meter(MeterServerService):
    """A meter with a relay. `misbehaves` is given each answer, and gives what is sent; `is_stuck`: it says yes and does
    nothing."""

    def __init__(self, server) -> None:
        super().__init__(server)
        self.set_address(bytes.fromhex(ADDRESS)[::-1])
        self.set_password(PASSWORD)
        self.behave()

    def behave(self) -> None:
        """Closed, asked nothing yet, answering as it should."""
        self.orders: list[bytes] = []
        self.requests = 0
        self.is_stuck = False
        self.misbehaves = lambda answer: answer
        self.set_04(STATE_WORD_3, CLOSED)

    def handle_request(self, frame):
        """What the library's server answers, and the control of the relay: 7.7 of the supplement of 2010."""
        self.requests += 1
        if frame.ctrl_code == 0x1C and bytes(frame.addr) == bytes(self.address):
            answer = self._controlled(frame)
        else:
            answer = super().handle_request(frame)
        return self.misbehaves(bytes(answer))

    def _controlled(self, frame) -> bytes:
        data = bytes(frame.data)
        if not self.password_manager.check_password(bytearray(data[:4])):
            return DLT645Protocol.build_frame(frame.addr, 0xDC, b"\x04")
        self.orders.append(data)
        if not self.is_stuck:
            self.set_04(STATE_WORD_3, OPEN if data[8] == 0x1A else CLOSED)
        return DLT645Protocol.build_frame(frame.addr, 0x9C, b"")

    @property
    def is_closed(self) -> bool:
        """Whether its relay lets power through."""
        return self.get_data_item(STATE_WORD_3).value == CLOSED


@pytest.fixture(scope="module")
def one_meter():
    """Made once: the library copies its list of data items for each meter, which takes two seconds."""
    made = Meter.new_tcp_server("127.0.0.1", 0, 2)
    try:
        yield made
    finally:
        made.server.stop()


@pytest.fixture
def meter(monkeypatch, one_meter):
    monkeypatch.setattr("tongdian.supply.transports.PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr("tongdian.supply.transports.SETTLING_SECONDS", 0)
    one_meter.behave()
    assert one_meter.server.start()  # a test may have stopped it
    return one_meter


def a_relay(campus, meter, **more):
    said = {
        "organisation": campus.campus,
        "usage_point": campus.point,
        "code": "D1",
        "protocol": "dlt645",
        "host": "127.0.0.1",
        "port": meter.server.port,
        "meter_address": ADDRESS,
        "password": PASSWORD,
    }
    return switching.add_switch(viewer=campus.technician, at=at("2026-03-02"), **said | more)


# ruff: noqa: F811
def test_a_relay_is_opened_and_confirmed_by_its_state_word(campus, meter):
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    assert meter.is_closed  # a plan acts on nothing
    end = carried(told)
    assert life(told) == ["planned", "sent", "confirmed"]
    assert (end.reads_on, end.said, meter.is_closed) == (False, "relay open", False)


def test_the_order_is_that_of_the_supplement_with_the_minute_until_which_it_holds(campus, meter):
    switch = a_relay(campus, meter)
    unsafe(campus)
    carried(plan(campus, switch))
    # level 02 and password 123456, operator 0, N1 = 1AH trip, N2 = 0; carried out at 10:00, so until 10:10:00 on 4 March
    assert at("2026-03-04").astimezone(dt.UTC).isoformat() == "2026-03-04T02:00:00+00:00"
    assert meter.orders == [bytes.fromhex("02123456000000001A00001010040326")]


def test_a_relay_is_closed_again_by_the_undoing(campus, meter):
    switch = a_relay(campus, meter)
    stop = unsafe(campus)
    told = plan(campus, switch)
    carried(told)
    from tongdian.supply.actions.stopping import end_safety_stop

    end_safety_stop(
        viewer=campus.technician, stop=stop, on=dt.date(2026, 3, 4), reason="修复", at=at("2026-03-04")
    )
    back = switching.undo_switching(
        viewer=campus.technician, command=told, reason="修复", at=at("2026-03-04")
    )
    end = carried(back)
    assert (end.state, end.reads_on, meter.is_closed) == ("confirmed", True, True)
    assert meter.orders[-1][8] == 0x1C  # closed at once, not only allowed


def test_a_meter_that_answers_twice_does_it_once_and_confirms(campus, meter):
    meter.misbehaves = lambda answer: answer * 2
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    carried(told)
    assert (life(told), len(meter.orders)) == (["planned", "sent", "confirmed"], 1)


def test_a_meter_that_answers_too_late_is_read_and_found_done(campus, meter):
    waits = iter([0.7])

    def late(answer: bytes) -> bytes:
        time.sleep(next(waits, 0))
        return answer

    meter.misbehaves = late
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert (life(told), end.reads_on) == (["planned", "sent", "confirmed"], False)


def test_a_meter_that_never_answers_is_given_up_and_nobody_says_that_it_is_cut(campus, meter):
    meter.misbehaves = lambda answer: b""
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert life(told) == ["planned", *["sent", "failed"] * 3, "given_up"]
    assert (end.reads_on, end.said) == (None, "no answer; no answer")


def test_a_meter_that_says_yes_and_does_nothing_is_given_up_with_what_it_reads(campus, meter):
    meter.is_stuck = True
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    end = carried(told)
    assert (end.state, end.reads_on, end.said) == ("given_up", True, "relay closed; accepted")


def test_a_wrong_password_is_given_up_with_what_the_meter_said(campus, meter):
    switch = a_relay(campus, meter, password="02000000")
    unsafe(campus)
    end = carried(plan(campus, switch))
    assert (end.state, end.reads_on, meter.orders) == ("given_up", True, [])
    assert end.said == "relay closed; refused: password wrong or not authorised"


def other_meter(answer: bytes) -> bytes:
    frame = DLT645Protocol.deserialize(answer)
    return bytes(DLT645Protocol.build_frame(bytes(6), frame.ctrl_code, bytes(frame.data)))


def other_code(answer: bytes) -> bytes:
    frame = DLT645Protocol.deserialize(answer)
    return bytes(DLT645Protocol.build_frame(frame.addr, 0x94, bytes(frame.data)))


def other_data(answer: bytes) -> bytes:
    frame = DLT645Protocol.deserialize(answer)
    return bytes(DLT645Protocol.build_frame(frame.addr, frame.ctrl_code, bytes(6)))


def own_echo(answer: bytes) -> bytes:
    """Two wires give back what was sent; its direction bit is 0."""
    frame = DLT645Protocol.deserialize(answer)
    return bytes(DLT645Protocol.build_frame(frame.addr, frame.ctrl_code & 0x7F, bytes(frame.data)))


@pytest.mark.parametrize(
    "wrong",
    [
        other_meter,
        other_code,
        other_data,
        own_echo,
        lambda answer: answer[:-2] + b"\x00\x16",
        lambda answer: b"\x68" * 300,
    ],
)
def test_what_is_no_answer_to_the_question_is_no_answer(campus, meter, wrong):
    """Of another meter, to another question, of other data, one's own frame, a wrong checksum, noise."""
    switch = a_relay(campus, meter)
    meter.misbehaves = wrong
    end = carried(plan(campus, switch, is_trial=True))
    assert (end.state, end.reads_on, end.said) == ("tried", None, "no answer")


def test_the_answer_is_found_behind_an_echo_and_noise(campus, meter):
    switch = a_relay(campus, meter)
    meter.misbehaves = lambda answer: b"\xfe\xfe\x68\x01" + own_echo(answer) + other_meter(answer) + answer
    end = carried(plan(campus, switch, is_trial=True))
    assert (end.reads_on, end.said) == (True, "relay closed")


def test_a_state_word_of_another_length_is_not_read(campus, meter):
    switch = a_relay(campus, meter)

    def short(answer: bytes) -> bytes:
        frame = DLT645Protocol.deserialize(answer)
        return bytes(DLT645Protocol.build_frame(frame.addr, frame.ctrl_code, bytes(frame.data)[:5]))

    meter.misbehaves = short
    end = carried(plan(campus, switch, is_trial=True))
    assert (end.reads_on, end.said) == (None, "state word of 1 bytes")


def test_a_meter_that_is_not_there_is_given_up(campus, meter):
    switch = a_relay(campus, meter)
    unsafe(campus)
    meter.server.stop()
    end = carried(plan(campus, switch))
    assert (end.state, end.reads_on) == ("given_up", None)
    assert "no connection" in end.said


# ---------------------------------------------------------------- never cut
@pytest.mark.parametrize("protects", ["fire", "life"])
def test_a_relay_that_protects_is_never_opened(campus, meter, protects):
    unsafe(campus)  # before anybody knew what hangs on it
    switch = a_relay(campus, meter, protects=protects)
    with pytest.raises(NeverCut):
        plan(campus, switch)
    told = plan(campus, switch, is_trial=True)
    assert (carried(told).state, meter.is_closed, meter.orders) == ("tried", True, [])


def test_a_relay_marked_after_the_plan_is_not_opened_either(campus, meter):
    switch = a_relay(campus, meter)
    unsafe(campus)
    told = plan(campus, switch)
    SupplySwitch.objects.filter(pk=switch.pk).update(protects="life")
    end = carried(type(told).objects.get(pk=told.pk))
    assert (end.state, meter.requests) == ("given_up", 0)


# ---------------------------------------------------------------- entered
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"meter_address": ""}, "meter_address"),
        ({"meter_address": "20260300041"}, "meter_address"),  # eleven digits
        ({"meter_address": "20260300041A"}, "meter_address"),
        ({"password": ""}, "password"),
        ({"password": "123456"}, "password"),  # without its level
        ({"unit": 1}, "unit"),
        ({"coil": 1}, "coil"),
        ({"supplied_when": False}, "supplied_when"),
        ({"protocol": "modbus"}, "unit"),
        ({"protocol": "modbus", "unit": 1, "coil": 3}, "meter_address"),
        ({"protocol": "modbus", "unit": 1, "coil": 3, "meter_address": ""}, "password"),
    ],
)
def test_each_protocol_is_told_what_it_asks_and_nothing_else(campus, meter, given, field):
    with pytest.raises(BadValue) as refused:
        a_relay(campus, meter, **given)
    assert refused.value.field == field
    assert PASSWORD not in f"{refused.value}"
    assert not SupplySwitch.objects.exists()


def test_the_database_holds_it_too(campus, meter):
    switch = a_relay(campus, meter)
    for wrong in (
        {"password": b""},
        {"meter_address": ""},
        {"coil": 1},
        {"protocol": "modbus"},
        {"supplied_when": False},
    ):
        with pytest.raises(IntegrityError, match="by_its_own_protocol"), transaction.atomic():
            SupplySwitch.objects.filter(pk=switch.pk).update(**wrong)


def test_a_meter_is_one_switch(campus, meter):
    a_relay(campus, meter)
    with pytest.raises(OneDeviceOneSwitch):
        a_relay(campus, meter, code="D2")


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost"])
def test_no_meter_is_called_outside_the_networks(campus, meter, host):
    with pytest.raises(SwitchAddressRefused):
        a_relay(campus, meter, host=host)


def test_the_password_stands_in_no_list_page_step_or_log(campus, meter, client):
    switch = a_relay(campus, meter)
    unsafe(campus)
    carried(plan(campus, switch))
    assert PASSWORD.encode() not in bytes(switch.password)
    client.force_login(campus.technician)
    assert SWITCH["password"].shown(switch, ANYWHERE) == "••••••••"  # in lists, exports and the API
    for address in ("", f"{switch.pk}/"):
        page = client.get(f"/supply/switches/{address}")
        assert page.status_code == 200
        assert PASSWORD not in page.content.decode("utf-8", "ignore")
    assert not [one for one in SwitchStep.objects.all() if PASSWORD in one.said]
    assert not [one for one in Entry.objects.all() if PASSWORD in str(one.payload)]


def test_a_password_left_empty_stays_and_goes_with_its_protocol(campus, meter):
    switch = a_relay(campus, meter)
    known = {"viewer": campus.technician, "at": at("2026-03-03"), "switch": switch}
    kept = bytes(switch.password)
    changed = switching.change_switch(port=8899, **known)
    assert (bytes(changed.password), changed.port) == (kept, 8899)
    other = switching.change_switch(protocol="modbus", unit=1, coil=4, meter_address="", **known)
    assert (other.protocol, bytes(other.password)) == ("modbus", b"")


def test_a_frame_is_what_the_library_s_client_and_server_read():
    """68 address(low first) 68 1C 10 data+33 checksum 16, as the standard's example is written."""
    frame = DLT645Protocol.build_frame(bytes.fromhex(ADDRESS)[::-1], 0x1C, bytes(16), 0)
    assert bytes(frame[:10]).hex() == "68170400032620681c10"
    assert bytes(string_to_bcd(PASSWORD)).hex() == PASSWORD  # the library's client sends it so: level first
