"""Signals in the record of this installation's own cases: those of an office's divisions, or a supplier's own.

The cases are written out as the files that signals read, and judged as any files are: the page and
`tongdian integrity` go the same way.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tongdian.bulk.signals import FoundSignals, Signal, SignalResult, find_signals
from tongdian.parties.models import Organisation
from tongdian.policy.kinds.signal import SignalRule, SignalVersion, signals_of, stages_of
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supervision.queries.own_record import HalfYear, OwnRecord


def detect(organisation: Organisation, pack: Pack, *, period: HalfYear, on: dt.date) -> FoundSignals:
    """The signals of a half-year in an office's cases, as they stood at the end of a day. Raises TooManyCases."""
    own = OwnRecord(organisation, pack, period, on)

    def told() -> Any:
        results = _detected(own).results
        return [(one.judged, one.unknown, one.found, one.counts, one.lacks) for one in results]

    known = own.kept("signals", told, command="tongdian integrity")
    rules = signals_of(pack, on)
    return FoundSignals(
        tuple(SignalResult(*one, *said) for one, said in zip(rules, known, strict=True)), (), ()
    )


def _detected(own: OwnRecord) -> FoundSignals:
    with own.files() as files:
        if not files:
            return FoundSignals(tuple(SignalResult(*one) for one in signals_of(own.pack, own.on)), (), ())
        return find_signals(own.pack, files, on=own.on, span=own.span)


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
