"""Cells of a return as they are kept: each value read by its type, each status one that there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.policy.inputs import read_value
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.refusing import BadCell, BadCells
from tongdian.supervision.rules import CellSource, CellStatus

MOST_SAID = 12  # cells or checks that one refusal names
MOST_TEXT = 500
NO_CELL = Words("没有这一格", "there is no such cell")
OF_OTHERS = Words("这一行由别的单位填报", "another office fills in this row")
BOTH = Words("写了数，就不能标为缺数或不适用", "it has a figure, and is said to be missing or not applicable")


def checked_cells(
    form: ReturnForm, office: Organisation, cells: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Cells as they are kept: every value read by its type. Raises BadCell for what the form does not take, or not of
    that office: what no page or paper of it shows would still be added up above. Of several BadCells, which names them
    all."""
    own = {line.key for line in form.lines(office)}
    lines = {line.key: line for line in form.rule.lines(form.pack, form.version)}
    kept: dict[str, dict[str, dict[str, str]]] = {}
    bad: list[BadCell] = []
    for row, columns in cells.items():
        for column, given in columns.items():
            line, declared = lines.get(row), form.version.columns.get(column)
            cell = form.rule.cell(form.version, line, column) if line and declared else None
            if line is None or declared is None or cell is None:
                raise BadCell(row=str(row)[:40], column=str(column)[:40], problem=NO_CELL)
            if row not in own:
                raise BadCell(row=line.named, column=declared.title, problem=OF_OTHERS)
            try:
                checked = _checked_cell(line.named, declared.title, column, cell, given)
            except BadCell as refusal:
                bad.append(refusal)
            else:
                kept.setdefault(row, {})[column] = checked
    if len(bad) == 1:
        raise bad[0]
    if bad:
        raise BadCells(cells=listed([one.says.fill(**one.facts) for one in bad]))
    return kept


def _checked_cell(
    row: Words, title: Words, column: str, cell: Any, given: Mapping[str, Any]
) -> dict[str, str]:
    value = str(given.get("value") or "").strip()
    why = str(given.get("why") or "").strip()
    status = str(given.get("status") or CellStatus.NORMAL)
    source = str(given.get("source") or CellSource.ENTERED)
    if status not in CellStatus.values or source not in CellSource.values or len(why) > MOST_TEXT:
        raise BadCell(row=row, column=title, problem=Words("状态或来源不对", "its status or source is none"))
    if value and status in (CellStatus.MISSING, CellStatus.NOT_APPLICABLE):
        raise BadCell(row=row, column=title, problem=BOTH)
    if value:
        try:
            read_value(column, value, cell.value_type)
        except BadInput as refusal:
            problem = refusal.facts["problem"]
            raise BadCell(row=row, column=title, problem=problem) from None
    elif status == CellStatus.NORMAL:
        status = CellStatus.MISSING.value
    found = {"value": value, "status": status, "source": source, "why": why}
    return {name: text for name, text in found.items() if text}


def listed(several: Sequence[Words]) -> Words:
    """The first of several, and how many they are."""
    shown, more = several[:MOST_SAID], len(several) - MOST_SAID
    zh, en = "；".join(one.zh for one in shown), "; ".join(one.en for one in shown)
    return Words(f"{zh} 等共 {len(several)} 处", f"{en} and {more} more") if more > 0 else Words(zh, en)
