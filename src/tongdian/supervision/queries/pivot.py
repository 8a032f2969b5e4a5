"""What an office may lay out as a pivot: its counted indicators, and the returns that were accepted by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.parties.queries import names_of_regions
from tongdian.policy.kinds.filing import number_of
from tongdian.policy.kinds.indicator import IndicatorRule
from tongdian.policy.measures import Histogram
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supervision.models import CountedFigures, FiledReturn
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.filings import ReturnStanding, forms_for, standings
from tongdian.supervision.queries.offices import ReturnForm, codes_of, filers_below
from tongdian.supervision.queries.pivoting import PivotFact
from tongdian.supervision.rules import CellStatus

INDICATORS = "indicators"
LEVELS = (("province", 2), ("prefecture", 4))  # of a county's code, so many figures
DIMENSIONS: Mapping[str, Words] = {
    "indicator": Words("指标", "indicator"),
    "line": Words("统计内容", "content"),
    "item": Words("栏目", "column"),
    "period": Words("报告期", "period"),
    "office": Words("填报单位", "office"),
    "county": Words("区县", "district"),
    "prefecture": Words("地市", "prefecture"),
    "province": Words("省", "province"),
}


@dataclass(frozen=True)
class PivotSource:
    """Figures that may be laid out: their dimensions, what each key is called, and who is not in them."""

    key: str
    title: Words
    dimensions: tuple[str, ...]
    facts: Sequence[PivotFact]
    names: Mapping[str, Mapping[str, str | Words]] = field(default_factory=dict)
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by period, returns not accepted

    def keys(self, dimension: str) -> list[str]:
        """What there is of a dimension, in the order of the facts."""
        return list(dict.fromkeys(one.of[dimension] for one in self.facts))

    def name(self, dimension: str, key: str) -> str | Words:
        """What a key is called."""
        return self.names.get(dimension, {}).get(key, key)


def sources(office: Organisation, pack: Pack, *, as_of: dt.date) -> list[tuple[str, Words]]:
    """What may be laid out: the indicators, and each form of which something adds up."""
    found = [(INDICATORS, Words("指标（由业务计算）", "indicators, counted from cases"))]
    for form in forms_for(office, as_of):
        if form.pack.id == pack.id and any(one.adds_up for one in form.version.columns.values()):
            found.append((form.key, form.title))
    return found


def source(office: Organisation, pack: Pack, key: str, *, as_of: dt.date) -> PivotSource:
    """One of them, as its figures stood at the end of a day; the first that has figures where there is none of that
    name."""
    forms = [
        one
        for one in forms_for(office, as_of)
        if one.pack.id == pack.id and any(cell.adds_up for cell in one.version.columns.values())
    ]
    if (form := next((one for one in forms if one.key == key), None)) is not None:
        return _filed(office, form, as_of)
    counted = _counted(office, pack, as_of)
    if counted.facts or key == INDICATORS:
        return counted
    return next((one for one in (_filed(office, form, as_of) for form in forms) if one.facts), counted)


def _counted(office: Organisation, pack: Pack, as_of: dt.date) -> PivotSource:
    """The newest count of each period."""
    rows = CountedFigures.objects.filter(organisation=office, pack=pack.id, at__lt=end_of(as_of))
    newest = {one.period: one for one in rows.order_by("at")}
    rules = [one for one in pack.rules.values() if isinstance(one, IndicatorRule)]
    facts, codes = [], set[str]()
    for period in sorted(newest, reverse=True):
        for rule in rules:
            for code, kept in sorted(newest[period].indicators.get(rule.rule, {}).items()):
                codes.add(code)
                of = {"period": period, "indicator": rule.rule, "county": code, **_above(code)}
                facts.append(PivotFact(of, Histogram.of_plain(kept)))
    names: dict[str, Mapping[str, str | Words]] = {"indicator": {one.rule: one.title for one in rules}}
    dimensions = ("indicator", "period", "county", "prefecture", "province")
    return PivotSource(
        INDICATORS, Words("指标（由业务计算）", "indicators, counted from cases"), dimensions, facts,
        names | _names(codes) | {"period": _periods(office, as_of)},
    )  # fmt: skip


def _filed(office: Organisation, form: ReturnForm, as_of: dt.date) -> PivotSource:
    """The returns that the office accepted from below, or its own that lie above where nobody files to it."""
    below = filers_below(form, office, as_of)
    filers = below or [office]
    mine = FiledReturn.objects.filter(
        organisation__in=[one.pk for one in filers], pack=form.pack.id, form=form.key
    )
    periods = sorted(set(mine.filter(at__lt=end_of(as_of)).values_list("period", flat=True)), reverse=True)
    facts, absent, codes = [], {}, set[str]()
    for period in periods:
        rows = standings(form, filers, period, as_of=as_of)
        absent[period] = tuple(
            one.organisation.shown_name for one in rows if _counts(one, is_below=bool(below)) is None
        )
        for here in rows:
            codes |= set(codes_of(here.organisation)[:1])
            facts += _figures(here, _counts(here, is_below=bool(below)))
    lines = form.rule.lines(form.pack, form.version)
    names: dict[str, Mapping[str, str | Words]] = {
        "line": {one.key: one.printed for one in lines},
        "item": {key: one.printed or one.title for key, one in form.version.columns.items()},
        "office": {one.short: one.shown_name for one in filers},
    }
    dimensions = ("line", "item", "period", "office", "prefecture", "province")
    names |= _names(codes) | {"period": _periods(office, as_of)}
    return PivotSource(form.key, form.title, dimensions, facts, names, absent)


def _counts(here: ReturnStanding, *, is_below: bool) -> Any:
    return here.accepted if is_below else here.received


def _figures(here: ReturnStanding, version: Any) -> list[PivotFact]:
    """The cells that add up; of a return that is not there none."""
    form, found = here.form, []
    for line in form.rule.lines(form.pack, form.version) if version is not None else ():
        for column, declared in form.version.columns.items():
            cell = form.rule.cell(form.version, line, column)
            if not declared.adds_up or cell is None or number_of(cell) is None:
                continue
            code = codes_of(here.organisation)[0]
            of = {"line": line.key, "item": column, "period": here.period.key, "office": here.organisation.short, "county": code, **_above(code)}  # fmt: skip
            value = value_of(form, line, column, version.cells)
            status = version.cells.get(line.key, {}).get(column, {}).get("status")
            kept = value if isinstance(value, Decimal) else None
            found.append(PivotFact(of, kept, status == CellStatus.ESTIMATED))
    return found


def _above(code: str) -> dict[str, str]:
    return {name: code[:figures].ljust(6, "0") for name, figures in LEVELS}


def _names(codes: set[str]) -> dict[str, Mapping[str, str | Words]]:
    every = codes | {above for code in codes for above in _above(code).values()}
    named: Mapping[str, str | Words] = dict(names_of_regions(sorted(every)))
    return dict.fromkeys(("county", "prefecture", "province"), named)


def _periods(office: Organisation, as_of: dt.date) -> dict[str, str | Words]:
    return {
        one.key: one.title
        for form in forms_for(office, as_of)
        for one in form.periods(first=dt.date(2020, 1, 1), last=as_of + dt.timedelta(days=380))
    }
