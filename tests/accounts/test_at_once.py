"""What two do at once, and a program that dies, with commits that are real."""

import datetime as dt
import threading

import psycopg
import pytest
from django.db import connection, transaction

from tests.accounts.conftest import ON, books, campus, counter, noon, town
from tests.accounts.test_collecting import bill, left, pay
from tests.database import elsewhere
from tongdian.accounts import queries
from tongdian.accounts.actions.closing import close_month
from tongdian.accounts.actions.owing import set_off
from tongdian.accounts.actions.posting import reverse
from tongdian.accounts.models import Posting
from tongdian.accounts.rules import MonthIsSealed, NotEnoughThere
from tongdian.audit_log.rows import derived
from tongdian.config.logins import owner_url
from tongdian.policy.refusals import Refusal

__all__ = ["books", "campus", "counter", "town"]


def at_once(*deeds):
    """What each deed gave or was refused with, done in threads at the same time."""
    given: list = [None] * len(deeds)
    ready = threading.Barrier(len(deeds))

    def do(place, deed):
        try:
            ready.wait()
            given[place] = deed()
        except Refusal as refused:
            given[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=one) for one in enumerate(deeds)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return given


def test_two_refunds_at_once_give_a_deposit_back_once(committed, books):
    bank, deposit = books.account("bank"), books.account("deposit", holder=0)
    books.post(bank, deposit, 30_000, reason="deposit")
    done = at_once(*[lambda: books.post(deposit, bank, 30_000, reason="refund")] * 6)
    assert sum(isinstance(one, Posting) for one in done) == 1
    assert sum(isinstance(one, NotEnoughThere) for one in done) == 5
    assert queries.available(deposit) == 0
    assert list(derived()) == []


def test_a_payment_told_twice_at_once_is_one(committed, books):
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    done = at_once(*[lambda: books.post(bank, owed, 700, key="one")] * 6)
    assert len({one.pk for one in done}) == 1
    assert books.balance(bank) == 700


def test_who_posts_while_a_month_is_closed_is_in_it_or_refused(committed, books):
    """Whatever is in the closed month is in its balances."""
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    march = dt.date(2026, 3, 31)
    books.post(bank, owed, 1, on=march)
    done = at_once(
        *[lambda: books.post(bank, owed, 1, on=march)] * 5,
        lambda: close_month(viewer=books.officer, organisation=books.organisation, at=noon(ON)),
    )
    posted = sum(isinstance(one, Posting) for one in done)
    assert posted + sum(isinstance(one, MonthIsSealed) for one in done) == 5
    seal = done[-1]
    assert bank.sealed_balances.get(month=seal.month).fen == 1 + posted == books.balance(bank)


def test_months_that_begin_at_once_are_made_once(committed, books):
    """Five who post into five months that nobody posted into before, in both orders."""
    bank, owed = books.account("bank"), books.account("receivable", holder=0)
    days = [dt.date(2024, month, 1) for month in (1, 2, 3, 4, 5)]
    done = at_once(*[lambda day=day: books.post(bank, owed, 1, on=day) for day in [*days, *reversed(days)]])
    assert all(isinstance(one, Posting) for one in done)
    assert books.balance(bank) == 10


def test_a_limit_that_the_owner_changed_is_named(committed, books):
    deposit = books.account("deposit", holder=0)
    books.post(books.account("bank"), deposit, 100, reason="deposit")
    with psycopg.connect(elsewhere(owner_url(), committed), autocommit=True) as owner:
        owner.execute("update accounts_limitedbalance set fen = 99999 where fen = 100")
    (finding,) = derived()
    assert (finding.table, finding.key) == ("accounts_limitedbalance", str(deposit.pk))


@pytest.mark.django_db
def test_every_key_between_tables_of_the_books_names_the_organisation():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.conrelid::regclass::text, c.conname,
                   (select array_agg(a.attname order by a.attname) from pg_attribute a
                     where a.attrelid = c.conrelid and a.attnum = any(c.conkey)) as columns
              from pg_constraint c
              join pg_class t on t.oid = c.conrelid and not t.relispartition
             where c.contype = 'f' and t.relname ~ '^(accounts|billing)_'
               and c.confrelid::regclass::text ~ '^(accounts|billing|network|agreements)_'
            """
        )
        keys = cursor.fetchall()
    assert len(keys) > 15
    assert [name for _, name, columns in keys if "organisation_id" not in columns] == []


def test_what_is_paid_while_the_bill_is_taken_back_becomes_a_prepayment(committed, counter):
    """The payment has read what is owed and has not ended; whoever takes the bill back waits for it, and
    sees that it was paid: 80.00 of nothing that stands are the customer's."""
    owed = bill(counter, 8_000)
    paid, taken_back = threading.Event(), threading.Event()

    def pays():
        with transaction.atomic():
            pay(counter, "80.00")
            paid.set()
            taken_back.wait(2)  # it does not come before this payment has ended

    def takes_back():
        paid.wait()
        with transaction.atomic():
            reverse(viewer=counter.chief, posting=owed, on=ON, at=noon(ON), note="抄错")
            set_off(viewer=counter.chief, account=counter.holders[0], on=ON, at=noon(ON))
        taken_back.set()

    at_once(pays, takes_back)
    assert left(counter) == []
    assert counter.balance(counter.account("prepayment", holder=0)) == 8_000
