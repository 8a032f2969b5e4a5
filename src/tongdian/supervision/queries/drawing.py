"""From which cases an inspection draws, and by what seed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from tongdian.audit_log.models import Checkpoint
from tongdian.audit_log.queries import verifier
from tongdian.audit_log.rules import BadCheckpoint, TreeHead, read_checkpoint
from tongdian.cases import queries as cases
from tongdian.cases.models import Case
from tongdian.cases.queries.case_files import in_stretches
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.models import Inspection
from tongdian.supervision.queries.counting import cases_of
from tongdian.supervision.queries.offices import prefix_of
from tongdian.supervision.refusing import NoCheckpoint, TooManyToJudge
from tongdian.supervision.rules import NEAR_DAYS, Stratum

MOST_CASES = 20_000  # that are judged one by one for their strata


def standing_head(at: dt.datetime) -> TreeHead:
    """The newest checkpoint of the audit log that stood before a moment: nobody here could choose its root.

    Raises NoCheckpoint.
    """
    row = Checkpoint.objects.filter(at__lt=at).order_by("-size").first()
    if row is None:
        raise NoCheckpoint
    try:
        return read_checkpoint(row.note, verifier=verifier()).head
    except BadCheckpoint:
        raise NoCheckpoint from None


def cases_inspected(inspection: Inspection) -> list[Case]:
    """The supplier's cases in the division that were applied for in the period."""
    pack = rulebook.pack(inspection.pack)
    rows = cases_of(inspection.supplier, pack.adopted_id).filter(
        region__code__startswith=prefix_of(inspection.region_id),
        opened_on__gte=inspection.first_on,
        opened_on__lte=inspection.last_on,
    )
    return list(in_stretches(rows))


def hash_of_cases(numbers: Iterable[str]) -> str:
    """SHA-256 over the numbers of the cases drawn from: who has the same cases has the same."""
    return hashlib.sha256("\n".join(sorted(numbers)).encode()).hexdigest()


def in_strata(several: list[Case], on: dt.date, *, apart: bool) -> dict[Stratum, list[str]]:
    """The numbers of cases by stratum; all in one, where they are not drawn `apart`. Raises TooManyToJudge."""
    found: dict[Stratum, list[str]] = {one: [] for one in Stratum}
    if not apart:
        found[Stratum.OTHER] = [one.number for one in several]
        return found
    if len(several) > MOST_CASES:
        raise TooManyToJudge(count=len(several), most=MOST_CASES)
    desks = cases.Desks()
    for one in several:
        found[stratum_of(one, on, desks)].append(one.number)
    return found


def stratum_of(case: Case, on: dt.date, desks: cases.Desks) -> Stratum:
    """How a case stands at the end of a day, by the measures of its pack: the same that count the indicators."""
    desk = desks.of(case)
    outcomes, is_near = set(), False
    for one in cases.measured(case, desk, cases.state_of(case, desk), on):
        outcomes.add(one.outcome)
        if one.outcome == "met" and one.answer is not None:
            values: dict[str, Any] = {line.name: line.value for line in one.answer.lines}
            is_near = is_near or int(values["days"]) >= int(values["limit"]) - NEAR_DAYS
    if "not_met" in outcomes:
        return Stratum.LATE
    if "exempt" in outcomes:
        return Stratum.EXEMPT
    return Stratum.NEAR if is_near else Stratum.OTHER
