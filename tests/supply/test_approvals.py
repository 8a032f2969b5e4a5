"""64, 条例 39: the stop of a home waits for a leader, who finds it on their home page."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.accounts.conftest import noon
from tests.cases.conftest import english
from tests.supply.conftest import FIRST, approve, pay
from tongdian.supply.queries.approvals import awaited_approvals
from tongdian.supply.refusing import HomeNotApproved

__all__ = ["english"]

pytestmark = pytest.mark.django_db


def test_a_stop_for_arrears_waits_from_the_day_on_which_nothing_else_is_missing(demanded):
    """Overdue since 2 March, demanded on the 17th, notice on the 24th; FIRST is 2 April: 31, 16 and 9 days."""
    assert awaited_approvals(demanded.chief, FIRST - dt.timedelta(days=1)) == []
    (one,) = awaited_approvals(demanded.chief, FIRST)
    assert (one.point, one.account, one.ground) == (demanded.point, demanded.account, "arrears")
    assert awaited_approvals(demanded.technician, FIRST) == []  # who stops does not approve


def test_an_approval_or_the_payment_takes_it_off(demanded):
    approve(demanded, day=dt.date(2026, 4, 1))
    assert awaited_approvals(demanded.chief, FIRST) == []


def test_what_is_paid_waits_no_longer(demanded):
    pay(demanded, "1000", at=noon(dt.date(2026, 4, 1)))
    assert awaited_approvals(demanded.chief, FIRST) == []


def test_who_is_refused_is_told_where_a_leader_approves(demanded):
    said = HomeNotApproved(point="YS-1", ground="arrears")
    for language in ("zh", "en"):
        assert "/supply/approvals/" in said.say(language)


def test_the_leaders_home_page_draws_them_with_the_button_that_knows_the_ground(
    english, demanded, monkeypatch
):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: FIRST)
    english.force_login(demanded.chief)
    assert 'hx-get="/supply/approvals/?home"' in english.get("/").content.decode()
    drawn = english.get("/supply/approvals/?home").content.decode()
    button = f"/supply/points/{demanded.point.pk}/approve/?ground=arrears"
    assert f'href="{button}"' in drawn
    assert 'value="arrears" selected' in english.get(button).content.decode()
    assert demanded.account.number in english.get("/supply/approvals/").content.decode()
    english.force_login(demanded.technician)
    assert english.get("/supply/approvals/").status_code == 403
    assert "/supply/approvals/" not in english.get("/").content.decode()
