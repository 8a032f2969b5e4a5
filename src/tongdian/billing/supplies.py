"""The supplies that a run bills: agreements with days that nothing has billed yet, and what was read.

A period is of days [starts, ends): what a reading of a day shows was used before that day. The reading
with which an agreement ends may also be of its last day, and the one with which it begins of the eve.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from tongdian.billing.rules import NoFirstReading, NotMetered
from tongdian.metering.findings import EnteredReading
from tongdian.metering.rules import A_DAY, size_of
from tongdian.policy.rounding import rounded
from tongdian.policy.segments import Stretch

ESTIMATES = frozenset({"estimated", "substituted"})
# Days of supply that nothing has billed: those of an agreement's time less those of its bills, so that a
# bill that was cancelled leaves its days open again. What was supplied before an office's first run, and
# what came from former books, was billed there: up to the last reading before that run, else the first,
# else up to that run. With the final reading that a case took supply is over, though its formalities go
# on for some days: unless the meter was read again, or another was fitted, while the agreement ran.
_SUPPLIED = """
    select agreement.id, agreement.usage_point_id, account.id as account, daterange(least(
               case when agreement.begun_by = 'imported' or lower(in_force) < opened.on
               then greatest(lower(in_force), coalesce(first_read.last_before, first_read.first,
                                                opened.on, lower(in_force)))
               else lower(in_force) end, upper(in_force), %(until)s, final.on),
               least(upper(in_force), %(until)s::date, final.on)) as days
      from agreements_agreement agreement
      join network_usagepoint point on point.id = agreement.usage_point_id
      cross join (select min(first_on) as on from billing_billingrun run
                   where organisation_id = %(organisation)s
                     and not exists (select from billing_rundiscard gone where gone.run_id = run.id)) opened
      left join lateral (
           select max(reading.on) filter (where reading.on < opened.on) as last_before,
                  min(reading.on) as first
             from metering_meterinstallation place
             join metering_meterreading reading on reading.meter_id = place.meter_id
            where place.usage_point_id = agreement.usage_point_id
              and reading.on <@ place.in_place and reading.on >= lower(agreement.in_force) - 1
      ) first_read on agreement.begun_by = 'imported' or lower(in_force) < opened.on
      left join lateral (
           select max(reading.on) as on
             from metering_meterinstallation place
             join metering_meterreading reading
               on reading.meter_id = place.meter_id and reading.quality = 'final' and reading."case" <> ''
            where place.usage_point_id = agreement.usage_point_id
              and reading.on > lower(in_force) and reading.on <= coalesce(upper(in_force), reading.on)
              and reading.on between lower(place.in_place) and coalesce(upper(place.in_place), reading.on)
              and not exists (select from metering_meterreading newer where newer.meter_id = reading.meter_id
                                 and newer.on = reading.on and newer.version > reading.version)
              and not exists (select from metering_meterinstallation other
                               where other.usage_point_id = place.usage_point_id and other.id <> place.id
                                 and lower(other.in_place) <@ agreement.in_force
                                 and lower(other.in_place) >= reading.on)
              and not exists (select from metering_meterreading later where later.meter_id = reading.meter_id
                                 and later.on > reading.on and later.on <@ agreement.in_force
                                 and later.value is not null
                                 and not exists (select from metering_meterreading newer
                                                  where newer.meter_id = later.meter_id and newer.on = later.on
                                                    and newer.version > later.version))
      ) final on true
      left join accounts_billingaccount account
             on account.customer_id = agreement.customer_id and account.place_id = point.place_id
     where agreement.organisation_id = %(organisation)s and lower(in_force) < %(until)s
       and (%(only)s::uuid[] is null or agreement.id = any(%(only)s))
       and (%(accounts)s::uuid[] is null or account.id = any(%(accounts)s))
