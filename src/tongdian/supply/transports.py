"""Reaching a switch by Modbus TCP: one connection for each request, so that an answer that comes late or twice is
never taken for that of the next one. And reading what a weather service publishes: a file that somebody writes, or an
address that answers, both JSON of one reading: `{"measured_at": "2026-03-04T10:00:00+08:00", "celsius": "18.4",
"station": "…"}`."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.supply.fields import TEMPERATURE
from tongdian.supply.models import SupplySwitch
from tongdian.supply.refusing import SwitchAddressRefused, WeatherUnread
from tongdian.supply.rules import PATIENCE_SECONDS

MOST_SAID = 200


class SwitchAnswer(NamedTuple):
    """What a switch answered: whether it reads as supplying, None where it said nothing that can be read; and in
    words what it said, or how the request failed."""

    is_on: bool | None
    said: str


def check_switch_address(host: str) -> None:
    """Raises SwitchAddressRefused unless it is an address in a network that the operator named for switches."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise SwitchAddressRefused(host=host) from None
    networks = [ipaddress.ip_network(one) for one in settings.SWITCH_NETWORKS]
    if not any(address.version == one.version and address in one for one in networks):
        raise SwitchAddressRefused(host=host)


def tell(switch: SupplySwitch, *, is_on: bool) -> SwitchAnswer:
    """Write the coil. The answer proves nothing: whoever asked reads it back. Never raises for what the device does."""
    value = is_on is switch.supplied_when
    with _Device(switch) as device:
        return device.ask(lambda client, unit: client.write_coil(int(switch.coil), value, device_id=unit))


def read(switch: SupplySwitch) -> SwitchAnswer:
    """Read the coil. Never raises for what the device does."""
    with _Device(switch) as device:
        return device.ask(lambda client, unit: client.read_coils(int(switch.coil), count=1, device_id=unit))


class _Device:
    """A connection to the device of a switch, for one request."""

    def __init__(self, switch: SupplySwitch) -> None:
        check_switch_address(switch.host)  # it may have been entered when another network was named
        self._switch = switch
        self._client = ModbusTcpClient(
            switch.host, port=int(switch.port), timeout=PATIENCE_SECONDS, retries=0
        )

    def __enter__(self) -> _Device:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def ask(self, request: object) -> SwitchAnswer:
        """What it answers to a request."""
        try:
            if not self._client.connect():  # type: ignore[no-untyped-call]
                return SwitchAnswer(None, "no connection")
            reply = request(self._client, int(self._switch.unit))  # type: ignore[operator]
        except (ModbusException, OSError) as failed:
            return SwitchAnswer(None, legible(f"{type(failed).__name__}: {failed}")[:MOST_SAID])
        if reply.isError():
            return SwitchAnswer(None, legible(str(reply))[:MOST_SAID])
        bits = getattr(reply, "bits", None)
        if not bits:
            return SwitchAnswer(None, "accepted")
        return SwitchAnswer(bool(bits[0]) is self._switch.supplied_when, f"coil {int(bool(bits[0]))}")


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
