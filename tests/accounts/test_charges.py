"""Articles 8, 10(5), 11 to 15, 26, 52: one-off charges, each with its article and who bears it."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.accounts.conftest import ON, noon
from tests.accounts.test_collecting import bill, left, pay
from tests.network.conftest import make_organisation
from tongdian.accounts.actions.charging import charge_once, take_charge_back
from tongdian.accounts.refusing import NotTheCollector
from tongdian.accounts.refusing.charges import CalculatedByRule, NotACharge, NothingPublished, PaidByTheSchool
from tongdian.accounts.rules import KeyUsedOtherwise
from tongdian.connections.actions.fees import publish_fee

pytestmark = pytest.mark.django_db


def charge(counter, item: str, yuan: str | None = None, *, viewer=None, **more):
    return charge_once(
        viewer=viewer or counter.cashier,
        account=counter.holders[0],
        item=item,
        yuan=Decimal(yuan) if yuan else None,
        paper="结算单 2026-031",
        at=noon(ON),
        **more,
    )


def test_8_meter_and_fitting_are_at_the_users_cost(counter):
    debt = charge(counter, "fitting", "356.00")
    assert (debt.fen, debt.cite, debt.title["zh"], debt.due_on) == (35_600, "8", "计量装置及安装", ON)
    assert debt.answer["paper"] == "结算单 2026-031"
    assert left(counter) == [35_600]


def test_14_1_beyond_tolerance_the_university_bears_the_test(counter):
    with pytest.raises(PaidByTheSchool) as refused:
        charge(counter, "test_beyond", "120")
    assert "第十四条（一）" in refused.value.words.zh
    assert charge(counter, "test_within", "120").cite == "14(1)"


def test_15_2_a_meter_that_fails_within_two_years_is_the_universitys(counter):
    with pytest.raises(PaidByTheSchool):
        charge(counter, "replace_early", "200")
    assert charge(counter, "replace_late", "200").fen == 20_000


def test_15_3_a_lost_card_costs_what_is_published(counter):
    with pytest.raises(NothingPublished):
        charge(counter, "card")
    publish_fee(
        viewer=counter.officer,
        organisation=counter.organisation,
        code="card",
        name="补办电卡",
        charged_in="",
        unit="张",
        yuan=Decimal("25.50"),
        basis="第十五条（三）",
        first_on=dt.date(2026, 1, 1),
        at=noon(ON),
    )
    # 2 cards × 25.50 = 51.00
    assert charge(counter, "card", quantity=Decimal(2)).fen == 5_100


def test_10_5_the_expansion_fee_is_its_rules(counter):
    with pytest.raises(CalculatedByRule):
        charge(counter, "expansion")
    # 50 kVA × 300 = 15,000
    assert charge(counter, "expansion", "15000").fen == 1_500_000


def test_18_a_charge_is_the_centres(counter, viewer):
    energy = make_organisation("JN", "节能办", kind="office", parent=counter.organisation)
    energy.fills = ["energy-office"]
    energy.save()
    clerk = viewer("clerk", "wu", at=energy)
    with pytest.raises(NotTheCollector):
        charge(counter, "card", "20", viewer=clerk)


def test_a_charge_told_twice_is_one(counter):
    first = charge(counter, "card", "20", key="K-1")
    assert charge(counter, "card", "20", key="K-1") == first
    with pytest.raises(KeyUsedOtherwise):
        charge(counter, "card", "21", key="K-1")
    assert left(counter) == [2_000]


def test_a_charge_taken_back_gives_what_was_paid_as_a_prepayment(counter):
    debt = charge(counter, "card", "20")
    pay(counter, "20.00")
    take_charge_back(viewer=counter.chief, debt=debt, reason="电卡找到", at=noon(ON))
    assert left(counter) == []
    assert counter.balance(counter.account("prepayment", holder=0)) == 2_000


def test_a_bill_is_not_taken_back_as_a_charge(counter):
    debt = bill(counter, 500).debts.get()
    with pytest.raises(NotACharge):
        take_charge_back(viewer=counter.chief, debt=debt, reason="x", at=noon(ON))
