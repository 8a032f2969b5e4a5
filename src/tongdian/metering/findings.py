"""What a reading is compared with, and what was found in it. No table.

The rules stand in a pack: the sheet `reading-validation` says what looks wrong, one line a check, and the
table `reading-checks` how grave that is for which source (`uses: readings`). What the sheet is told is
made here, in one SQL text that PostgreSQL runs for the readings of a desk and DuckDB for a year of a
province: only sums, greatest and least, which both give to the last digit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.spoken import spoken

# What a relation `told` brings of each reading that counts, and how wide.
TOLD = {
    "reading": "VARCHAR",
    "meter": "VARCHAR",
    "point": "VARCHAR",
    "round": "VARCHAR",  # who is read together with it: neighbours are of one round and day
    "utility": "VARCHAR",
    "read_on": "DATE",
    "entered_on": "DATE",
    "fitted_on": "DATE",
    "quality": "VARCHAR",
    "now": "DECIMAL(11,3)",
    "turned": "BOOLEAN",
    "size": "DECIMAL(9,0)",
    "multiplier": "DECIMAL(8,2)",
    "copies": "DECIMAL(4,0)",
    "unread": "DECIMAL(4,0)",
    "capacity": "DECIMAL(9,2)",
    "is_supplied": "BOOLEAN",
    "replaces_final": "BOOLEAN",
    "parts_used": "DECIMAL(12,2)",
    "has_parts": "BOOLEAN",
}

# The stretch since the reading before of the same meter at the same point; the year of the point before it,
# whichever meter hung there; and of two odd figures of a round and a day, how they fit the other way round.
HISTORY = """
with ordered as (
  select t.*, row_number() over p as n, lag(now) over p as before, lag(read_on) over p as before_on,
    coalesce(lag(meter) over p = meter and lag(fitted_on) over p = fitted_on, false) as goes_on,
    lag(multiplier) over p as multiplier_before
  from {told} t window p as (partition by point order by read_on, fitted_on, meter)
), ran as (
  select o.*, case when goes_on then read_on - before_on end as days_run,
    case when goes_on then cast(round((now - before + case when turned then size else 0 end) * multiplier, 2)
      as decimal(18,2)) end as used
  from ordered o
), past as (
  select r.*, count(case when used >= 0 then 1 end) over y as past_known,
    sum(case when used >= 0 then used end) over y as past_used,
    sum(case when used >= 0 then days_run end) over y as past_days,
    min(case when used >= 0 then used end) over y as past_least,
    max(case when used >= 0 then used end) over y as past_most,
    lag(used, 12) over p as year_used, lag(days_run, 12) over p as year_days, lag(read_on, 12) over p as year_on,
    n - max(case when used is null or used <> 0 then n else 0 end) over u as zeros,
    n - max(case when quality <> 'estimated' then n else 0 end) over u as estimates
  from ran r window p as (partition by point order by read_on, fitted_on, meter),
    y as (partition by point order by read_on, fitted_on, meter rows between 12 preceding and 1 preceding),
    u as (partition by point order by read_on, fitted_on, meter rows unbounded preceding)
), odd as (
  select reading, meter, round, read_on, utility, now, before,
    cast(case when {year} and year_used > 0
        then cast(year_used * days_run as double precision) / cast(year_days * multiplier as double precision)
        else cast(past_used * days_run as double precision) / cast(past_days * multiplier as double precision) end
      as decimal(14,2)) as aim
  from past p where past_days > 0 and days_run > 0
    and (used < 0 or used * past_days > 2 * past_used * days_run or used * past_days * 2 < past_used * days_run)
), beside as (
  select o.reading, x.now as neighbour_now, x.before as neighbour_before, x.aim as neighbour_aim,
    row_number() over (partition by o.reading
      order by abs(x.now - o.before - o.aim) + abs(o.now - x.before - x.aim), x.meter) as place
  from odd o join odd x on x.round = o.round and x.read_on = o.read_on and x.utility = o.utility
    and x.meter <> o.meter
)
select p.reading, p.utility, p.read_on, p.entered_on, p.quality, p.now,
  cast(case when goes_on then p.before else 0 end as decimal(11,3)) as before,
  case when goes_on then p.before_on else p.read_on end as before_on, not goes_on as is_first, p.turned, p.size,
  p.multiplier, coalesce(p.multiplier_before, p.multiplier) as multiplier_before,
  cast(past_known as decimal(3,0)) as past_known, cast(coalesce(past_used, 0) as decimal(12,2)) as past_used,
  cast(coalesce(past_days, 0) as decimal(6,0)) as past_days,
  cast(coalesce(past_least, 0) as decimal(12,2)) as past_least,
  cast(coalesce(past_most, 0) as decimal(12,2)) as past_most,
  cast(case when {year} then year_used else 0 end as decimal(12,2)) as last_year_used,
  cast(case when {year} then year_days else 0 end as decimal(4,0)) as last_year_days,
  cast(zeros as decimal(3,0)) as zeros, cast(estimates as decimal(3,0)) as estimates, copies, unread, capacity,
  is_supplied, replaces_final, parts_used, has_parts,
  cast(coalesce(b.neighbour_now, 0) as decimal(11,3)) as neighbour_now,
  cast(coalesce(b.neighbour_before, 0) as decimal(11,3)) as neighbour_before,
  cast(greatest(coalesce(b.neighbour_aim, 0), 0) as decimal(12,2)) as neighbour_aim,
  b.reading is not null as has_neighbour
from past p left join beside b on b.reading = p.reading and b.place = 1
"""


def history(told: str) -> str:
    """What the sheet is told of each reading in the relation `told`."""
    year = "year_days > 0 and year_used >= 0 and p.read_on - year_on between 345 and 385"
    return HISTORY.format(told=told, year=year)


@dataclass(frozen=True, slots=True)
class EnteredReading:
    """A reading that is looked at: keys of it, its meter and its meter's organisation, its day and source."""

    pk: UUID
    meter: UUID
    organisation: UUID
    on: dt.date
    source: str

    @classmethod
    def of(cls, row: Any) -> EnteredReading:
        """The same of a row of the register."""
        return cls(row.pk, row.meter_id, row.meter.organisation_id, row.on, row.source)


@dataclass(frozen=True)
class FoundCheck:
    """A check that a reading did not pass, and how grave that is."""

    check: str
    title: Words
    is_blocking: bool
    points: int

    @property
    def said(self) -> Any:
        """What it is called, in the reader's language when it is read."""
        return spoken(self.title)


def checks_of(pack: Pack, on: Any, source: str) -> Mapping[str, FoundCheck]:
    """The checks that a pack makes on readings of a source on a day, by name."""
    rule = pack.rules[str(pack.head.uses.readings.checks)]  # type: ignore[union-attr]
    assert isinstance(rule, TableRule)
    labels = rule.columns["check"].labels
    rows: Iterable[Mapping[str, Any]] = rule.typed[id(rule.version_on(on, {}))]
    return {
        row["check"]: FoundCheck(
            row["check"], labels[row["check"]], row["severity"] == "blocking", int(row["points"])
        )
        for row in rows
        if row[source]
    }


def found(checks: Mapping[str, FoundCheck], lines: Mapping[str, Any]) -> Sequence[FoundCheck]:
    """The findings among the lines of a reading, by name: those named like a check, and true."""
    return [check for name, check in checks.items() if lines.get(name) is True]
