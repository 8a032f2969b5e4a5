"""What ran interval by interval, as it stands: of a day, and how complete the days of a month are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from tongdian.bounded_days import LAST
from tongdian.calendar import SHANGHAI
from tongdian.metering.models import IntervalDay, Meter, MeterInstallation
from tongdian.metering.queries.looking import reading_rules, words_of
from tongdian.metering.rules import IntervalQuality
from tongdian.parties.models import Organisation
from tongdian.policy.calendars import zone_of
from tongdian.policy.kinds.table import TableRule
from tongdian.spoken import spoken

A_MINUTE = dt.timedelta(minutes=1)
# There is a quantity, and nobody metered it.
NOT_METERED = (IntervalQuality.ESTIMATED, IntervalQuality.SUBSTITUTED, IntervalQuality.FINAL)


class QualityRun(NamedTuple):
    """Intervals `first` to `last`, counted from 1, with NEM12's letter, method and reason; both empty where none is told."""

    first: int
    last: int
    quality: str
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IntervalsOfDay:
    """A day of a channel: quantities in `unit` from midnight on, None where nothing is known, and runs of quality that
    cover them all."""

    minutes: int
    unit: str
    values: tuple[Decimal | None, ...]
    runs: tuple[QualityRun, ...]

    def each(self) -> list[tuple[str, str, str]]:
        """Letter, method and reason of every interval."""
        return [run[2:] for run in self.runs for _ in range(run.first, run.last + 1)]

    def counted(self, *letters: str) -> int:
        """How many intervals have one of these letters."""
        return sum(run.last - run.first + 1 for run in self.runs if run.quality in letters)


def runs_of(each: Iterable[tuple[str, str, str]]) -> tuple[QualityRun, ...]:
    """Runs of intervals whose letter, method and reason are the same."""
    found, first = [], 1
    for said, several in groupby(each):
        last = first + len(list(several)) - 1
        found.append(QualityRun(first, last, *said))
        first = last + 1
    return tuple(found)


def intervals_of(row: IntervalDay) -> IntervalsOfDay:
    """A row that counts, as a day."""
    assert row.values is not None
    return IntervalsOfDay(
        row.minutes, row.unit, tuple(row.values), tuple(QualityRun(*run) for run in row.qualities)
    )


def intervals_in(on: dt.date, minutes: int, zone: ZoneInfo) -> int:
    """How many intervals a day has by the clocks of a zone: 46 of 30 minutes where they go forward."""
    return int((_midnight(on + dt.timedelta(days=1), zone) - _midnight(on, zone)) / (minutes * A_MINUTE))


def begin_of(on: dt.date, place: int, minutes: int, zone: ZoneInfo) -> dt.datetime:
    """When the interval of a day begins that has so many before it."""
    return (_midnight(on, zone) + place * minutes * A_MINUTE).astimezone(zone)


def _midnight(on: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC)


def zone_of_meters(organisation: Organisation) -> ZoneInfo:
    """By whose clocks an organisation's days begin: as the pack has it that says how its meters are read."""
    pack = reading_rules(organisation, LAST)
    name = zone_of(pack.head) if pack else ""
    return ZoneInfo(name) if name else SHANGHAI


def method_of_nem(organisation: Organisation, on: dt.date, code: str) -> str:
    """The method of the organisation's pack that has a code of NEM12; the code itself where no pack says."""
    pack = reading_rules(organisation, on)
    if pack is None or pack.head.uses.readings is None:
        return code
    rule = pack.rules[pack.head.uses.readings.methods]
    assert isinstance(rule, TableRule)
    rows = rule.typed[id(rule.version_on(on, {}))]
    return next((str(row["method"]) for row in rows if str(row.get("nem")) == code.lstrip("0")), code)


def method_said(organisation: Organisation, on: dt.date, code: str) -> str:
    """A method of NEM12 as the organisation's pack names it, else its code."""
    method = method_of_nem(organisation, on, code) if code else ""
    named = words_of(organisation, on, "method")
    return str(spoken(named[method])) if method in named else code


GAP = "NULL"


def values_read(said: str) -> tuple[Decimal | None, ...]:
    """The quantities of an array as PostgreSQL writes it, without its braces; None where nothing is known."""
    figures = said.split(",")
    if GAP in said:
        return tuple(None if one == GAP else Decimal(one) for one in figures)
    return tuple(map(Decimal, figures))


