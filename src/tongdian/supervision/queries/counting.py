"""From the cases of a department's divisions to indicators and to the cells of a return.

Cases are written out as the files that the rules of the pack read, and counted as any files are: the desk, the
page and `tongdian indicators` go the same way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q

from tongdian.bulk.indicators import CountedIndicators, LateCase, Summed, count_indicators, sum_cases
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.periods import Span
from tongdian.cases.models import Case
from tongdian.cases.queries import stages_late
from tongdian.cases.queries.case_files import in_stretches, rows_for, write_cases
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import SUPERVISED
from tongdian.policy.kinds.indicator import IndicatorRule, indicators_of
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.measures import Histogram
from tongdian.policy.packs import Pack
from tongdian.supervision.models import TakenBundle
from tongdian.supervision.queries.energy import asks_energy, with_energy
from tongdian.supervision.queries.filings import expected_below
from tongdian.supervision.queries.offices import ReturnForm, codes_of, forms_of, prefix_of
from tongdian.supervision.samples import Figures, figures_of

KEPT_AS = "late and undecided cases with limit and stages with theirs, months, refused rows of each indicator with reasons, cases that stood still or of no column"  # what a count keeps beside the figures
MOST_REFUSED = 20  # rows that are named of each indicator; all are counted


def cases_of(organisation: Organisation, pack: str) -> Any:
    """The suppliers' cases in the divisions of a department, of those bound by a pack; of a supplier its own."""
    rows = Case.objects.filter(pack=pack)
    if organisation.kind in SUPERVISED:
        return rows.filter(organisation__ancestors__contains=[organisation.pk])
    within = Q(pk__in=[])
    for code in codes_of(organisation):
        within |= Q(region__code__startswith=prefix_of(code))
    return rows.filter(within, organisation__kind__in=list(SUPERVISED))


def write_files(
    organisation: Organisation, pack: Pack, *, on: dt.date, folder: Path
) -> tuple[dict[str, Any], str]:
    """The cases as the rules that judge them read them, by rule, as of the end of a day; and the hash of what is
    counted and by what: the files, the pack, and how its interpretations are settled here."""
    files: dict[str, Any] = {}
    digest = hashlib.sha256(f"{pack.content_hash}\n{KEPT_AS}".encode())
    for key in sorted(pack.interpretations):
        digest.update(f"{key}={pack.choices.get(key, '')}\n".encode())
    for rule_id in indicators_of(pack, on):
        rule: Any = pack.rules[rule_id]
        cases = in_stretches(cases_of(organisation, pack.adopted_id))
        rows: Iterator[dict[str, Any]] = (
            row for row in rows_for(rule, pack, cases, on) if row["applied"] <= on
        )
        if asks_energy(rule, pack):
            rows = with_energy(rows, until=on)
        counts = write_cases(rows, folder / rule_id)
        if counts["case"]:
            paths = {grain: folder / rule_id / f"{grain}.csv" for grain, count in counts.items() if count}
            files[rule_id] = {grain: [str(path)] for grain, path in paths.items()}
            for path in paths.values():
                digest.update(path.read_bytes())
    return files, digest.hexdigest()


def count(
    pack: Pack, files: Mapping[str, Any], *, first: dt.date, last: dt.date, on: dt.date
) -> tuple[CountedIndicators, dict[str, Any]]:
    """Count what ended from `first` to `last`, with what was still open at the end of `on`: the indicators, and the
    columns of the forms that are counted."""
    span = Span(first, last, "ended")
    counted = count_indicators(pack, files, on=on, span=span, by_month=True)
    columns: dict[str, Any] = {}
    for form in forms_of(pack, on):
        judge = form.version.of
        if judge is not None and judge in files:
            asked = form.rule.asked(form.version)
            rule = pack.rules[judge]
            assert isinstance(rule, SheetRule)  # checked when the pack was loaded
            summed = sum_cases(pack, rule, asked, files[judge], on=on, span=span)
            columns[form.key] = {
                name.removeprefix("in_"): {
                    region: _summed_as_kept(summed, name, region, one) for region, one in places.items()
                }
                for name, places in summed.items()
                if name.startswith("in_")
            }
    return counted, columns


# --------------------------------------------------------------- what others counted
def bundles_below(
    form: ReturnForm, organisation: Organisation, period: str, *, as_of: dt.date
) -> list[TakenBundle]:
    """The bundles behind the returns that were accepted from below and bring figures, by their digest."""
    accepted = [one.accepted for one in expected_below(form, organisation, period, as_of=as_of)]
    rows = TakenBundle.objects.filter(version__in=[one for one in accepted if one is not None])
    return [one for one in rows.select_related("organisation").order_by("digest") if one.figures]


def with_digests(digest: str, bundles: Sequence[TakenBundle]) -> str:
    """The hash of what is counted, with what others had counted."""
    return hashlib.sha256("\n".join([digest, *(one.digest for one in bundles)]).encode()).hexdigest()


