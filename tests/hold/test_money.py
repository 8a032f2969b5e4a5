"""Money while processes are killed, runs are started twice, clocks are set and fifty collect at once.

Cashiers take payments without pause, a clerk brings the readings of a month and bills it, month after month,
while parts of the program, connections, PostgreSQL and the import itself are killed: HOLD_COUNT kills, drawn
by HOLD_SEED. Afterwards the books balance, receipts and bills have no gap, and every bill is there once.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from decimal import Decimal
from http.client import HTTPConnection, HTTPException

import pytest
from django.db import connection

from tests.accounts.test_at_once import at_once
from tests.config.test_serving import answers
from tests.hold import counts, own_money
from tests.hold.own_money import FLATS, MONTHS, ask, must_balance, start
from tests.hold.test_kills import TARGETS, Caller, kill, killed_site, the_record_is_whole
from tests.waiting import PATIENCE_SECONDS, wait_until

__all__ = ["killed_site"]

SEED = int(os.environ.get("HOLD_SEED", "1"))
KILLS = int(os.environ.get("HOLD_COUNT", "4"))
CASHIERS = 3
IMPORT = "an import"


class Cashier(Caller):
    """Takes one yuan of one customer after another, each told until it is answered."""

    def _work(self):
        draw = random.Random(id(self))
        while not self.ended.is_set():
            account = draw.choice(self.campus["accounts"])
            if self.step(f"/billing-accounts/{account}/pay", yuan="1.00", key=str(uuid.uuid4())) is None:
                return
            self.numbers.append(account)


class BillingClerk(Caller):
    """Brings the readings of a month, bills it and has it released, month after month."""

    def _work(self):
        self.importing = None
        for month, day in enumerate(MONTHS):
            if self.ended.is_set():
                return
            self._bring(month)
            run = self.step(
                f"/billing-runs/of/{self.campus['organisation']}",
                first_on=day.isoformat(),
                until=day.isoformat(),
                due_on="2036-12-31",
            )
            if run is None or not self._posted(run["id"]):
                return
            self.numbers.append(run["id"])

    def _bring(self, month):
        """Until the file is in: a process that is killed half-way is run again."""
        while True:
            self.importing = start(self.campus["home"], "bring", str(month))
            _, wrong = self.importing.communicate()
            if self.importing.returncode == 0:
                return
            self.wrong = wrong[-300:]
            time.sleep(0.5)

    def _posted(self, run):
        deadline = time.monotonic() + PATIENCE_SECONDS
        officer = {**self.campus, "token": self.campus["officer"]}
        while time.monotonic() < deadline:
            found = self._look(run)
            if found.get("state") == "posted":
                return True
            if found.get("state") == "prepared":
                clerk, self.campus = self.campus, officer
                self.step(f"/billing-runs/{run}/release", preview=str(found["preview"]))
                self.campus = clerk
            time.sleep(0.3)
        self.unanswered += 1
        return False

    def _look(self, run):
        import json

        link = HTTPConnection(*self.where, timeout=30)
        try:
            link.request("GET", f"/api/v1/billing-runs/{run}", headers=self.campus["token"])
            reply = link.getresponse()
            said = reply.read()
            return json.loads(said) if reply.status == 200 else {}
        except (OSError, HTTPException, ValueError):
            return {}
        finally:
            link.close()


def test_no_fen_is_lost_or_doubled_by_kills(killed_site):
    draw, ended = random.Random(SEED), threading.Event()
    campus = {**ask(killed_site.home, "make"), "home": killed_site.home}
    clerk = BillingClerk(killed_site, campus, ended)
    cashiers = [Cashier(killed_site, campus, ended) for _ in range(CASHIERS)]
    everybody, kills = [clerk, *cashiers], Counter()
    try:
        rounds = [(*TARGETS, IMPORT)[n % 5] for n in range(KILLS)]
        draw.shuffle(rounds)
        for target in rounds:
            before = sum(len(one.numbers) for one in cashiers)
            # each kill meets payments that are under way
            assert wait_until(
                lambda before=before: sum(len(one.numbers) for one in cashiers) > before + CASHIERS
            ), [(one.statuses, one.odd) for one in everybody]
            time.sleep(draw.random())
            if target == IMPORT:
                if clerk.importing is not None and clerk.importing.poll() is None:
                    clerk.importing.kill()
                    kills[target] += 1
            else:
                assert wait_until(lambda target=target: kill(killed_site, target, draw))
                kills[target] += 1
    finally:
        ended.set()
        for one in everybody:
            one.thread.join()
    assert wait_until(lambda: answers(killed_site.address))
    found = ask(killed_site.home, "read")
    paid = sum(len(one.numbers) for one in cashiers)
    lost, double = max(0, paid - found["receipts"]), max(0, found["receipts"] - paid)
    double += max(0, found["bills"] - FLATS * len(clerk.numbers)) + found["billed twice"]
    counts.add(attempts=paid + found["bills"] + sum(kills.values()), lost=lost, double=double)
    sys.stdout.write(
        f"kills {dict(kills)}; payments {paid}, bills {found['bills']}, lost {lost}, double {double}\n"
    )
    assert [one.odd for one in everybody] == [[]] * len(everybody)
    assert sum(one.unanswered for one in everybody) == 0
    assert (lost, double) == (0, 0)
    assert (found["bills"], found["unposted"]) == (FLATS * len(clerk.numbers), 0)
    assert found["readings"] == FLATS * (1 + len(clerk.numbers))  # one with which each meter was fitted
    must_balance(found)
    the_record_is_whole(killed_site)


# --- at once, in one process


@pytest.fixture
def money(committed, viewer):
    """The campus of `own_money` with real commits, a clerk and an officer."""
    made = own_money.make(viewer)
    house = made["campus"].campus
    made |= {
        "house": house,
        "clerk": viewer("clerk", "m-clerk", at=house),
        "officer": viewer("officer", "m-officer", at=house),
    }
    return made


def noon(day: dt.date) -> dt.datetime:
    from tongdian.calendar import SHANGHAI

    return dt.datetime.combine(day, dt.time(12), SHANGHAI)


def begun(money, month, *, at):
    """A run over a month whose readings are in."""
    from tongdian.billing.actions import runs

    own_money.bring(money["house"], money["admin"], month, at)
    return runs.start_run(
        viewer=money["clerk"],
        organisation=money["house"],
        first_on=MONTHS[month],
        until=MONTHS[month],
        due_on=at.date() + dt.timedelta(days=15),
        at=at,
    )


def released(money, run, preview, *, at):
    from tongdian.billing.actions import runs

    runs.release_run(viewer=money["officer"], run=run, preview=preview.number, at=at)


def test_a_run_prepared_and_posted_by_several_at_once_bills_once(money):
    from tongdian.billing import queries
    from tongdian.billing.actions import runs

    double = max(2, KILLS // 4)
    at = noon(MONTHS[0])
    run = begun(money, 0, at=at)
    other = runs.start_run(
        viewer=money["clerk"],
        organisation=money["house"],
        first_on=MONTHS[0],
        until=MONTHS[0],
        due_on=at.date() + dt.timedelta(days=15),
        at=at,
    )
    at_once(*[lambda one=one: runs.prepare(run=one, at=at) for one in (run, other) for _ in range(double)])
    for one in (run, other):
        if (preview := queries.last_preview(one)) is None:
            preview = runs.prepare(run=one, at=at)
        released(money, one, preview, at=at)
    at_once(
        *[lambda one=one: runs.post_released(run=one, at=at) for one in (run, other) for _ in range(double)]
    )
    found = own_money.stands()
    counts.add(attempts=4 * double, double=max(0, found["bills"] - FLATS))
    assert found["bills"] == FLATS
    must_balance(found)


@pytest.mark.parametrize("moved", [dt.timedelta(days=1), dt.timedelta(days=-1)])
def test_a_clock_moved_by_a_day_between_preview_and_posting_loses_and_doubles_nothing(money, moved):
    from tongdian.billing.actions import runs
    from tongdian.policy.refusals import Refusal

    at = noon(MONTHS[0] + dt.timedelta(days=2))
    run = begun(money, 0, at=at)
    preview = runs.prepare(run=run, at=at)
    released(money, run, preview, at=at + moved)
    for when in (at + moved, at, at + moved):
        try:
            runs.post_released(run=run, at=when)
        except Refusal:
            preview = runs.prepare(run=run, at=when)
            released(money, run, preview, at=when)
            runs.post_released(run=run, at=when)
    found = own_money.stands()
    assert (found["bills"], found["unposted"]) == (FLATS, 0)
    must_balance(found)


def test_fifty_cashiers_at_once_on_the_same_customers(money):
    from tongdian.accounts.actions.collecting import take_payment
    from tongdian.accounts.models import BillingAccount, Receipt
    from tongdian.billing.actions import runs

    cashiers = 50 if KILLS > 4 else 16
    at = noon(MONTHS[0])
    run = begun(money, 0, at=at)
    released(money, run, runs.prepare(run=run, at=at), at=at)
    runs.post_released(run=run, at=at)
    accounts = list(BillingAccount.objects.select_related("organisation", "customer")[:2])

    def pay(number):
        return take_payment(
            viewer=money["clerk"],
            account=accounts[number % 2],
            yuan=Decimal("1.00"),
            payer="",
            key=f"bank {number // 2}",  # each is told twice, by two at once
            at=at,
        )

    done = at_once(*[lambda number=number: pay(number) for number in _told_twice(cashiers)])
    found = own_money.stands()
    told = {(accounts[n % 2].pk, n // 2) for n in _told_twice(cashiers)}
    counts.add(attempts=cashiers, double=max(0, found["receipts"] - len(told)))
    assert all(isinstance(one, Receipt) or "key" in str(one).lower() for one in done), done
    assert found["receipts"] == len({one.number for one in done if isinstance(one, Receipt)})
    must_balance(found)
    connection.close()


def _told_twice(cashiers):
    """0, 0, 4, 4, 8, 8, …: of the first customer, and then 1, 1, 5, 5, … of the second."""
    return [4 * (n // 4) + (n % 4) // 2 * 3 for n in range(cashiers)]
