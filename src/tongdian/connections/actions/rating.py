"""What the applicant thought of it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tongdian.audit_log.actions import record
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections.models import Rating
from tongdian.connections.rules import NotOverYet, RatedAlready
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words


def rate(*, applicant: Applicant, case: Case, score: int, comment: str, at: dt.datetime) -> Rating:
    """The applicant's word at the end, once. Raises NotOverYet, RatedAlready."""
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=applicant.case)
        if locked.ending != "finished":
            raise NotOverYet
        if Rating.objects.filter(case=locked).exists():
            raise RatedAlready
        if score not in range(1, 6):
            raise BadInput(name=Words("评分", "score"), problem=Words("应为 1 至 5", "must be 1 to 5"))
        row = Rating.objects.create(case=locked, score=score, comment=comment.strip(), at=at)
        record(
            actor=applicant.actor,
            action="case.rated",
            subject=f"case:{locked.id}",
            payload={"score": score},
            at=at,
        )
    return row
