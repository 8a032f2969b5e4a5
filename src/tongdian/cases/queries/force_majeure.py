"""Events of force majeure: those that a viewer sees, and those that a case may be held up by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from tongdian.cases.models import Case, ForceMajeureEvent, HeldUp
from tongdian.parties.permissions import seen
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words


def force_majeure_events(viewer: Any) -> QuerySet[ForceMajeureEvent]:
    """The events that a viewer sees: their organisation's, and those that hold up a case that they see,
    such as one that a supplier recorded for its branches, or for more than one county."""
    own = seen(viewer, "cases.read", region="region")
    of_cases = HeldUp.objects.filter(_of_cases_seen(viewer)).values("event")
    rows = ForceMajeureEvent.objects.filter(own | Q(pk__in=of_cases))
    return rows.select_related("organisation", "region")


def events_open_to(case: Case) -> QuerySet[ForceMajeureEvent]:
    """The events recorded by the case's organisation or one above it, the newest first."""
    rows = ForceMajeureEvent.objects.filter(organisation__in=case.organisation.ancestors)
    return rows.select_related("organisation", "region").order_by("-from_on", "-id")


def held_up_by(viewer: Any, event: ForceMajeureEvent) -> QuerySet[HeldUp]:
    """The stays of cases that name an event, of those that the viewer sees, the newest first."""
    rows = HeldUp.objects.filter(_of_cases_seen(viewer), event=event)
    return rows.select_related("case").order_by("-at")


def _of_cases_seen(viewer: Any) -> Q:
    return seen(viewer, "cases.read", organisation="case__organisation", region="case__region")


def cases_held_up(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """How many cases each event holds up, and how many files prove it."""
    rows = ForceMajeureEvent.objects.filter(pk__in=[one.pk for one in things])
    counted = rows.annotate(cases=Count("held_up__case", distinct=True), files=Count("proofs", distinct=True))
    return {
        one.pk: {"recorded_on": one.recorded_on, "cases": one.cases, "files": one.files} for one in counted
    }


def outlasting(case: Case, state: CaseState, on: dt.date) -> list[Words]:
    """What is doubtful of the stays of a case on a day: that one goes on after its event of force majeure
    had ended, so that it excuses more days than the event took."""
    if not state.suspensions:
        return []
    rows = (
        HeldUp.objects.filter(case=case, event__to_on__isnull=False).select_related("event").order_by("seq")
    )
    ends = {stay.since: stay.until or on for stay in state.suspensions}
    return [
        Words(
            f"事件“{row.event}”至 {row.event.to_on} 结束，而因它自 {row.since} 起的中止算到 {ends[row.since]}；"
            "请核对恢复日",
            f'the event "{row.event}" ended on {row.event.to_on}, and the stay laid to it since {row.since} is '
            f"counted until {ends[row.since]}: check the day of resuming",
        )
        for row in rows
        if row.event.to_on and row.since in ends and ends[row.since] > row.event.to_on
    ]
