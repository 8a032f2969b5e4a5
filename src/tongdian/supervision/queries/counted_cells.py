"""The cells of a form that are counted: how many cases, or what their lines add up to, in the units of the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.policy.inputs import Input
from tongdian.policy.kinds.filing import ReturnRow
from tongdian.policy.rounding import ratio
from tongdian.supervision.models import CountedFigures
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.rules import CellStatus


@dataclass(frozen=True, slots=True)
class CountedCell:
    """A cell as it was counted, and why it is less than certain."""

    value: str
    status: CellStatus
    why: str = ""


def counted_cells(form: ReturnForm, figures: CountedFigures) -> dict[str, dict[str, CountedCell]]:
    """By row and column; nothing where it is known of no case, or was not counted yet when these figures were."""
    found: dict[str, dict[str, CountedCell]] = {}
    counted = figures.columns.get(form.key, {})
    for line in form.rule.lines(form.pack, form.version):
        row = line.row
        if row is None or not (row.counts or row.sums):
            continue
        for column, places in counted.items():
            cell = form.rule.cell(form.version, line, column) if column in form.version.columns else None
            value = None if cell is None else _summed(row, cell, places)
            if value is None:
                continue
            unknown = sum(one["missing"] for one in places.values()) if row.missing_when else 0
            status, why = CellStatus.ESTIMATED if row.is_estimate else CellStatus.NORMAL, ""
            if unknown:
                status, why = CellStatus.PROVISIONAL, f"另有 {unknown} 户尚无数据，未计入"
            found.setdefault(line.key, {})[column] = CountedCell(value, status, why)
    return found


def _summed(row: ReturnRow, cell: Input, places: Mapping[str, Mapping[str, Any]]) -> str | None:
    """What stands in a cell; None where it is known of no case, or was not counted yet when these figures were."""
    several = places.values()
    if row.counts:
        return str(sum(int(one["cases"]) for one in several))
    assert row.sums is not None
    if any(row.sums not in one for one in several):
        return None
    if row.missing_when and several and all(one["missing"] == one["of"] for one in several):
        return None
    whole = sum((Decimal(one[row.sums]) for one in several), Decimal(0))
    return f"{ratio(whole, row.per or Decimal(1), cell.scale, 'half_up'):f}"
