"""Whatever happens to a case is told in the reader's words, never by the key it is kept under."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from tongdian.cases import queries
from tongdian.cases.pages.timeline import _Saying, _told
from tongdian.policy import process as kernel
from tongdian.policy.process.events import KINDS

pytestmark = pytest.mark.django_db

GIVEN = {
    "opened": {"process": "shop-application", "version": "2016-01-01", "facts": {"approved": True}},
    "closed": {"stage": "approve", "role": "energy-office"},
    "returned": {"stage": "approve", "role": "energy-office", "to": "apply", "reason": "少一页"},
    "suspended": {"cause": "force-majeure"},
    "resumed": {},
    "fact_recorded": {"name": "approved", "value": False},
    "withdrawn": {"reason": "不办了"},
    "migrated": {"version": "2016-01-01", "reason": "新版"},
    "countersigned": {"claim": 1, "evidence": ("停电通知",)},
    "claim_refused": {"claim": 1, "reason": "没有依据"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("locale", "language"), [("zh-hans", "zh"), ("en", "en")])
def test_every_kind_of_event_is_said_in_words(shop_case, kind, locale, language):
    event = KINDS[kind](seq=2, on=dt.date(2026, 3, 2), by="account:li", **GIVEN[kind])
    assert isinstance(event, kernel.CaseEvent)
    desk = queries.desk(shop_case)
    with override(locale):
        first = kernel.Suspended(seq=1, on=event.on, by="account:li", cause="force-majeure")
        what, detail, icon, _evidence = _told(event, _Saying(desk, language), {1: first})
    assert icon != "point"  # the mark of what nobody put into words
    assert what not in {kind, "approve", "apply", "approved"}
    for key in ("fact_recorded", "energy-office", "force-majeure"):
        assert key not in f"{what} {detail}"
    if language == "zh":
        assert any("一" <= sign <= "鿿" for sign in what)
