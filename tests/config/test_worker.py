"""A worker that is killed leaves nothing undone: what it held is taken up again, without anybody's
help, and nothing else waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from tests.cases.conftest import at, make_campus
from tests.database import elsewhere
from tests.waiting import wait_until
from tongdian.cases import actions
from tongdian.cases.models import Unannounced
from tongdian.config.logins import application_url, owner_url
from tongdian.config.worker import revive_jobs
from tongdian.notices.models import Notice
from tongdian.shell.health import readings


@contextmanager
def worker(database):
    """A worker process of its own on that database; killed at the end."""
    logins = {
        "DATABASE_URL": elsewhere(application_url(), database),
        "DATABASE_OWNER_URL": elsewhere(owner_url(), database),
    }
    process = subprocess.Popen([sys.executable, "-m", "tongdian.config.worker"], env=os.environ | logins)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def statuses():
    with connection.cursor() as cursor:
        cursor.execute(
            "select status, count(*) from procrastinate_jobs"
            " where task_name <> 'audit_log.seal' or args <> '{}' group by status"
        )
        return dict(cursor.fetchall())


@pytest.fixture
def campus(committed, viewer):
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    return make_campus(viewer)


def open_one(campus):
    return actions.open_case(
        viewer=campus.clerk,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        facts={},
        at=at("2026-03-02"),
    )


@pytest.mark.parametrize("task", ["cases.announce", "audit_log.seal", "duties.do", "cases.days"])
def test_a_job_whose_worker_is_gone_is_queued_again(committed, campus, monkeypatch, task):
    """As a kill -9 leaves it: `doing`, by a worker that nobody knows any more."""
    logins = {
        "DATABASE_URL": elsewhere(application_url(), committed),
        "DATABASE_OWNER_URL": elsewhere(owner_url(), committed),
    }
    for name, address in logins.items():
        monkeypatch.setenv(name, address)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status, queueing_lock)"
            " values ('default', %s, '{\"timestamp\": 0}', 'doing', %s)",
            [task, task],
        )
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status, queueing_lock)"
            " values ('default', 'other', '{}', 'doing', 'other'), ('default', 'other', '{}', 'todo', 'other')"
        )
    assert revive_jobs() == 1
    # what is queued already is not queued twice
    assert statuses() == {"todo": 2}


def test_a_job_that_ends_its_workers_comes_later_each_time_and_is_listed(committed, monkeypatch):
    """2 s after its second worker's death, 4 s after the third, an hour at most; never dropped."""
    for name, url in (("DATABASE_URL", application_url()), ("DATABASE_OWNER_URL", owner_url())):
        monkeypatch.setenv(name, elsewhere(url, committed))
    waits = []
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status)"
            " values ('default', 'deadly', '{}', 'doing')"
        )
        for attempts in (0, 1, 2, 40):
            cursor.execute(
                "update procrastinate_jobs set status = 'doing', attempts = %s where task_name = 'deadly'",
                [attempts],
            )
            assert revive_jobs() == 1
            cursor.execute(
                "select round(extract(epoch from scheduled_at - now())) from procrastinate_jobs"
                " where task_name = 'deadly'"
            )
            waits.append(int(cursor.fetchone()[0]))
        cursor.execute("insert into procrastinate_workers default values")
    assert waits == [0, 2, 4, 3600]
    said = {part.name: reading for part, reading in readings(timezone.now())}["worker"]
    assert (said.word, said.said.en) == ("watch", "jobs that end again and again: deadly")


def test_killed_in_the_middle_the_next_worker_tells_what_waits(committed, campus):
    case = open_one(campus)
    with worker(committed) as first:
        assert wait_until(lambda: not Unannounced.objects.exists())
        for _ in range(3):
            open_one(campus)
        os.kill(first.pid, signal.SIGKILL)
    with worker(committed):
        assert wait_until(lambda: not Unannounced.objects.exists())
        assert wait_until(lambda: "doing" not in statuses())
    assert case.number
    assert Notice.objects.count() == Notice.objects.values("subject", "wording", "account").count()
