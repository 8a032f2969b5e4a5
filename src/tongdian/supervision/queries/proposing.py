"""What a new version of a return begins with: counted from cases, added up from below, kept from before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.policy.form_lines import FormLine, day_of
from tongdian.policy.kinds.filing import OUTSIDE, number_of
from tongdian.supervision.models import CountedFigures, TaskReport
from tongdian.supervision.queries.cells import Cells, added_up, checks_of, status_of_sum, sum_of, value_of
from tongdian.supervision.queries.counted_cells import counted_cells
from tongdian.supervision.queries.counting import IndicatorResult, counted_clauses, results_of
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, newest_figures, standing
from tongdian.supervision.queries.offices import (
    ReturnForm,
    level_of_competence,
    offices_of,
    offices_of_clause,
    receiver,
    responsible,
)
from tongdian.supervision.queries.tasks import evidence_of, progress_of
from tongdian.supervision.rules import CellSource, CellStatus

# why no area is due: nought says none of it
NO_CASE, NOT_DUE, OF_ANOTHER_LEVEL = "本期没有应评的业务", "尚未到期", "不由本级完成"
MOST_PROGRESS = 450  # characters of what is told in a cell
MutableCells = dict[str, dict[str, dict[str, Any]]]


def proposed(here: ReturnStanding, *, as_of: dt.date) -> MutableCells:
    """The cells of a new version, of the rows that the office fills in. What is neither counted nor added up stays as
    it was entered last."""
    cells: MutableCells = {}
    if here.newest is not None:
        for row, columns in here.newest.cells.items():
            cells[row] = {
                column: dict(cell)
                for column, cell in columns.items()
                if cell.get("source") == CellSource.ENTERED
            }
    below = expected_below(here.form, here.organisation, here.period.key, as_of=as_of)
    figures = newest_figures(here.organisation, here.form.pack.id, here.period.key) if not below else None
    if below:
        _put_sums(here, cells, [one.accepted.cells for one in below if one.accepted is not None])
        if here.form.version.each == "standard":
            _put_own_standards(here, cells, as_of)
    else:
        if here.form.version.each == "standard":
            _put_standards(here, cells, figures, as_of)
        elif figures is not None:
            _put_columns(here, cells, figures)
    if here.form.version.each == "task":
        _put_plan(here, cells, as_of)
    put_totals(here.form, cells)
    if figures is not None:
        _say_outside(here, cells, figures)
    own = {line.key for line in here.lines}
    return {row: columns for row, columns in cells.items() if row in own}


def _put(
    cells: MutableCells, row: str, column: str, value: str | None, source: CellSource, **more: Any
) -> None:
    status = more.pop("status", CellStatus.NORMAL)
    cells.setdefault(row, {})[column] = {
        "value": value, "status": status.value, "source": source.value, **{k: v for k, v in more.items() if v},
    }  # fmt: skip


def _put_sums(here: ReturnStanding, cells: MutableCells, below: Sequence[Cells]) -> None:
    for row, columns in added_up(here.form, below).items():
        for column, value in columns.items():
            parts = [one.get(row, {}).get(column, {}) for one in below]
            said = {one.get("why", "") for one in parts}
            why = said.pop() if len(said) == 1 else ""  # what each of them says is true of all
            _put(cells, row, column, f"{value:f}", CellSource.BELOW, status=status_of_sum(parts), why=why)


def _put_columns(here: ReturnStanding, cells: MutableCells, figures: CountedFigures) -> None:
    """Cells that are counted from cases."""
    for row, columns in counted_cells(here.form, figures).items():
        for column, one in columns.items():
            _put(cells, row, column, one.value, CellSource.CASES, status=one.status, why=one.why)


def _say_outside(here: ReturnStanding, cells: MutableCells, figures: CountedFigures) -> None:
    """Cases of which no column counts one stand beside the total: left out in silence they would seem forgotten."""
    several = figures.columns.get(here.form.key, {}).get(OUTSIDE, {}).values()
    cases = sum(int(one["cases"]) for one in several)
    if not cases:
        return
    version = here.form.version
    whom = version.outside.zh if version.outside is not None else "不属于任何一栏"
    for line in here.lines:
        for column, declared in version.columns.items():
            kept = cells.get(line.key, {}).get(column)
            if line.row is not None and line.row.counts and declared.is_sum and kept is not None:
                kept["why"] = f"另有 {cases} 件未计入：{whom}"


def _put_plan(here: ReturnStanding, cells: MutableCells, as_of: dt.date) -> None:
    """The days of the tasks as the level above has accepted them, else as the ledger has; and of the office's own
    tasks the office itself, for it to be refined. Of others' tasks a day only, where a check asks for one. What was
    emptied in the version before stays empty."""
    form, asks_all = here.form, any("has_due" in version.that for _, version in checks_of(here, as_of))
    above = receiver(form, here.organisation, as_of)
    plan = (
        standing(form, above, here.period.key, as_of=as_of).accepted if above and form.filer(above) else None
    )
    own = responsible(form.pack, here.organisation)
    for line in here.lines:
        assert line.clause is not None
        is_own = bool(own & set(line.clause.offices))
        over = value_of(form, line, "due", plan.cells) if plan is not None else None
        day = over or day_of(line.clause)
        if isinstance(day, dt.date) and (is_own or asks_all) and _is_unsaid(here, cells, line, "due"):
            _put(cells, line.key, "due", day.isoformat(), CellSource.ABOVE if over else CellSource.LEDGER)
        if is_own and _is_unsaid(here, cells, line, "office"):
            _put(cells, line.key, "office", here.organisation.name, CellSource.LEDGER)


def _is_unsaid(here: ReturnStanding, cells: MutableCells, line: FormLine, column: str) -> bool:
    """Whether nobody has written a cell yet: neither filled it in nor, in a version before, left it empty."""
    if column in cells.get(line.key, {}):
        return False
    return here.newest is None or column in here.newest.cells.get(line.key, {})


def _put_standards(
    here: ReturnStanding, cells: MutableCells, figures: CountedFigures | None, as_of: dt.date
) -> None:
    """A standard is done in a county when every case keeps it, or when the office says so with a paper."""
    by_clause = {
        cite: one
        for one in (results_of(here.form.pack, figures) if figures is not None else ())
        for version in one.rule.versions
        for cite in version.cite
    }
    counted = counted_clauses(here.form.pack)
    evidence = evidence_of(here.organisation, here.form.pack, on=here.period.last or as_of)
    for line in here.lines:
        if line.is_ongoing:
            _put_progress(here, cells, line, as_of)
        elif line.key in by_clause:
            _put_counted(here, cells, line, by_clause[line.key])
        elif line.key not in counted:  # attested, until something counts it
            _put_attested(here, cells, line, evidence)


def _put_own_standards(here: ReturnStanding, cells: MutableCells, as_of: dt.date) -> None:
    """What the document asks of this office itself is no sum of those below: a province issues its policy."""
    evidence = evidence_of(here.organisation, here.form.pack, on=here.period.last or as_of)
    counted = counted_clauses(here.form.pack)
    for line in here.lines:
        if line.is_ongoing:
            _put_progress(here, cells, line, as_of)
        elif line.key not in counted and _is_asked_of(here, line) and not _is_local(here, line):
            _put_attested(here, cells, line, evidence)


def _is_asked_of(here: ReturnStanding, line: FormLine) -> bool:
    """Whether the document gives a standard to the office that files, or to one beside it that files nothing here,
    as the price department of a province: their papers are the province's to report."""
    assert line.clause is not None
    offices, level = here.form.pack.head.uses.offices, level_of_competence(here.organisation)
    given_to = set(offices_of_clause(here.form.pack, line.clause))
    beside = {one for one in _who_file_nothing(here, line) if offices[one].level == level}
    return not given_to or bool(given_to & set(offices_of(here.form.pack, here.organisation))) or bool(beside)


