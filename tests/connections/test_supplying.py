"""Power before the agreement is seen before it happens (journeys 9), and what is to be paid is told (6)."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cases.brought import brought
from tests.cases.conftest import at, shop_case, supplied  # noqa: F401
from tests.cases.test_engine import close, hand_in
from tongdian.cases import queries
from tongdian.cases.offers import offers
from tongdian.cases.rules import Applicant
from tongdian.connections.pages.standing import ApplicantCase
from tongdian.connections.supplying import BEGINS_LATER, NONE_YET

pytestmark = pytest.mark.django_db

WEDNESDAY = dt.date(2026, 3, 4)


@pytest.fixture
def to_switch_on(campus):
    """Works that are approved and metered: what is left is to open the supply."""
    from tongdian.cases.actions import open_case

    case = open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="temporary-use-application",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true", "metered": "true"})
    case.refresh_from_db()
    return case


def warning(case, who):
    desk, state = queries.desk(case), queries.state_of(case)
    hands = queries.Hands(who, case, desk.wording, WEDNESDAY)
    return next(one.warning for one in offers(hands, desk, state) if one.about == "connect")


def test_who_switches_on_is_told_that_there_is_no_agreement(campus, to_switch_on):
    assert warning(to_switch_on, campus.clerk) == NONE_YET


def test_or_that_it_begins_later(campus, to_switch_on):
    supplied(campus, customer_class="shop", price_category="commercial", since="2026-12-01")
    assert warning(to_switch_on, campus.clerk) == BEGINS_LATER.fill(day="2026-12-01")


def test_and_nothing_where_one_is_in_force(campus, to_switch_on):
    supplied(campus, customer_class="shop", price_category="commercial", since="2026-03-04")
    assert warning(to_switch_on, campus.clerk) is None
    close(to_switch_on, campus.clerk, "connect", "2026-03-04")


def test_the_applicant_reads_what_the_deposit_is_and_by_which_article(campus, shop_case):  # noqa: F811
    hand_in(shop_case, "shop-lease", "owner-id-copy")
    for who, stage, facts in (
        (campus.counter, "apply", {}),
        (campus.officer, "approve", {"approved": "true"}),
    ):
        close(shop_case, who, stage, "2026-03-03", facts=facts)
    shop_case.refresh_from_db()
    state = queries.state_of(shop_case)
    for listed in queries.paper_lists(shop_case, state):
        hand_in(shop_case, *(one.item for one in listed.missing))
    close(shop_case, campus.clerk, "accept", "2026-03-03")
    shop_case.refresh_from_db()
    seen = ApplicantCase(Applicant(shop_case.id, shop_case.number), shop_case, at("2026-03-04"), WEDNESDAY)
    (deposit,) = [line for line in seen.stages if line.title in ("收取水电保证金", "Deposit taken")]
    assert "300–10,000" in deposit.said
    assert "9(2)" in deposit.said or "第九条" in deposit.said
    assert brought(shop_case, "deposit")["facts"]["deposit_paid"] == "3000"
