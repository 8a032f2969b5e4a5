"""A filled template becomes a draft, as if it had been typed on the page; or every cell that is refused is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple

from tongdian.bounded import bounded
from tongdian.calendar import legal_day
from tongdian.files.rules import FileTooLarge
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import Cell, CellRefused, day, is_empty, letter, number, shown, text
from tongdian.supervision.actions.checking import MOST_SAID, MOST_TEXT
from tongdian.supervision.actions.filing import fill_in
from tongdian.supervision.importing.grids import MOST_ROWS, Grid, template_grids
from tongdian.supervision.importing.layout import template_of
from tongdian.supervision.importing.sheets import (
    BELOW,
    CONTACT_AT,
    FIRST_REASON,
    FORM,
    HEADINGS_AT,
    NOTE_AT,
    REASONS,
    ReturnTemplate,
    TemplateCell,
)
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.proposing import MutableCells, proposed, put_totals
from tongdian.supervision.refusing import CellProblem, OtherTemplate, TemplateCellsRefused
from tongdian.supervision.rules import CellSource, CellStatus

MOST_BYTES = 2_000_000  # the template of the longest form is 30 kB
IDENTITY = (
    Words("规则包", "pack"),
    Words("报表", "form"),
    Words("统计期间", "period"),
    Words("填报单位", "office"),
)
REVISED = Words("表式已修订", "the form was revised since")
FORMULA = Words("是公式；请填数值", "it is a formula: write the value itself")
NOT_ASKED = Words("这里不是填报的格", "nothing is filled in here")
RENAMED = Words("应为“{wanted}”，现为“{found}”：行或列被移动或改名", 'it should be "{wanted}" and is "{found}": rows or columns were moved or renamed')  # fmt: skip
NO_STATUS = Words("“{found}”不在状态列表中", '"{found}" is none of the statuses in the list')
NO_FIGURE = Words("没有填数，状态却是“{status}”", 'nothing is filled in, and the status is "{status}"')
HAS_FIGURE = Words(
    "已填“{value}”，状态却是“{status}”", '"{value}" is filled in, and the status is "{status}"'
)
NOT_IN_LIST = Words("“{found}”不在列表中：{choices}", '"{found}" is not in the list: {choices}')
OTHER_SUM = Words("合计应为 {wanted}，现为 {found}", "the sum should be {wanted} and is {found}")
NO_OFFICE = Words("“{found}”不是尚未报送的下级单位", '"{found}" is no office below whose return is missing')
OTHER_SHEET = Words("模板没有这张工作表", "the template has no such sheet")
BLANK = (CellStatus.MISSING.value, CellStatus.NOT_APPLICABLE.value)


def bring_return(
    *, viewer: Any, here: ReturnStanding, content: bytes, begun_from: int, at: dt.datetime
) -> ReturnVersion:
    """Read a filled template and keep it as a draft. What stands in it as it was proposed keeps where it is from;
    all else was entered.

    Raises FileTooLarge, NotASpreadsheet, NotATemplate, TemplateHasMoreRows, OtherTemplate, TemplateCellsRefused,
    and what `fill_in` refuses.
    """
    read = read_template(content, here, as_of=legal_day(at))
    return fill_in(
        viewer=viewer, organisation=here.organisation, form=here.form.key, period=here.period.key, cells=read.cells,
        absent=read.absent, contact=read.contact, note=read.note, begun_from=begun_from, at=at,
    )  # fmt: skip


@dataclass(slots=True)
class BroughtReturn:
    """What a template says, and the cells of it that are not taken."""

    template: ReturnTemplate
    cells: MutableCells = field(default_factory=dict)
    absent: list[dict[str, str]] = field(default_factory=list)
    contact: str = ""
    note: str = ""
    problems: list[CellProblem] = field(default_factory=list)

    def refuse(self, cell: TemplateCell, problem: Words, *, sheet: str = FORM, address: str = "") -> None:
        """A cell of the form is not taken."""
        self.problems.append(
            CellProblem(sheet, address or cell.address, cell.row_title, cell.column_title, problem)
        )

    def refuse_at(self, sheet: str, address: str, problem: Words) -> None:
        """What stands where nothing is filled in, or a title is not taken."""
        self.problems.append(CellProblem(sheet, address, "", "", problem))


def read_template(content: bytes, here: ReturnStanding, *, as_of: dt.date) -> BroughtReturn:
    """What a filled template says. The results of its formulas are not believed: sums are reckoned anew.

    Raises FileTooLarge, NotASpreadsheet, NotATemplate, TemplateHasMoreRows, OtherTemplate, TemplateCellsRefused.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLarge(limit=MOST_BYTES // 1_000_000)
    lines = len(here.lines) * len(here.form.version.columns)
    grids = bounded(template_grids, content, most=max(MOST_ROWS, lines + HEADINGS_AT))
    identity = [shown(grids[FORM].get(f"{letter(place)}1")) for place in range(1, 7)]
    template = template_of(here, language="en" if identity[4] == "en" else "zh", as_of=as_of)
    _must_be_of(identity, template)
    read = BroughtReturn(template)
    for sheet in grids.keys() - {FORM, REASONS, BELOW}:
        read.refuse_at(sheet, "", OTHER_SHEET)
    _titles(read, grids[FORM])
    read.contact = _said(read, grids[FORM], CONTACT_AT, 120)
    read.note = _said(read, grids[FORM], NOTE_AT, MOST_TEXT)
    for cell in template.cells:
        if not cell.is_sum:
            _value(read, cell, grids[FORM].get(cell.address))
    statuses = _statuses(read, grids.get(REASONS, {}))
    if not read.problems:  # sums of what is not taken say nothing
        put_totals(here.form, read.cells)
        for cell in template.cells:
            if cell.is_sum:
                _sum(read, cell, grids[FORM].get(cell.address))
    for cell in template.cells:
        _tell(read, cell, *statuses.get(cell.address, (0, "", "")))
    _absent(read, grids.get(BELOW, {}))
    if read.problems:
        raise _refused(read.problems)
    _keep_sources(read.cells, proposed(here, as_of=as_of))
    return read


def _must_be_of(identity: list[str], template: ReturnTemplate) -> None:
    """Raises OtherTemplate, which names all in which it differs."""
    asked = template.identity
    differing = [
        Words(f"{what.zh}为“{found}”，应为“{wanted}”", f'{what.en} is "{found}" and not "{wanted}"')
        for what, found, wanted in zip(IDENTITY, identity, asked, strict=False)
        if found != wanted
    ]
    if not differing and identity[-1] != asked[-1]:
        differing = [REVISED]
    if differing:
        zh, en = "；".join(one.zh for one in differing), "; ".join(one.en for one in differing)
        raise OtherTemplate(differences=Words(zh, en))


def _titles(read: BroughtReturn, grid: Grid) -> None:
    """Rows and columns stand where the template has them, and nothing beside."""
    template = read.template
    wanted = {f"A{row}": title for row, title in template.rows}
    headings = zip(template.columns, template.heading_rows, strict=True)
    wanted |= {f"{letter(place)}{row}": title for place, ((title, _), row) in enumerate(headings, 1)}
    wanted |= dict(template.said)
    for address, title in wanted.items():
        found = shown(grid.get(address))
        if found.split() != title[:200].split():
            read.refuse_at(FORM, address, RENAMED.fill(wanted=title[:40], found=found[:40]))
    known = {*wanted, *(cell.address for cell in template.cells), CONTACT_AT, NOTE_AT}
    for address, cell in grid.items():
        if cell.value is None and not cell.is_formula:
            continue  # merged, as the title is
        row = _row_of(address)
        is_head = row < HEADINGS_AT and address[:1] in "AB"
        if address not in known and row > 1 and not is_head and not _is_heading(template, address, row):
            read.refuse_at(FORM, address, NOT_ASKED if cell.problem is None else cell.problem)


def _is_heading(template: ReturnTemplate, address: str, row: int) -> bool:
    places = [letter(place) for place in range(template.last_column)]
    return HEADINGS_AT <= row <= template.heading_row and address[: -len(str(row))] in places


def _row_of(address: str) -> int:
    return int(coordinate_to_tuple(address)[0])


def _value(read: BroughtReturn, cell: TemplateCell, found: Cell | None) -> None:
    """What stands in a cell that is filled in, by its type."""
    if found is None:
        return
    try:
        if found.is_formula:
            read.refuse(cell, FORMULA)
            return
        if is_empty(found):
            return
        value = _read(cell, found)
    except CellRefused as refused:
        read.refuse(cell, refused.words)
        return
    except BadInput as refused:
        read.refuse(cell, refused.facts["problem"])
        return
    if value:
        read.cells.setdefault(cell.row, {})[cell.column] = {
            "value": value, "status": CellStatus.NORMAL.value, "source": CellSource.ENTERED.value,
        }  # fmt: skip


def _read(cell: TemplateCell, found: Cell) -> str:
    """The value of a cell as it is kept. Raises CellRefused, BadInput."""
    match cell.sort:
        case "number":
            value = number(found, decimals=cell.decimals, most=10**20)
            if not cell.low <= value <= cell.high:
                problem = Words(
                    "{value} 不在 {low} 至 {high} 之间", "{value} is not between {low} and {high}"
                )
                raise BadInput(
                    name=cell.column, problem=problem.fill(value=f"{value:f}", low=f"{cell.low:f}", high=f"{cell.high:f}")
                )  # fmt: skip
            return f"{value:f}"
        case "day":
            return day(found).isoformat()
    said = text(found, most=cell.most)
    if cell.sort != "choice":
        return said
    kept = next((word for word, label in cell.choices if said in (word, label)), None)
    if kept is None:
        choices = "、".join(label for _, label in cell.choices)
        raise BadInput(name=cell.column, problem=NOT_IN_LIST.fill(found=said[:40], choices=choices))
    return kept


def _sum(read: BroughtReturn, cell: TemplateCell, found: Cell | None) -> None:
    """A sum that was written over the formula agrees with what is reckoned, or is refused."""
    reckoned = read.cells.get(cell.row, {}).get(cell.column)
    if reckoned is not None and Decimal(reckoned["value"]) > cell.high:
        problem = Words("合计 {value} 超过 {high}", "the sum {value} is above {high}")
        read.refuse(cell, problem.fill(value=reckoned["value"], high=f"{cell.high:f}"))
    if found is None or found.is_formula:
        return
    try:
        if is_empty(found):
            return
        written = f"{number(found, decimals=cell.decimals, most=10**20):f}"
    except CellRefused as refused:
        read.refuse(cell, refused.words)
        return
    wanted = reckoned["value"] if reckoned else ""
    if not wanted or Decimal(written) != Decimal(wanted):
        read.refuse(cell, OTHER_SUM.fill(wanted=wanted or Words("空", "nothing"), found=written))


def _statuses(read: BroughtReturn, grid: Grid) -> dict[str, tuple[int, str, str]]:
    """By the address of a cell: the line on which its status and reason stand, and these."""
    found, lines = {}, dict(read.template.reasons)
    letters = {label: word for word, label in read.template.statuses}
    for address in grid:
        row = _row_of(address)
        if row >= FIRST_REASON and (
            row not in lines or address[:1] > "E" or len(address) > 1 + len(str(row))
        ):
            read.refuse_at(REASONS, address, NOT_ASKED)
    for row, cell in lines.items():
        label = _said(read, grid, f"D{row}", 40, sheet=REASONS)
        why = _said(read, grid, f"E{row}", MOST_TEXT, sheet=REASONS)
        if (said := shown(grid.get(f"A{row}"))) != cell.address and (label or why):
            read.refuse_at(REASONS, f"A{row}", RENAMED.fill(wanted=cell.address, found=said[:40]))
        if label and label not in letters:
            read.refuse(cell, NO_STATUS.fill(found=label), sheet=REASONS, address=f"D{row}")
        found[cell.address] = row, letters.get(label, ""), why
    return found


def _tell(read: BroughtReturn, cell: TemplateCell, row: int, status: str, why: str) -> None:
    """Status and reason of a cell agree with whether it has a value."""
    kept = read.cells.get(cell.row, {}).get(cell.column)
    label = dict(read.template.statuses).get(status, "")
    if kept is not None:
        if status in BLANK:
            problem = HAS_FIGURE.fill(value=kept["value"], status=label)
            read.refuse(cell, problem, sheet=REASONS, address=f"D{row}")
        kept["status"] = status or kept["status"]
        if why:
            kept["why"] = why
        return
    if status and status not in BLANK and not read.problems:
        read.refuse(cell, NO_FIGURE.fill(status=label), sheet=REASONS, address=f"D{row}")
    if status in BLANK or why:
        read.cells.setdefault(cell.row, {})[cell.column] = {
            "value": "", "why": why, "status": status or CellStatus.MISSING.value,
            "source": CellSource.ENTERED.value,
        }  # fmt: skip


def _absent(read: BroughtReturn, grid: Grid) -> None:
    """Which offices below it goes without, and why."""
    shorts = {short for short, _, _ in read.template.below}
    last = max((_row_of(one) for one in grid), default=0)
    for row in range(FIRST_REASON, last + 1):
        short, why = shown(grid.get(f"A{row}")), _said(read, grid, f"C{row}", MOST_TEXT, sheet=BELOW)
        if why and short not in shorts:
            read.refuse_at(BELOW, f"A{row}", NO_OFFICE.fill(found=short[:40]))
        elif why:
            read.absent.append({"organisation": short, "why": why})


def _said(read: BroughtReturn, grid: Grid, address: str, most: int, *, sheet: str = FORM) -> str:
    """A text that is filled in; none, where it is refused."""
    found = grid.get(address)
    if found is None:
        return ""
    if found.is_formula:
        read.refuse_at(sheet, address, FORMULA)
        return ""
    try:
        return text(found, most=most)
    except CellRefused as refused:
        read.refuse_at(sheet, address, refused.words)
        return ""


def _keep_sources(cells: MutableCells, begins: Mapping[str, Mapping[str, Any]]) -> None:
    """What stands as it was counted or added up is still that, as on the page."""
    for row, columns in cells.items():
        for column, cell in columns.items():
            was = begins.get(row, {}).get(column, {})
            if cell["value"] and cell["value"] == was.get("value"):
                cell["source"] = was["source"]


def _refused(problems: list[CellProblem]) -> TemplateCellsRefused:
    said = [one.words for one in problems]
    more = len(said) - MOST_SAID
    zh, en = "；".join(one.zh for one in said[:MOST_SAID]), "; ".join(one.en for one in said[:MOST_SAID])
    named = Words(f"{zh} 等", f"{en} …") if more > 0 else Words(zh, en)
    refusal = TemplateCellsRefused(count=len(problems), cells=named)
    refusal.problems = tuple(problems)
    return refusal
