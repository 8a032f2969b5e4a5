"""Article 18 and 64: who may take money, what a payment pays, and its receipt."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests.accounts.conftest import ON, noon
from tests.network.conftest import make_organisation
from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import (
    MOST_AT_ONCE,
    PaymentTold,
    take_payment,
    take_payments,
    take_receipt_back,
)
from tongdian.accounts.actions.counting import count_cash
from tongdian.accounts.actions.owing import Owed, owe, set_off
from tongdian.accounts.actions.posting import reverse
from tongdian.accounts.models import CashCount, Debt, Posting, Receipt
from tongdian.accounts.refusing import (
    BoxIsCounted,
    CountedOtherwise,
    DifferenceUnexplained,
    FarMoreThanOwed,
    NothingInTheBox,
    NotTheCollector,
    OtherCashier,
    OwnReceipt,
    TooManyAtOnce,
)
from tongdian.accounts.rules import KeyUsedOtherwise, NoSuchBillingAccount, NothingToPost, ReversedAlready
from tongdian.policy.words import Words
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db

ELECTRICITY = Words("2026年3月电费", "electricity of March 2026")


def bill(counter, fen: int, *, due=dt.date(2026, 3, 20), subject="electricity", of=None, key="", on=ON):
    """Let the first customer owe something; the posting."""
    item = Owed(subject=subject, fen=fen, due_on=due, title=ELECTRICITY, cite="21", of=of)
    return owe(viewer=counter.officer, account=counter.holders[0], items=[item], on=on, at=noon(ON), key=key)


def pay(counter, yuan: str, *, viewer=None, **more):
    """Let the first customer pay."""
    return take_payment(
        viewer=viewer or counter.cashier,
        account=counter.holders[0],
        yuan=Decimal(yuan),
        payer=more.pop("payer", ""),
        at=noon(ON),
        **more,
    )


def take_all(counter, payments):
    """Let a program tell many payments of the day at once."""
    house = counter.organisation
    return take_payments(viewer=counter.cashier, organisation=house, payments=payments, at=noon(ON)).receipts


def left(counter) -> list[int]:
    return [one.fen for one in queries.open_debts(counter.holders[0])]


def test_a_payment_goes_to_what_was_due_first_and_the_rest_is_kept(counter):
    bill(counter, 8_000, due=dt.date(2026, 3, 20))
    bill(counter, 5_000, due=dt.date(2026, 2, 20), subject="water")
    receipt = pay(counter, "60.00")
    # 60.00 = 50.00 of February's water + 10.00 of 80.00 of March's electricity: 70.00 are left
    assert left(counter) == [7_000]
    assert (receipt.number, receipt.fen, receipt.payer) == ("YS-S2026-000001", 6_000, "王小明")
    pay(counter, "100.00")
    # 100.00 − 70.00 = 30.00 are kept for the next bill
    assert left(counter) == []
    assert counter.balance(counter.account("prepayment", holder=0)) == 3_000


def test_64_the_principal_is_paid_before_the_late_fee_unless_it_is_chosen_otherwise(counter, choose):
    debt = bill(counter, 10_000).debts.get()
    bill(counter, 300, subject="late_fee", of=debt, due=dt.date(2026, 3, 1))
    assert [one.debt.subject for one in queries.in_order_of_payment(counter.holders[0], ON)] == [
        "electricity",
        "late_fee",
    ]
    choose("payment-order", "fee_first")
    pay(counter, "5.00")
    # the fee of 3.00 first, then 2.00 of the bill: 98.00 are left
    assert left(counter) == [9_800]


def test_18_only_the_utilities_centre_takes_money(counter, viewer):
    energy = make_organisation("JN", "节能办", kind="office", parent=counter.organisation)
    energy.fills = ["energy-office"]
    energy.save()
    with pytest.raises(NotTheCollector) as refused:
        pay(counter, "1.00", viewer=viewer("clerk", "wu", at=energy))
    assert refused.value.words.zh == "只有水电中心可以收费（师政后勤〔2016〕4号 第十八条）；请到该处缴费。"
    assert not Receipt.objects.exists()
    assert pay(counter, "1.00").by == counter.cashier


def test_a_payment_told_twice_is_one_and_another_with_its_number_is_refused(counter):
    bill(counter, 8_000)
    first = pay(counter, "80.00", bank="农行", key="ABC-1")
    assert pay(counter, "80.00", bank="农行", key="ABC-1") == first
    with pytest.raises(KeyUsedOtherwise):
        pay(counter, "81.00", bank="农行", key="ABC-1")
    assert Receipt.objects.count() == 1
    assert counter.balance(counter.account("bank", name="农行")) == 8_000


def test_many_payments_at_once_are_taken_as_one_by_one(counter):
    bill(counter, 8_000)
    mine, other = (one.pk for one in counter.holders[:2])
    told = [
        PaymentTold(account=mine, fen=5_000, key="A-1"),
        PaymentTold(account=other, fen=700, payer="李四"),
        PaymentTold(account=mine, fen=4_000, key="A-2"),
        PaymentTold(account=mine, fen=5_000, key="A-1"),  # told twice: one
    ]
    made = take_all(counter, told)
    # 80.00 owed − 50.00 − 30.00 of the 40.00: 10.00 are kept; the 7.00 of the other, who owes nothing, too
    assert left(counter) == []
    assert counter.balance(counter.account("prepayment", holder=0)) == 1_000
    assert counter.balance(counter.account("prepayment", holder=1)) == 700
    assert [one.number[-1] for one in made] == ["1", "2", "3", "1"]
    assert made[1].payer == "李四"
    assert [one.pk for one in take_all(counter, told[2:])] == [made[2].pk, made[0].pk]
    assert Receipt.objects.count() == 3


@pytest.mark.parametrize(
    ("second", "refusal"),
    [
        ({"fen": 0}, NothingToPost),
        ({"key": "A-1", "fen": 600}, KeyUsedOtherwise),
        ({"account": UUID(int=0)}, NoSuchBillingAccount),
    ],
)
def test_of_many_payments_all_are_taken_or_none(counter, second, refusal):
    first = {"account": counter.holders[0].pk, "fen": 500, "key": "A-1"}
    told = [PaymentTold(**first), PaymentTold(**(first | {"key": "A-2"} | second))]
    with pytest.raises(refusal):
        take_all(counter, told)
    with pytest.raises(NothingToPost):
        take_all(counter, [])
    with pytest.raises(TooManyAtOnce):
        take_all(counter, told[:1] * (MOST_AT_ONCE + 1))
    assert not Receipt.objects.exists()
    assert counter.balance(counter.account("prepayment", holder=0)) == 0


def test_a_bank_s_payment_told_again_as_cash_is_refused_and_not_taken_for_the_same(counter):
    first = pay(counter, "80.00", bank="农行", key="ABC-1")
    with pytest.raises(KeyUsedOtherwise) as refused:
        pay(counter, "80.00", key="ABC-1")
    assert refused.value.words.zh == "业务编号“ABC-1”已于 2026-04-12 记账，内容不同；未作任何记账。"
    assert Receipt.objects.get() == first


def test_far_more_than_is_owed_is_taken_when_it_is_said_to_be_meant(counter):
    bill(counter, 12_850)
    with pytest.raises(FarMoreThanOwed) as refused:
        pay(counter, "12850.00")  # the point was forgotten: 12,850.00 − 128.50 = 12,721.50 over
    assert refused.value.field == "prepay"
    assert "¥12,721.50" in refused.value.words.zh
    assert left(counter) == [12_850]
    pay(counter, "628.50")  # 500.00 over is not far
    assert counter.balance(counter.account("prepayment", holder=0)) == 50_000
    pay(counter, "12850.00", prepay=True)
    assert counter.balance(counter.account("prepayment", holder=0)) == 1_335_000


def test_receipt_numbers_have_no_gap_though_a_payment_fails(counter):
    pay(counter, "1.00")
    with pytest.raises(BadValue):  # the books know no such bank account
        pay(counter, "1.00", bank="工行")
    with pytest.raises(BadValue):
        pay(counter, "0.00")
    assert pay(counter, "2.00").number == "YS-S2026-000002"


def test_a_receipt_is_taken_back_by_a_second_person(counter):
    bill(counter, 8_000)
    receipt = pay(counter, "80.00", viewer=counter.chief)
    with pytest.raises(OwnReceipt):
        take_receipt_back(viewer=counter.chief, receipt=receipt, reason="户号录错", at=noon(ON))
    assert left(counter) == []
    take_receipt_back(viewer=counter.officer, receipt=receipt, reason="户号录错", at=noon(ON))
    assert left(counter) == [8_000]
    assert queries.available(receipt.into) == 0
    with pytest.raises(ReversedAlready):
        take_receipt_back(viewer=counter.officer, receipt=receipt, reason="再次", at=noon(ON))


def test_nobody_takes_back_their_own_receipt_by_the_database_itself(counter):
    receipt = pay(counter, "80.00")
    with pytest.raises(IntegrityError, match="does not take it back"), transaction.atomic():
        reverse(viewer=counter.cashier, posting=receipt.posting, on=ON, at=noon(ON), note="x")
    assert Posting.objects.filter(reverses__isnull=False).count() == 0


def count(counter, box, counted: str, booked: str, **more):
    return count_cash(
        viewer=more.pop("viewer", counter.cashier),
        box=box,
        counted=Decimal(counted),
        booked=Decimal(booked),
        at=noon(ON),
        **{"bank": "农行"} | more,
    )


def test_what_was_counted_goes_to_the_bank_and_what_is_missing_to_its_own_account(counter):
    box = pay(counter, "80.00").into
    with pytest.raises(DifferenceUnexplained):
        count(counter, box, "79.50", "80.00")
    count(counter, box, "79.50", "80.00", note="找零多付")
    # 80.00 = 79.50 to the bank + 0.50 missing
    assert queries.available(box) == 0
    assert counter.balance(counter.account("bank", name="农行")) == 7_950
    assert counter.balance(counter.account("written_off", name="长短款 cash differences")) == 50


def test_more_than_the_books_said_comes_into_them(counter):
    box = pay(counter, "80.00").into
    count(counter, box, "80.10", "80.00", note="原因待查")
    assert counter.balance(counter.account("bank", name="农行")) == 8_010
    assert queries.available(box) == 0


def test_what_came_in_since_the_page_was_drawn_has_to_be_counted_too(counter):
    box = pay(counter, "80.00").into
    pay(counter, "5.00")
    with pytest.raises(CountedOtherwise):
        count(counter, box, "80.00", "80.00")
    with pytest.raises(CountedOtherwise):  # nor is more counted against than the books say
        count(counter, box, "90.00", "90.00")
    assert not CashCount.objects.exists()
    count(counter, box, "85.00", "85.00")
    with pytest.raises(NothingInTheBox):
        count(counter, box, "0", "0")


def test_a_cashier_counts_their_own_box(counter, viewer):
    box = pay(counter, "80.00").into
    with pytest.raises(OtherCashier):
        count(counter, box, "80.00", "80.00", viewer=viewer("clerk", "qian", at=counter.centre))
    assert count(counter, box, "80.00", "80.00", viewer=counter.chief).counted_fen == 8_000


def test_nothing_is_owed_by_nothing_and_a_bill_told_twice_is_one(counter):
    with pytest.raises(NothingToPost):
        bill(counter, 0)
    assert bill(counter, 500, key="B-1") == bill(counter, 500, key="B-1")
    with pytest.raises(KeyUsedOtherwise):
        bill(counter, 600, key="B-1")
    assert left(counter) == [500]
    assert Debt.objects.count() == 1


def test_what_was_paid_of_a_bill_taken_back_pays_the_new_one(counter):
    old = bill(counter, 10_000)
    pay(counter, "100.00")
    reverse(viewer=counter.officer, posting=old, on=ON, at=noon(ON), note="抄见数更正")
    bill(counter, 7_500)
    set_off(viewer=counter.officer, account=counter.holders[0], on=ON, at=noon(ON))
    # 100.00 paid − 75.00 rebilled = 25.00 prepaid
    assert left(counter) == []
    assert counter.balance(counter.account("prepayment", holder=0)) == 2_500


def test_a_payment_told_a_year_later_or_by_another_cashier_is_still_the_one(counter, viewer):
    first = pay(counter, "80.00", key="W-1")
    again = {"account": counter.holders[0], "yuan": Decimal("80.00"), "key": " W-1 "}
    later = noon(ON + dt.timedelta(days=365))
    assert take_payment(viewer=counter.cashier, **again, at=later) == first
    other = viewer("clerk", "zheng", at=counter.centre)
    assert take_payment(viewer=other, **again, at=noon(ON + dt.timedelta(days=1))) == first
    assert Receipt.objects.count() == 1


def test_cash_is_not_entered_into_a_box_of_an_earlier_day_that_was_counted(counter):
    box = pay(counter, "80.00").into
    count(counter, box, "80.00", "80.00")
    with pytest.raises(BoxIsCounted):
        take_payment(
            viewer=counter.cashier, account=counter.holders[0], yuan=Decimal(1), on=ON,
            at=noon(ON + dt.timedelta(days=1)),
        )  # fmt: skip
    assert Receipt.objects.count() == 1