"""
_OPEN = f"""
with supplied as ({_SUPPLIED}), billed as (
    select agreement_id, range_agg(period) as periods from billing_billedperiod
     where not is_cancelled and organisation_id = %(organisation)s
       and (%(only)s::uuid[] is null or agreement_id = any(%(only)s)) group by 1
)
select supplied.id, lower(hole), upper(hole), upper(hole) < upper(supplied.days)
  from supplied left join billed on billed.agreement_id = supplied.id,
       unnest(datemultirange(supplied.days) - coalesce(billed.periods, '{{}}')) hole
 order by supplied.id, 2
"""  # noqa: S608, of our own parts
_COUNTED = f"""
with supplied as ({_SUPPLIED})
select coalesce(sum(upper(days) - lower(days)), 0)::bigint
     - coalesce((select sum(upper(period * days) - lower(period * days))
                   from billing_billedperiod join supplied one on one.id = agreement_id
                  where not is_cancelled and not isempty(period * days)), 0)::bigint
  from supplied where not isempty(days)
"""  # noqa: S608, of our own parts
_TERMS = """
select agreement.id, agreement.number, office.id, office.short, agreement.pack, place.region_id,
       lower(agreement.in_force), upper(agreement.in_force), agreement.price_category, agreement.customer_class,
       point.id, point.utility, place.id, place.code,
       customer.id, customer.number, customer.name, customer.organisation_id
  from agreements_agreement agreement
  join parties_organisation office on office.id = agreement.organisation_id
  join network_usagepoint point on point.id = agreement.usage_point_id
  join network_place place on place.id = point.place_id
  join parties_customer customer on customer.id = agreement.customer_id
 where agreement.id = any(%(agreements)s)
"""
_READINGS = """
select place.usage_point_id, lower(place.in_place), meter.code, meter.multiplier, meter.digits,
       reading.on, reading.value, reading.turned, reading.quality, reading.id, meter.id, meter.organisation_id, reading.source
  from metering_meterinstallation place
  join metering_meter meter on meter.id = place.meter_id
  left join lateral (
       select distinct on (one.on) one.* from metering_meterreading one
        where one.meter_id = meter.id and one.on >= lower(place.in_place)
          and (upper(place.in_place) is null or one.on <= upper(place.in_place))
          and one.on between %(first)s::date and %(last)s
        order by one.on, one.version desc) reading on reading.value is not null
 where place.usage_point_id = any(%(points)s)
   and place.in_place && daterange(%(first)s::date - 1, %(last)s::date + 1)
 order by 1, 2, reading.on
"""


@dataclass(frozen=True, slots=True)
class OpenSupply:
    """Days [starts, ends) of an agreement that nothing has billed yet. `is_between`: what follows them is
    billed, so that they are read up to there."""

    agreement: UUID
    starts: dt.date
    ends: dt.date
    is_between: bool = False

    @property
    def days(self) -> int:
        """How many."""
        return (self.ends - self.starts).days


@dataclass(frozen=True, slots=True)
class SupplyTerms:
    """What a bill takes of an agreement, and of its customer, point and place: plain values, since a run goes
    through all that an office has. `ended_on` is the first day after it; offices are keys, `office` its short
    name."""

    id: UUID
    number: str
    organisation: UUID
    office: str
    pack: str
    region: str
    first_on: dt.date
    ended_on: dt.date | None
    category: str
    customer_class: str
    usage_point: UUID
    utility: str
    place: UUID
    place_code: str
    customer: UUID
    customer_number: str
    customer_name: str
    customers_office: UUID


@dataclass(frozen=True, slots=True)
class Read:
    """What a meter showed on a day, while it hung at a point."""

    meter: str
    multiplier: Decimal
    digits: int
    fitted_on: dt.date
    on: dt.date
    value: Decimal
    turned: bool
    quality: str
    entered: EnteredReading


@dataclass(frozen=True, slots=True)
class Metered:
    """What a meter ran between two readings: of days [`stretch.start`, `stretch.end`)."""

    stretch: Stretch
    before: Read
    now: Read

    @property
    def is_estimated(self) -> bool:
        """Whether one of the two readings was not read on the meter."""
        return self.before.quality in ESTIMATES or self.now.quality in ESTIMATES


def open_supplies(
    organisation: Any, *, until: dt.date, accounts: Sequence[UUID] = (), only: Sequence[UUID] | None = None
) -> list[OpenSupply]:
    """The agreements of an organisation with days before `until` that nothing has billed; of some billing
    accounts only, or of some agreements."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, _asked(organisation, until, accounts, only))
        return [OpenSupply(*row) for row in cursor.fetchall()]


