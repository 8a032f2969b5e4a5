"""Refunds and debts given up by four eyes, plans, consents of 64(3), files of banks."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.accounts.conftest import ON, noon
from tests.accounts.test_collecting import bill, left, pay
from tongdian.accounts import queries
from tongdian.accounts.actions.agreeing import (
    agree_plan,
    confirm_money,
    consent_to_deduct,
    propose_money,
    refuse_money,
)
from tongdian.accounts.actions.banking import bring_bank_file, match_line
from tongdian.accounts.models import BankLine, Receipt
from tongdian.accounts.queries.agreed import unmatched, waiting
from tongdian.accounts.refusing import (
    AnsweredAlready,
    ConsentedAlready,
    LineMatched,
    MoreThanThere,
    NotABank,
    OwnProposal,
    PlanNotTheSum,
    PlanUnreadable,
)
from tongdian.accounts.refusing.charges import NotItsDebt
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db


def propose(counter, deed: str, yuan: str, **more):
    return propose_money(
        viewer=more.pop("viewer", counter.cashier),
        account=counter.holders[0],
        deed=deed,
        yuan=Decimal(yuan),
        reason="用户销户",
        at=noon(ON),
        **more,
    )


def test_what_was_prepaid_goes_back_when_a_second_person_confirms(counter):
    pay(counter, "50.00", bank="农行")
    asked = propose(counter, "refund", "50.00", bank="农行", viewer=counter.chief)
    with pytest.raises(OwnProposal):
        confirm_money(viewer=counter.chief, proposal=asked, at=noon(ON))
    assert counter.balance(counter.account("prepayment", holder=0)) == 5_000
    answer = confirm_money(viewer=counter.officer, proposal=asked, at=noon(ON))
    assert answer.posting is not None
    assert counter.balance(counter.account("prepayment", holder=0)) == 0
    assert counter.balance(counter.account("bank", name="农行")) == 0
    with pytest.raises(MoreThanThere):  # it is gone
        confirm_money(viewer=counter.officer, proposal=asked, at=noon(ON))


def test_two_proposals_do_not_count_on_the_same_money(counter):
    pay(counter, "50.00", bank="农行")
    propose(counter, "refund", "30.00", bank="农行")
    with pytest.raises(MoreThanThere) as refused:
        propose(counter, "refund", "20.01", bank="农行")  # 50.00 − 30.00 that waits = 20.00
    assert "¥20.00" in refused.value.words.zh
    assert propose(counter, "refund", "20.00", bank="农行").fen == 2_000


def test_a_debt_is_given_up_by_two(counter):
    debt = bill(counter, 8_000).debts.get()
    with pytest.raises(NotItsDebt):
        propose(counter, "write_off", "80.00")
    with pytest.raises(MoreThanThere):
        propose(counter, "write_off", "80.01", debt=str(debt.pk))
    asked = propose(counter, "write_off", "80.00", debt=str(debt.pk))
    assert list(waiting(counter.chief)) == [asked]
    assert list(waiting(counter.cashier)) == []
    confirm_money(viewer=counter.chief, proposal=asked, at=noon(ON))
    assert left(counter) == []
    assert counter.balance(counter.account("written_off")) == 8_000


def test_a_proposal_is_answered_once(counter):
    debt = bill(counter, 8_000).debts.get()
    asked = propose(counter, "write_off", "80.00", debt=str(debt.pk))
    refuse_money(viewer=counter.chief, proposal=asked, reason="仍可追缴", at=noon(ON))
    with pytest.raises(AnsweredAlready):
        confirm_money(viewer=counter.officer, proposal=asked, at=noon(ON))
    assert left(counter) == [8_000]


def plan(counter, parts: str):
    return agree_plan(
        viewer=counter.chief,
        account=counter.holders[0],
        parts=parts,
        paper="分期协议 3",
        first_on=ON,
        at=noon(ON),
    )


def test_the_parts_of_a_plan_are_what_is_owed(counter):
    bill(counter, 100_000)
    for wrong in ("", "x", "2026-05-20", "2026-05-20 0", "2026-05-20 1.005", "2026-13-01 5"):
        with pytest.raises((PlanUnreadable, BadValue)):
            plan(counter, wrong)
    with pytest.raises(PlanNotTheSum):
        plan(counter, "2026-05-20 500.00")
    made = plan(counter, "2026-06-20 500.00\n2026-05-20 500")
    assert made.parts == [{"due_on": "2026-05-20", "fen": 50_000}, {"due_on": "2026-06-20", "fen": 50_000}]


def test_64_3_a_contractor_signs_once_for_a_contract_and_it_is_dated(counter):
    asked = {"account": counter.holders[0], "contract": "2026-017", "signer": "王小明", "at": noon(ON)}
    made = consent_to_deduct(viewer=counter.cashier, signed_on=dt.date(2026, 4, 1), **asked)
    assert made.signed_on == dt.date(2026, 4, 1)
    with pytest.raises(ConsentedAlready):
        consent_to_deduct(viewer=counter.cashier, signed_on=dt.date(2026, 4, 2), **asked)


FILE = """交易流水号,交易日期,贷方发生额,对方户名,摘要
N1,2026-04-10,80.00,王小明,水电费 YS-J000001
N2,2026-04-10,15.00,李某,水费
N3,2026-04-11,12O.00,赵某,电费
N4,2026-04-11,-3.00,某某,退款
"""


def bring(counter, text: str = FILE):
    bank = counter.account("bank", name="农行")
    return bring_bank_file(viewer=counter.cashier, bank=bank, content=text.encode(), at=noon(ON))


def test_a_line_that_names_an_account_is_paid_the_others_wait(counter):
    bill(counter, 8_000)
    done = bring(counter)
    assert (done.new, done.matched, [number for number, _ in done.refused]) == (2, 1, [4, 5])
    assert left(counter) == []
    (receipt,) = Receipt.objects.all()
    assert (receipt.on, receipt.payer, receipt.posting.key) == (
        dt.date(2026, 4, 10),
        "王小明",
        "bank:农行:N1",
    )
    (waits,) = unmatched(counter.cashier)
    assert waits.number == "N2"
    match_line(viewer=counter.cashier, line=waits, account=counter.holders[1], at=noon(ON))
    assert not unmatched(counter.cashier).exists()
    with pytest.raises(LineMatched):
        match_line(viewer=counter.cashier, line=waits, account=counter.holders[0], at=noon(ON))


def test_a_file_brought_twice_is_one_and_another_story_is_refused(counter):
    bring(counter)
    again = bring(counter)
    assert (again.new, again.known) == (0, 2)
    other = bring(counter, FILE.replace("15.00", "16.00"))
    assert [number for number, _ in other.refused] == [3, 4, 5]
    assert BankLine.objects.count() == 2
    assert Receipt.objects.count() == 1


def test_a_file_is_of_a_bank(counter):
    box = pay(counter, "1.00").into
    with pytest.raises(NotABank):
        bring_bank_file(viewer=counter.cashier, bank=box, content=FILE.encode(), at=noon(ON))
    assert queries.banks(counter.organisation)[0].name == "农行"
