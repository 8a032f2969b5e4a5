"""What the stages of the packs yield is asked by every door (journeys 3, 4, 5 and 6)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cases.brought import SIGNED, brought
from tests.cases.test_engine import PAPERS, close, hand_in
from tongdian.cases import actions, queries
from tongdian.cases.offers import offers
from tongdian.policy.process.refusals import DocumentNeeded, NotWithin, ProductNeeded

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_the_deposit(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    close(shop_case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(shop_case, campus.clerk, "accept", "2026-03-03")
    shop_case.refresh_from_db()
    return shop_case


def take(campus, case, amount):
    told = brought(case, "deposit", facts={"deposit_paid": amount}, evidence=["收据 0042"])
    return actions.close_stage(
        viewer=campus.clerk,
        case=case,
        stage="deposit",
        seen=case.seq,
        at=dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC),
        **told,
    )


@pytest.mark.parametrize("amount", ["299.99", "10000.01", "50000"])
def test_a_deposit_lies_within_its_range_at_every_door(campus, at_the_deposit, amount):
    """9(2): 300 to 10,000 yuan for a shop. Correcting the fact afterwards is a door too."""
    with pytest.raises(NotWithin, match="300–10,000"):
        take(campus, at_the_deposit, amount)
    with pytest.raises(NotWithin):
        actions.record_fact(
            viewer=campus.clerk,
            case=at_the_deposit,
            name="deposit_paid",
            value=amount,
            seen=at_the_deposit.seq,
            at=dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC),
            reason="更正",
        )


@pytest.mark.parametrize("amount", ["300", "10000"])
def test_both_ends_are_in_it(campus, at_the_deposit, amount):
    done = take(campus, at_the_deposit, amount)
    assert f"{queries.state_of(done).facts['deposit_paid']:f}" == f"{amount}.00"


def test_the_form_is_drawn_with_the_bounds(campus, at_the_deposit):
    desk, state = queries.desk(at_the_deposit), queries.state_of(at_the_deposit)
    hands = queries.Hands(campus.clerk, at_the_deposit, desk.wording, dt.date(2026, 3, 4))
    (deposit,) = [one for one in offers(hands, desk, state) if one.about == "deposit" and one.facts]
    assert list(deposit.facts) == ["deposit_paid", "deposit_reason", "deposit_approver", "deposit_receipt"]
    assert (deposit.facts["deposit_paid"].min, deposit.facts["deposit_paid"].max) == (300, 10000)


def test_a_deposit_without_an_amount_is_no_deposit(campus, at_the_deposit):
    with pytest.raises(ProductNeeded, match="deposit taken"):
        actions.close_stage(
            viewer=campus.clerk,
            case=at_the_deposit,
            stage="deposit",
            seen=at_the_deposit.seq,
            at=dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC),
            evidence=["保证金 50000 元"],
        )


def test_a_step_of_the_customer_s_recorded_for_them_rests_on_what_they_signed(campus, open_today):
    known = {"viewer": campus.counter, "case": open_today, "stage": "apply", "seen": 1, "at": timezone.now()}
    for nothing in ((), ("本人在场",)):
        with pytest.raises(DocumentNeeded, match="signed"):
            actions.close_stage(**known, evidence=nothing)
    actions.close_stage(**known, evidence=[SIGNED])


def test_what_is_not_supplied_is_not_read(campus, at_the_deposit):
    """A shop that takes power alone has no water meter; one that takes both has both."""
    desk, state = queries.desk(at_the_deposit), queries.state_of(at_the_deposit)
    both = desk.wording.yields_of("install", state.facts)
    power = desk.wording.yields_of("install", {**state.facts, "supplies": "power"})
    assert both == ("power_meter", "power_start", "water_meter", "water_start")
    assert power == ("power_meter", "power_start")