def open_days(organisation: Any, *, until: dt.date, accounts: Sequence[UUID] = ()) -> int:
    """How many days of supply before `until` nothing has billed: counted from the agreements and the
    billed periods, not from the supplies above, which it is to check."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, _asked(organisation, until, accounts, None))
        (days,) = cursor.fetchone()
    return int(days)


def _asked(
    organisation: Any, until: dt.date, accounts: Sequence[UUID], only: Sequence[UUID] | None
) -> dict[str, Any]:
    return {
        "organisation": organisation.pk,
        "until": until,
        "accounts": list(accounts) or None,
        "only": list(only) if only is not None else None,
    }


def blocks(supplies: Sequence[OpenSupply], size: int) -> Iterator[Sequence[OpenSupply]]:
    """Some at a time, so that memory does not grow with their number."""
    for start in range(0, len(supplies), size):
        yield supplies[start : start + size]


def terms_of(supplies: Iterable[OpenSupply]) -> dict[UUID, SupplyTerms]:
    """The terms of their agreements, by agreement."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, {"agreements": [one.agreement for one in supplies]})
        return {row[0]: SupplyTerms(*row) for row in cursor.fetchall()}


def readings_at(points: Iterable[UUID], first: dt.date, last: dt.date) -> dict[UUID, list[Read]]:
    """What counts of the readings at usage points in those days, by point, the oldest first."""
    found: dict[UUID, list[Read]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_READINGS, {"points": list(points), "first": first, "last": last})
        for (
            point,
            fitted,
            code,
            multiplier,
            digits,
            on,
            value,
            turned,
            quality,
            *entered,
        ) in cursor.fetchall():
            if on is not None:
                pk, meter, office, source = entered
                read = EnteredReading(pk, meter, office, on, source)
                found[point].append(
                    Read(code, multiplier, int(digits), fitted, on, value, turned, quality, read)
                )
    return found


def metered(reads: Sequence[Read], supply: OpenSupply, *, ended_on: dt.date | None) -> list[Metered]:
    """The stretches from the supply's first day to the last reading in it, which tile those days; none
    where only its first was read. `ended_on` is the first day after the agreement.

    Raises NoFirstReading, NotMetered where no meter hung for some days.
    """
    usable = [one for one in reads if one.on <= supply.ends]
    opening = [one for one in usable if one.on in (supply.starts, supply.starts - A_DAY)]
    if not opening:
        raise NoFirstReading(day=supply.starts)
    first = max(opening, key=lambda one: (one.on, one.fitted_on))
    found: list[Metered] = []
    for before, now in pairwise(usable[usable.index(first) :]):
        if now.fitted_on != before.fitted_on or now.meter != before.meter:
            if now.on != before.on:
                raise NotMetered(first=before.on, last=now.on)
        elif now.on > max(before.on, supply.starts):
            found.append(_between(before, now, max(before.on, supply.starts), now.on))
    if found and ended_on is not None and found[-1].now.on == ended_on - A_DAY == supply.ends - A_DAY:
        last = found[-1]
        found[-1] = _between(last.before, last.now, last.stretch.start, ended_on)
    return found


def _between(before: Read, now: Read, start: dt.date, end: dt.date) -> Metered:
    ran = now.value - before.value + (size_of(now.digits) if now.turned else 0)
    return Metered(Stretch(start, end, rounded(ran * now.multiplier, 2), now.meter), before, now)
