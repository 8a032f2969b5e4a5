"""The books: postings a second from fifty connections, on one account and on many; what a transfer takes.

Each connection is a process of its own that posts by one statement at a time, with everything that the
tables keep: keys, limits, closed months, images of rows. A posting is one debt paid.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.report import Figure
from tongdian.config.database import Server

CLIENTS, ACCOUNTS, RUN = 50, 20_000, 200_000
FILL = """
import datetime as dt
from tongdian.config.program import open_program
with open_program():
    from django.db import connection
    from tests.network.conftest import make_organisation
    from tongdian.accounts.models import LedgerAccount
    house = make_organisation("B", "bench")
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(organisation=house, kind="bank", name=str(n)) for n in range({accounts})], batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("select accounts_make_month(current_date)")
        cursor.execute("analyze accounts_ledgeraccount")
"""
POST = """
with posted as (
    insert into accounts_posting (id, organisation_id, key, note, at)
    values (%(id)s, %(house)s, '', '', now())
)
insert into accounts_transfer (event_on, organisation_id, posting_id, debit_id, credit_id, fen, reason)
values (current_date, %(house)s, %(id)s, %(debit)s, %(credit)s, 100, 'receipt')
"""
BATCH = """
with posted as (
    insert into accounts_posting (id, organisation_id, key, note, at)
    values (%(id)s, %(house)s, '', '', now())
)
insert into accounts_transfer (event_on, organisation_id, posting_id, debit_id, credit_id, fen, reason)
select current_date, %(house)s, %(id)s, account.id, %(credit)s, 100, 'bill'
  from generate_series(1, %(times)s) n
 cross join (select id from accounts_ledgeraccount where id <> %(credit)s order by id limit %(many)s) account
"""
SIZE = """
select coalesce(sum(pg_total_relation_size(inhrelid)), 0) from pg_inherits
 where inhparent = 'accounts_transfer'::regclass
"""


def measure(*, small: bool) -> list[Figure]:
    seconds, turns = (1.0, 1) if small else (4.0, 5)
    accounts = ACCOUNTS // 100 if small else ACCOUNTS
    rows = RUN // 100 if small else RUN
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        with Server(Path(folder) / "postgres").running() as server:
            fill = FILL.replace("{accounts}", str(accounts))
            subprocess.run([sys.executable, "-W", "ignore", "-c", fill], env=environment, check=True)
            url = server.url()
            found: dict[bool, list[float]] = {True: [], False: []}
            for _ in range(turns):
                for is_hot in (True, False):
                    found[is_hot].append(_posted(url, seconds, is_hot=is_hot))
            a_transfer, images = _bytes(url, rows)
    hot, cold = (sorted(found[one])[len(found[one]) // 2] for one in (True, False))
    return [
        Figure(
            "ledger",
            f"SQL postings a second from {CLIENTS} connections, one account in all",
            "≥ 3,000",
            f"{hot:,.0f}",
            f"median of {turns} times {seconds:.0f} s; on this disk, with everything that the tables keep",
        ),
        Figure("ledger", "one account in all against accounts at random", "≥ 0.9", f"{hot / cold:.2f}"),
        Figure(
            "ledger",
            f"a transfer of a posting of {rows:,}, with its share of indexes and seal",
            "≤ 300 B",
            f"{a_transfer + images:.0f} B",
            f"{a_transfer:.0f} B of rows and indexes, {images:.0f} B of images",
        ),
    ]


def _posted(url: str, seconds: float, *, is_hot: bool) -> float:
    """Postings a second of all clients together."""
    context = mp.get_context("spawn")
    start, counts = context.Barrier(CLIENTS + 1), context.Queue()
    clients = [
        context.Process(target=_client, args=(url, seconds, is_hot, n, start, counts)) for n in range(CLIENTS)
    ]
    for one in clients:
        one.start()
    start.wait()
    total = sum(counts.get() for _ in clients)
    for one in clients:
        one.join()
    return total / seconds


def _client(url: str, seconds: float, is_hot: bool, seed: int, start: Any, counts: Any) -> None:
    draw = random.Random(seed)
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as connection:
        house, ids = _known(connection)
        start.wait()
        ends, count = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            debit, credit = draw.sample(ids[1:], 2)
            connection.execute(POST, _given(draw, house, debit, ids[0] if is_hot else credit))
            count += 1
    counts.put(count)


def _known(connection: psycopg.Connection) -> tuple[Any, list[int]]:
    rows = connection.execute("select organisation_id, id from accounts_ledgeraccount order by id").fetchall()
    return rows[0][0], [id_ for _, id_ in rows]


def _given(draw: random.Random, house: Any, debit: int, credit: int) -> dict[str, Any]:
    from uuid import UUID

    # begins with the time, as the program's own do
    name = UUID(int=(int(time.time() * 1000) << 80) | (0x7 << 76) | draw.getrandbits(76))
    return {"id": name, "house": house, "debit": debit, "credit": credit}


def _bytes(url: str, rows: int) -> tuple[float, float]:
    """What a transfer takes of its table and of the images, in bytes."""
    draw = random.Random(1)
    with psycopg.connect(url, autocommit=True) as connection:
        house, ids = _known(connection)
        images = "select pg_total_relation_size('audit_log_image')"
        before = [int(connection.execute(one).fetchone()[0]) for one in (SIZE, images)]  # type: ignore[index]
        many = min(len(ids) - 1, rows)
        connection.execute(
            BATCH, _given(draw, house, 0, ids[0]) | {"many": many, "times": max(1, rows // many)}
        )
        after = [int(connection.execute(one).fetchone()[0]) for one in (SIZE, images)]  # type: ignore[index]
        made = many * max(1, rows // many)
    table, image = ((now - then) / made for now, then in zip(after, before, strict=True))
    return table, image
