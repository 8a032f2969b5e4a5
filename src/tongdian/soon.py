"""Having the worker look after what waits.

A deed writes down what is still to be done because of it, an entry to seal or events to announce,
in its own transaction. The job that does it takes all that waits, so it is asked for once a second
and not at each deed: asking costs as much as a small deed itself.
"""

from __future__ import annotations

import os
import time
from functools import partial

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

WAIT_SECONDS = 1
_comes: dict[tuple[str, str], float] = {}  # when the job asked for last will run, by database


def do_soon(task: str) -> None:
    """Have a job run about a second after the present transaction has committed.

    Each area also runs its job every minute, for what a program left that ended before it could
    ask, or that committed just while a worker that is behind began.
    """
    transaction.on_commit(partial(_ask, task))


def _ask(task: str) -> None:
    asked, now = (connection.settings_dict["NAME"], task), time.monotonic()
    if now < _comes.get(asked, 0.0):
        return  # it is still to come, and takes this too
    _comes[asked] = now + WAIT_SECONDS
    once = f"{task} {os.getpid()}"  # its own: another process's job may begin at any moment
    job = app.configure_task(
        task, lock=task, queueing_lock=once, schedule_in={"seconds": WAIT_SECONDS}
    )
    try:
        job.defer()
    except AlreadyEnqueued:
        return
