"""Articles 9, 10(1), 10(2), 15(3), 48: deposits and clearances as the stages of cases write the books."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.conftest import at, choose, make_campus, organisation, supplied
from tests.cases.test_engine import PAPERS, close, hand_in
from tests.connections.conftest import scanned
from tests.connections.test_residents import READ, moved_in, opened
from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import open_bank_account, take_payment
from tongdian.accounts.actions.depositing import (
    enter_old_deposit,
    lodged_of,
    set_off_deposit,
    take_deposit,
    top_up_deposit,
)
from tongdian.accounts.actions.opening import open_account
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.models import BillingAccount, Receipt
from tongdian.accounts.queries.customers import summaries
from tongdian.accounts.refusing import (
    BooksSayOtherwise,
    DebtsOpen,
    NothingLodged,
    NotTheCollector,
    ServedAlready,
)
from tongdian.accounts.rules import KeyUsedOtherwise, NotEnoughThere
from tongdian.cases.actions import withdraw
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus(viewer):
    return make_campus(viewer)


@pytest.fixture
def housing(campus, viewer):
    office = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    return viewer("clerk", "housing-clerk", at=office)


@pytest.fixture
def at_the_deposit(campus):
    case = opened(campus, "shop-application")
    hand_in(case, *PAPERS)
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(case, campus.clerk, "accept", "2026-03-03")
    return case


def lodged() -> int:
    return sum(queries.available(one) for one in lodged_of(BillingAccount.objects.get()))


def bill(campus, fen: int) -> BillingAccount:
    """Let the customer owe electricity at the shop."""
    account = open_account(
        viewer=campus.officer, customer=campus.wang, place=campus.shop, at=at("2026-03-02")
    )
    item = Owed(
        subject="electricity", fen=fen, due_on=dt.date(2026, 3, 2), title=Words("电费", "electricity")
    )
    owe(viewer=campus.officer, account=account, items=[item], on=dt.date(2026, 3, 2), at=at("2026-03-02"))
    return account


def old_deposit(campus, yuan: str, what: str = "shop-deposit"):
    """What the former books say is lodged, and cash in the clerk's box of the day to give it back from."""
    account = open_account(
        viewer=campus.officer, customer=campus.wang, place=campus.shop, at=at("2026-03-02")
    )
    enter_old_deposit(
        viewer=campus.clerk,
        account=account,
        what=what,
        yuan=Decimal(yuan),
        reason="台账第 12 页",
        at=at("2026-03-02"),
    )
    return account


def test_9_2_the_deposit_of_a_shop_is_in_the_books_with_its_receipt(campus, at_the_deposit):
    close(at_the_deposit, campus.clerk, "deposit", "2026-03-04", facts={"deposit_paid": "3000"})
    receipt = Receipt.objects.get()
    assert (receipt.fen, receipt.note, receipt.by) == (300_000, at_the_deposit.number, campus.clerk)
    assert lodged() == 300_000
    (deposit,) = lodged_of(receipt.account)
    assert deposit.name == "shop-deposit"
    assert queries.available(receipt.into) == 300_000  # in the box of the clerk of the centre


def test_18_the_energy_office_does_not_take_the_deposit(campus, at_the_deposit):
    account = bill(campus, 1)
    with pytest.raises(NotTheCollector):
        take_deposit(
            viewer=campus.officer,
            account=account,
            name="shop-deposit",
            fen=300_000,
            on=dt.date(2026, 3, 4),
            at=at("2026-03-04"),
        )


def test_a_deposit_stays_lodged_though_the_case_is_withdrawn(campus, at_the_deposit):
    """It is the customer's money: whoever takes the application back gets it back at the counter."""
    close(at_the_deposit, campus.clerk, "deposit", "2026-03-04", facts={"deposit_paid": "3000"})
    at_the_deposit.refresh_from_db()
    withdraw(
        viewer=campus.counter,
        case=at_the_deposit,
        reason="不开店了",
        seen=at_the_deposit.seq,
        at=at("2026-03-05"),
    )
    assert lodged() == 300_000


