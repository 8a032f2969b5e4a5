"""After the closing day, sent back, handed back, and what was seen when somebody does a step."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, database_refuses, filed
from tongdian.allowed import NotAllowed
from tongdian.supervision.actions import conditions, filing
from tongdian.supervision.models import ReturnStep
from tongdian.supervision.queries import filings
from tongdian.supervision.refusing import NotClosed, PeriodClosed, TermMissing, TermOver, VersionMovedOn
from tongdian.supervision.rules import ReturnState

H1 = "2021-H1"


def cells(nation, n=1):
    return cells_of(conditions.form_for(nation.province, "annex-3", d("2021-07-10")), **benefits(n))


def here(nation, day, name="yanshan"):
    office = getattr(nation, name)
    return filings.standing(conditions.form_for(office, "annex-3", d(day)), office, H1, as_of=d(day))


def drafted(nation, day, n=1):
    return filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1,
        cells=cells(nation, n), at=at(day),
    )  # fmt: skip


def returned(nation, version, day, until=None):
    return filing.send_back(
        viewer=nation.who["city"].officer, office=nation.city, version=version, reason="少报一户",
        until=until and d(until), at=at(day),
    )  # fmt: skip


# ------------------------------------------------------------- sent back
def test_what_was_in_time_and_comes_again_by_the_day_given_stays_in_time(nation):
    """Filed on 14 July, sent back on the 20th until the 31st: not overdue meanwhile, in time when it comes on the
    31st, late on 1 August."""
    version = filed(nation, "yanshan", "annex-3", H1, cells(nation), "2021-07-14")
    returned(nation, version, "2021-07-20", until="2021-07-31")
    between = here(nation, "2021-07-31")
    assert (between.state, between.is_overdue(d("2021-07-31"))) == (ReturnState.RETURNED, False)
    assert between.comes_again_by == d("2021-07-31")
    assert here(nation, "2021-08-01").is_overdue(d("2021-08-01"))
    filed(nation, "yanshan", "annex-3", H1, cells(nation, 2), "2021-07-31")
    again = here(nation, "2021-07-31")
    assert (again.first_filed_on, again.is_on_time) == (d("2021-07-14"), True)


def test_what_comes_again_after_the_day_given_is_late(nation):
    version = filed(nation, "yanshan", "annex-3", H1, cells(nation), "2021-07-14")
    returned(nation, version, "2021-07-20", until="2021-07-25")
    filed(nation, "yanshan", "annex-3", H1, cells(nation, 2), "2021-07-26")
    again = here(nation, "2021-07-26")
    assert (again.first_filed_on, again.is_on_time) == (d("2021-07-26"), False)


def test_what_was_late_is_not_made_timely_by_being_sent_back(nation):
    version = filed(nation, "yanshan", "annex-3", H1, cells(nation), "2021-07-16")
    returned(nation, version, "2021-07-20", until="2021-07-31")
    assert here(nation, "2021-07-20").is_overdue(d("2021-07-20"))
    filed(nation, "yanshan", "annex-3", H1, cells(nation, 2), "2021-07-25")
    assert not here(nation, "2021-07-25").is_on_time


def test_after_the_closing_day_it_is_sent_back_with_a_day_and_may_be_filed_till_then(nation):
    version = filed(nation, "yanshan", "annex-3", H1, cells(nation), "2021-07-14")
    accepted(nation, "city", version, "2021-07-15")
    with pytest.raises(TermMissing):
        returned(nation, version, "2021-08-16")
    with pytest.raises(TermOver):
        returned(nation, version, "2021-08-16", until="2021-08-15")
    returned(nation, version, "2021-08-16", until="2021-08-20")
    filed(nation, "yanshan", "annex-3", H1, cells(nation, 2), "2021-08-20")
    assert here(nation, "2021-08-20").is_on_time


# ------------------------------------------------------------- closed
def test_who_is_too_late_asks_for_leave_and_an_allowance_answers(nation):
    who = nation.who["yanshan"]
    asked = {"organisation": nation.yanshan, "form": "annex-3", "period": H1, "reason": "汛期停电"}
    with pytest.raises(NotClosed):
        filing.ask_late(viewer=who.clerk, **asked, until=d("2021-08-31"), at=at("2021-08-15"))
    version = drafted(nation, "2021-08-16")
    filing.review(viewer=who.officer, version=version, at=at("2021-08-16"))
    with pytest.raises(PeriodClosed):
        filing.submit(viewer=who.officer, version=version, at=at("2021-08-16"))
    with pytest.raises(NotAllowed):
        filing.ask_late(viewer=nation.who["city"].clerk, **asked, until=d("2021-08-31"), at=at("2021-08-16"))
    filing.ask_late(viewer=who.clerk, **asked, until=d("2021-08-31"), at=at("2021-08-16"))
    assert here(nation, "2021-08-16").asked_late.reason == "汛期停电"
    filing.allow_late(
        viewer=nation.who["city"].officer,
        office=nation.city,
        **asked,
        until=d("2021-08-25"),
        at=at("2021-08-17"),
    )
    now = here(nation, "2021-08-17")
    assert (now.asked_late, now.is_closed(d("2021-08-25")), now.is_closed(d("2021-08-26"))) == (
        None,
        False,
        True,
    )
    filing.submit(viewer=who.officer, version=version, at=at("2021-08-25"))


# ------------------------------------------------------------- handed back
def test_who_reviews_hands_back_and_another_version_follows(nation):
    who = nation.who["yanshan"]
    version = drafted(nation, "2021-07-10")
    filing.hand_back(viewer=who.officer, version=version, reason="户数与台账不符", at=at("2021-07-10"))
    now = here(nation, "2021-07-10")
    assert (now.state, now.sent_back.reason) == (ReturnState.REWORK, "户数与台账不符")
    again = drafted(nation, "2021-07-11", 2)
    assert again.number == 2
    assert here(nation, "2021-07-11").state == ReturnState.DRAFT


# ------------------------------------------------------------- seen
def test_a_step_on_what_was_not_seen_is_refused_in_words(nation):
    """Version 1 was on the page; the clerk saved version 2: reviewing what was not seen is refused. So is sending
    back what another has just accepted."""
    who, officer = nation.who["yanshan"], nation.who["city"].officer
    first = drafted(nation, "2021-07-10")
    seen = here(nation, "2021-07-10").mark
    second = drafted(nation, "2021-07-10", 2)
    for version in (first, second):
        with pytest.raises(VersionMovedOn) as refused:
            filing.review(viewer=who.officer, version=version, seen=seen, at=at("2021-07-10"))
        assert refused.value.status == 409
        assert "第2版" in refused.value.say("zh")
    filing.review(viewer=who.officer, version=second, seen="2.0", at=at("2021-07-10"))
    filing.submit(viewer=who.officer, version=second, seen="2.1", at=at("2021-07-10"))
    filing.accept(viewer=officer, office=nation.city, version=second, seen="2.2", at=at("2021-07-11"))
    with pytest.raises(VersionMovedOn):
        filing.send_back(
            viewer=officer, office=nation.city, version=second, reason="重报", seen="2.2", at=at("2021-07-11")
        )
    filing.send_back(
        viewer=officer, office=nation.city, version=second, reason="重报", seen="2.3", at=at("2021-07-11")
    )


def test_a_page_that_names_nothing_does_no_step(nation, client):
    version = drafted(nation, "2026-07-10")
    client.force_login(nation.who["yanshan"].officer)
    address = f"/supervision/returns/{nation.yanshan.pk}/annex-3/{H1}/steps/review/"
    assert client.post(address, {"seen": ""}).status_code == 409
    assert client.post(address, {"seen": "9.0"}).status_code == 409
    assert not ReturnStep.objects.filter(version=version).exists()
    assert client.post(address, {"seen": "1.0"}).status_code == 302


def test_no_step_is_earlier_than_what_it_follows(nation):
    who = nation.who["yanshan"]
    version = drafted(nation, "2021-07-10")
    with pytest.raises(VersionMovedOn):
        filing.review(viewer=who.officer, version=version, at=version.at - dt.timedelta(minutes=1))
    with database_refuses("steps_of_a_return_follow_in_time"):
        ReturnStep.objects.create(
            organisation=nation.yanshan, version=version, number=1, what="reviewed", at=at("2021-07-09"),
            by=who.officer,
        )  # fmt: skip