def _is_local(here: ReturnStanding, line: FormLine) -> bool:
    """Whether it is kept district by district, by offices of no level: suppliers, who approves works."""
    offices = here.form.pack.head.uses.offices
    return any(offices[one].level is None for one in _who_file_nothing(here, line))


def _who_file_nothing(here: ReturnStanding, line: FormLine) -> list[str]:
    """The offices to which the document gives a standard and which file no return of this form."""
    assert line.clause is not None
    pack, filing = here.form.pack, {one.by for one in here.form.version.filed}
    return [
        one
        for one in offices_of_clause(pack, line.clause)
        if one in pack.head.uses.offices and one not in filing
    ]


def _put_attested(
    here: ReturnStanding, cells: MutableCells, line: FormLine, evidence: Mapping[str, TaskReport]
) -> None:
    """One area: done where a paper shows it, by the day that the part names; before its day nothing is due."""
    assert line.clause is not None
    if not (_is_asked_of(here, line) or _is_local(here, line)):
        _put(cells, line.key, "due_areas", "0", CellSource.CASES, why=OF_ANOTHER_LEVEL)
        _put(cells, line.key, "done_areas", "0", CellSource.CASES)
        return
    report, own_day, day = evidence.get(line.key), day_of(line.clause), line.day
    if report is None:
        is_due = day is None or here.period.last is None or day <= here.period.last
        why = "" if is_due else NOT_DUE
        _put(cells, line.key, "due_areas", "1" if is_due else "0", CellSource.CASES, why=why)
        if not is_due:
            _put(cells, line.key, "done_areas", "0", CellSource.CASES)
        return
    _put(cells, line.key, "due_areas", "1", CellSource.CASES)
    is_late = own_day is not None and report.on > own_day
    _put(cells, line.key, "done_areas", "0" if is_late else "1", CellSource.ENTERED)
    if is_late and value_of(here.form, line, "reason", cells) is None:
        _put(cells, line.key, "reason", f"{report.on} 才完成，晚于 {own_day}", CellSource.ENTERED)


