"""Opening balances come in from former books: previewed, posted once, asserted, and undone exactly."""

import datetime as dt

import pytest

from tests.accounts.conftest import ON, noon
from tongdian.accounts import queries
from tongdian.accounts.models import BalanceAssertion, Debt, Posting
from tongdian.agreements.actions import importing
from tongdian.policy.refusals import Refusal

pytestmark = pytest.mark.django_db
HEAD = "户号或用户编号,项目,金额（元）,原缴费期限,旧账截止日,依据"
DAY = dt.date(2026, 3, 31)


def bring(books, *lines, confirm=True, viewer=None):
    """A file of old books."""
    made = importing.stage(
        viewer=viewer or books.officer,
        organisation=books.organisation,
        kind="old-books",
        file_name="old.csv",
        content="\n".join([HEAD, *lines]).encode(),
        at=noon(ON),
    )
    if confirm:
        importing.confirm(viewer=books.officer, brought=made, at=noon(ON))
    return made


def rows(books):
    """One account owes 128.50 and 20.00, the other had 15.00 prepaid."""
    first, second = (one.number for one in books.holders)
    return (
        f"{first},电费,128.50,2025-12-15,2026-03-31,台账第 3 页",
        f"{first},水费,20,2026-01-15,2026-03-31,",
        f"{second},预存,15.00,,2026-03-31,",
    )


def test_what_was_owed_and_prepaid_stands_in_the_books_on_its_day_and_is_asserted(books):
    made = bring(books, *rows(books))
    assert made.counts == {"new": 3}, [row.reasons for row in made.rows.all()]
    owed, kept = books.account("receivable", holder=0), books.account("prepayment", holder=1)
    assert queries.balance(owed, on=DAY - dt.timedelta(days=1)) == 0
    assert queries.balance(owed, on=DAY) == 14850  # 128.50 + 20.00
    assert queries.balance(kept, on=DAY) == 1500  # what is held grows by credits
    debts = queries.open_debts(books.holders[0])
    assert [(one.debt.subject, one.debt.due_on.isoformat(), one.fen) for one in debts] == [
        ("opening", "2025-12-15", 12850),
        ("opening", "2026-01-15", 2000),
    ]
    said = {(one.account_id, one.fen, one.source) for one in BalanceAssertion.objects.all()}
    assert said == {(owed.pk, 14850, "old_book"), (kept.pk, -1500, "old_book")}
    assert queries.untrue(books.organisation, through=ON) == []


def test_a_file_brought_twice_is_one(books):
    bring(books, *rows(books))
    again = bring(books, *rows(books), confirm=False)
    assert again.counts == {"same": 3}
    assert Debt.objects.count() == 2


def test_another_file_of_the_same_day_adds_to_what_the_old_books_say(books):
    lines = rows(books)
    bring(books, lines[0])
    bring(books, lines[1])
    standing = BalanceAssertion.objects.filter(set_aside_by=None)
    assert [one.fen for one in standing] == [14850]


def test_a_balance_that_other_money_disturbs_is_red_until_somebody_sees_to_it(books):
    bring(books, *rows(books))
    books.post(books.account("bank"), books.account("receivable", holder=0), 100, on=DAY)
    assert [one.fen for one in queries.untrue(books.organisation, through=ON)] == [14850]


def test_undone_it_is_as_before_and_may_be_brought_again(books):
    made = bring(books, *rows(books))
    importing.undo(viewer=books.officer, brought=made, at=noon(ON))
    assert queries.open_debts(books.holders[0]) == []
    assert queries.balance(books.account("receivable", holder=0), on=DAY) == 0
    assert queries.untrue(books.organisation, through=ON) == []
    again = bring(books, *rows(books))
    assert again.counts == {"new": 3}
    assert queries.balance(books.account("receivable", holder=0), on=DAY) == 14850
    assert Posting.objects.filter(key__startswith="opening ").count() == 6
    importing.undo(viewer=books.officer, brought=again, at=noon(ON))
    assert queries.balance(books.account("receivable", holder=0), on=DAY) == 0


def test_what_was_paid_since_is_not_undone_and_nothing_of_it_moves(books):
    made = bring(books, *rows(books))
    debt = Debt.objects.get(due_on=dt.date(2025, 12, 15))
    from tongdian.accounts.actions.posting import Movement, post
    from tongdian.accounts.rules import TransferReason

    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    post(
        viewer=books.officer,
        organisation=books.organisation,
        moves=[Movement(bank.pk, owed.pk, 100, TransferReason.RECEIPT, debt.pk)],
        on=ON,
        at=noon(ON),
    )
    with pytest.raises(Refusal, match=debt.account.number):
        importing.undo(viewer=books.officer, brought=made, at=noon(ON))
    assert queries.balance(owed, on=DAY) == 14850


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{0},电费,12O.50,2025-12-15,2026-03-31,", "不是数字"),
        ("{0},电费,-5,2025-12-15,2026-03-31,", "大于 0"),
        ("{0},电费,1.005,2025-12-15,2026-03-31,", "小数多于"),
        ("{0},电费,5,,2026-03-31,", "须写明原缴费期限"),
        ("{0},预存,5,2025-12-15,2026-03-31,", "预存没有缴费期限"),
        ("{0},电费,5,2025-12-15,2026-05-01,", "2026-05-01"),
        ("YS-J999999,电费,5,2025-12-15,2026-03-31,", "没有此户号"),
        ("{0},电费,5,1999-12-15,1999-12-31,", "早于 2000-01-01"),
        ("{0},煤气,5,2025-12-15,2026-03-31,", "煤气"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_posted(books, line, why):
    made = bring(books, line.format(books.holders[0].number), confirm=False)
    (row,) = made.rows.all()
    assert row.fate == "refused"
    assert why in str(row.reasons)
    assert not Posting.objects.exists()


def test_a_closed_month_takes_no_opening_balance(books):
    from tongdian.accounts.actions.closing import close_month

    books.post(books.account("bank"), books.account("electricity"), 100, on=dt.date(2026, 3, 1))
    close_month(viewer=books.officer, organisation=books.organisation, at=noon(ON))
    made = bring(books, rows(books)[0], confirm=False)
    assert made.counts == {"refused": 1}


def test_a_customer_who_is_supplied_and_has_no_account_yet_gets_one(books, town):
    town.sign(customer=2, point=0)
    number = town.customers[2].number
    made = bring(books, f"{number},电费,8.80,2025-12-15,2026-03-31,")
    assert made.counts == {"new": 1}
    debt = Debt.objects.get()
    assert (debt.account.customer, debt.fen) == (town.customers[2], 880)
    # by either number it is the same
    again = bring(books, f"{debt.account.number},电费,8.80,2025-12-15,2026-03-31,", confirm=False)
    assert again.counts == {"same": 1}


def test_another_amount_for_what_was_entered_is_refused(books):
    line = rows(books)[0]
    bring(books, line)
    again = bring(books, line.replace("128.50", "182.50"), confirm=False)
    (row,) = again.rows.all()
    assert row.fate == "refused"
    assert "已录入 128.50 元" in str(row.reasons)
