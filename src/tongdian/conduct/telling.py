"""Telling whoever a notice is served on: the people of a unit, or the customer.

It is written in the transaction of the step and goes out after its commit. Of a demonstration only accounts are told, on
their page: it has no way to send anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.urls import reverse

from tongdian.calendar import legal_day
from tongdian.conduct import queries
from tongdian.conduct.models import ConductAct, ServedNotice
from tongdian.conduct.rules import RECORD, NoticeKind
from tongdian.notices.actions import Recipient, notify
from tongdian.parties.actions.customers import addresses_of
from tongdian.parties.permissions import own_units, who_may
from tongdian.policy.words import Words
from tongdian.spoken import both

CORRECT = Words("请在 {day} 前改正。", "Put it right by {day}.")
AT_ONCE = Words("请立即停止并改正。", "Stop it and put it right at once.")
AND = Words("、", " and ")


def tell_of_notices(act: ConductAct, served: Sequence[ServedNotice], *, at: dt.datetime) -> None:
    """Tell each of them once which notices were served, for what, and until when it is to be put right."""
    if not served:
        return
    correct_by = next((one.correct_by for one in served if one.correct_by is not None), None)
    correct = CORRECT.fill(day=correct_by.isoformat()) if correct_by else AT_ONCE
    for to in _recipients(act, legal_day(at)):
        notify(
            name="violation-served",
            organisation=act.organisation_id,
            to=to,
            subject=act.audit_subject,
            params={
                "number": act.number,
                "act": queries.words_of(act).said.say(to.language),
                "place": act.place.name,
                "notices": AND.say(to.language).join(
                    both(NoticeKind(one.kind).label).say(to.language) for one in served
                ),
                "correct": correct.say(to.language),
                "link": f"{settings.PUBLIC_ADDRESS}{reverse('conduct-act', args=[act.number])}",
            },
            at=at,
        )


def _recipients(act: ConductAct, on: dt.date) -> Iterator[Recipient]:
    """The people of the unit itself who may answer for it, not those above it; else the customer."""
    if act.unit is not None:
        for one in who_may(RECORD.name, act.unit, on=on):
            if act.unit_id in own_units(one):
                yield Recipient.colleague(one)
    elif act.customer is not None and not act.is_demo:
        yield addresses_of(act.customer)
