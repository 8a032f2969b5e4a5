"""Reminders, talks and circulars as they stand at the end of a day, for who may see them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tongdian.parties.models import Organisation
from tongdian.supervision.findings import CircularScope, LetterState, NoSuchLetter
from tongdian.supervision.models import (
    Circular,
    CircularStep,
    FindingInCircular,
    SupervisionFinding,
    Talk,
    TalkStep,
    UrgingAnswer,
    UrgingLetter,
)
from tongdian.supervision.queries.competence import SUMMONERS, held_offices, reached
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.offices import covering

WITH = ("organisation", "by")


def reminders_seen(viewer: Any, *, as_of: dt.date) -> QuerySet[UrgingLetter]:
    """Those that a viewer's office sent or got, with `answered_at` and `is_overdue` as of a day."""
    rows = UrgingLetter.objects.filter(at__lt=end_of(as_of)).select_related(*WITH, "about")
    if held_offices(viewer) is not None:
        own = reached(viewer)
        rows = rows.filter(Q(organisation__in=own) | Q(about__in=own))
    return answered_rows(rows, as_of)


def answered_rows(rows: QuerySet[UrgingLetter], as_of: dt.date) -> QuerySet[UrgingLetter]:
    """Reminders with whether they were answered by the end of a day."""
    answers = UrgingAnswer.objects.filter(letter=OuterRef("pk"), at__lt=end_of(as_of))
    return rows.annotate(answered_at=Subquery(answers.values("at")[:1])).annotate(
        is_overdue=Q(answered_at=None, due_on__lt=as_of)
    )


def talks_seen(viewer: Any, *, as_of: dt.date) -> QuerySet[Talk]:
    """Those of a viewer's office, drafts too, and those to which it is summoned, once they are signed; each with
    `state`."""
    rows = _standing(Talk, TalkStep, "talk", as_of).select_related(*WITH, "about")
    if held_offices(viewer) is None:
        return rows
    own = reached(viewer)
    return rows.filter(Q(organisation__in=own) | Q(about__in=own, was_signed=True))


def circulars_seen(viewer: Any, *, as_of: dt.date) -> QuerySet[Circular]:
    """Those of a viewer's office, drafts too; published ones also who is named, and whom they are for."""
    rows = _standing(Circular, CircularStep, "circular", as_of).select_related(*WITH)
    offices = held_offices(viewer)
    if offices is None:
        return rows
    own = reached(viewer)
    summoners = list(
        Organisation.objects.filter(kind__in=list(SUMMONERS))
        .select_related("region")
        .prefetch_related("regions")
    )
    above = {one.pk for office in offices for one in covering(summoners, office)}
    named = Exists(FindingInCircular.objects.filter(circular=OuterRef("pk"), finding__about__in=own))
    for_all = Q(scope=CircularScope.NATION.value) | Q(organisation__in=above) | Q(named)
    return rows.filter(Q(organisation__in=own) | (Q(state=LetterState.PUBLISHED.value) & for_all))


def _standing(model: Any, steps: Any, of: str, as_of: dt.date) -> QuerySet[Any]:
    done = steps.objects.filter(**{of: OuterRef("pk")}, at__lt=end_of(as_of)).order_by("-number")
    rows: QuerySet[Any] = (
        model.objects.filter(at__lt=end_of(as_of))
        .annotate(
            state=Coalesce(Subquery(done.values("what")[:1]), Value(LetterState.DRAFTED.value)),
            was_signed=Exists(done.filter(what=LetterState.SIGNED.value)),
        )
        .order_by("-at")
    )
    return rows


def one_of(rows: QuerySet[Any], id_: UUID | str) -> Any:
    """One of those that a viewer sees. Raises NoSuchLetter."""
    found = rows.filter(pk=id_).first()
    if found is None:
        raise NoSuchLetter
    return found


def steps_of(letter: Any, *, as_of: dt.date) -> list[Any]:
    """What became of a talk or a circular until the end of a day."""
    return list(letter.steps.filter(at__lt=end_of(as_of)).select_related("by").order_by("number"))


def findings_named(letter: Any) -> list[SupervisionFinding]:
    """What a talk or a circular rests on."""
    rows = letter.named.select_related("finding__about", "finding__region", "finding__organisation")
    return [one.finding for one in rows.order_by("finding__number")]


def that_followed(viewer: Any, finding: SupervisionFinding, *, as_of: dt.date) -> list[Any]:
    """The talks and circulars that name a finding, of those that a viewer sees."""
    talks = talks_seen(viewer, as_of=as_of).filter(named__finding=finding)
    circulars = circulars_seen(viewer, as_of=as_of).filter(named__finding=finding)
    return sorted([*talks, *circulars], key=lambda one: one.at)
