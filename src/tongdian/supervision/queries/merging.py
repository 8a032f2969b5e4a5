"""What the returns that were accepted from below come to: the form of the level that receives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tongdian.parties.models import Organisation
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.filing import FilingPeriod
from tongdian.supervision.queries.absent import AbsentReturn, absent_further_below, absent_named
from tongdian.supervision.queries.cells import added_up, value_of
from tongdian.supervision.queries.filings import ReturnStanding, expected_below
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.rules import CellStatus


@dataclass(frozen=True)
class MergedReturn:
    """The columns that add up, line by line, over the returns that were accepted; who is not in it stands beside."""

    office: Organisation
    form: ReturnForm
    period: FilingPeriod
    included: tuple[ReturnStanding, ...]
    missing: tuple[ReturnStanding, ...]
    sums: Mapping[str, Mapping[str, Decimal]]
    lacking: Mapping[tuple[str, str], int]  # by row and column: returns without a figure there
    estimated: frozenset[tuple[str, str]]  # cells of which a part is an estimate
    further: tuple[AbsentReturn, ...] = ()  # whose returns those that are in it do without

    @property
    def columns(self) -> list[str]:
        """Those that add up, in the form's order."""
        return [key for key, one in self.form.version.columns.items() if one.adds_up]

    @property
    def lines(self) -> list[FormLine]:
        """The rows of the form."""
        return self.form.rule.lines(self.form.pack, self.form.version)


def merged(form: ReturnForm, office: Organisation, period: str, *, as_of: dt.date) -> MergedReturn | None:
    """The returns filed to an office for a period, added up as they stood at the end of a day; None where nobody
    files it to the office, or nothing of it adds up."""
    rows = expected_below(form, office, period, as_of=as_of)
    if not rows or not any(one.adds_up for one in form.version.columns.values()):
        return None
    included = tuple(one for one in rows if one.accepted is not None)
    several = [one.accepted.cells for one in included if one.accepted is not None]
    lacking: dict[tuple[str, str], int] = {}
    estimated = set()
    for line in form.rule.lines(form.pack, form.version):
        for column, declared in form.version.columns.items():
            if not declared.adds_up or form.rule.cell(form.version, line, column) is None:
                continue
            for cells in several:
                if value_of(form, line, column, cells) is None:
                    lacking[line.key, column] = lacking.get((line.key, column), 0) + 1
                if cells.get(line.key, {}).get(column, {}).get("status") == CellStatus.ESTIMATED:
                    estimated.add((line.key, column))
    return MergedReturn(
        office, form, rows[0].period, included, tuple(one for one in rows if one.accepted is None),
        added_up(form, several), lacking, frozenset(estimated),
        tuple(absent_named(absent_further_below(included))),
    )  # fmt: skip
