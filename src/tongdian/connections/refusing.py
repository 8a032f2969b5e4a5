"""An application that ended with a refusal: why, under which article, and what can be done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from tongdian.cases import queries as cases
from tongdian.cases.models import Case, Event
from tongdian.cases.queries import Desk
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.policy.clauses import say_clause
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words


@dataclass(frozen=True)
class RefusalGrounds:
    """What the applicant is told: the officer's reason in their own words, never without one."""

    business: Words
    reason: str
    cite: Words
    on: dt.date
    remedies: tuple[Words, ...]


def refusal(case: Case, desk: Desk | None = None, state: CaseState | None = None) -> RefusalGrounds | None:
    """How a case was refused; None for one that was not (or not yet)."""
    if state is None and not case.ending:
        return None
    desk = desk or cases.desk(case)
    if not any(stage.refuses for stage in desk.wording.stages.values()):
        return None
    refused_at = cases.refused_at(desk, state or cases.state_of(case, desk))
    if refused_at is None:
        return None
    closed = Event.objects.filter(case=case, kind="closed", stage=refused_at).order_by("seq").last()
    assert closed is not None  # the stage is done
    clauses = [say_clause(one) for one in desk.wording.stages[refused_at].cite or desk.wording.cite]
    number = desk.pack.number
    return RefusalGrounds(
        business=desk.process.title,
        reason=closed.body["note"],
        cite=Words(
            f"{number} {'、'.join(one.zh for one in clauses)}",
            f"{number}, {', '.join(one.en for one in clauses)}",
        ),
        on=closed.on,
        remedies=_remedies(case),
    )


def _remedies(case: Case) -> tuple[Words, ...]:
    """The documents set no time for objecting, so none is named."""
    office = case.organisation
    again = f"{settings.PUBLIC_ADDRESS}/services/{office.short}/"
    phone = Words(
        f"，或拨打 {office.hotline}" if office.hotline else "",
        f" or call {office.hotline}" if office.hotline else "",
    )
    return (
        Words(
            f"理由消除后可随时重新申请： {again} ；",
            f"Apply again at any time once the reason is gone: {again}",
        ),
        Words(
            f"对本决定有异议的，可向{office.name}书面提出{phone.zh}；",
            f"Object in writing to {office.name_en or office.name}{phone.en}",
        ),
        Words(
            f"用电方面的意见也可拨打 {NATIONAL_HOTLINE} 能源监管热线。",
            f"About power service, also call {NATIONAL_HOTLINE}, the energy regulator's hotline",
        ),
    )
