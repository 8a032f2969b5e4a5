"""What the steps of a return ask: its form, its cells as they are kept, that it is open, whole, and whose it is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import say_clause
from tongdian.policy.inputs import read_value
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.spoken import both
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.cells import Disagreement, blanks, disagreements
from tongdian.supervision.queries.filings import (
    ReturnStanding,
    absent_further_below,
    expected_below,
    standing,
)
from tongdian.supervision.queries.offices import ReturnForm, form_of, receiver, supervising_packs
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import (
    AbsentBelowChanged,
    BadCell,
    BlankWithoutReason,
    ChecksFail,
    ExplanationMissing,
    LockedAbove,
    MissingBelow,
    NoSuchReturn,
    NotOpenYet,
    PeriodClosed,
    VersionMovedOn,
)
from tongdian.supervision.refusing.bundles import NotTheReceiver
from tongdian.supervision.rules import RECEIVED, CellSource, CellStatus

MOST_SAID = 12  # cells or checks that one refusal names
MOST_TEXT = 500


def form_for(organisation: Organisation, key: str, on: dt.date) -> ReturnForm:
    """A form that binds an organisation. Raises NoSuchReturn."""
    return form_among(supervising_packs(organisation, on), key, on)


def form_among(packs: Sequence[Pack], key: str, on: dt.date) -> ReturnForm:
    """A form of the first of some packs that has it. Raises NoSuchReturn."""
    for pack in packs:
        form = form_of(pack, key, on)
        if form is not None:
            return form
    raise NoSuchReturn


def standing_of(version: ReturnVersion, on: dt.date) -> ReturnStanding:
    """Where the return of a version stands. Raises NoSuchReturn."""
    filing = version.filing
    return standing(
        form_for(filing.organisation, filing.form, on), filing.organisation, filing.period, as_of=on
    )


def checked_cells(
    form: ReturnForm, cells: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Cells as they are kept: every value read by its type. Raises BadCell for what the form does not take."""
    lines = {line.key: line for line in form.rule.lines(form.pack, form.version)}
    kept: dict[str, dict[str, dict[str, str]]] = {}
    for row, columns in cells.items():
        for column, given in columns.items():
            line, declared = lines.get(row), form.version.columns.get(column)
            cell = form.rule.cell(form.version, line, column) if line and declared else None
            if line is None or declared is None or cell is None:
                raise BadCell(row=str(row)[:40], column=str(column)[:40], problem=NO_CELL)
            kept.setdefault(row, {})[column] = _checked_cell(line.title, declared.title, column, cell, given)
    return kept


def with_true_sources(
    kept: dict[str, dict[str, dict[str, str]]], here: ReturnStanding, today: dt.date
) -> dict[str, dict[str, dict[str, str]]]:
    """A figure is counted or added up only where that is what comes out; all else was entered, whatever is said."""
    said = [
        cell for columns in kept.values() for cell in columns.values() if cell["source"] != CellSource.ENTERED
    ]
    if said:
        true = proposed(here, as_of=today)
        for row, columns in kept.items():
            for column, cell in columns.items():
                found = true.get(row, {}).get(column, {})
                if (cell.get("value"), cell["source"]) != (found.get("value"), found.get("source")):
                    cell["source"] = CellSource.ENTERED.value
    return kept


NO_CELL = Words("没有这一格", "there is no such cell")
BOTH = Words("写了数，就不能标为缺数或不适用", "it has a figure, and is said to be missing or not applicable")


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


def must_be_seen(here: ReturnStanding, seen: str | None) -> None:
    """Raise VersionMovedOn where somebody saw another version, or the same one before its last step."""
    if seen is not None and seen != here.mark:
        raise moved_on(here)


def moved_on(here: ReturnStanding) -> VersionMovedOn:
    """What stands now, for who saw another."""
    return VersionMovedOn(number=here.newest.number if here.newest else 0, state=both(here.state.label))


def must_be_open(here: ReturnStanding, today: dt.date) -> None:
    """The period may be filed for today: it is over, and not closed or allowed longer."""
    period = here.period
    if period.opens is not None and today < period.opens:
        raise NotOpenYet(day=period.opens)
    if here.is_closed(today):
        raise PeriodClosed(day=period.closes)


def must_be_whole(here: ReturnStanding, version: ReturnVersion, today: dt.date) -> None:
    """Nothing blank without a reason, and nothing that does not agree."""
    empty = blanks(here.form, version.cells)
    if empty:
        columns = here.form.version.columns
        raise BlankWithoutReason(
            cells=_listed([_cell_named(line.title, columns[c].title) for line, c in empty])
        )
    found = disagreements(here, version.cells, as_of=today)
    failing = [one for one in found if one.blocks]
    if failing:
        raise ChecksFail(failures=_listed([_check_named(one) for one in failing]))
    unsaid = [
        one
        for one in found
        if one.outcome == "fail" and one.severity == "explain" and not version.remarks.get(one.key)
    ]
    if unsaid:
        raise ExplanationMissing(failures=_listed([_check_named(one) for one in unsaid]))


def must_name_the_missing(here: ReturnStanding, version: ReturnVersion, today: dt.date) -> None:
    """Who is missing below is named with the reason, and so is who is missing of those accepted."""
    named = {
        one["organisation"] for one in version.absent if not one.get("of") and one.get("why", "").strip()
    }
    below = expected_below(here.form, here.organisation, here.period.key, as_of=today)
    missing = [
        one.organisation for one in below if one.accepted is None and one.organisation.short not in named
    ]
    if missing:
        raise MissingBelow(offices=_listed([Words(one.name, one.name_en or one.name) for one in missing]))
    if [one for one in version.absent if one.get("of")] != absent_further_below(below):
        raise AbsentBelowChanged


def must_be_receiver(here: ReturnStanding, office: Organisation, today: dt.date) -> None:
    """Raise NotTheReceiver unless the return is filed to that office."""
    must_be_filed_to(office, receiver(here.form, here.organisation, today))


def must_be_filed_to(office: Organisation, whom: Organisation | None) -> None:
    """Raise NotTheReceiver unless what is filed to `whom` is filed to that office."""
    if whom is None or whom.pk != office.pk:
        raise NotTheReceiver


def must_not_be_locked_above(here: ReturnStanding, today: dt.date) -> None:
    """What was added up above and lies with the level above that is not moved from under it."""
    above = receiver(here.form, here.organisation, today)
    if above is None or here.form.filer(above) is None:
        return
    if standing(here.form, above, here.period.key, as_of=today).state in RECEIVED:
        raise LockedAbove


def hash_of(said: Any) -> str:
    """SHA-256 of something that is told as JSON."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _cell_named(row: Words, column: Words) -> Words:
    return Words(f"{row.zh}·{column.zh}", f"{row.en}: {column.en}")


def _check_named(one: Disagreement) -> Words:
    """The row, what is wrong with it, and the clauses that say so."""
    cites = [say_clause(cite) for cite in one.cite]
    zh, en = "、".join(cite.zh for cite in cites), ", ".join(cite.en for cite in cites)
    named = _cell_named(one.line.title, one.rule.says)
    return Words(f"{named.zh}（{zh}）", f"{named.en} ({en})")


def _listed(several: Sequence[Words]) -> Words:
    shown, more = several[:MOST_SAID], len(several) - MOST_SAID
    zh, en = "；".join(one.zh for one in shown), "; ".join(one.en for one in shown)
    return Words(f"{zh} 等共 {len(several)} 处", f"{en} and {more} more") if more > 0 else Words(zh, en)
