"""Readings are entered once for a day, and corrected by a further version with its reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import takewhile
from typing import Any

from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.actions.looking import look_at
from tongdian.metering.actions.running_on import Neighbour, must_run_on
from tongdian.metering.entries import READING
from tongdian.metering.fields import TAKEN_BACK
from tongdian.metering.findings import EnteredReading
from tongdian.metering.models import Meter, MeterInstallation, MeterReading
from tongdian.metering.rules import (
    READ,
    READ_ON_THE_METER,
    STANDARD_REASONS,
    MeterDayToCome,
    MethodMissing,
    NotInPlace,
    NotReadThatDay,
    OtherQuality,
    Quality,
    ReadThatDay,
    TooManyEstimates,
    WhyCorrected,
    must_fit_register,
)
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.spoken import both

Source = MeterReading.Source


@action("read-meter", may=READ, within="meter.organisation", fields=READING)
def read_meter(
    *,
    viewer: Any,
    meter: Meter,
    on: dt.date,
    value: Decimal,
    quality: str,
    at: dt.datetime,
    turned: bool = False,
    method: str = "",
    missed: str = "",
    reason: str = "",
    case: str = "",
    raw: str = "",
) -> MeterReading:
    """Enter what a meter showed on a day. The same again is the one that stands; read in a `case` as the
    final one, it becomes that.

    Raises MeterDayToCome, NotInPlace, BeyondRegister, FinerThanRegister, WentBack, TurnTooLarge,
    PassesNext, ReadThatDay, MethodMissing.
    """
    return read_on(
        viewer,
        meter,
        on=on,
        value=value,
        quality=quality,
        at=at,
        turned=turned,
        method=method,
        missed=missed,
        reason=reason,
        case=case,
        raw=raw,
    )


@action("correct-reading", may=READ, within="meter.organisation", fields=READING)
def correct_reading(
    *,
    viewer: Any,
    meter: Meter,
    on: dt.date,
    value: Decimal,
    quality: str,
    reason: str,
    at: dt.datetime,
    turned: bool = False,
    method: str = "",
    missed: str = "",
    raw: str = "",
) -> MeterReading:
    """Put another figure in the place of what was entered for a day; both stay readable.

    Raises WhyCorrected, NotReadThatDay, and what `read_meter` does but for ReadThatDay.
    """
    if not reason.strip():
        raise WhyCorrected
    return read_on(
        viewer,
        meter,
        on=on,
        value=value,
        quality=quality,
        at=at,
        turned=turned,
        method=method,
        missed=missed,
        reason=reason,
        corrects=True,
        raw=raw,
    )


@action("take-reading-back", may=READ, within="meter.organisation", fields=TAKEN_BACK)
def take_reading_back(
    *, viewer: Any, meter: Meter, on: dt.date, reason: str, at: dt.datetime, case: str = ""
) -> MeterReading:
    """The reading of a day counts no more, and stays readable. Raises NotReadThatDay."""
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    said = queries.versions(meter, on)
    if not said or said[0].value is None:
        raise NotReadThatDay(meter=meter, day=on)
    row = MeterReading.objects.create(
        meter=meter,
        on=on,
        version=said[0].version + 1,
        raw=said[0].raw,
        value=None,
        quality=said[0].quality,
        method=said[0].method,
        reason=reason,
        source=Source.CASE if case else Source.TYPED,
        case=case,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    place = queries.where(meter, on)
    if place is not None:
        look_at([EnteredReading.of(one) for one in _next(meter, place, on)], at=at, by=row.by_id)
    return row


def read_on(
    viewer: Any,
    meter: Meter,
    *,
    on: dt.date,
    value: Decimal,
    quality: str,
    at: dt.datetime,
    turned: bool = False,
    method: str = "",
    missed: str = "",
    reason: str = "",
    source: str = Source.TYPED,
    case: str = "",
    is_first: bool = False,
    corrects: bool = False,
    raw: str = "",
) -> MeterReading:
    """One reading, `raw` as it was typed, inside an action that asked who may; the meter's row stays locked meanwhile."""
    if on > legal_day(at):
        raise MeterDayToCome(day=on)
    if quality not in READ_ON_THE_METER:
        reason = _must_say_how(meter, on, quality, method, missed, reason)
    meter = Meter.objects.select_for_update(of=("self",)).get(pk=meter.pk)
    place = queries.where(meter, on)
    if place is None:
        raise NotInPlace(meter=meter, day=on)
    must_fit_register(value, digits=int(meter.digits), decimals=int(meter.decimals))
    said = queries.versions(meter, on)
    stands = said[0] if said and said[0].value is not None else None
    if stands is not None and not corrects:
        # on the day of a change of places the final reading of one is the first of the other
        if stands.value != value or not (stands.turned == turned or is_first or case):
            raise ReadThatDay(day=on, value=queries.figure(stands))
        if not case or quality != Quality.FINAL or stands.quality == Quality.FINAL:
            return stands
        turned, reason = stands.turned, reason or case
    if stands is None and corrects:
        raise NotReadThatDay(meter=meter, day=on)
    if quality == Quality.ESTIMATED:
        _must_be_read_again(meter, on)
    if not is_first and not (stands is not None and stands.value == value):
        _must_run_on(meter, place.fitted_on, on, value, turned=turned)
    row = MeterReading.objects.create(
        meter=meter,
        on=on,
        version=said[0].version + 1 if said else 1,
        raw=raw.strip()[:40] or f"{value:f}",
        value=value,
        turned=turned,
        quality=quality,
        method=method,
        missed=missed,
        reason=reason,
        source=Source.CASE if case else source,
        case=case,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    again = [row, *_next(meter, place, on)]
    look_at([EnteredReading.of(one) for one in again], at=at, by=row.by_id)
    return row


def _must_say_how(meter: Meter, on: dt.date, quality: str, method: str, missed: str, reason: str) -> str:
    """A figure that nobody read has a method that makes its quality, and a reason: gives the words of it.
    Raises MethodMissing, OtherQuality."""
    if not method.strip() or not (missed or reason.strip()):
        raise MethodMissing
    makes = queries.quality_of(meter.organisation, on, method)
    if makes is not None and makes != quality:
        named = queries.words_of(meter.organisation, on, "method")
        raise OtherQuality(method=named.get(method, method), quality=both(Quality(makes).label))
    return (
        reason
        or queries.words_of(meter.organisation, on, "reason")
        .get(missed, STANDARD_REASONS.get(missed, Words(missed, missed)))
        .zh
    )


def _must_be_read_again(meter: Meter, on: dt.date) -> None:
    """Raise TooManyEstimates where those on both sides of the day, with it, are more than may be."""
    most = queries.most_estimates(meter.organisation, on)
    others = queries.standing(meter).exclude(on=on)
    before = takewhile(lambda row: row.quality == Quality.ESTIMATED, others.filter(on__lt=on).reverse())
    after = takewhile(lambda row: row.quality == Quality.ESTIMATED, others.filter(on__gt=on))
    if most is not None and len([*before, *after]) + 1 > most:
        raise TooManyEstimates(meter=meter, most=most)


def _next(meter: Meter, place: MeterInstallation, on: dt.date) -> list[MeterReading]:
    """The reading whose use a reading changes: the one after it at the same point."""
    rows = queries.standing(meter).filter(on__gt=on)
    if place.removed_on is not None:
        rows = rows.filter(on__lte=place.removed_on)
    return list(rows[:1])


def _must_run_on(meter: Meter, since: dt.date, on: dt.date, value: Decimal, *, turned: bool) -> None:
    """Raise WentBack, TurnTooLarge or PassesNext by the readings before and after the day."""
    rows = queries.standing(meter).filter(on__gte=since)
    before, after = rows.filter(on__lt=on).last(), rows.filter(on__gt=on).first()
    must_run_on(meter, value, turned=turned, before=_beside(before), after=_beside(after))


def _beside(row: MeterReading | None) -> Neighbour | None:
    return None if row is None or row.value is None else Neighbour(row.value, row.turned, row.on)
