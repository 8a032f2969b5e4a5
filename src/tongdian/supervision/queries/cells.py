"""Cells of a return: as they are kept, as values, added up from below, and whether they agree (勾稽)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.policy.code import Condition
from tongdian.policy.form_lines import FormLine
from tongdian.policy.inputs import read_value
from tongdian.policy.kinds.check import OTHER, WHOSE, CheckRule, CheckVersion
from tongdian.policy.kinds.filing import FilingRule, number_of
from tongdian.policy.rounding import percentage
from tongdian.policy.types import Bool, Type, Value
from tongdian.policy.words import Words
from tongdian.rulebook.once import once_a_request
from tongdian.spoken import plain
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.counted_cells import counted_cells
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, newest_figures, standing
from tongdian.supervision.queries.offices import ReturnForm, form_of, receiver
from tongdian.supervision.queries.tasks import evidence_of
from tongdian.supervision.rules import CellStatus

Cells = Mapping[str, Mapping[str, Mapping[str, Any]]]  # row → column → {value, status, source, why}
NOTHING = Words("", "")
UNKNOWN = (CellStatus.MISSING.value, CellStatus.NOT_APPLICABLE.value)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a check says of a row where it does not agree, or where nobody can tell."""

    rule: CheckRule
    line: FormLine
    outcome: str  # fail or unknown
    severity: str
    cite: tuple[str, ...]
    compared: Words  # the figures of both sides; nothing, where nobody can tell

    @property
    def sentence(self) -> Words:
        """What is wrong, with what stands on each side."""
        if not self.compared.zh:
            return self.rule.says
        return Words(
            f"{self.rule.says.zh}（{self.compared.zh}）", f"{self.rule.says.en} ({self.compared.en})"
        )

    @property
    def blocks(self) -> bool:
        """Whether a return with it is not filed, and a plan in force with it is to be amended."""
        return self.outcome == "fail" and self.severity == "block"

    @property
    def key(self) -> str:
        """By which its explanation is kept."""
        return f"{self.rule.rule}|{self.line.key}"


def value_of(form: ReturnForm, line: FormLine, column: str, cells: Cells) -> Value | None:
    """The value of a cell; None: nothing stands in it."""
    kept = cells.get(line.key, {}).get(column)
    cell = form.rule.cell(form.version, line, column)
    if kept is None or cell is None or kept.get("value") in (None, "") or kept.get("status") in UNKNOWN:
        return None
    return read_value(column, kept["value"], cell.value_type)


def told_of(form: ReturnForm, line: FormLine, column: str, cells: Cells) -> Words | None:
    """What the form says itself in a cell that nobody fills in: its clause's words, or a share in per cent (of areas
    done before they are due no more than all); None of any other cell."""
    declared = form.version.columns[column]
    if declared.tells is not None:
        return line.told(declared.tells)
    if not declared.share or (declared.scored and line.is_ongoing):
        return None
    part, whole = (value_of(form, line, one, cells) for one in declared.share)
    if not isinstance(part, Decimal) or not isinstance(whole, Decimal):
        return None
    found = percentage(min(part, whole), whole)
    return None if found is None else Words(plain(found), plain(found))


def blanks(form: ReturnForm, office: Organisation, cells: Cells) -> list[tuple[FormLine, str]]:
    """The cells that are needed of an office and say neither a value nor why there is none."""
    return [
        (line, column)
        for line in form.lines(office)
        for column, declared in form.version.columns.items()
        if declared.needed and form.rule.cell(form.version, line, column) is not None
        if value_of(form, line, column, cells) is None
        and not (cells.get(line.key, {}).get(column) or {}).get("why")
    ]


def added_up(form: ReturnForm, versions: Sequence[Cells]) -> dict[str, dict[str, Decimal]]:
    """The sums of returns, of the columns that add up. A cell that one of them lacks has no sum."""
    found: dict[str, dict[str, Decimal]] = {}
    for line in form.rule.lines(form.pack, form.version):
        for column, declared in form.version.columns.items():
            cell = form.rule.cell(form.version, line, column)
            if not declared.adds_up or cell is None or number_of(cell) is None or not versions:
                continue
            total = sum_of(value_of(form, line, column, cells) for cells in versions)
            if total is not None:
                found.setdefault(line.key, {})[column] = total
    return found


def status_of_sum(parts: Iterable[Mapping[str, Any] | None]) -> CellStatus:
    """That of a sum of cells: it is provisional where a part is, else an estimate where a part is estimated."""
    found = {one["status"] for one in parts if one is not None and one.get("status")}
    return next(
        (one for one in (CellStatus.PROVISIONAL, CellStatus.ESTIMATED) if one in found), CellStatus.NORMAL
    )


def sum_of(values: Iterable[Value | None]) -> Decimal | None:
    """The sum of figures; none, where one of them is missing."""
    total = Decimal(0)
    for value in values:
        if not isinstance(value, Decimal):
            return None
        total += value
    return total