def top_up(campus, yuan: str, what: str = "shop-deposit", **more):
    return top_up_deposit(
        viewer=campus.clerk,
        account=BillingAccount.objects.get(),
        what=what,
        yuan=Decimal(yuan),
        reason="用电负荷增加",
        approver="节能办主任",
        at=at("2026-03-05"),
        **more,
    )


def test_9_a_deposit_is_topped_up_within_its_range(campus, at_the_deposit):
    """9(2): 300 to 10,000 in all."""
    close(at_the_deposit, campus.clerk, "deposit", "2026-03-04", facts={"deposit_paid": "3000"})
    with pytest.raises(BadInput):
        top_up(campus, "7000.01")
    receipt = top_up(campus, "7000")
    assert receipt.note == "用电负荷增加；批准人：节能办主任"
    assert lodged() == 1_000_000
    with pytest.raises(BadInput):  # 9(1): the price of the contract says how much
        top_up(campus, "4000", "construction-deposit")
    # a contract of 150,000: 10,000 to 30,000
    with pytest.raises(BadInput):
        top_up(campus, "4000", "construction-deposit", basis=Decimal(150_000))
    top_up(campus, "10000", "construction-deposit", basis=Decimal(150_000))
    assert lodged() == 2_000_000


def stopping(campus):
    """A shop that stops, up to the settling of its charges (10(2))."""
    supplied(campus, customer_class="shop", price_category="commercial")
    case = opened(campus, "stop-supply")
    hand_in(case, "owner-certificate", "change-application-form")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(case, campus.clerk, "accept", "2026-03-03")
    close(case, campus.technician, "disconnect", "2026-03-04", evidence=["封表 3"])
    close(case, campus.clerk, "read_centre", "2026-03-04", given=READ, evidence=["抄表单"])
    close(case, campus.counter, "read_user", "2026-03-04", given=READ, evidence=[scanned()])
    return case


def test_10_2_nothing_is_settled_or_given_back_while_something_is_owed(campus, viewer):
    account = old_deposit(campus, "3000")
    case = stopping(campus)
    bill(campus, 50_000)
    with pytest.raises(DebtsOpen, match=r"¥500\.00"):
        close(case, campus.counter, "settle", "2026-03-05", evidence=["收据 4"])
    # the deposit pays the 500.00 that are owed, 2,500.00 are left
    set_off_deposit(
        viewer=viewer("officer", "centre-officer", at=campus.centre),
        account=account,
        yuan=Decimal("500"),
        reason="用户书面同意",
        at=at("2026-03-05"),
    )
    close(case, campus.counter, "settle", "2026-03-05", evidence=["收据 4"])
    close(case, campus.clerk, "end", "2026-03-05")
    with pytest.raises(NotEnoughThere):  # no cash is in the clerk's box
        close(case, campus.clerk, "refund", "2026-03-06")
    bank_of(campus)
    means = str(queries.banks(campus.campus)[0].pk)
    close(case, campus.clerk, "refund", "2026-03-06", given={"means": means})
    assert lodged_of(account) == []
    assert queries.balance(queries.banks(campus.campus)[0], on=dt.date(2026, 3, 6)) == -250_000


def bank_of(campus):
    return open_bank_account(
        viewer=campus.officer, organisation=campus.campus, name="农行", at=at("2026-03-02")
    )


def test_a_deposit_that_the_books_do_not_hold_is_not_given_back(campus):
    case = stopping(campus)
    close(case, campus.counter, "settle", "2026-03-05", evidence=["收据 4"])
    close(case, campus.clerk, "end", "2026-03-05")
    with pytest.raises(NothingLodged):
        close(case, campus.clerk, "refund", "2026-03-06")


def leaving(campus, housing):
    case = opened(campus, "move-out", "2026-06-01")
    close(case, housing, "notice", "2026-06-01")
    close(case, housing, "read_housing", "2026-06-02", given=READ)
    close(case, campus.clerk, "read_centre", "2026-06-02", given=READ, evidence=["抄表单"])
    close(case, campus.counter, "read_user", "2026-06-02", given=READ, evidence=[scanned()])
    close(case, campus.counter, "settle", "2026-06-03", evidence=["收据 8"])
    return case


