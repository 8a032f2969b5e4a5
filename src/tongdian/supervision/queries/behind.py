"""What stands behind a cell of a return: the cases that it counts, or the returns that it is added up from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.indicator import JUDGED, outcome_of
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import CalculationRefused
from tongdian.supervision.models import CountedFigures, CountedPopulation, ReturnVersion
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, newest_figures
from tongdian.supervision.queries.populations import kept_cases


@dataclass(frozen=True)
class CaseBehind:
    """A case that a cell counts, with its share of it in the row's unit; None where nobody knows it yet."""

    number: str
    region: str
    value: Decimal | None


@dataclass(frozen=True)
class ReturnBehind:
    """A return that a cell is added up from, with what stands in the same cell of it."""

    here: ReturnStanding
    version: ReturnVersion | None
    value: Any
    source: str


def cases_behind(
    here: ReturnStanding, line: FormLine, column: str
) -> tuple[CountedFigures | None, list[CaseBehind]]:
    """The cases of the newest count that a cell of an office's own return counts, the greatest first; of a column that
    is a sum those of all. None of what was counted before cases were kept, or elsewhere."""
    figures = newest_figures(here.organisation, here.form.pack.id, here.period.key)
    if figures is None or line.row is None or here.form.version.of is None:
        return figures, []
    found = list(_cases(here, figures, line, column))
    return figures, sorted(found, key=lambda one: (-(one.value or Decimal(-1)), one.number))


def _cases(
    here: ReturnStanding, figures: CountedFigures, line: FormLine, column: str
) -> Iterator[CaseBehind]:
    form, row = here.form, line.row
    population = CountedPopulation.objects.filter(figures=figures).first()
    rule = form.pack.rules[form.version.of or ""]
    assert isinstance(rule, SheetRule)  # checked when the pack was loaded
    assert row is not None
    judge = rule.with_lines(form.rule.asked(form.version))
    taken = judge.taken(form.pack, {})
    version = judge.version_on(figures.on, taken)
    columns = [
        key
        for key, one in form.version.columns.items()
        if one.where is not None and (key == column or form.version.columns[column].is_sum)
    ]
    for case in kept_cases(population) if population is not None else ():
        if case.rule != form.version.of:
            continue
        given = {name: text for name, text in case.rows[next(iter(case.rows))][0].items() if text != ""}
        try:
            said = judge.judged(form.pack, version, figures.on, given, taken)
        except CalculationRefused:  # it was refused when it was counted, too, and stands among the refused
            continue
        mine = [key for key in columns if said[f"in_{key}"]]
        if outcome_of(judge, said) not in JUDGED:
            continue  # in hand, or withdrawn
        if not mine or (row.counts and not said.get(f"n_{mine[0]}", True)):
            continue
        value: Decimal | None = Decimal(1)
        if row.sums is not None:
            unknown = bool(row.missing_when) and said[f"m_{mine[0]}"]
            value = None if unknown else Decimal(said[row.sums]) / (row.per or Decimal(1))
        yield CaseBehind(case.number, str(said["region"]), value)


def returns_behind(
    here: ReturnStanding, line: FormLine, column: str, *, as_of: dt.date
) -> list[ReturnBehind]:
    """The returns below, with the same cell of the version that was accepted of each."""
    rows = expected_below(here.form, here.organisation, here.period.key, as_of=as_of)
    return [return_behind(one, line, column) for one in rows]


def return_behind(one: ReturnStanding, line: FormLine, column: str) -> ReturnBehind:
    """A return below with a cell of the version that was accepted."""
    version = one.accepted
    cells = version.cells if version is not None else {}
    kept = cells.get(line.key, {}).get(column, {})
    return ReturnBehind(one, version, value_of(one.form, line, column, cells), kept.get("source", ""))
