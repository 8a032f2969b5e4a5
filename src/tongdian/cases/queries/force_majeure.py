"""Events of force majeure: those that a viewer sees, and those that a case may be held up by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from tongdian.cases.models import Case, ForceMajeureEvent, HeldUp
from tongdian.parties.permissions import seen


def force_majeure_events(viewer: Any) -> QuerySet[ForceMajeureEvent]:
    """The events that a viewer sees."""
    rows = ForceMajeureEvent.objects.filter(seen(viewer, "cases.read", region="region"))
    return rows.select_related("organisation", "region")


def events_open_to(case: Case) -> QuerySet[ForceMajeureEvent]:
    """The events recorded by the case's organisation or one above it, the newest first."""
    rows = ForceMajeureEvent.objects.filter(organisation__in=case.organisation.ancestors)
    return rows.select_related("organisation", "region").order_by("-from_on", "-id")


def held_up_by(event: ForceMajeureEvent) -> QuerySet[HeldUp]:
    """The stays of cases that name an event, the newest first."""
    return HeldUp.objects.filter(event=event).select_related("case").order_by("-at")


def cases_held_up(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """How many cases each event holds up, and how many files prove it."""
    rows = ForceMajeureEvent.objects.filter(pk__in=[one.pk for one in things])
    counted = rows.annotate(cases=Count("held_up__case", distinct=True), files=Count("proofs", distinct=True))
    return {
        one.pk: {"recorded_on": one.recorded_on, "cases": one.cases, "files": one.files} for one in counted
    }
