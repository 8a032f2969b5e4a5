"""Reaching a switch: a Modbus TCP coil, or the relay of a meter that speaks DL/T 645-2007 behind a serial converter. One
connection for each request, so that an answer that comes late or twice is never taken for that of the next one. And
reading what a weather service publishes: a file that somebody writes, or an
address that answers, both JSON of one reading: `{"measured_at": "2026-03-04T10:00:00+08:00", "celsius": "18.4",
"station": "…"}`."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu.bit_message import ReadCoilsResponse, WriteSingleCoilResponse

from tongdian.calendar import SHANGHAI
from tongdian.personal import decrypt
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.supply.fields import TEMPERATURE
from tongdian.supply.models import SupplySwitch
from tongdian.supply.refusing import SwitchAddressRefused, WeatherUnread
from tongdian.supply.rules import ORDER_MINUTES, PATIENCE_SECONDS, SETTLING_SECONDS, SwitchProtocol

MOST_SAID = 200


class SwitchAnswer(NamedTuple):
    """What a switch answered: whether it reads as supplying, None where it said nothing that can be read; and in
    words what it said, or how the request failed."""

    is_on: bool | None
    said: str


def check_switch_address(host: str) -> str:
    """The address as it is written in one way alone, so that one device has one. Raises SwitchAddressRefused unless it is
    in a network that the operator named for switches."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise SwitchAddressRefused(host=host) from None
    address = getattr(address, "ipv4_mapped", None) or address
    networks = [ipaddress.ip_network(one) for one in settings.SWITCH_NETWORKS]
    if not any(address.version == one.version and address in one for one in networks):
        raise SwitchAddressRefused(host=host)
    return str(address)


def tell(switch: SupplySwitch, *, is_on: bool, at: dt.datetime) -> SwitchAnswer:
    """Have it supply or cut, at an instant. The answer proves nothing: whoever asked reads it back. Never raises for what
    the device does."""
    check_switch_address(switch.host)  # it may have been entered when another network was named
    if switch.protocol == SwitchProtocol.DLT645:
        return _MeterRelay(switch).tell(is_on=is_on, at=at)
    value = is_on is switch.supplied_when
    with _Device(switch) as device:
        return device.ask(
            lambda client, unit: client.write_coil(_coil_of(switch), value, device_id=unit),
            answered_by=WriteSingleCoilResponse,
        )


def read(switch: SupplySwitch) -> SwitchAnswer:
    """Read whether it supplies. Never raises for what the device does."""
    check_switch_address(switch.host)
    if switch.protocol == SwitchProtocol.DLT645:
        return _MeterRelay(switch).read()
    with _Device(switch) as device:
        return device.ask(
            lambda client, unit: client.read_coils(_coil_of(switch), count=1, device_id=unit),
            answered_by=ReadCoilsResponse,
        )


def _coil_of(switch: SupplySwitch) -> int:
    assert switch.coil is not None  # the database holds it of whatever speaks Modbus
    return int(switch.coil)


def _unit_of(switch: SupplySwitch) -> int:
    assert switch.unit is not None
    return int(switch.unit)


class _Device:
    """A connection to the device of a coil, for one request."""

    def __init__(self, switch: SupplySwitch) -> None:
        self._switch = switch
        self._client = ModbusTcpClient(
            switch.host, port=int(switch.port), timeout=PATIENCE_SECONDS, retries=0
        )

    def __enter__(self) -> _Device:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def ask(self, request: object, *, answered_by: type) -> SwitchAnswer:
        """What it answers to a request. The library takes whatever bears the number of the request for its answer; what
        says that something was written is none to a question what stands there."""
        try:
            if not self._client.connect():  # type: ignore[no-untyped-call]
                return SwitchAnswer(None, "no connection")
            reply = request(self._client, _unit_of(self._switch))  # type: ignore[operator]
        except (ModbusException, OSError) as failed:
            return SwitchAnswer(None, legible(f"{type(failed).__name__}: {failed}")[:MOST_SAID])
        if reply.isError():
            return SwitchAnswer(None, legible(str(reply))[:MOST_SAID])
        if not isinstance(reply, answered_by):
            return SwitchAnswer(None, f"answered with function {reply.function_code}, which was not asked")
        if answered_by is WriteSingleCoilResponse:
            return SwitchAnswer(None, "accepted")
        bits = getattr(reply, "bits", None)
        if not bits:
            return SwitchAnswer(None, "read, and said nothing")
        return SwitchAnswer(bool(bits[0]) is self._switch.supplied_when, f"coil {int(bool(bits[0]))}")


