"""Giving a stage or a case to somebody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongdian.audit_log.actions import record
from tongdian.cases import queries
from tongdian.cases.actions.appending import lock
from tongdian.cases.models import (
    Assignment,
    Case,
    OpenStage,
)
from tongdian.cases.queries import Hand
from tongdian.cases.rules import (
    NotInOffice,
)
from tongdian.policy.words import Words
from tongdian.rulebook.rules import NotAllowed


def assign(
    *, viewer: Any, case: Case, part: str, account: Any, at: dt.datetime, reason: str = ""
) -> Assignment:
    """Give a stage, or the whole case, to somebody; `account` None gives it back to the office.

    Raises NotAllowed, NotInOffice.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        locked = lock(case)
        desk = queries.desk(locked)
        holder = OpenStage.objects.filter(case=locked, stage=part).values_list("assigned_to")
        is_giving_back = account is None and (viewer.pk,) in holder
        is_taking = account is not None and account == viewer
        permission = "cases.work" if is_taking or is_giving_back else "cases.assign"
        if not viewer.has_perm(permission, locked.organisation) and not any(
            viewer.has_perm(permission, office)
            for office in [queries.office_of(locked, desk.wording.stages[part].role, on)]
            if part in desk.wording.stages and office is not None
        ):
            raise NotAllowed(deed=Words("指派人员", "assign people"))
        if account is not None and part in desk.wording.stages:
            fit: Hand = queries.hand(account, locked, desk.wording, part, on)
            if not fit.may:
                office = queries.office_of(locked, desk.wording.stages[part].role, on)
                raise NotInOffice(
                    person=account.shown_name,
                    stage=desk.wording.stages[part].title,
                    office=(office or locked.organisation).name,
                )
        row = Assignment.objects.create(
            case=locked, part=part, account=account, by=viewer.actor, at=at, reason=reason
        )
        OpenStage.objects.filter(case=locked, stage=part).update(assigned_to=account)
        record(
            actor=viewer.actor,
            action="case.assign",
            subject=f"case:{locked.id}",
            payload={"part": part, "to": account.actor if account else None, "reason": reason},
            at=at,
        )
    return row
