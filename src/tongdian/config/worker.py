"""The worker: runs jobs and timers until told to stop.

Two sorts of job run side by side: what the program does with its own tables, and what waits for
somebody else's machine, so that a slow receiver never holds up sealing or telling. A job whose
worker died is queued again by whichever worker lives, within a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import django
import psycopg

from tongdian.config.serving import end_with_parent

INSIDE, OUTGOING = 4, 8  # how many jobs of each sort at once
LOOKED_EVERY_SECONDS = 15
# Behind pages and API, for which somebody waits, and not so far that it starves: nice 10 together
# with a share of the machine for its session gave it three seconds of processor in a hundred.
NICE = 5
HOLDER_IS_GONE = """
    select job.id from procrastinate_jobs job
      left join procrastinate_workers holder on holder.id = job.worker_id
     where job.status = 'doing'
       and (holder.id is null or holder.last_heartbeat < now() - interval '30 seconds')
"""
_log = logging.getLogger(__name__)


def main() -> None:
    """Run the worker in the foreground; SIGTERM lets it finish its jobs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    end_with_parent()
    os.nice(NICE)
    django.setup()
    stopping = threading.Event()
    reviver = threading.Thread(target=_revive, args=(stopping,), daemon=True)
    reviver.start()
    try:
        asyncio.run(_work())
    finally:
        stopping.set()


async def _work() -> None:
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as working:
        async with working.open_async():
            workers = [
                asyncio.create_task(
                    working.run_worker_async(
                        queues=queues,
                        concurrency=many,
                        name=name,
                        delete_jobs="successful",
                        fetch_job_polling_interval=1.0,
                        install_signal_handlers=False,
                        task_middleware=[_with_fresh_connections],
                    )
                )
                for name, queues, many in (
                    ("inside", ["default"], INSIDE),
                    ("outgoing", ["outgoing"], OUTGOING),
                )
            ]
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, _stop, workers)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*workers)


def _stop(workers: list[asyncio.Task[None]]) -> None:
    for worker in workers:
        worker.cancel()


def _with_fresh_connections(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """A thread's connections as a request has them: none that is broken or too old."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()


def _revive(stopping: threading.Event) -> None:
    while True:
        try:
            revive_jobs()
        except psycopg.Error as failed:  # the database is being started again: it is asked again
            _log.warning("stalled jobs cannot be looked for: %s", failed)
        if stopping.wait(LOOKED_EVERY_SECONDS):
            return


def revive_jobs() -> int:
    """Queue again every job whose worker is gone; how many there were."""
    from tongdian.config.logins import application_url

    revived = 0
    with psycopg.connect(application_url(), autocommit=True) as connection:
        for (job,) in connection.execute(HOLDER_IS_GONE).fetchall():
            try:
                connection.execute(
                    "select procrastinate_retry_job_v2(%s, now(), null, null, null)", [job]
                )
                revived += 1
            except psycopg.errors.UniqueViolation:
                # the same work is queued already, and takes this too
                connection.execute("select procrastinate_finish_job_v1(%s, 'aborted', true)", [job])
    return revived


if __name__ == "__main__":
    main()
