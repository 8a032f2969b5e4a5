"""How many cases of each group had how many days and which outcome: by SQL, and added up from parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from tongdian.bulk.engines import Engine
from tongdian.bulk.periods import APPLIED, Span, groups_by
from tongdian.bulk.rating import Prepared
from tongdian.policy.measures import Counting, Histogram
from tongdian.regions import NoSuchRegion, known_region

Group = tuple[str, ...]
K = TypeVar("K")
JUDGED = ("met", "not_met")


def tallies_in_sql(
    prepared: Prepared, engine: Engine, by: Sequence[str], span: Span
) -> dict[Group, CaseTally]:
    """The tallies of the sound cases of prepared files. Raises UnknownColumn, GroupTwice, NoSuchPeriodDay,
    NoSuchRegion."""
    sheet, declared, q = prepared.sheet, prepared.rule.measure, engine.dialect.q
    assert declared is not None
    known = [name for name, where in sheet.where.items() if where == sheet.root.name]
    text = engine.dialect.text
    groups = groups_by(
        tuple(by), known, lambda: span.day(sheet, q, text), lambda column: f"CAST({q(column)} AS {text})"
    )
    day = "" if span.is_all and span.day_of == APPLIED else span.day(sheet, q, text)
    kept = "" if span.is_all else f" WHERE {span.condition(day)}"
    outcome = outcome_in_sql(declared, q)
    is_open = q(declared.open) if declared.open else "FALSE"
    columns = [*groups, q(declared.days), outcome, is_open]
    ordinals = ", ".join(str(n + 1) for n in range(len(columns)))
    select = prepared.script.outputs[sheet.root.name]
    beside = [
        *(f"SUM(CASE WHEN {q(name)} THEN 1 ELSE 0 END)" for name in declared.counts),
        *(f"SUM({q(name)})" for name in declared.sums),
    ]
    named = (*declared.counts, *declared.sums)
    sql = f"SELECT {', '.join([*columns, 'COUNT(*)', *beside])} FROM ({select}) m{kept} GROUP BY {ordinals}"
    found: dict[Group, CaseTally] = {}
    width = len(by)
    for row in engine.fetch(prepared.script.query(sql)):
        group, (days, said, open_, count), values = row[:width], row[width : width + 4], row[width + 4 :]
        tally = found.setdefault(tuple(map(str, group)), CaseTally.of(named, declared.stays))
        added = {name: Decimal(str(value)) for name, value in zip(named, values, strict=True)}
        tally.add(int(days), str(said), bool(open_), int(count), added)
    check_regions(by, found)
    return dict(sorted(found.items()))


def outcome_in_sql(declared: Counting, q: Callable[[str], str]) -> str:
    """The outcome of each case; of a sheet that judges ended cases alone, by whether it is kept."""
    if declared.outcome:
        return q(declared.outcome)
    kept = f"CASE WHEN {q(declared.within)} THEN 'met' ELSE 'not_met' END"
    return f"CASE WHEN {q(declared.exempt)} THEN 'exempt' ELSE {kept} END" if declared.exempt else kept


@dataclass(slots=True)
class CaseTally:
    """The cases of one group."""

    cases: dict[int, int] = field(default_factory=dict)
    within: dict[int, int] = field(default_factory=dict)
    apart: dict[str, int] = field(default_factory=dict)
    unlimited: dict[int, int] = field(default_factory=dict)
    added: dict[str, Decimal] = field(default_factory=dict)
    stays: str | None = None

    @classmethod
    def of(cls, named: Iterable[str], stays: str | None) -> CaseTally:
        """Of no case, with what is counted and added up beside; `stays` is the count of those that stood still."""
        return cls(added=dict.fromkeys(named, Decimal(0)), stays=stays)

    def add(self, days: int, outcome: str, is_open: bool, count: int, beside: Mapping[str, Decimal]) -> None:
        """So many cases with these days and this outcome; `beside` enters where they are judged."""
        if outcome in JUDGED:
            for name, value in beside.items():
                self.added[name] += value
        if outcome == "not_met" and is_open:
            outcome = "late_open"
        if outcome == "no_limit":
            self.unlimited[days] = self.unlimited.get(days, 0) + count
            return
        if outcome not in JUDGED:
            self.apart[outcome] = self.apart.get(outcome, 0) + count
            return
        self.cases[days] = self.cases.get(days, 0) + count
        if outcome == "met":
            self.within[days] = self.within.get(days, 0) + count

    def merge(self, other: CaseTally) -> None:
        """Add the cases of another part."""
        _add(self.cases, other.cases)
        _add(self.within, other.within)
        _add(self.apart, other.apart)
        _add(self.unlimited, other.unlimited)
        for name, value in other.added.items():
            self.added[name] += value

    @property
    def histogram(self) -> Histogram:
        still = None if self.stays is None else int(self.added[self.stays])
        return Histogram(self.cases, self.within, **self.apart, unlimited=self.unlimited, stood_still=still)


def _add(counts: dict[K, int], more: Mapping[K, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


def check_regions(by: Sequence[str], groups: Iterable[Group]) -> None:
    """A column `region` holds codes of GB/T 2260: figures that are none would be a place of their own.

    A village's own letters (N, S) are names, and pass. Raises NoSuchRegion.
    """
    if "region" in by:
        place = by.index("region")
        for code in {group[place] for group in groups}:
            if code.isdigit() and not (code.isascii() and len(code) == 6 and known_region(code)):
                raise NoSuchRegion(code=code)
