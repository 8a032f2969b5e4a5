"""What a supply owes for its metered stretches: cut where a price changes, calculated by the sheet that
its pack names, line by line.

Nothing of a tariff stands here: which sheet, what it is given and which of its lines are billed is said
by the pack (`policy/billing.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.billing.rules import UNITS, CannotRate, NoSheet
from tongdian.billing.supplies import Metered, SupplyTerms
from tongdian.metering.rules import A_DAY
from tongdian.network.rules import Utility
from tongdian.policy.answer import Answer
from tongdian.policy.billing import BilledLine, BillingSheet
from tongdian.policy.calculation import Calculation
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.segments import Segment, cut, year_starts
from tongdian.policy.sheet_library import pack_tables
from tongdian.policy.words import Words

_DOES_NOT_ADD_UP = Words(
    "计费表的各行之和不等于其结果：请核对 pack.yaml 的 uses: billing: lines。",
    "The lines that are billed do not add up to what the sheet gives: see uses: billing: lines in pack.yaml.",
)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One line of a bill: quantity × price = fen, or an amount alone. `before` and `now` are the figures
    of the meter, None where the stretch was cut between two readings."""

    segment: Segment
    meter: str
    before: Decimal | None
    now: Decimal | None
    multiplier: Decimal
    notes: tuple[str, ...]
    title: tuple[str, str]
    quantity: Decimal | None
    price: Decimal | None
    fen: int
    cite: tuple[str, ...]
    is_example: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What a sheet was given, and what it gave: `said` is all that is needed to make it again, `taken` are the
    interpretations that it was made under."""

    said: Mapping[str, Any]
    lines: tuple[RatedLine, ...]
    fen: int
    cite: tuple[str, ...]
    taken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rated:
    """A supply that was rated: its parts, one a tier year."""

    terms: SupplyTerms
    starts: dt.date
    ends: dt.date
    parts: tuple[Part, ...]

    @property
    def fen(self) -> int:
        """What it owes, in fen."""
        return sum(part.fen for part in self.parts)

    @property
    def lines(self) -> tuple[RatedLine, ...]:
        """Its lines, in the order of their days."""
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def quantity(self) -> Decimal:
        """What was used, in kWh or m³."""
        return sum((one.segment.usage for one in self._once()), Decimal(0))

    def _once(self) -> Iterable[RatedLine]:
        seen = set()
        for line in self.lines:
            if line.segment not in seen:
                seen.add(line.segment)
                yield line


def rate(
    terms: SupplyTerms, metered: Sequence[Metered], *, pack: Pack, used_before: Mapping[int, Decimal]
) -> Rated:
    """Rate the stretches of a supply. `used_before` is what was billed in each tier year before them.

    Raises NoSheet, CannotRate with what the sheet or the cutting refused.
    """
    utility, category = terms.utility, terms.category
    billing = pack.head.uses.billing
    sheet = billing.sheet(utility, category) if billing else None
    if sheet is None or billing is None:
        raise NoSheet(pack=pack.title, utility=Utility(utility).label, category=category or "—")
    starts, ends = metered[0].stretch.start, metered[-1].stretch.end
    segments = cut(
        [one.stretch for one in metered],
        {"price": _price_days(pack, sheet, starts, ends), "year": year_starts(starts, ends)},
        start=starts,
        end=ends,
    )
    years = sorted({one.start.year for one in segments})
    parts = []
    for year in years:
        mine = [one for one in segments if one.start.year == year]
        given = {
            "category": category,
            "class": terms.customer_class,
            "office": billing.offices.get(terms.office, terms.office),
            "read_on": min(ends, dt.date(year, 12, 31)),
            "months": _months(terms, year),
        }
        parts.append(_part(pack, sheet, given, mine, metered, used_before.get(year, Decimal(0))))
    return Rated(terms, starts, ends, tuple(parts))


def _part(
    pack: Pack,
    sheet: BillingSheet,
    given: Mapping[str, Any],
    segments: Sequence[Segment],
    metered: Sequence[Metered],
    used_before: Decimal,
) -> Part:
    of = {
        segment: next(one for one in metered if one.stretch.start <= segment.start < one.stretch.end)
        for segment in segments
    }
    known = [_facts(segment, of[segment], used_before) for segment in segments]
    rows = [{name: facts[fact] for name, fact in sheet.stretch_given.items()} for facts in known]
    asked: dict[str, Any] = {name: _written(given[fact]) for name, fact in sheet.given.items()}
    asked[sheet.stretch] = rows
    said = {"rule": sheet.rule, "on": given["read_on"].isoformat(), "given": asked, "pack": pack.id,
            "revision": pack.content_hash, "utility": sheet.utility, "category": given["category"]}  # fmt: skip
    try:
        found = pack.calculate(sheet.rule, on=given["read_on"], given=asked)
    except Refusal as refusal:
        raise CannotRate(why=refusal.words) from refusal
    key = found.sheet.grains[sheet.stretch].key
    lines = _lines(sheet, found, {row[key]: one for one, row in zip(segments, rows, strict=True)}, of)
    return Part(said, lines, sum(line.fen for line in lines), found.cite, found.interpretations)


def answered(pack: Pack, said: Mapping[str, Any]) -> Answer:
    """The answer of a part, made again from what it says. Raises CannotRate."""
    try:
        return pack.answer(said["rule"], on=dt.date.fromisoformat(said["on"]), given=said["given"])
    except Refusal as refusal:
        raise CannotRate(why=refusal.words) from refusal


def _lines(
    sheet: BillingSheet, found: Calculation, keys: Mapping[str, Segment], of: Mapping[Segment, Metered]
) -> tuple[RatedLine, ...]:
    made = [
        _line(written, row, keys[key], of, found)
        for written in sheet.lines
        for key, row in found.rows(written.grain)
        # one of nothing is not on the bill
        if int(row[written.amount] * 100) or (written.quantity and row[written.quantity])
    ]
    made.sort(key=lambda one: one.segment.start)
    total = found.value
    assert isinstance(total, Decimal)
    if sum(one.fen for one in made) != int(total * 100):
        raise CannotRate(why=_DOES_NOT_ADD_UP)
    return tuple(made)


def _line(
    written: BilledLine,
    row: Mapping[str, Any],
    segment: Segment,
    of: Mapping[Segment, Metered],
    found: Calculation,
) -> RatedLine:
    one = of[segment]
    cuts_a_reading = segment.split_by_days
    notes = [*segment.causes, *(["split_by_days"] if cuts_a_reading else [])]
    if one.is_estimated:
        notes.append("estimated")
    if one.now.turned:
        notes.append("turned")
    return RatedLine(
        segment=segment,
        meter=one.now.meter,
        before=None if cuts_a_reading else one.before.value,
        now=None if cuts_a_reading else one.now.value,
        multiplier=one.now.multiplier,
        notes=tuple(notes),
        title=(written.title.zh, written.title.en),
        quantity=row[written.quantity] if written.quantity else None,
        price=row[written.price] if written.price else None,
        fen=int(row[written.amount] * 100),
        cite=found.cite,
        is_example=written.amount in found.examples,
    )


def _facts(segment: Segment, one: Metered, used_before: Decimal) -> Mapping[str, str]:
    """What is known of a stretch (`policy.billing.OF_A_STRETCH`). One that was cut between two readings, or whose
    register turned, has no two figures that its usage is the difference of: it is given from nought to its usage."""
    before, now, multiplier = Decimal(0), segment.usage, Decimal(1)
    if not segment.split_by_days and not one.now.turned:
        figures = round(one.before.value, 2), round(one.now.value, 2), one.now.multiplier
        if (figures[1] - figures[0]) * figures[2] == segment.usage:  # else a register with three decimals
            before, now, multiplier = figures
    return {
        "key": f"{one.now.meter} {segment.start}",
        "first": segment.start.isoformat(),
        "last": (segment.end - A_DAY).isoformat(),
        "before": f"{before:f}",
        "now": f"{now:f}",
        "multiplier": f"{multiplier:f}",
        "used": f"{segment.usage:f}",
        "tier_year": str(segment.start.year),
        "used_before": f"{used_before:f}",
    }


def _written(value: Any) -> str:
    """As a pack is given it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _price_days(pack: Pack, sheet: BillingSheet, starts: dt.date, ends: dt.date) -> set[dt.date]:
    """The days inside on which a table that the sheet reads has another version."""
    rule: Any = pack.rules[sheet.rule]
    taken = rule.taken(pack, {})
    version = rule.version_on(ends, taken)
    cache = pack.cache.setdefault(("price-days", sheet.rule, version.in_force.start), {})
    if not cache:
        tables = pack_tables(pack, rule.sheet(pack, version, taken), taken)
        days = {day for rows in tables.values() for row in rows for day in row[:2] if day is not None}
        cache["days"] = days
    return {day for day in cache["days"] if starts < day < ends}


def _months(terms: SupplyTerms, year: int) -> int:
    """How many months of a tier year the customer has lived there, the first among them."""
    first = terms.first_on
    return 12 - first.month + 1 if first.year == year else 12


def unit_of(utility: str) -> str:
    """kWh or m³."""
    return UNITS[utility]