def _put_progress(here: ReturnStanding, cells: MutableCells, line: FormLine, as_of: dt.date) -> None:
    """What goes on is not scored: what its offices said last of it, with their papers."""
    assert line.clause is not None
    rows = progress_of(here.organisation, here.form.pack, line.clause, on=here.period.last or as_of)
    said = [
        f"{row.organisation.name} {row.on}：{row.text}" + (f"（{row.paper}）" if row.paper else "")
        for row in rows
    ]
    if said and value_of(here.form, line, "reason", cells) is None:
        text = "；".join(said)
        if len(text) > MOST_PROGRESS:
            text = f"{text[:MOST_PROGRESS]}……（共 {len(said)} 家）"
        _put(cells, line.key, "reason", " ".join(text.split()), CellSource.ENTERED)


def _put_counted(here: ReturnStanding, cells: MutableCells, line: FormLine, result: IndicatorResult) -> None:
    """One area, where there were cases; none, where there was nothing to judge."""
    if result.verdict == "none":
        _put(cells, line.key, "due_areas", "0", CellSource.CASES, why=NO_CASE)
        _put(cells, line.key, "done_areas", "0", CellSource.CASES)
        return
    done = result.verdict == "met"
    _put(cells, line.key, "due_areas", "1", CellSource.CASES)
    _put(cells, line.key, "done_areas", "1" if done else "0", CellSource.CASES)
    if not done and value_of(here.form, line, "reason", cells) is None:
        whole = result.whole
        late = whole.total - whole.total_within
        said = f"{late} 件未达标" if late else f"{whole.undecided + result.refused} 件尚不能评定"
        _put(cells, line.key, "reason", said, CellSource.CASES)


def put_totals(form: ReturnForm, cells: MutableCells) -> None:
    """The column that is the sum of those before it: nothing, where one of them is missing."""
    version = form.version
    for line in form.rule.lines(form.pack, version):
        before: list[str] = []
        for column, declared in version.columns.items():
            if not declared.is_sum:
                before.append(column)
                continue
            cell = form.rule.cell(version, line, column)
            total = sum_of(value_of(form, line, one, cells) for one in before)
            if cell is not None and number_of(cell) and total is not None:
                source = cells[line.key][before[0]]["source"]
                status = status_of_sum(cells[line.key][one] for one in before)
                _put(cells, line.key, column, f"{total:f}", CellSource(source), status=status)
