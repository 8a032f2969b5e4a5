"""Article 64: late fees for a day, what halts them, and the steps of collection."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.accounts.conftest import noon
from tests.accounts.test_collecting import bill, left
from tongdian.accounts.actions.collecting import take_payment, take_receipt_back
from tongdian.accounts.actions.late import dun, end_halt, grow_late_fees, halt_collection, run_late_fees
from tongdian.accounts.models import Debt, Halt, PaymentPlan
from tongdian.accounts.queries import late as queries
from tongdian.accounts.refusing import HaltEnded, NothingOverdue, StepTaken, StepTooEarly
from tongdian.accounts.refusing.charges import NotItsDebt
from tongdian.accounts.rules import DayNotOpen
from tongdian.allowed import NotAllowed

pytestmark = pytest.mark.django_db

DUE = dt.date(2026, 3, 2)


@pytest.fixture
def late(counter):
    """1,000.00 of electricity, due Monday 2 March 2026."""
    counter.debt = bill(counter, 100_000, due=DUE, on=dt.date(2026, 2, 20)).debts.get()
    return counter


def run(late, day: dt.date):
    return run_late_fees(viewer=late.chief, organisation=late.organisation, on=day, at=noon(day))


def fees(late) -> list[int]:
    return [one.fen for one in late.debt.late_fees.order_by("id")]


def test_64_the_fee_begins_after_the_15th_overdue_working_day(late):
    run(late, dt.date(2026, 3, 23))  # 3–6, 9–13, 16–20 and 23 March are 15 working days
    assert fees(late) == []
    run(late, dt.date(2026, 3, 24))
    assert fees(late) == [300]  # 1,000 × 1 × 3‰
    run(late, dt.date(2026, 4, 2))
    assert fees(late) == [300, 2_700]  # 1,000 × 10 × 3‰ = 30.00, of which 3.00 stand already
    (first, _) = late.debt.late_fees.order_by("id")
    assert (first.cite, first.of, first.answer["rule"]) == ("64", late.debt, "late-fee")


def test_64_the_program_posts_the_same_fees_every_night_and_none_twice(late):
    """Whoever runs it, the duty or the office: what has grown is posted once."""
    night = dt.date(2026, 4, 2)
    grow_late_fees(on=night, at=noon(night))
    assert fees(late) == [3_000]  # 1,000 × 10 × 3‰
    assert run(late, night).fees == 0
    grow_late_fees(on=night, at=noon(night))
    assert fees(late) == [3_000]


def test_no_day_is_charged_twice(late):
    for _ in range(2):
        run(late, dt.date(2026, 4, 2))
    run(late, dt.date(2026, 3, 30))  # a day that was passed
    assert fees(late) == [3_000]


def test_a_fee_bears_no_fee(late):
    run(late, dt.date(2026, 4, 2))
    assert {
        one.debt.subject for one in queries.that_bear_fees(late.organisation, on=dt.date(2026, 12, 1))
    } == {"electricity"}


def pay_on(late, day: dt.date, yuan: str):
    account = late.holders[0]
    return take_payment(viewer=late.cashier, account=account, yuan=Decimal(yuan), payer="", at=noon(day))


def test_part_payments_go_to_the_principal_and_one_taken_back_does_not_count(late):
    receipt = pay_on(late, dt.date(2026, 3, 28), "400")
    run(late, dt.date(2026, 4, 2))
    assert fees(late) == [2_400]  # 1,000 × 5 + 600 × 5 = 8,000 × 3‰ = 24.00
    take_receipt_back(viewer=late.officer, receipt=receipt, reason="户号录错", at=noon(dt.date(2026, 4, 2)))
    run(late, dt.date(2026, 4, 2 + 1))
    assert sum(fees(late)) == 3_300  # 1,000 × 11 × 3‰, as if nothing had been paid


def test_nobody_runs_fees_for_a_day_to_come_or_without_the_right(late):
    with pytest.raises(DayNotOpen):
        run_late_fees(
            viewer=late.chief,
            organisation=late.organisation,
            on=dt.date(2026, 4, 3),
            at=noon(dt.date(2026, 4, 2)),
        )
    with pytest.raises(NotAllowed):
        run_late_fees(
            viewer=late.cashier, organisation=late.organisation, on=DUE, at=noon(dt.date(2026, 4, 2))
        )


def halt(late, **more) -> Halt:
    asked = {"ground": "dispute", "cite": "第二十二条", "first_on": dt.date(2026, 3, 20)} | more
    return halt_collection(
        viewer=late.cashier, account=late.holders[0], at=noon(dt.date(2026, 3, 20)), **asked
    )


def test_22_a_disputed_debt_bears_no_fee_while_it_is_disputed(late):
    held = halt(late, debt=str(late.debt.pk))
    assert run(late, dt.date(2026, 4, 2)).halted == 1
    assert fees(late) == []
    end_halt(
        viewer=late.cashier,
        halt=held,
        on=dt.date(2026, 4, 3),
        reason="异议不成立",
        at=noon(dt.date(2026, 4, 3)),
    )
    with pytest.raises(HaltEnded):
        end_halt(
            viewer=late.cashier, halt=held, on=dt.date(2026, 4, 3), reason="x", at=noon(dt.date(2026, 4, 3))
        )
    assert run(late, dt.date(2026, 4, 3)).fees == 1


def test_a_halt_is_of_a_debt_of_the_account(late):
    for wrong in ("x", "01900000-0000-7000-8000-000000000000"):
        with pytest.raises(NotItsDebt):
            halt(late, debt=wrong)


def test_a_halt_without_an_end_is_looked_at_again_after_90_days(late):
    held = halt(late)
    assert list(queries.to_review(late.chief, dt.date(2026, 6, 18))) == []  # the 90th day
    assert list(queries.to_review(late.chief, dt.date(2026, 6, 19))) == [held]


def step(late, which: str, day: dt.date):
    return dun(viewer=late.chief, account=late.holders[0], step=which, note="短信", at=noon(day))


def test_steps_come_in_order_each_once_and_not_before_their_days(late):
    with pytest.raises(StepTaken):  # no demand before a reminder
        step(late, "demand", dt.date(2026, 3, 20))
    assert step(late, "reminder", dt.date(2026, 3, 3)).fen == 100_000
    with pytest.raises(StepTaken):
        step(late, "reminder", dt.date(2026, 3, 4))
    with pytest.raises(StepTooEarly):
        step(late, "demand", dt.date(2026, 3, 16))  # 14 days late, 15 are asked
    step(late, "demand", dt.date(2026, 3, 17))


def test_fees_disputes_and_kept_plans_do_not_count_for_the_threshold(late):
    run(late, dt.date(2026, 4, 2))
    # the fee of 30.00 is overdue too the day after, and is not in it
    assert queries.overdue(late.holders[0], dt.date(2026, 4, 3)).fen == 100_000
    halt(late, debt=str(late.debt.pk))
    with pytest.raises(NothingOverdue):
        step(late, "reminder", dt.date(2026, 4, 2))


def test_a_plan_that_is_kept_holds_up_and_a_broken_one_does_not(late):
    PaymentPlan.objects.create(
        organisation=late.organisation,
        account=late.holders[0],
        fen=100_000,
        parts=[{"due_on": "2026-03-20", "fen": 50_000}, {"due_on": "2026-04-20", "fen": 50_000}],
        paper="分期协议 3",
        first_on=dt.date(2026, 3, 10),
        at=noon(dt.date(2026, 3, 10)),
        by=late.chief,
    )
    with pytest.raises(NothingOverdue):
        step(late, "reminder", dt.date(2026, 3, 20))
    # the first half was due on the 20th and did not come
    assert step(late, "reminder", dt.date(2026, 3, 21)).fen == 100_000
    pay_on(late, dt.date(2026, 3, 22), "500")
    with pytest.raises(NothingOverdue):
        step(late, "demand", dt.date(2026, 3, 25))
    assert left(late) == [50_000]
    assert Debt.objects.count() == 1
