"""Reading runs: one's own office's, and none of another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import asked_of
from tongdian.bulk.rating import sheet_of, sheet_rule
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.policy.clauses import Interpretation
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import InterpretationNotChosen, PackError, Refusal
from tongdian.policy.sheet import Grain, Sheet
from tongdian.rulebook.queries import pack, readable_packs
from tongdian.runs.models import BulkRun, ColumnMapping
from tongdian.runs.rules import NoSuchRun

PERMISSION = "runs.calculate"


def runs(viewer: Any, *, at: dt.datetime) -> QuerySet[BulkRun]:
    """The runs of the offices in which the viewer may calculate, the newest first."""
    mine = manageable(viewer, PERMISSION, on=legal_day(at)).order_by()
    rows = BulkRun.objects.filter(organisation__in=mine, expires_at__gt=at)
    return rows.select_related("organisation", "brought_by").order_by("-id")


def run_of(viewer: Any, id_: UUID, *, at: dt.datetime) -> BulkRun:
    """One of them. Raises NoSuchRun."""
    found = runs(viewer, at=at).filter(pk=id_).first()
    if found is None:
        raise NoSuchRun
    return found


def columns_kept(organisation: Organisation, pack: str, rule: str) -> dict[str, dict[str, str | None]]:
    """What the headings of an office's files for a sheet mean, as it was said last."""
    row = ColumnMapping.objects.filter(organisation=organisation, pack=pack, rule=rule).first()
    return row.columns if row is not None else {}


def sheets() -> Iterator[tuple[Pack, list[SheetRule]]]:
    """The packs that have sheets, with these."""
    for one in readable_packs()[0]:
        found = [rule for rule in one.rules.values() if isinstance(rule, SheetRule)]
        if found:
            yield one, found


def unreadable() -> list[PackError]:
    """What is wrong with the packs that cannot be read, of which no sheet is offered."""
    return readable_packs()[1]


@dataclass(frozen=True, slots=True)
class OpenReading:
    """An interpretation that a sheet uses: what may be tried, and which option counts here ("" none yet)."""

    interpretation: Interpretation
    chosen: str


def ways(one: Pack, rule: SheetRule) -> list[OpenReading]:
    """The interpretations that can change what a sheet answers."""
    return [OpenReading(one.interpretations[key], _chosen(one, key)) for key in interpretations_of(one, rule)]


def _chosen(one: Pack, key: str) -> str:
    try:
        return one.option(key, {})
    except InterpretationNotChosen:
        return ""


def drawn_with(one: Pack, rule: SheetRule) -> dict[str, str]:
    """Where nobody has chosen, some option, so that the files of a sheet can be asked for at all."""
    return {
        way.interpretation.id: next(iter(way.interpretation.options))
        for way in ways(one, rule)
        if not way.chosen
    }


def sheet_rule_of(pack_id: str, rule: str) -> tuple[Pack, SheetRule]:
    """A sheet of a pack, whatever is chosen. Raises NoSuchRun where there is none such."""
    with _as_no_run():
        found = pack(pack_id)
        return found, sheet_rule(found, rule)


def sheet(
    pack_id: str, rule: str, *, on: dt.date, take: Mapping[str, str] | None = None
) -> tuple[Pack, SheetRule, Sheet]:
    """A sheet in force under what is chosen here, or tried. Raises NoSuchRun where there is none such,
    UnknownOption, OptionNotUsed."""
    with _as_no_run():
        found = pack(pack_id)
        return (found, *sheet_of(found, rule, on=on, take=take))


@contextmanager
def _as_no_run() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if type(refusal).__name__ in ("UnknownPack", "UnknownRule", "NotASheet", "PackError"):
            raise NoSuchRun from None
        raise


def asked(
    rule: SheetRule, one: Sheet, grain: Grain, columns: dict[str, dict[str, str | None]] | None = None
) -> Wanted:
    """The columns of a grain's file; of what was said of headings, only what the sheet still knows."""
    plain = asked_of(one, grain, titles=rule.titles)
    said = (columns or {}).get(grain.name, {})
    mapped = {title: column for title, column in said.items() if column is None or column in plain.names}
    return asked_of(one, grain, titles=rule.titles, mapped=mapped)
