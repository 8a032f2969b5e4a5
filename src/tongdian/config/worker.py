"""The worker: runs jobs and timers until told to stop.

Three sorts of job run side by side: what the program does with its own tables, what waits for
somebody else's machine, so that a slow receiver never holds up telling, and sealing, which may be
a process of another user (`worker sealing`). A job whose
worker died is queued again by whichever worker lives, within a minute.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

import django
import psycopg

from tongdian.config.serving import end_with_parent

# The sorts of job: the worker's name, its queue, and how many of them at once.
SORTS = {"inside": ("default", 4), "outgoing": ("outgoing", 8), "sealing": ("sealing", 2)}
LOOKED_EVERY_SECONDS = 15
LEAVING_SECONDS = 10  # for jobs to end in; what does not is taken up again by the next worker
LONGEST_WAIT_SECONDS = 3_600  # of a job whose workers keep dying
CLOCK_MAY_DRIFT_SECONDS = 120
# Behind pages and API, for which somebody waits, and not so far that it starves: nice 10 together
# with a share of the machine for its session gave it three seconds of processor in a hundred.
NICE = 5
HOLDER_IS_GONE = """
    select job.id, job.attempts from procrastinate_jobs job
      left join procrastinate_workers holder on holder.id = job.worker_id
     where job.status = 'doing'
       and (holder.id is null or holder.last_heartbeat < now() - interval '30 seconds')
"""
_log = logging.getLogger(__name__)
_told_to_stop = threading.Event()


def main() -> None:
    """Run the worker in the foreground, for the sorts of job that are named, or all; SIGTERM lets
    it finish its jobs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    end_with_parent()
    os.nice(NICE)
    django.setup()
    stopping = threading.Event()
    reviver = threading.Thread(target=_revive, args=(stopping,), daemon=True)
    reviver.start()
    try:
        asyncio.run(_work(sys.argv[1:] or list(SORTS)))
    finally:
        stopping.set()


async def _work(sorts: Sequence[str]) -> None:
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]  # Django's has it
        async with working.open_async():
            workers = [
                asyncio.create_task(
                    working.run_worker_async(
                        queues=[queue],
                        concurrency=many,
                        name=name,
                        delete_jobs="successful",
                        fetch_job_polling_interval=1.0,
                        install_signal_handlers=False,
                    )
                )
                for name, (queue, many) in SORTS.items()
                if name in sorts
            ]
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, _stop, workers)
            # One that ends by itself lost its connection: the whole process leaves, and is started
            # again, rather than serve one sort of job and not the other.
            done, others = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            for worker in others:
                worker.cancel()
            await asyncio.wait(workers, timeout=LEAVING_SECONDS)
            if not any(worker.cancelled() for worker in done) and not _told_to_stop.is_set():
                raise SystemExit("a worker ended by itself")


def _stop(workers: list[asyncio.Task[None]]) -> None:
    _told_to_stop.set()
    for worker in workers:
        worker.cancel()


def _revive(stopping: threading.Event) -> None:
    apart = time.time() - time.monotonic()
    while True:
        try:
            revive_jobs()
        except (psycopg.Error, OSError) as failed:
            # the database is being started: it is asked again
            _log.warning("stalled jobs cannot be looked for: %s", failed)
        if stopping.wait(LOOKED_EVERY_SECONDS):
            return
        if abs(time.time() - time.monotonic() - apart) > CLOCK_MAY_DRIFT_SECONDS:
            # timers know only the old clock: set back they would wait for it, set forward they
            # would make up every minute in between
            _log.warning("the clock was set: the worker starts anew")
            os.kill(os.getpid(), signal.SIGTERM)
            return


def revive_jobs() -> int:
    """Queue again every job whose worker is gone, later each time; how many there were."""
    from tongdian.config.logins import application_url

    revived = 0
    with psycopg.connect(application_url(), autocommit=True) as connection:
        for job, attempts in connection.execute(HOLDER_IS_GONE).fetchall():
            try:
                connection.execute(
                    "select procrastinate_retry_job_v2("
                    "%s, now() + make_interval(secs => %s), null, null, null)",
                    [job, _wait_seconds(attempts)],
                )
                revived += 1
            except psycopg.errors.UniqueViolation:
                # the same work is queued already, and takes this too
                connection.execute("select procrastinate_finish_job_v1(%s, 'aborted', true)", [job])
    return revived


def _wait_seconds(attempts: int) -> int:
    # At once after the first death. One that ends every worker that takes it comes less and less
    # often, so that the others get their turn, and is never dropped: health lists it.
    return 0 if attempts == 0 else min(2 ** min(attempts, 30), LONGEST_WAIT_SECONDS)


if __name__ == "__main__":
    main()
