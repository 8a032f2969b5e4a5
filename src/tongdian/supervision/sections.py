"""What of supervision waits for whom: figures of the home page."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from tongdian.parties.permissions import grants
from tongdian.parties.rules import PERMISSIONS
from tongdian.supervision.findings import TO_BE_RECTIFIED, FindingState
from tongdian.supervision.models import (
    CellQuestion,
    Circular,
    GridPlan,
    GridProject,
    InternalRule,
    ReturnStep,
    ReturnVersion,
    SupervisionFinding,
    Talk,
    UrgingLetter,
)
from tongdian.supervision.queries.findings import standing_rows
from tongdian.supervision.queries.inspections import not_begun, waiting_records
from tongdian.supervision.queries.registers import evaluations_due, projects_late, rules_overdue
from tongdian.supervision.rules import ACCEPT, ANSWER, FILE, FIND, INSPECT, REVIEW, SIGN, Step


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
    if not own:
        return None
    return _standing(Step.RETURNED, Step.REWORK).filter(version__organisation__in=own)


def to_answer(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Questions on cells without an answer."""
    own = _own(viewer, FILE.name)
    return CellQuestion.objects.filter(organisation__in=own, answer=None) if own else None


def _standing(*what: Step) -> QuerySet[Any]:
    """The last steps of newest versions, of some kinds."""
    return ReturnStep.objects.filter(~_later(), ~_newer(), what__in=[one.value for one in what])


def findings_to_answer(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Findings about the viewer's office that it has to explain or to rectify."""
    own = _own(viewer, ANSWER.name)
    states = [one.value for one in (FindingState.OPENED, *TO_BE_RECTIFIED)]
    rows = SupervisionFinding.objects.filter(about__in=own)
    return standing_rows(rows, today).filter(state__in=states) if own else None


def overdue_rectifications(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """What the viewer's office ordered, whose day has gone by."""
    own = _own(viewer, FIND.name)
    rows = SupervisionFinding.objects.filter(organisation__in=own)
    return standing_rows(rows, today).filter(is_overdue=True) if own else None


def rectifications_to_verify(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """What was explained or reported as rectified to the viewer's office."""
    own = _own(viewer, FIND.name)
    states = [FindingState.EXPLAINED.value, FindingState.REPORTED.value]
    rows = SupervisionFinding.objects.filter(organisation__in=own)
    return standing_rows(rows, today).filter(state__in=states) if own else None


def reminders_to_answer(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Reminders to the viewer's office without an answer."""
    own = _own(viewer, ANSWER.name)
    return UrgingLetter.objects.filter(about__in=own, answer=None) if own else None


def talks_to_sign(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Drafts of talks that wait for a second person."""
    return _drafts(Talk, viewer)


def circulars_to_sign(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Drafts of circulars that wait for a second person."""
    return _drafts(Circular, viewer)


def _drafts(model: Any, viewer: Any) -> QuerySet[Any] | None:
    own = _own(viewer, SIGN.name)
    if not own:
        return None
    rows: QuerySet[Any] = model.objects.filter(organisation__in=own, steps=None).exclude(by=viewer.pk)
    return rows


def to_inspect(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Planned inspections whose first day has come, and that nobody has begun."""
    own = _own(viewer, INSPECT.name)
    return not_begun(own, today) if own else None


def to_record(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Drawn cases without a record of what was found on site."""
    own = _own(viewer, INSPECT.name)
    return waiting_records(own) if own else None


def plans_to_evaluate(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Development plans of the viewer's office whose evaluation is due."""
    own = _own(viewer, FILE.name)
    return evaluations_due(GridPlan.objects.filter(organisation__in=own), today) if own else None


def late_projects(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Projects of the viewer's office that are not begun or not in use in time."""
    own = _own(viewer, FILE.name)
    return projects_late(GridProject.objects.filter(organisation__in=own), today) if own else None


def overdue_rules(viewer: Any, today: dt.date) -> QuerySet[Any] | None:
    """Internal rules of the viewer's office whose day has gone by."""
    own = _own(viewer, FILE.name)
    return rules_overdue(InternalRule.objects.filter(organisation__in=own), today) if own else None
