"""The books: every transfer balances, nothing is changed, and a closed month stays closed."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.conftest import ON, noon
from tongdian.accounts import queries
from tongdian.accounts.actions.closing import assert_balance, close_month
from tongdian.accounts.actions.holding import expire_holds, hold, post_hold, void_hold
from tongdian.accounts.actions.posting import Movement, post, reverse
from tongdian.accounts.models import Hold, LedgerAccount, MonthSeal, Posting, SealedBalance, Transfer
from tongdian.accounts.queries import trial_balances
from tongdian.accounts.rules import (
    DayNotOpen,
    HoldEnded,
    KeyUsedOtherwise,
    MonthIsSealed,
    NotEnoughThere,
    NotFirst,
    NothingToPost,
    NotTheOrder,
    OtherBooks,
    ReversedAlready,
    TransferReason,
)
from tongdian.audit_log.rows import derived

pytestmark = pytest.mark.django_db


def test_a_transfer_takes_from_one_account_what_it_gives_to_another(books):
    cash = books.account("bank", name="农行")
    owed = books.account("receivable", holder=0)
    books.post(owed, books.account("electricity"), 42_000, reason="bill")
    books.post(cash, owed, 40_000)
    # 420.00 billed, 400.00 paid: 20.00 are owed
    assert books.balance(owed) == 2_000
    assert books.balance(cash) == 40_000
    assert books.balance(books.account("electricity")) == 42_000
    lines = trial_balances.trial_balance(books.organisation, on=ON)
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines) == 82_000


def test_a_past_day_has_the_balance_that_it_had(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    for day, fen in [(dt.date(2026, 4, 1), 100), (dt.date(2026, 4, 5), 30)]:
        books.post(bank, owed, fen, on=day)
    assert [books.balance(bank, on=dt.date(2026, 4, day)) for day in (1, 4, 5)] == [100, 100, 130]
    first = queries.statement(bank, first=dt.date(2026, 4, 2), last=dt.date(2026, 4, 30))
    assert [(row.event_on.day, row.fen) for row in first] == [(5, 30)]


def test_money_never_moves_by_nothing_nor_from_an_account_to_itself(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    for wrong in (lambda: books.post(bank, owed, 0), lambda: books.post(bank, bank, 5)):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    with pytest.raises(NothingToPost):
        post(viewer=books.officer, organisation=books.organisation, moves=[], on=ON, at=noon(ON))
    assert not Transfer.objects.exists()


def test_no_day_to_come_and_none_before_there_were_books(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    for day in (ON + dt.timedelta(days=1), dt.date(1999, 12, 31)):
        with pytest.raises(DayNotOpen):
            books.post(bank, owed, 5, on=day, at=noon(ON))
    books.post(bank, owed, 5, on=dt.date(2000, 1, 1))


def test_what_was_posted_is_never_changed_or_removed(books):
    posting = books.post(books.account("bank"), books.account("receivable", holder=0), 500)
    for statement in (
        "update accounts_transfer set fen = 1",
        "delete from accounts_transfer",
        "update accounts_posting set note = 'x'",
        "delete from accounts_limitedbalance",
        "update accounts_limitedbalance set fen = 100000",
        f"insert into accounts_transfer_{ON:%Y_%m} select * from accounts_transfer",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert posting.transfers.get().fen == 500


def test_a_deposit_gives_no_more_than_it_holds(books):
    bank, deposit = books.account("bank"), books.account("deposit", holder=0)
    books.post(bank, deposit, 30_000, reason="deposit")
    with pytest.raises(NotEnoughThere) as refused:
        books.post(deposit, bank, 30_001, reason="refund")
    assert "¥300.00" in refused.value.say("en")
    assert "¥300.01" in refused.value.say("en")
    books.post(deposit, bank, 30_000, reason="refund")
    assert books.balance(deposit) == 0


def test_a_cash_box_gives_no_more_than_lies_in_it(books):
    box = books.account("cash", cashier=books.officer, day=ON)
    books.post(box, books.account("receivable", holder=0), 5_000)
    with pytest.raises(NotEnoughThere):
        books.post(books.account("bank"), box, 5_001, reason="banked")
    books.post(books.account("bank"), box, 5_000, reason="banked")


def test_what_is_held_is_given_to_nobody_else(books):
    bank, deposit = books.account("bank"), books.account("deposit", holder=0)
    books.post(bank, deposit, 1_000, reason="deposit")
    asked = {"viewer": books.officer, "organisation": books.organisation, "at": noon(ON)}
    one = hold(
        move=Movement(bank.pk, deposit.pk, 50, TransferReason.DEPOSIT),
        expires_at=noon(ON) + dt.timedelta(hours=1),
        **asked,
    )
    taken = hold(
        move=Movement(deposit.pk, bank.pk, 700, TransferReason.REFUND),
        expires_at=noon(ON) + dt.timedelta(hours=1),
        **asked,
    )
    assert queries.available(deposit) == 300  # what comes in is not there yet; what goes out is held
    with pytest.raises(NotEnoughThere):
        books.post(deposit, bank, 301, reason="refund")
    with pytest.raises(NotEnoughThere):
        hold(
            move=Movement(deposit.pk, bank.pk, 301, TransferReason.REFUND),
            expires_at=noon(ON) + dt.timedelta(hours=1),
            **asked,
        )
    post_hold(viewer=books.officer, hold=taken, on=ON, at=noon(ON))
    void_hold(viewer=books.officer, hold=one, at=noon(ON))
    assert (books.balance(deposit), queries.available(deposit)) == (300, 300)
    for again in (taken, one):
        with pytest.raises(HoldEnded):
            post_hold(viewer=books.officer, hold=again, on=ON, at=noon(ON))
    assert list(derived()) == []


def test_a_hold_runs_out(books):
    bank, deposit = books.account("bank"), books.account("deposit", holder=0)
    books.post(bank, deposit, 1_000, reason="deposit")
    until = noon(ON) + dt.timedelta(hours=1)
    one = hold(
        viewer=books.officer,
        organisation=books.organisation,
        move=Movement(deposit.pk, bank.pk, 1_000, TransferReason.REFUND),
        expires_at=until,
        at=noon(ON),
    )
    assert expire_holds(at=until - dt.timedelta(seconds=1)) == 0
    with pytest.raises(HoldEnded):  # from that moment on, whether or not anybody has looked
        post_hold(viewer=books.officer, hold=one, on=ON, at=until)
    assert expire_holds(at=until) == 1
    assert expire_holds(at=until) == 0
    assert queries.available(deposit) == 1_000


def test_a_payment_told_twice_a_year_apart_is_one(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    first = books.post(bank, owed, 700, key="icbc:20260412:0001")
    again = books.post(bank, owed, 700, key="icbc:20260412:0001", at=noon(dt.date(2027, 4, 12)))
    assert again == first
    with pytest.raises(KeyUsedOtherwise):
        books.post(bank, owed, 701, key="icbc:20260412:0001")
    assert Transfer.objects.count() == Posting.objects.count() == 1


def test_a_posting_is_corrected_by_its_reversal_once(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    wrong = books.post(bank, owed, 700)
    back = {"viewer": books.officer, "posting": wrong, "on": ON, "at": noon(ON), "note": "录错户"}
    undone = reverse(**back)
    assert books.balance(owed) == books.balance(bank) == 0
    assert [(r.debit, r.credit, r.fen) for r in undone.transfers.all()] == [(owed, bank, 700)]
    with pytest.raises(ReversedAlready):
        reverse(**back)
    with pytest.raises(IntegrityError), transaction.atomic():
        reverse(**back | {"posting": undone, "note": ""})  # a correction says why


def test_no_transfer_joins_the_books_of_two_organisations(books, campus):
    from tests.network.conftest import make_organisation

    other = make_organisation("WC", "王城校区")
    theirs = LedgerAccount.objects.create(organisation=other, kind="bank")
    with pytest.raises(OtherBooks):
        books.post(books.account("bank"), theirs, 5)


def test_nothing_is_posted_into_a_closed_month(books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    march, april = dt.date(2026, 3, 31), dt.date(2026, 4, 1)
    books.post(owed, books.account("water"), 900, reason="bill", on=march)
    seal = close_month(viewer=books.officer, organisation=books.organisation, at=noon(april))
    assert (seal.month, seal.through, seal.accounts) == (dt.date(2026, 3, 1), march, 3)
    assert dict(SealedBalance.objects.values_list("account", "fen")) == {
        bank.pk: 0,
        owed.pk: 900,
        books.account("water").pk: -900,
    }
    with pytest.raises(MonthIsSealed) as refused:
        books.post(bank, owed, 900, on=march, at=noon(april))
    assert "2026-03-31" in refused.value.say("en")
    books.post(bank, owed, 900, on=april)
    assert [books.balance(owed, on=day) for day in (march, april)] == [900, 0]
    with pytest.raises(NotTheOrder):  # April is not over
        close_month(viewer=books.officer, organisation=books.organisation, at=noon(dt.date(2026, 4, 30)))
    # neither the program nor the application's login can open it again
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthSeal.objects.filter(pk=seal.pk).update(through=dt.date(2026, 2, 1))


def test_months_are_closed_one_after_the_other(books):
    owed = books.account("receivable", holder=0)
    books.post(owed, books.account("water"), 900, reason="bill", on=dt.date(2026, 1, 15))
    months = [
        close_month(viewer=books.officer, organisation=books.organisation, at=noon(ON)).month
        for _ in range(3)
    ]
    assert months == [dt.date(2026, n, 1) for n in (1, 2, 3)]  # February had no money, and is closed too


def test_a_balance_that_is_asserted_is_red_until_it_is_true(books):
    bank, owed = books.account("bank", name="农行"), books.account("receivable", holder=0)
    day = dt.date(2026, 3, 31)
    books.post(bank, owed, 8_421_320, on=day)
    said = {"viewer": books.officer, "account": bank, "on": day, "source": "bank_statement", "at": noon(ON)}
    wrong = assert_balance(fen=8_421_330, **said)
    assert queries.untrue(books.organisation, through=ON) == [wrong]
    with pytest.raises(NotFirst):  # ten fen are not nothing
        close_month(viewer=books.officer, organisation=books.organisation, at=noon(ON))
    books.post(bank, owed, 10, on=day)
    assert queries.untrue(books.organisation, through=ON) == []
    later = assert_balance(fen=1, **said)
    assert_balance(fen=8_421_330, note="抄错一行", instead_of=later, **said)
    assert queries.untrue(books.organisation, through=ON) == []
    close_month(viewer=books.officer, organisation=books.organisation, at=noon(ON))


KINDS = ["bank", "receivable", "prepayment", "deposit", "electricity", "written_off"]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.sampled_from(KINDS),
            st.integers(1, 10**9),
            st.dates(dt.date(2025, 11, 1), ON),
        ),
        max_size=25,
    )
)
def test_whatever_moves_the_books_balance_and_no_limited_account_falls_below_nothing(books, moves):
    """Σ debits = Σ credits on every day, Σ of what all accounts hold is nothing, limits are exact."""
    with transaction.atomic():
        for debit, credit, fen, day in moves:
            one, other = (
                books.account(kind, holder=0)
                if kind in ("receivable", "prepayment", "deposit")
                else books.account(kind)
                for kind in (debit, credit)
            )
            if one == other:
                continue
            try:
                books.post(one, other, fen, on=day)
            except NotEnoughThere:
                limited = [a for a in (one,) if a.is_limited]
                assert limited
                assert queries.available(limited[0]) < fen
        for day in {dt.date(2025, 11, 15), *(day for *_, day in moves)}:
            ids = LedgerAccount.objects.values_list("pk", flat=True)
            assert sum(queries.balances(ids, on=day).values()) == 0
        assert list(derived()) == []
        for line in trial_balances.trial_balance(books.organisation, on=ON):
            assert not line.account.is_limited or line.fen >= 0
        transaction.set_rollback(True)
    assert not Hold.objects.exists()
