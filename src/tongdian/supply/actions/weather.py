"""The temperature outside: entered by hand, or read from where a weather service publishes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings

from tongdian.allowed import Program
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.registers.action import action, put
from tongdian.registers.dated import DayTaken
from tongdian.supply.entries import TEMPERATURE
from tongdian.supply.models import OutdoorTemperature
from tongdian.supply.refusing import CountedToCome, DayToldAlready, WeatherUnread
from tongdian.supply.rules import EDIT
from tongdian.supply.transports import published


@action("enter-temperature", may=EDIT, within="organisation", fields=TEMPERATURE)
def enter_temperature(
    *,
    viewer: Any,
    organisation: Organisation,
    measured_at: dt.datetime,
    celsius: Decimal,
    station: str,
    at: dt.datetime,
    is_demo: bool = False,
) -> OutdoorTemperature:
    """Enter a temperature. Raises CountedToCome, DayTaken."""
    if measured_at > at:
        raise CountedToCome().about("measured_at")
    rows = OutdoorTemperature.objects.filter(organisation=organisation)
    if rows.filter(measured_at=measured_at).exists():
        raise DayTaken(name=TEMPERATURE["measured_at"].title, day=f"{measured_at:%Y-%m-%d %H:%M}").about(
            "measured_at"
        )
    return OutdoorTemperature.objects.create(
        organisation=organisation, measured_at=measured_at, celsius=celsius, station=station, is_demo=is_demo
    )


@action(
    "correct-temperature",
    may=EDIT,
    within="temperature.organisation",
    fields=TEMPERATURE.changing,
    of="temperature",
)
def correct_temperature(
    *, viewer: Any, temperature: OutdoorTemperature, celsius: Decimal, station: str, at: dt.datetime
) -> OutdoorTemperature:
    """Mend a slip on the day: afterwards acts may rest on it. Raises DayToldAlready."""
    day = legal_day(temperature.measured_at)
    if day != legal_day(at):
        raise DayToldAlready(day=day, today=legal_day(at)).about("celsius")
    return put(temperature, celsius=celsius, station=station)


def read_weather(*, at: dt.datetime) -> list[OutdoorTemperature]:
    """What the places that the operator named publish now, where it is new. One that says nothing that can be read is
    left out: no temperature is assumed."""
    found = []
    for short, address in settings.WEATHER.items():
        organisation = Organisation.objects.filter(short=short).first()
        if organisation is None:
            continue
        try:
            said = published(address)
            found.append(
                enter_temperature(
                    viewer=Program(), organisation=organisation, measured_at=said.measured_at, celsius=said.celsius,
                    station=said.station, at=at,
                )
            )  # fmt: skip
        except (WeatherUnread, DayTaken, CountedToCome):
            continue
    return found
