"""Having the worker look after what waits.

A deed writes down what is still to be done because of it, an entry to seal or events to announce,
in its own transaction. The job that does it takes all that waits, so it is asked for once a second
and not at each deed: asking costs as much as a small deed itself.

No job holds a lock of the queue: what must not be done by two at once is guarded by a lock of the
database session that does it, which ends with it however it ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

WAIT_SECONDS = 1
ALONE = 7_368_003  # the advisory locks of `alone`
_comes: dict[tuple[str, ...], float] = {}  # when the job asked for last will run, by database
KNOWN_AT_MOST = 10_000


def do_soon(task: str, **given: str) -> None:
    """Have a job run about a second after the present transaction has committed.

    Each area also runs its job every minute, for what a program left that ended before it could
    ask, or that committed just while a worker that is behind began.
    """
    transaction.on_commit(partial(_ask, task, given))


def _ask(task: str, given: dict[str, str]) -> None:
    asked = (connection.settings_dict["NAME"], task, *given.values())
    now = time.monotonic()
    if now < _comes.get(asked, 0.0):
        return  # it is still to come, and takes this too
    if len(_comes) >= KNOWN_AT_MOST:
        _comes.clear()
    _comes[asked] = now + WAIT_SECONDS
    # its own: another process's job may begin at any moment
    once = " ".join((task, *given.values(), str(os.getpid())))
    job = app.configure_task(task, queueing_lock=once, schedule_in={"seconds": WAIT_SECONDS})
    try:
        job.defer(**given)
    except AlreadyEnqueued:
        return


def alone_until_commit(what: str) -> bool:
    """As `alone`, until the present transaction ends: who begins next sees what it wrote."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, hashtext(%s))", [ALONE, what])
        (is_alone,) = cursor.fetchone()
    return bool(is_alone)


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Whether nobody else does this now; nobody else begins while the block lasts. The database
    session holds it, so it ends with the process however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [ALONE, what])
        (is_alone,) = cursor.fetchone()
    try:
        yield bool(is_alone)
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [ALONE, what])
