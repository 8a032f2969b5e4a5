"""The cases that ended with a no: the applicant was refused, with the reason.

A row says only that a case was finished; which of its stages says no is for its regulation to tell
(`refuses`). So that the two are told apart wherever a case is shown, listed or filtered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongdian.cases.models import Case, Event
from tongdian.cases.queries.one import Desk
from tongdian.policy.process import CaseState, Closed, Process
from tongdian.rulebook import queries as rulebook

REFUSED = "refused"


def refused_at(desk: Desk, state: CaseState) -> str | None:
    """The stage that refused the applicant and so ended the case; None where none did."""
    if state.ending is None:
        return None
    stages = desk.wording.stages
    return next((stage for stage in reversed(state.done) if stages[stage].refuses), None)


def in_ending(ending: str) -> Q:
    """The filter for cases that ended as finished, refused or withdrawn."""
    if ending == "withdrawn":
        return Q(ending=ending)
    said_no = Q(Exists(_refusals()))
    return Q(ending="finished") & (said_no if ending == REFUSED else ~said_no)


def with_refusals(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases that know whether they were refused, for `ending_of`."""
    return rows.annotate(was_refused=Exists(_refusals()))


def mark_refused(cases: Iterable[Case]) -> None:
    """Tell each of a few cases read otherwise whether it was refused, for `ending_of`."""
    ended = {case.pk: case for case in cases if case.ending == "finished"}
    said_no = set[UUID]()
    if ended:
        said_no |= set(Case.objects.filter(in_ending(REFUSED), pk__in=ended).values_list("pk", flat=True))
    for key, case in ended.items():
        case.was_refused = key in said_no  # type: ignore[attr-defined]


def ending_of(case: Case) -> str:
    """finished, refused, withdrawn; empty while the case is open."""
    if case.ending != "finished":
        return case.ending
    if not hasattr(case, "was_refused"):
        mark_refused([case])
    return REFUSED if case.was_refused else case.ending  # type: ignore[attr-defined]


def _refusals() -> QuerySet[Event]:
    stages = reduce(
        or_,
        (
            Q(case__pack=pack.id, case__process=rule.rule, stage=stage)
            for pack in rulebook.readable_packs()[0]
            for rule in pack.rules.values()
            if isinstance(rule, Process)
            for stage in sorted(
                {key for version in rule.versions for key, one in version.stages.items() if one.refuses}
            )
        ),
        Q(pk__in=[]),
    )
    return Event.objects.filter(stages, case=OuterRef("pk"), kind=Closed.kind).order_by()
