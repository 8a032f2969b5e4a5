"""Receipts a second through the action, from fifty connections of two processes: permission, order of
payment, transfers, number without a gap, record; and told in batches from two."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure
from tongdian.config.database import Server

PROCESSES, THREADS, ACCOUNTS, BATCH = 2, 25, 2_000, 500
FILL = """
import datetime as dt
from tongdian.config.program import open_program
with open_program():
    from django.utils import timezone
    from tests.agreements.conftest import make_customer
    from tests.network.conftest import make_organisation
    from tongdian.accounts.actions.opening import open_account
    from tongdian.accounts.actions.owing import Owed, owe
    from tongdian.network.models import Place
    from tongdian.identifiers import uuid7
    from tongdian.parties.models import Account, Adoption, Membership, since
    from tongdian.policy.words import Words
    from tongdian.rulebook.commands import install_packs
    install_packs()
    house = make_organisation("B", "bench")
    centre = make_organisation("BC", "centre", kind="office", parent=house)
    centre.fills = ["utilities-centre"]
    centre.save()
    Adoption.objects.create(organisation=house, pack="gxnu-2016-4", in_force=since(dt.date(2016, 1, 1)))
    for n in range({cashiers}):
        one = Account.objects.create(username=f"cashier{n}")
        Membership.objects.create(account=one, role="officer", organisation=centre, in_force=since(dt.date(2016, 1, 1)))
    viewer, at = Account.objects.get(username="cashier0"), timezone.now()
    for n in range({accounts}):
        id_ = uuid7()
        place = Place.objects.create(id=id_, organisation=house, region=house.region, kind="flat", code=f"P{n}",
                                     name=f"flat {n}", ancestors=[id_], pairs=[])
        account = open_account(viewer=viewer, customer=make_customer(house, f"U{n}", f"customer {n}"), place=place, at=at)
        item = Owed(subject="water", fen=100_000_00, due_on=at.date(), title=Words("水费", "water"))
        owe(viewer=viewer, account=account, items=[item], on=at.date(), at=at)
"""
TAKE = """
import sys, threading, time
from decimal import Decimal
from tongdian.config.program import open_program
with open_program():
    from django.db import connection
    from django.utils import timezone
    from tongdian.accounts.actions.collecting import take_payment
    from tongdian.accounts.models import BillingAccount
    from tongdian.parties.models import Account
    from tongdian.rulebook.once import asking_once
    me, threads, starts, ends = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    known = list(BillingAccount.objects.select_related("organisation", "customer").order_by("number"))
    viewers = list(Account.objects.filter(username__startswith="cashier").order_by("pk"))
    counts, waited = [0] * threads, []

    def work(n):
        mine = me * threads + n
        step, at = threads * 2, mine
        time.sleep(max(0, starts - time.time()))  # until every program is there
        while time.time() < ends:
            began = time.monotonic()
            with asking_once():  # as in a request
                take_payment(viewer=viewers[mine], account=known[at % len(known)], yuan=Decimal("1.00"), payer="x",
                             at=timezone.now())
            waited.append(time.monotonic() - began)
            counts[n] += 1
            at += step
        connection.close()

    running = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    [one.start() for one in running]
    [one.join() for one in running]
    waited.sort()
    print(sum(counts), waited[int(len(waited) * 0.99)] if waited else 0)
"""

BATCHES = """
import sys, time
from tongdian.config.program import open_program
with open_program():
    from django.utils import timezone
    from tongdian.accounts.actions.collecting import PaymentTold, take_payments
    from tongdian.accounts.models import BillingAccount
    from tongdian.parties.models import Account
    me, size, ends = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    known = list(BillingAccount.objects.select_related("organisation").order_by("number"))[me::2]
    viewer, taken, n = Account.objects.get(username=f"cashier{me}"), 0, 0
    took = 0.0
    while time.time() < ends:
        told = [PaymentTold(account=known[(n + k) % len(known)].pk, fen=100, key=f"{me}-{n + k}") for k in range(size)]
        began = time.monotonic()
        take_payments(viewer=viewer, organisation=known[0].organisation, payments=told, at=timezone.now())
        took += time.monotonic() - began
        n += size
        taken += size
    print(taken, took)
"""


def measure(*, small: bool) -> list[Figure]:
    seconds = 3.0 if small else 15.0
    accounts = ACCOUNTS // 20 if small else ACCOUNTS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        with Server(Path(folder) / "postgres").running():
            fill = FILL.replace("{accounts}", str(accounts)).replace("{cashiers}", str(PROCESSES * THREADS))
            subprocess.run([sys.executable, "-W", "ignore", "-c", fill], env=environment, check=True)
            start = time.time() + 12
            command = [sys.executable, "-W", "ignore", "-c", TAKE]
            running = [
                subprocess.Popen(
                    [*command, str(n), str(THREADS), str(start), str(start + seconds)],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for n in range(PROCESSES)
            ]
            said = [one.communicate()[0].split() for one in running]
            start = time.time() + 5
            command = [sys.executable, "-W", "ignore", "-c", BATCHES]
            running = [
                subprocess.Popen(
                    [*command, str(n), str(BATCH), str(start + seconds)],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for n in range(PROCESSES)
            ]
            batches = [one.communicate()[0].split() for one in running]
    count, slowest = sum(int(one[0]) for one in said), max(float(one[1]) for one in said)
    return [
        Figure(
            "receipts",
            f"receipts a second through the action, {PROCESSES * THREADS} connections",
            "≥ 250",
            f"{count / seconds:,.0f}",
            f"{count:,} in {seconds:.0f} s; 99 of 100 within {slowest * 1000:.0f} ms",
        ),
        Figure(
            "receipts",
            f"the same told in batches of {BATCH}, two programs at once",
            "≥ 1,000",
            f"{sum(int(taken) / float(took) for taken, took in batches):,.0f}",
            f"{sum(int(taken) for taken, _ in batches):,} receipts; the action alone",
        ),
    ]