def disagreements(
    here: ReturnStanding, cells: Cells, *, as_of: dt.date, absent: Iterable[str] = ()
) -> list[Disagreement]:
    """The checks of the pack that these cells do not pass, in the order of the rows."""
    form = here.form
    lines = here.lines
    checks = _readable_checks(here, as_of)
    others = _others(here, as_of, " ".join(one.version.that for one in checks))
    found = []
    for one in checks:
        rule, version = one.rule, one.version
        against = _against(here, version, as_of) if version.against is not None else {}
        if against is None:
            continue
        for line in lines:
            if (version.rows and line.key not in version.rows) or not _has_cells(form, line, one):
                continue
            values = _values(form, line, cells, others, one.types) | against
            outcome = rule.outcome(one.condition, values)
            if outcome != "pass" and not _is_moot(version.that, line, values, others):
                compared = _compared(form, one, values) if outcome == "fail" else NOTHING
                found.append(
                    Disagreement(rule, line, outcome, version.severity, tuple(version.cite), compared)
                )
    order = {line.key: number for number, line in enumerate(lines)}
    return sorted(found, key=lambda one: (order[one.line.key], one.rule.rule))


@dataclass(frozen=True, slots=True)
class _ReadableCheck:
    """A check with its condition as it is run."""

    rule: CheckRule
    version: CheckVersion
    types: Mapping[str, Type]
    condition: Condition


def _readable_checks(here: ReturnStanding, as_of: dt.date) -> list[_ReadableCheck]:
    """Those of `checks_of`; of several returns of one office's kind they are read once."""
    form, filer = here.form, here.form.filer(here.organisation)
    office = filer.by if filer else ""

    def read() -> list[_ReadableCheck]:
        found = []
        for rule, version in _checks(form, office, as_of):
            types = rule.types(form.pack, form.rule, form.version, version)
            found.append(_ReadableCheck(rule, version, types, Condition.parse(version.that, types)))
        return found

    # what is chosen here is asked once in a request, too: `rulebook.pack`
    key = ("checks", form.pack.content_hash, form.key, form.version.in_force.start, office, as_of)
    return once_a_request(key, read)


def checks_of(here: ReturnStanding, as_of: dt.date) -> list[tuple[CheckRule, CheckVersion]]:
    """The checks of the pack that a return has to pass."""
    filer = here.form.filer(here.organisation)
    return list(_checks(here.form, filer.by if filer else "", as_of))


def _checks(form: ReturnForm, office: str, on: dt.date) -> Iterator[tuple[CheckRule, CheckVersion]]:
    for rule in form.pack.rules.values():
        if not isinstance(rule, CheckRule):
            continue
        taken = rule.taken(form.pack, {})
        version = rule.version_on(max(on, min(one.in_force.start for one in rule.versions)), taken)
        if version.filing == form.key and (not version.by or office in version.by):
            yield rule, version


def _others(here: ReturnStanding, as_of: dt.date, said: str) -> dict[str, Any]:
    """What the cells are compared with, by the prefix of its names, where the checks say it; none where there is
    nothing to compare."""
    form, found = here.form, dict[str, Any]()
    if "below_" in said:
        below = expected_below(form, here.organisation, here.period.key, as_of=as_of)
        found["below_"] = added_up(form, [one.accepted.cells for one in below if one.accepted is not None])
    if "half_" in said and here.period.first is not None and here.period.key.isdigit():
        half = standing(form, here.organisation, f"{here.period.key}-H1", as_of=as_of)
        first_half = half.accepted or half.received
        found["half_"] = first_half.cells if first_half else None
    above = receiver(form, here.organisation, as_of) if "above_" in said else None
    if above is not None and form.filer(above) is not None:
        their = standing(form, above, here.period.key, as_of=as_of)
        their_version = their.accepted or their.received
        found["above_"] = their_version.cells if their_version else None
    found["ends"] = here.period.last
    if "attested" in said:
        found["attested"] = evidence_of(here.organisation, form.pack, on=here.period.last or as_of)
    if "cases_" in said:
        figures = newest_figures(here.organisation, form.pack.id, here.period.key)
        found["cases_"] = counted_cells(form, figures) if figures is not None else None
    before = here.once_accepted if "widest_" in said or "first_" in said else []
    found["first_"] = before[0].cells if before else None
    found["widest_"] = _greatest(form, [one.cells for one in before]) if before else None
    return found


def _against(here: ReturnStanding, check: CheckVersion, as_of: dt.date) -> dict[str, Value | None] | None:
    """The row of another form of the same office and period, as it was written last; None where there is none."""
    against = check.against
    assert against is not None
    form = form_of(here.form.pack, against.filing, as_of)
    if form is None or form.period(here.organisation, here.period.key) is None:
        return None
    their = standing(form, here.organisation, here.period.key, as_of=as_of).newest
    line = next((one for one in form.rule.lines(form.pack, form.version) if one.key == against.row), None)
    if their is None or line is None:
        return None
    return {f"{OTHER}{column}": value_of(form, line, column, their.cells) for column in form.version.columns}


