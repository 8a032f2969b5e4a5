"""Random histories of readings, runs, corrections, cancellations and payments: never an impossible state."""

import datetime as dt
import os
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.billing.conftest import noon, on
from tongdian.accounts import queries as account_queries
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.rules import LedgerKind, TransferReason
from tongdian.billing import queries
from tongdian.billing.actions import correcting, machine
from tongdian.billing.models import Bill, BilledPeriod
from tongdian.billing.rules import NothingDiffers
from tongdian.billing.supplies import open_days
from tongdian.metering.actions.readings import correct_reading
from tongdian.policy.refusals import Refusal

pytestmark = pytest.mark.django_db
# `make hold` draws ten thousand with its count of twelve
HISTORIES = int(os.environ.get("HOLD_COUNT", "0")) * 834 or 40
MONTHS = [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]

STEP = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 400)),
    st.tuples(st.just("run"), st.just(0)),
    st.tuples(st.just("correct"), st.integers(-50, 50)),
    st.tuples(st.just("machine"), st.just(0)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("rebill"), st.integers(0, 5)),
    st.tuples(st.just("pay"), st.integers(1, 30_000)),
)


class History:
    """A flat over half a year."""

    def __init__(self, office) -> None:
        self.office, self.next, self.shown = office, 0, Decimal(0)
        self.at = noon(12, 1)

    def read(self, more: int) -> None:
        if self.next < len(MONTHS):
            self.shown += more
            self.office.read("flat", MONTHS[self.next], str(self.shown))
            self.next += 1

    def run(self, _: int) -> None:
        if self.next:
            day = MONTHS[self.next - 1]
            run, preview = self.office.prepare((1, 2), day, due=(12, 31), at=noon(12, 2))
            self.office.post(run, preview, at=noon(12, 2))

    def correct(self, more: int) -> None:
        if self.next:
            day = on(*MONTHS[self.next - 1])
            value = max(Decimal(0), self.shown + more)
            correct_reading(
                viewer=self.office.officer,
                meter=self.office.meters["flat"],
                on=day,
                value=value,
                quality="actual",
                reason="更正",
                at=noon(12, 3),
            )
            self.shown = value

    def machine(self, _: int) -> None:
        machine.correct_contradicted(at=noon(12, 4))

    def _bill(self, number: int):
        rows = list(Bill.objects.filter(cancellation=None).order_by("number"))
        return rows[number % len(rows)] if rows else None

    def cancel(self, number: int) -> None:
        if (bill := self._bill(number)) is not None:
            correcting.cancel_bill(viewer=self.office.officer, bill=bill, reason="撤销", at=noon(12, 5))

    def rebill(self, number: int) -> None:
        if (bill := self._bill(number)) is not None:
            correcting.correct_bill(viewer=self.office.officer, bill=bill, reason="重算", at=noon(12, 5))

    def pay(self, fen: int) -> None:
        bill = Bill.objects.first()
        if bill is None:
            return
        owed = account_of(bill.organisation, LedgerKind.RECEIVABLE, holder=bill.account)
        bank = account_of(bill.organisation, LedgerKind.BANK)
        for one in account_queries.open_debts(bill.account):
            part = min(fen, one.fen)
            if part > 0:
                moves = [Movement(bank.pk, owed.pk, part, TransferReason.RECEIPT, one.debt.pk)]
                post(
                    viewer=self.office.officer,
                    organisation=bill.organisation,
                    moves=moves,
                    on=on(12, 2),
                    at=noon(12, 5),
                )
                fen -= part

    def must_hold(self) -> None:
        """What is true of every state."""
        end, organisation = on(7, 1), self.office.organisation
        counted = BilledPeriod.objects.filter(is_cancelled=False)
        days = sum((row.period.upper - row.period.lower).days for row in counted)
        # every day from January to June is billed once, or open
        assert days + open_days(organisation, until=end) == (end - on(1, 1)).days
        bills = Bill.objects.filter(cancellation=None)
        for bill in Bill.objects.all():
            assert sum(line.fen for line in queries.lines(bill)) == bill.fen
        # what counts is what the income account holds
        income = account_of(organisation, LedgerKind.ELECTRICITY)
        assert account_queries.balance(income, on=on(12, 31)) == sum(bill.fen for bill in bills)
        if (bill := bills.first()) is not None:
            owed = account_of(organisation, LedgerKind.RECEIVABLE, holder=bill.account)
            kept = account_of(organisation, LedgerKind.PREPAYMENT, holder=bill.account)
            bank = account_of(organisation, LedgerKind.BANK)
            last = on(12, 31)
            paid = account_queries.balance(bank, on=last)
            # nothing of what was paid is lost: it paid bills, or is kept
            assert account_queries.balance(owed, on=last) == (
                sum(one.fen for one in bills) - paid + account_queries.balance(kept, on=last)
            )
            assert all(one.fen > 0 for one in account_queries.open_debts(bill.account))


@settings(
    deadline=None, max_examples=HISTORIES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # undone by hand
@given(steps=st.lists(STEP, min_size=3, max_size=14))
def test_no_history_reaches_an_impossible_state(office, steps):
    office.points.clear(), office.meters.clear(), office.agreements.clear()
    with transaction.atomic():
        office.supply("flat", office.room.town.campus.flats[0], customer=1)
        history = History(office)
        for name, given_ in steps:
            try:
                with transaction.atomic():
                    getattr(history, name)(given_)
            except (Refusal, NothingDiffers):
                pass  # refused in words, and nothing half done
            history.must_hold()
        transaction.set_rollback(True)
    assert connection.in_atomic_block


def test_a_history_by_hand(office):
    office.supply("flat", office.room.town.campus.flats[0], customer=1)
    history = History(office)
    for name, given_ in [("read", 100), ("run", 0), ("pay", 2000), ("correct", -20), ("machine", 0)]:
        getattr(history, name)(given_)
        history.must_hold()
    assert Bill.objects.filter(cancellation=None).count() == 1
    assert dt.date(2026, 2, 1) == Bill.objects.filter(cancellation=None).get().ends