def newest_intervals(meters: Iterable[Any], days: Iterable[dt.date]) -> list[IntervalDay]:
    """The newest version of every channel and day, those that were taken back among them."""
    rows = IntervalDay.objects.filter(meter__in=list(meters), on__in=list(days))
    # as text: the driver reads an array figure by figure, in ten times the time
    rows = rows.defer("values").annotate(written=Cast("values", TextField()))
    found: list[IntervalDay] = []
    for row in rows.order_by("meter", "channel", "on", "-version").distinct("meter", "channel", "on"):
        row.values = row.written and list(values_read(row.written[1:-1]))
        found.append(row)
    return found


def channels_of(meter: Meter) -> list[str]:
    """The channels of which something was told."""
    return list(
        IntervalDay.objects.filter(meter=meter)
        .order_by("channel")
        .distinct("channel")
        .values_list("channel", flat=True)
    )


class IntervalGap(NamedTuple):
    """Nothing is known from one moment until another, both as the clocks of the meter's zone show them."""

    begins: dt.datetime
    ends: dt.datetime
    intervals: int


@dataclass(frozen=True)
class DayCompleteness:
    """How much of a day is there: intervals that it has, those with a quantity, and those of them that nobody metered;
    `total` in the channel's unit is of what is there, None where nothing is."""

    on: dt.date
    row: IntervalDay | None
    expected: int
    received: int
    estimated: int
    total: Decimal | None

    @property
    def missing(self) -> int:
        """Intervals without a quantity."""
        return self.expected - self.received


@dataclass(frozen=True)
class MonthCompleteness:
    """The days of a month on which the meter hung somewhere and that are over, and the gaps in them."""

    days: Sequence[DayCompleteness]
    gaps: Sequence[IntervalGap]

    @property
    def expected(self) -> int:
        """Intervals that the days have."""
        return sum(day.expected for day in self.days)

    @property
    def received(self) -> int:
        """Intervals with a quantity."""
        return sum(day.received for day in self.days)

    @property
    def estimated(self) -> int:
        """Intervals with a quantity that nobody metered."""
        return sum(day.estimated for day in self.days)

    @property
    def total(self) -> Decimal | None:
        """What ran in the intervals that are there, in the channel's unit; None where none is."""
        there = [day.total for day in self.days if day.total is not None]
        return sum(there, Decimal(0)) if there else None


def completeness(
    meter: Meter, channel: str, *, first: dt.date, last: dt.date, until: dt.date, zone: ZoneInfo
) -> MonthCompleteness:
    """How complete a channel is from `first` to `last`, of the days before `until` on which the meter hung somewhere.

    A day of which nothing was told has as many intervals as the day before it that was told, or else the first after.
    """
    rows = {
        row.on: row
        for row in newest_intervals([meter.pk], _days(first, last))
        if row.channel == channel and row.values is not None
    }
    hung = list(
        MeterInstallation.objects.filter(
            Q(in_place__endswith=None) | Q(in_place__endswith__gte=first),
            meter=meter, in_place__startswith__lte=last,
        )
    )  # fmt: skip
    told = IntervalDay.objects.filter(meter=meter, channel=channel, values__isnull=False)
    before = told.filter(on__lt=first).order_by("-on").values_list("minutes", flat=True).first()
    minutes = before or next((rows[on].minutes for on in sorted(rows)), None)
    days, missing = [], []
    for on in _days(first, min(last, until - dt.timedelta(days=1))):
        row = rows.get(on)
        minutes = row.minutes if row else minutes
        is_here = any(
            one.fitted_on <= on and (one.removed_on is None or on <= one.removed_on) for one in hung
        )
        if minutes is None or (row is None and not is_here):
            continue
        expected = intervals_in(on, minutes, zone)
        values: Sequence[Decimal | None] = (row.values or ()) if row else (None,) * expected
        there = [value for value in values if value is not None]
        days.append(
            DayCompleteness(
                on, row, expected, len(there), _estimated(row), sum(there, Decimal(0)) if there else None
            )
        )
        missing += [
            (begin_of(on, place, minutes, zone), begin_of(on, place + 1, minutes, zone))
            for place, value in enumerate(values)
            if value is None
        ]
    return MonthCompleteness(days, list(_joined(missing)))


def _estimated(row: IntervalDay | None) -> int:
    if row is None:
        return 0
    return intervals_of(row).counted(*NOT_METERED)


def _joined(missing: Sequence[tuple[dt.datetime, dt.datetime]]) -> Iterator[IntervalGap]:
    """Gaps that touch are one."""
    open_: IntervalGap | None = None
    for begins, ends in missing:
        if open_ is not None and open_.ends == begins:
            open_ = IntervalGap(open_.begins, ends, open_.intervals + 1)
            continue
        if open_ is not None:
            yield open_
        open_ = IntervalGap(begins, ends, 1)
    if open_ is not None:
        yield open_


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