CONTROL, READ_DATA = 0x1C, 0x11  # 跳合闸、报警、保电; 读数据
TRIP, CLOSE = 0x1A, 0x1C  # N1: 跳闸; 直接合闸
IS_ANSWER, IS_REFUSAL, CODE = 0x80, 0x40, 0x1F  # bits of the control code
STATE_WORD_3 = bytes.fromhex("03050004")  # 04000503, its lowest byte first
RELAY_IS_OPEN = 0x10  # bit 4
OPERATOR = bytes(4)  # who acted stands in our own record
MOST_ANSWERED = 4096
REFUSALS = {
    0x01: "other error",
    0x02: "no such data",
    0x04: "password wrong or not authorised",
}  # bits of the one byte of a refusal


class _MeterRelay:
    """The relay of a meter, by DL/T 645-2007 with the control code 1CH of its supplement of 2010, through a converter that
    passes bytes on. Frames are made and read by the library `dlt645`, which has no such command of its own and is loaded
    when first needed: its tables take a second and some 290 MB."""

    def __init__(self, switch: SupplySwitch) -> None:
        self._switch = switch
        self._address = bytes.fromhex(switch.meter_address)[::-1]  # the lowest byte first

    def tell(self, *, is_on: bool, at: dt.datetime) -> SwitchAnswer:
        """Have it close or open, which lapses some minutes after `at` if a converter held it back. Waits while it
        moves."""
        until = (at + dt.timedelta(minutes=ORDER_MINUTES)).astimezone(SHANGHAI)
        answer = self._ask(
            CONTROL,
            bytes.fromhex(decrypt(self._switch.password))
            + OPERATOR
            + bytes([CLOSE if is_on else TRIP, 0])
            + bytes.fromhex(f"{until:%S%M%H%d%m%y}"),
        )
        if isinstance(answer, str):
            return SwitchAnswer(None, answer)
        time.sleep(SETTLING_SECONDS)
        return SwitchAnswer(None, "accepted")

    def read(self) -> SwitchAnswer:
        """Read its state word 3."""
        answer = self._ask(READ_DATA, STATE_WORD_3)
        if isinstance(answer, str):
            return SwitchAnswer(None, answer)
        if len(answer) != len(STATE_WORD_3) + 2:
            return SwitchAnswer(None, f"state word of {len(answer) - len(STATE_WORD_3)} bytes")
        is_open = bool(answer[len(STATE_WORD_3)] & RELAY_IS_OPEN)
        return SwitchAnswer(not is_open, "relay open" if is_open else "relay closed")

    def _ask(self, code: int, data: bytes) -> bytes | str:
        """The data of the answer to a request, or in words why there is none."""
        from dlt645.protocol.protocol import DLT645Protocol

        until = time.monotonic() + PATIENCE_SECONDS
        try:
            with socket.create_connection(
                (self._switch.host, int(self._switch.port)), PATIENCE_SECONDS
            ) as line:
                line.sendall(DLT645Protocol.build_frame(self._address, code, data))
                left = b""
                while (patience := until - time.monotonic()) > 0:
                    line.settimeout(patience)
                    arrived = line.recv(1024)
                    if not arrived:
                        return "closed the connection"
                    left += arrived
                    while True:
                        left, frame = DLT645Protocol.deserialize_with_remaining(left)
                        if frame is None:
                            break
                        said = self._answer(frame, code, data)
                        if said is not None:
                            return said
                    if len(left) > MOST_ANSWERED:
                        return "no end of an answer"
        except TimeoutError:
            pass
        except OSError as failed:
            return legible(f"no connection: {type(failed).__name__}")[:MOST_SAID]
        return "no answer"

    def _answer(self, frame: Any, code: int, asked: bytes) -> bytes | str | None:
        """What a frame says to a request; None of one that is no answer to it: another meter's, our own come back as on
        two wires, a late one to something else."""
        if (
            bytes(frame.addr) != self._address
            or not frame.ctrl_code & IS_ANSWER
            or frame.ctrl_code & CODE != code
        ):
            return None
        data = bytes(frame.data)
        if frame.ctrl_code & IS_REFUSAL:
            bits = data[0] if data else 0
            return "refused: " + (
                ", ".join(text for bit, text in REFUSALS.items() if bits & bit) or f"{bits:02X}H"
            )
        if code == READ_DATA and not data.startswith(asked):
            return None
        return data


MOST_BYTES = 100_000


class WeatherReading(NamedTuple):
    """A temperature, when it was measured, and who says so."""

    measured_at: dt.datetime
    celsius: Decimal
    station: str


def published(address: str) -> WeatherReading:
    """What stands at `http://…`, `https://…` or the path of a file. Raises WeatherUnread."""
    try:
        said = json.loads(_text(address), parse_float=str, parse_int=str)
        return WeatherReading(*(TEMPERATURE[name].read(str(said[name])) for name in WeatherReading._fields))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Refusal) as failed:
        raise WeatherUnread(address=address, problem=f"{type(failed).__name__}") from failed


def _text(address: str) -> bytes:
    if not address.startswith(("http://", "https://")):
        with Path(address).open("rb") as file:
            return file.read(MOST_BYTES)
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310  # http alone, by the operator
        found: bytes = reply.read(MOST_BYTES)
        return found
