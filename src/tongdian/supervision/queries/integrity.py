"""Signals in the record of this installation's own cases: those of an office's divisions, or a supplier's own.

The cases are written out as the files that signals read, and judged as any files are: the page and
`tongdian integrity` go the same way.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db.models import Max, Min, Q

from tongdian.bulk.periods import Span
from tongdian.bulk.signals import FoundSignals, Signal, SignalResult, find_signals
from tongdian.cases.models import Case, Event
from tongdian.cases.queries.case_files import RECORD, in_stretches, write_cases
from tongdian.cases.queries.record_files import record_rows
from tongdian.metering.models import MeterInstallation
from tongdian.parties.models import Organisation
from tongdian.policy.kinds.signal import SignalRule, SignalVersion, signals_of, stages_of
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supervision.queries.counting import cases_of
from tongdian.supervision.refusing import TooManyCases

MOST_CASES = 5_000  # that a page looks through while somebody waits; files of more go through the command
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class HalfYear:
    """The days that a page of signals is about."""

    key: str
    first: dt.date
    last: dt.date

    @property
    def title(self) -> Words:
        """How people call it."""
        zh, en = ("上", "first") if self.first.month == 1 else ("下", "second")
        return Words(f"{self.first.year}年{zh}半年", f"{en} half of {self.first.year}")


def half_years(as_of: dt.date, count: int = 4) -> list[HalfYear]:
    """The half-year of a day and those before it, the newest first."""
    found, year, half = [], as_of.year, 1 if as_of.month <= 6 else 2
    for _ in range(count):
        first, last = (
            (dt.date(year, 1, 1), dt.date(year, 6, 30))
            if half == 1
            else (dt.date(year, 7, 1), dt.date(year, 12, 31))
        )
        found.append(HalfYear(f"{year}-H{half}", first, last))
        year, half = (year, 1) if half == 2 else (year - 1, 2)
    return found


def detect(organisation: Organisation, pack: Pack, *, period: HalfYear, on: dt.date) -> FoundSignals:
    """The signals of a half-year in an office's cases, as they stood at the end of a day.

    The same record gives the same answer, which is kept for an hour. Raises TooManyCases.
    """
    cases = (
        cases_of(organisation, pack.adopted_id)
        .filter(opened_on__lte=min(on, period.last))
        .filter(Q(ended_on=None) | Q(ended_on__gte=period.first - dt.timedelta(days=60)))
    )
    if (count := cases.count()) > MOST_CASES:
        raise TooManyCases(count=f"{count:,}", most=f"{MOST_CASES:,}")
    newest = Event.objects.filter(case__in=cases).aggregate(at=Max("recorded_at"))["at"]
    key = f"signals:{pack.content_hash}:{organisation.pk}:{period.key}:{on}:{count}:{newest and newest.timestamp()}"
    known = cache.get(key)
    if known is None:
        found = _detected(cases, pack, period, on)
        known = [(one.judged, one.unknown, one.found, one.counts, one.lacks) for one in found.results]
        cache.set(key, known, KEPT_SECONDS)
    rules = signals_of(pack, on)
    return FoundSignals(
        tuple(SignalResult(*one, *told) for one, told in zip(rules, known, strict=True)), (), ()
    )


def _detected(cases: Any, pack: Pack, period: HalfYear, on: dt.date) -> FoundSignals:
    with tempfile.TemporaryDirectory(prefix="tongdian-signals-") as folder:
        rows = record_rows(
            pack, in_stretches(cases.select_related("organisation")), on=on, in_use=first_metered
        )
        counts = write_cases(rows, Path(folder) / "record", RECORD)
        if not counts["case"]:
            return FoundSignals(tuple(SignalResult(*one) for one in signals_of(pack, on)), (), ())
        files = {name: [Path(folder) / "record" / f"{name}.csv"] for name, count in counts.items() if count}
        return find_signals(pack, files, on=on, span=Span(period.first, min(period.last, on)))


def first_metered(case: Case, meter: str) -> dt.date | None:
    """The day on which a meter first hung at the place of a case: its supply is in use from then on at the latest."""
    hung = MeterInstallation.objects.filter(meter__code=meter, usage_point__place=case.place_id)
    day = hung.aggregate(day=Min("in_place__startswith"))["day"]
    return day if isinstance(day, dt.date) else None


# ------------------------------------------------------------- as pages show them
@dataclass(frozen=True)
class SignalCounts:
    """How many of each rule, by district and by supplier, before any list."""

    rules: tuple[SignalResult, ...]
    counties: tuple[tuple[str, int], ...]
    suppliers: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All together."""
        return sum(one.total for one in self.rules)


def counted(found: FoundSignals, *, county: str = "", supplier: str = "") -> SignalCounts:
    """The counts, of one district or supplier where asked."""
    rules = tuple(
        replace(
            one,
            counts={
                (region, name): count
                for (region, name), count in one.counts.items()
                if county in ("", region) and supplier in ("", name)
            },
            found=tuple(
                each for each in one.found if county in ("", each.region) and supplier in ("", each.supplier)
            ),
        )
        for one in found.results
    )
    counties, suppliers = Counter[str](), Counter[str]()
    for one in rules:
        for (region, name), count in one.counts.items():
            counties[region] += count
            suppliers[name] += count
    return SignalCounts(rules, _most_first(counties), _most_first(suppliers))


def _most_first(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def signal_named(found: FoundSignals, rule: str, about: str) -> tuple[SignalResult, Signal] | None:
    """One signal with its result; None where there is none of that rule and name."""
    for result in found.results:
        if result.rule.rule == rule:
            return next(((result, one) for one in result.found if one.about == about), None)
    return None


def figures_of(
    rule: SignalRule, version: SignalVersion, pack: Pack, one: Signal
) -> Sequence[tuple[Words, Any, Any]]:
    """The figures of a signal as evidence: title, value, type; its limits among them, in the order of the sentence."""
    types, titles = rule.types(pack, version), rule.named(version)
    stage = stages_of(pack).get(str(one.values.get("stage")))
    values: dict[str, Any] = {
        **one.values,
        **({"stage": stage} if stage else {}),
        **{name: limit.is_ for name, limit in version.limits.items()},
    }
    names = dict.fromkeys([*rule.evidence(version), *version.facts, *version.limits])
    return [
        (titles[name], values[name], types.get(name))
        for name in names
        if name in titles and values.get(name) is not None
    ]
