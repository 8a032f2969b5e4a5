"""What the steps of a return ask: its form, that it is open, whole, and whose it is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import say_clause
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.spoken import both
from tongdian.supervision.actions.checking import listed
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.absent import absent_further_below
from tongdian.supervision.queries.cells import Disagreement, blanks, disagreements
from tongdian.supervision.queries.filings import ReturnStanding, expected_below, standing
from tongdian.supervision.queries.offices import ReturnForm, form_of, receiver, supervising_packs
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import (
    AbsentBelowChanged,
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
from tongdian.supervision.rules import RECEIVED, CellSource


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
    empty = blanks(here.form, here.organisation, version.cells)
    if empty:
        columns = here.form.version.columns
        raise BlankWithoutReason(
            cells=listed([_cell_named(line.named, columns[c].title) for line, c in empty])
        )
    found = disagreements(here, version.cells, as_of=today)
    failing = [one for one in found if one.blocks]
    if failing:
        raise ChecksFail(failures=listed([_check_named(one) for one in failing]))
    unsaid = [
        one
        for one in found
        if one.outcome == "fail" and one.severity == "explain" and not version.remarks.get(one.key)
    ]
    if unsaid:
        raise ExplanationMissing(failures=listed([_check_named(one) for one in unsaid]))


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
        raise MissingBelow(offices=listed([Words(one.name, one.name_en or one.name) for one in missing]))
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
    named = _cell_named(one.line.named, one.sentence)
    return Words(f"{named.zh}（{zh}）", f"{named.en} ({en})")