def _greatest(form: ReturnForm, several: list[Cells]) -> Cells:
    """Cell by cell the version that says most, of what is a number."""
    found: dict[str, dict[str, Any]] = {}
    for line in form.rule.lines(form.pack, form.version):
        for column in form.version.columns:
            said = [
                (value, cells[line.key][column])
                for cells in several
                if isinstance(value := value_of(form, line, column, cells), Decimal)
            ]
            if said:
                found.setdefault(line.key, {})[column] = max(said, key=lambda pair: pair[0])[1]
    return found


def _values(
    form: ReturnForm, line: FormLine, cells: Cells, others: Mapping[str, Any], types: Mapping[str, Any]
) -> dict[str, Value | None]:
    values: dict[str, Value | None] = dict.fromkeys(types)
    for column in form.version.columns:
        own = value_of(form, line, column, cells)
        values[column] = own
        values[f"has_{column}"] = own is not None
        if (sums := others.get("below_")) is not None:
            values[f"below_{column}"] = sums.get(line.key, {}).get(column)
        for whose in ("half_", "above_", "first_", "widest_"):
            if others.get(whose) is not None:
                values[f"{whose}{column}"] = value_of(form, line, column, others[whose])
        if (counted := others.get("cases_")) is not None:
            one = counted.get(line.key, {}).get(column)
            values[f"cases_{column}"] = Decimal(one.value) if one is not None else None
    due = line.day
    values |= {
        "ledger_due": due,
        "ledger_has_due": due is not None,
        "period_ends": others["ends"],
        "attested": line.key in others.get("attested", {}),
    }
    return {
        name: value for name, value in values.items() if name in types or isinstance(types.get(name), Bool)
    }


def _compared(form: ReturnForm, check: _ReadableCheck, values: Mapping[str, Value | None]) -> Words:
    said = _said_of_other(form, check.version, values)
    for column, sides in check.rule.sides(check.version.that, values, form.version):
        title = form.version.columns[column].title
        told = [
            (WHOSE[whose], plain(value) if isinstance(value, Decimal) else str(value))
            for whose, value in sides
        ]
        if [whose for whose, _ in sides] == [""]:
            said.append(Words(f"{title.zh} {told[0][1]}", f"{title.en} {told[0][1]}"))
            continue
        said.append(
            Words(
                f"{title.zh}：{'，'.join(f'{whose.zh} {value}' for whose, value in told)}",
                f"{title.en}: {', '.join(f'{whose.en} {value}' for whose, value in told)}",
            )
        )
    return Words("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _said_of_other(form: ReturnForm, check: CheckVersion, values: Mapping[str, Value | None]) -> list[Words]:
    """The figures of another form that a check names."""
    other = form.pack.rules.get(check.against.filing) if check.against is not None else None
    if not isinstance(other, FilingRule):
        return []
    titles = {column: one.title for column, one in other.versions[-1].columns.items()}
    name, said = other.short or other.title, []
    for column, title in titles.items():
        value = values.get(f"{OTHER}{column}")
        if f"{OTHER}{column}" in check.that and isinstance(value, Decimal):
            said.append(
                Words(f"{name.zh}·{title.zh} {plain(value)}", f"{name.en}, {title.en} {plain(value)}")
            )
    return said


def _has_cells(form: ReturnForm, line: FormLine, check: _ReadableCheck) -> bool:
    """Whether a row has the cells that a check compares: of what goes on no areas are counted."""
    return all(
        form.rule.cell(form.version, line, column) is not None
        for column in check.rule.asked_columns(check.version.that, form.version)
    )


def _is_moot(that: str, line: FormLine, values: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether there is nothing to compare with at all: no first half was filed, nobody is above, the ledger
    names no day. Then it is no disagreement."""
    if "ledger_due" in that and values.get("ledger_due") is None:
        return True
    if any(
        whose in that and others.get(whose) is None
        for whose in ("half_", "above_", "first_", "widest_", "cases_")
    ):
        return True
    if "above_" in that or "ledger_due" in that:
        names = [name for name in values if name.startswith("above_") and name in that]
        if names and all(values[name] is None for name in names):
            return True  # the plan above says nothing of it
    return "below_" in that and not others.get("below_")


def differences(
    form: ReturnForm, one: ReturnVersion, other: ReturnVersion
) -> list[tuple[FormLine, str, Any, Any]]:
    """The cells in which two versions differ: row, column, before and after."""
    return [
        (line, column, before, after)
        for line in form.rule.lines(form.pack, form.version)
        for column in form.version.columns
        for before, after in [
            (one.cells.get(line.key, {}).get(column), other.cells.get(line.key, {}).get(column))
        ]
        if (before or {}).get("value") != (after or {}).get("value")
        or (before or {}).get("status") != (after or {}).get("status")
    ]
