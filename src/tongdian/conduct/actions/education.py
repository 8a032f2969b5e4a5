"""A unit enters what it did about safety and saving (5). What was wrongly entered is taken back, never changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.calendar import legal_day
from tongdian.conduct.entries import EDUCATION
from tongdian.conduct.fields import TAKING_BACK
from tongdian.conduct.models import EducationRecord, EducationTakenBack
from tongdian.conduct.rules import EDUCATE, EducationOver, EducationToCome
from tongdian.parties.models import Organisation
from tongdian.registers.action import action


@action("enter-education", may=EDUCATE, within="organisation", fields=EDUCATION)
def enter_education(
    *,
    viewer: Any,
    organisation: Organisation,
    on: dt.date,
    topic: str,
    title: str,
    text: str,
    paper: str,
    at: dt.datetime,
    attended: Decimal | None = None,
    is_demo: bool = False,
) -> EducationRecord:
    """Enter what a unit did for safe use or for saving on a day. Raises NotAllowed, EducationToCome, BadValue."""
    if on > legal_day(at):
        raise EducationToCome
    return EducationRecord.objects.create(
        organisation=organisation, on=on, topic=topic, title=title, attended=attended, text=text, paper=paper,
        is_demo=is_demo, at=at, by_id=viewer.pk,
    )  # fmt: skip


@action("take-education-back", may=EDUCATE, within="record.organisation", fields=TAKING_BACK, of="record")
def take_education_back(
    *, viewer: Any, record: EducationRecord, reason: str, at: dt.datetime
) -> EducationTakenBack:
    """It was wrongly entered: it stays with the reason. Raises NotAllowed, EducationOver."""
    Organisation.objects.select_for_update().get(
        pk=record.organisation_id
    )  # of two the second sees the first
    if EducationTakenBack.objects.filter(record=record).exists():
        raise EducationOver
    return EducationTakenBack.objects.create(
        organisation=record.organisation, record=record, reason=reason, at=at, by_id=viewer.pk
    )
