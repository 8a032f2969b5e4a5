"""What of billing waits for whom: figures of the home page, each the rows that its page lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from tongdian.billing import queries
from tongdian.billing.models import BillingRun, Dispute, RunItem, RunPreview
from tongdian.billing.queries import disputing
from tongdian.billing.rules import RELEASE, RUN, SETTLE, SupplyOutcome
from tongdian.parties.permissions import seen


def _unfinished(viewer: Any, permission: str) -> QuerySet[BillingRun]:
    return BillingRun.objects.filter(seen(viewer, permission), posting=None, discard=None)


def to_release(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Previews that another person made and nobody released."""
    if not viewer.has_perm(RELEASE.name):
        return None
    rows: Any = queries.with_progress(_unfinished(viewer, RELEASE.name))  # with what they are annotated by
    waiting: QuerySet[Any] = rows.filter(is_released=False, preview_number__isnull=False)
    return waiting.exclude(by=viewer.pk)


def held(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Bills that their findings hold in such runs."""
    if not viewer.has_perm(RELEASE.name):
        return None
    newest = RunPreview.objects.filter(run=OuterRef("preview__run")).order_by("-number").values("pk")[:1]
    return RunItem.objects.filter(
        preview__run__in=_unfinished(viewer, RELEASE.name).values("pk"),
        preview=Subquery(newest),
        outcome=SupplyOutcome.BILL.value,
        is_held=True,
        release=None,
    )


def own_runs(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Runs that the viewer began and that are not finished."""
    return _unfinished(viewer, RUN.name).filter(by=viewer.pk) if viewer.has_perm(RUN.name) else None


def objections(viewer: Any, today: dt.date) -> QuerySet[Dispute] | None:
    """Objections that are not settled, for who settles them."""
    if not viewer.has_perm(SETTLE.name):
        return None
    return disputing.disputes(viewer).filter(answer=None)


def objections_late(viewer: Any, today: dt.date) -> QuerySet[Dispute] | None:
    """Those whose last day is today or gone by."""
    rows = objections(viewer, today)
    return rows.filter(answer_by__lte=today) if rows is not None else None
