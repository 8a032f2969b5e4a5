"""What a register showed at a moment: entered by hand or from a file, and taken back where it was wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.actions.running_on import Neighbour, must_run_on
from tongdian.metering.fields import TIMED_READING, TIMED_TAKEN_BACK
from tongdian.metering.models import Meter, MeterInstallation, TimedReading
from tongdian.metering.rules import (
    READ,
    MomentToCome,
    NotInPlace,
    NotReadThatMoment,
    ReadThatMoment,
    must_fit_register,
)
from tongdian.registers.action import action


@action("read-meter-at", may=READ, within="meter.organisation", fields=TIMED_READING)
def read_meter_at(
    *,
    viewer: Any,
    meter: Meter,
    read_at: dt.datetime,
    value: Decimal,
    at: dt.datetime,
    turned: bool = False,
    is_demo: bool = False,
) -> TimedReading:
    """Enter what a meter showed at a moment. The same figure again is the one that stands.

    Raises MomentToCome, NotInPlace, BeyondRegister, FinerThanRegister, ReadThatMoment, WentBack, TurnTooLarge,
    PassesNext.
    """
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    hung = must_be_readable(meter, read_at, value, at)
    said = _versions(meter, read_at)
    if said and said[0].value is not None:
        if (said[0].value, said[0].turned) != (value, turned):
            raise ReadThatMoment(
                moment=TIMED_READING["read_at"].said(read_at, "zh"), value=queries.shown(said[0].value, meter)
            )
        return said[0]
    _must_run_on(meter, hung, read_at, value, turned=turned)
    return TimedReading.objects.create(
        meter=meter, read_at=read_at, version=said[0].version + 1 if said else 1, value=value, turned=turned,
        is_demo=is_demo, at=at, by_id=getattr(viewer, "pk", None),
    )  # fmt: skip


@action("take-timed-reading-back", may=READ, within="meter.organisation", fields=TIMED_TAKEN_BACK)
def take_timed_reading_back(
    *, viewer: Any, meter: Meter, read_at: dt.datetime, reason: str, at: dt.datetime
) -> TimedReading:
    """The reading of a moment counts no more, and stays readable. Raises NotReadThatMoment."""
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    said = _versions(meter, read_at)
    if not said or said[0].value is None:
        raise NotReadThatMoment(meter=meter, moment=TIMED_READING["read_at"].said(read_at, "zh"))
    return TimedReading.objects.create(
        meter=meter, read_at=read_at, version=said[0].version + 1, value=None, reason=reason,
        is_demo=said[0].is_demo, at=at, by_id=getattr(viewer, "pk", None),
    )  # fmt: skip


def must_be_readable(
    meter: Meter, read_at: dt.datetime, value: Decimal, at: dt.datetime
) -> MeterInstallation:
    """Where the meter hung then, whichever door the figure comes by. Raises MomentToCome, NotInPlace, BeyondRegister,
    FinerThanRegister."""
    if read_at > at:
        raise MomentToCome(moment=TIMED_READING["read_at"].said(read_at, "zh"))
    must_fit_register(value, digits=int(meter.digits), decimals=int(meter.decimals))
    day = legal_day(read_at)
    hung = queries.where(meter, day)
    if hung is None:
        raise NotInPlace(meter=meter, day=day).about("read_at")
    return hung


def _versions(meter: Meter, read_at: dt.datetime) -> list[TimedReading]:
    return list(TimedReading.objects.filter(meter=meter, read_at=read_at).order_by("-version"))


def _must_run_on(
    meter: Meter, hung: MeterInstallation, read_at: dt.datetime, value: Decimal, *, turned: bool
) -> None:
    """Raise WentBack, TurnTooLarge or PassesNext by the readings before and after the moment."""
    rows = [one for one in queries.timed(meter) if legal_day(one.read_at) >= hung.fitted_on]
    before = next((one for one in reversed(rows) if one.read_at < read_at), None)
    after = next((one for one in rows if one.read_at > read_at), None)
    must_run_on(meter, value, turned=turned, before=_beside(before), after=_beside(after))


def _beside(row: TimedReading | None) -> Neighbour | None:
    if row is None or row.value is None:
        return None
    return Neighbour(row.value, row.turned, TIMED_READING["read_at"].said(row.read_at, "zh"))
