"""Reading runs: one's own office's, and none of another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import asked_of
from tongdian.bulk.rating import sheet_of
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
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


def sheet(pack_id: str, rule: str, *, on: dt.date) -> tuple[Pack, SheetRule, Sheet]:
    """A sheet in force under what is chosen here. Raises NoSuchRun where there is none such."""
    try:
        found = pack(pack_id)
        return (found, *sheet_of(found, rule, on=on))
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
