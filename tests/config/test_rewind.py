"""From a dead server back to a minute, by the commands of the how-to: real server, real log."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.config.test_backups import COUNT, MAKE_SOMETHING, run, tongdian
from tests.database import lay_database
from tests.waiting import wait_until
from tongdian.config.database import Server

RECORD = """
import sys
from tongdian.config.program import open_program
with open_program():
    import datetime as dt
    from tongdian.audit_log.actions import make_checkpoint, record
    now = dt.datetime.now(dt.UTC)
    record(actor="operator:drill", action=sys.argv[1], subject="database", payload={}, at=now)
    make_checkpoint(at=now)
"""
ACTIONS = """
from tongdian.config.program import open_program
with open_program():
    from tongdian.audit_log.models import Entry
    print(sorted({one.action for one in Entry.objects.all()}))
"""


def archived(server):
    """Have the segment that is being written kept, and wait for it."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        (name,) = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
    wait_until(lambda: (server.archive / "wal" / f"{name}.gz").exists())


def passable():
    """A folder that the server's account may pass into, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tongdian-rewind-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


folder = pytest.fixture(passable)
place = pytest.fixture(passable, scope="module")


@pytest.fixture(scope="module")
def drilled(place):
    """An installation with a base, a first entry, a noted moment, a second entry, and kill -9."""
    old = place / "old"
    lay_database(old)
    server = Server(old / "postgres", archive=old / "archive")
    with server.running():
        run(old, "-c", MAKE_SOMETHING)
        assert "is checked" in tongdian(old, "backup", "--base")
        run(old, "-c", RECORD, "test.first")
        run(old, "-c", "from tongdian.config.archive import copy_files; copy_files()")  # as each minute
        counted = run(old, "-c", COUNT)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            (noted,) = connection.execute("select clock_timestamp()").fetchone()
        time.sleep(0.1)
        run(old, "-c", RECORD, "test.second")
        archived(server)
        shutil.copytree(old / "keys", place / "keys")
        os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        wait_until(lambda: not server.is_up())
    return place, noted, counted


def restore(drilled, new, to, **more):
    place, *_ = drilled
    at = to.isoformat() if isinstance(to, dt.datetime) else to
    archive = more.pop("archive", place / "old" / "archive")
    return tongdian(new, "restore", str(archive), "--to", at, "--keys", str(place / "keys"), **more)


def test_what_was_there_at_the_moment_is_back_and_nothing_later(drilled):
    place, noted, counted = drilled
    new = place / "new"
    assert "3 files" in tongdian(place / "old", "backup", str(place / "dump"), "--keys", str(place / "k"))
    assert "unchanged since" in restore(drilled, new, noted)
    said = run(new, "-c", ACTIONS)
    assert "test.first" in said
    assert "test.second" not in said
    assert "audit_log.brought_back" in said
    assert run(new, "-c", COUNT).splitlines()[-1] == counted.splitlines()[-1]  # who the customers are
    assert "unchanged since" in tongdian(new, "audit", "verify")
    assert "3 files intact, 0 missing, 0 changed" in tongdian(new, "files", "verify")
    assert "holds something already" in restore(drilled, new, noted, status=1)


def test_a_moment_that_the_archive_does_not_hold_is_refused_with_the_nearest(drilled, folder):
    _, noted, _ = drilled
    new = folder / "new"
    assert "the earliest is 2" in restore(drilled, new, "2020-01-01 10:31", status=1)
    said = restore(drilled, new, "2099-01-01 10:31", status=1)
    assert "the latest is 2" in said
    assert not (new / "keys").exists()
    latest = said.split("the latest is ")[1].strip().rstrip(".")
    assert dt.datetime.fromisoformat(f"{latest}+08:00") >= noted - dt.timedelta(seconds=5)


def test_without_the_files_it_does_not_prove_itself(drilled, folder):
    place, noted, _ = drilled
    archive = folder / "archive"
    shutil.copytree(place / "old" / "archive", archive)
    shutil.rmtree(archive / "files")
    new = folder / "new"
    assert "3 files missing" in restore(drilled, new, noted, archive=archive, status=1)
    assert "does not prove itself" in tongdian(new, "audit", "verify", status=1)


def test_a_gap_in_the_log_ends_what_can_be_restored(drilled, folder):
    place, _, _ = drilled
    archive = folder / "archive"
    shutil.copytree(place / "old" / "archive", archive)
    for segment in (archive / "wal").glob("*.gz"):
        segment.unlink()
    assert "the latest is" in restore(drilled, folder / "new", "2099-01-01 10:31", archive=archive, status=1)


def test_a_restore_ended_half_way_is_run_again(drilled, folder):
    place, noted, _ = drilled
    new = folder / "new"
    restore(drilled, new, noted)
    base = next((place / "old" / "archive" / "bases").glob("*.json"))
    system = json.loads(base.read_text())["system"]
    what = f"{system} {base.stem} {noted.isoformat()}"
    left = {"database_sha256": what, "backup": "x", "is_poured": True, "found": []}
    (new / "restore-unfinished").write_text(json.dumps(left))  # as a kill before the proof leaves it
    assert "was not finished" in tongdian(new, "audit", "verify", status=1)
    assert "unchanged since" in restore(drilled, new, noted)
    assert "test.second" not in run(new, "-c", ACTIONS)


def test_an_archive_that_cannot_be_written_is_told_by_doctor(folder):
    home = folder / "home"
    lay_database(home)
    server = Server(home / "postgres", archive=home / "archive")
    with server.running():
        (home / "archive" / "wal").rename(home / "archive" / "away")
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create table something ()")
            connection.execute("drop table something")
            connection.execute("select pg_switch_wal()")
            failed = "select failed_count > 0 from pg_stat_archiver"
            wait_until(lambda: connection.execute(failed).fetchone() == (True,))
        assert "archiving fails" in tongdian(home, "doctor", status=1)  # 1: no worker runs here
        (home / "archive" / "away").rename(home / "archive" / "wal")
        archived(server)
        assert "no base backup yet" in tongdian(home, "doctor", status=1)
        tongdian(home, "backup", "--base")
        assert "at the earliest" in tongdian(home, "doctor", status=1)