def with_bundles(own: Figures, bundles: Sequence[TakenBundle]) -> tuple[Figures, list[dict[str, Any]]]:
    """What was counted here with what others had counted, and whose that is. A division whose cases are here is
    counted here: what a bundle says of it is left out, and told."""
    here = {region for places in own.values() for region in places}
    whole = {indicator: dict(places) for indicator, places in own.items()}
    told = []
    for bundle in bundles:
        left_out = set()
        for indicator, places in figures_of(bundle.figures["indicators"]).items():
            for region, histogram in places.items():
                if region in here:
                    left_out.add(region)
                    continue
                mine = whole.setdefault(indicator, {})
                mine[region] = mine.get(region, Histogram()) + histogram
        told.append(
            {"office": bundle.organisation.short, "digest": bundle.digest, "left_out": sorted(left_out)}
        )
    return whole, told


def as_plain(figures: Figures) -> dict[str, dict[str, Any]]:
    """Histograms as JSON keeps them."""
    return {
        indicator: {region: one.plain() for region, one in places.items()}
        for indicator, places in figures.items()
    }


def _summed_as_kept(
    summed: Mapping[str, Mapping[str, Summed]], name: str, region: str, one: Summed
) -> dict[str, Any]:
    """The sums of a column in a region; how many cases count, where a row says that not every one does; and of how
    many a sum is not known, where a row says so."""
    counted, missing = (summed.get(mark + name.removeprefix("in_")) for mark in ("n_", "m_"))
    return {
        "cases": one.cases if counted is None else counted.get(region, Summed()).cases,
        **({} if missing is None else {"of": one.cases, "missing": missing.get(region, Summed()).cases}),
        **{key: f"{value:f}" for key, value in one.sums.items()},
    }


# --------------------------------------------------------------- as they are kept
def named_as_kept(named: Mapping[str, Sequence[LateCase]], on: dt.date) -> dict[str, list[dict[str, Any]]]:
    """The cases that fail or are undecided as JSON, each with the stages that were late on the day, else with those
    that were open."""
    stages = stages_late({one.case for several in named.values() for one in several}, on)
    return {
        rule: [
            {
                **asdict(one),
                "stages": [[*stage.title, stage.days, stage.limit] for stage in stages.get(one.case, ())],
            }
            for one in several
        ]
        for rule, several in named.items()
        if several
    }


def refused_as_kept(rows: Sequence[RefusedRow]) -> dict[str, Any]:
    """How many rows nobody could judge, and why, of some."""
    listed = [
        {"case": one.key, "column": one.column, "zh": one.reason.zh, "en": one.reason.en}
        for one in rows[:MOST_REFUSED]
    ]
    return {"rows": len(rows), "listed": listed}


def _refused_from_kept(kept: Any) -> tuple[int, tuple[Mapping[str, Any], ...]]:
    """How many, and those that are named; once only their number was kept."""
    return (kept, ()) if isinstance(kept, int) else (kept["rows"], tuple(kept["listed"]))


@dataclass(frozen=True)
class IndicatorResult:
    """An indicator of a department in a period: all its divisions together, by county, what failed, what is undecided,
    and the rows that nobody could judge and that may be its cases of the period."""

    rule: IndicatorRule
    regions: Mapping[str, Histogram]
    late: tuple[Mapping[str, Any], ...] = ()
    undecided: tuple[Mapping[str, Any], ...] = ()
    refused: int = 0
    refused_rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def whole(self) -> Histogram:
        """All divisions together."""
        return sum(self.regions.values(), Histogram())

    @property
    def verdict(self) -> str:
        """As `IndicatorRule.verdict` says."""
        return self.rule.verdict(self.whole, self.refused)


def counted_clauses(pack: Pack) -> set[str]:
    """The standards that an indicator of the pack counts."""
    return {
        cite
        for rule in pack.rules.values()
        if isinstance(rule, IndicatorRule)
        for version in rule.versions
        for cite in version.cite
    }


def results_of(pack: Pack, kept: Any) -> list[IndicatorResult]:
    """What was counted, indicator by indicator in the pack's order."""
    found = []
    for rule in pack.rules.values():
        if isinstance(rule, IndicatorRule):
            counted = kept.indicators.get(rule.rule, {})  # none: there was no case of its rule at all
            regions = {code: Histogram.of_plain(one) for code, one in counted.items()}
            # once they were kept by the rule that judges, for all its indicators
            names = dict.fromkeys([rule.rule, *(version.of for version in rule.versions)])
            several = [_refused_from_kept(kept.refused.get(one, 0)) for one in names]
            found.append(
                IndicatorResult(
                    rule,
                    regions,
                    tuple(kept.late.get(rule.rule, ())),
                    tuple(kept.undecided.get(rule.rule, ())),
                    sum(rows for rows, _ in several),
                    tuple(one for _, listed in several for one in listed),
                )
            )
    return found
