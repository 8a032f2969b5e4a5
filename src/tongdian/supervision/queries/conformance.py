"""Which ways an office's own cases went, as `tongdian conformance` says it of files."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tongdian.bulk.conformance import Conformance, ConformanceTally, conformance_of
from tongdian.parties.models import Organisation
from tongdian.policy.packs import Pack
from tongdian.policy.process import Process
from tongdian.policy.process.paths import stage_titles
from tongdian.policy.process.replaying import KINDS, DeviationKind
from tongdian.policy.words import Words
from tongdian.supervision.queries.own_record import HalfYear, OwnRecord


def gone(organisation: Organisation, pack: Pack, *, period: HalfYear, on: dt.date) -> Conformance:
    """The ways of the cases that ran in a half-year, as they stood at the end of a day. Raises TooManyCases."""
    own = OwnRecord(organisation, pack, period, on)

    def told() -> Conformance:
        with own.files() as files:
            if not files:
                return Conformance((), {}, 0)
            return conformance_of(pack, files, on=on, span=own.span)

    found: Conformance = own.kept("conformance", told, command="tongdian conformance")
    return found


def processes_of(found: Conformance, pack: Pack) -> list[tuple[str, Words, int]]:
    """The processes that cases were of, with how many: id, title, count."""
    counts: Counter[str] = Counter()
    for one in found.paths:
        counts[one.path.process] += one.total
    return [(name, pack.rules[name].title, cases) for name, cases in counts.most_common()]


def stages_at_fault(whole: ConformanceTally, pack: Pack) -> Sequence[tuple[Words, Words, Words, int]]:
    """Which stage of which process was skipped, repeated and so on: process, what, stage, cases; the most first."""
    rows = []
    for (name, kind, about), cases in whole.stages.most_common():
        process: Any = pack.rules[name]
        assert isinstance(process, Process)
        if kind is not DeviationKind.FACT_MISSING:
            title = stage_titles(process).get(about, Words(about, about))
            rows.append((process.title, KINDS[kind], title, cases))
    return rows