def test_15_3_the_card_comes_back_and_its_20_yuan_go_back(campus, housing):
    """9(4): 20 yuan are taken on moving in, 15(3): given back with the card."""
    case = moved_in(campus, housing)
    close(case, campus.clerk, "card", "2026-03-04", facts={"deposit_paid": "20"})
    assert lodged() == 2_000
    bank = bank_of(campus)
    given = {"means": str(bank.pk)}
    close(
        leaving(campus, housing),
        campus.clerk,
        "card",
        "2026-06-03",
        facts={"card_returned": "true"},
        given=given,
    )
    assert lodged() == 0


def test_15_3_without_the_card_the_20_yuan_stay(campus, housing):
    case = moved_in(campus, housing)
    close(case, campus.clerk, "card", "2026-03-04", facts={"deposit_paid": "20"})
    close(leaving(campus, housing), campus.clerk, "card", "2026-06-03", facts={"card_returned": "false"})
    assert lodged() == 2_000


def test_48_who_owes_is_not_certified_to_owe_nothing(campus):
    case = opened(campus, "settlement-certificate")
    close(case, campus.counter, "apply", "2026-03-02")
    bill(campus, 50_000)
    with pytest.raises(DebtsOpen, match=r"¥500\.00"):
        close(case, campus.clerk, "check", "2026-03-03", facts={"owes": "false"}, evidence=["对账单 3"])
    close(case, campus.clerk, "check", "2026-03-03", facts={"owes": "true"}, evidence=["对账单 3"])


def test_a_deposit_of_former_books_is_entered_once(campus):
    account = old_deposit(campus, "3000")
    old_deposit(campus, "3000")
    assert lodged() == 300_000
    with pytest.raises(KeyUsedOtherwise):
        old_deposit(campus, "300")
    assert lodged_of(account)[0].name == "shop-deposit"


def to_issue(campus):
    """A certificate that both offices have signed."""
    case = opened(campus, "settlement-certificate")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.clerk, "check", "2026-03-03", facts={"owes": "false"}, evidence=["对账单 3"])
    close(case, campus.officer, "sign_office", "2026-03-04")
    close(case, campus.clerk, "sign_centre", "2026-03-04")
    return case


SAID = {
    "contract": "2026-017",
    "payment": "第1期进度款",
    "period_from": "2026-01-01",
    "period_to": "2026-03-02",
    "amount": "0",
}


def test_48_one_certificate_serves_one_payment(campus):
    close(to_issue(campus), campus.officer, "issue", "2026-03-05", given=SAID)
    second = to_issue(campus)
    with pytest.raises(ServedAlready):
        close(second, campus.officer, "issue", "2026-03-05", given=SAID)
    close(second, campus.officer, "issue", "2026-03-05", given=SAID | {"payment": "第2期进度款"})


def test_48_it_certifies_what_was_billed_and_nothing_that_came_to_be_owed_since(campus):
    account = bill(campus, 80_000)
    with pytest.raises(DebtsOpen):
        to_issue(campus)
    take_payment(viewer=campus.clerk, account=account, yuan=Decimal(800), payer="", at=at("2026-03-03"))
    case = to_issue(campus)
    with pytest.raises(BooksSayOtherwise, match=r"¥800\.00"):
        close(case, campus.officer, "issue", "2026-03-05", given=SAID | {"amount": "700"})
    close(case, campus.officer, "issue", "2026-03-05", given=SAID | {"amount": "800"})


@pytest.mark.parametrize(
    ("nature", "prepaid", "lodged"), [("deposit", 0, 100_000), ("prepayment", 100_000, 0)]
)
def test_10_1_what_is_paid_on_leaving_is_a_deposit_or_goes_to_later_charges(
    campus, viewer, nature, prepaid, lodged
):
    """预交1000元水电费押金: a deposit by its last word; read as a prepayment it pays what is owed later."""
    if nature == "prepayment":
        choose("leaving-prepayment-nature", nature, viewer)
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    day = dt.date(2026, 3, 2)
    take_deposit(
        viewer=campus.clerk, account=account, name="leaving-school-prepayment", fen=100_000, on=day,
        at=at("2026-03-02"),
    )  # fmt: skip
    has = summaries([account], on=day)[account.pk]
    assert (has.prepaid, has.lodged) == (prepaid, lodged)
