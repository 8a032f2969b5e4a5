"""What of supervision waits for whom: figures of the home page."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from tongdian.calendar import SHANGHAI
from tongdian.parties.permissions import grants
from tongdian.parties.rules import PERMISSIONS
from tongdian.supervision.models import CellQuestion, GroupReminder, ReturnStep, ReturnVersion
from tongdian.supervision.queries.inspections import not_begun, waiting_records
from tongdian.supervision.rules import ACCEPT, FILE, INSPECT, REVIEW, Step

LATELY = dt.timedelta(days=30)


def _own(viewer: Any, permission: str) -> list[UUID]:
    """The offices in which the viewer has a role for it: those below have people of their own."""
    roles = PERMISSIONS[permission]
    held = (one.organisation for one in grants(viewer) if one.role in roles)
    return [one.pk for one in held if one is not None]


def _newer() -> Exists:
    return Exists(
        ReturnVersion.objects.filter(
            filing=OuterRef("version__filing"), number__gt=OuterRef("version__number")
        )
    )


def _later() -> Exists:
    return Exists(ReturnStep.objects.filter(version=OuterRef("version"), number__gt=OuterRef("number")))


def to_review(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Drafts that somebody else of the office filled in."""
    own = _own(viewer, REVIEW.name)
    if not own:
        return None
    newer = ReturnVersion.objects.filter(filing=OuterRef("filing"), number__gt=OuterRef("number"))
    return ReturnVersion.objects.filter(
        ~Exists(newer), ~Exists(ReturnStep.objects.filter(version=OuterRef("pk"))), organisation__in=own
    ).exclude(by=viewer.pk)


def to_file(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Reviewed and not filed."""
    own = _own(viewer, REVIEW.name)
    return _standing(Step.REVIEWED).filter(version__organisation__in=own) if own else None


def to_accept(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Filed to the viewer's office and neither accepted nor returned."""
    own = _own(viewer, ACCEPT.name)
    return _standing(Step.SUBMITTED).filter(to__in=own) if own else None


def returned(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Sent back, and not written anew."""
    own = _own(viewer, FILE.name)
    return _standing(Step.RETURNED).filter(version__organisation__in=own) if own else None


def to_answer(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Questions on cells without an answer."""
    own = _own(viewer, FILE.name)
    return CellQuestion.objects.filter(organisation__in=own, answer=None) if own else None


def _standing(what: Step) -> QuerySet[Any]:
    """The last steps of newest versions, of a kind."""
    return ReturnStep.objects.filter(~_later(), ~_newer(), what=what.value)


def to_inspect(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Planned inspections whose first day has come, and that nobody has begun."""
    own = _own(viewer, INSPECT.name)
    return not_begun(own, today) if own else None


def to_record(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Drawn cases without a record of what was found on site."""
    own = _own(viewer, INSPECT.name)
    return waiting_records(own) if own else None


def pressed(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """What the group pressed for in the last month."""
    own = _own(viewer, FILE.name)
    since = dt.datetime.combine(today - LATELY, dt.time(), SHANGHAI)
    return GroupReminder.objects.filter(to__in=own, at__gte=since) if own else None
