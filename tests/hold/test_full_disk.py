"""A disk that is full, and one that may only be read, under a running program.

A file system of memory is mounted under the program's folder, which only root may. What is refused
is refused in words, nothing is left half-written, and it works again by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.config.test_serving import answers
from tests.conftest import start_site
from tests.connections.conftest import picture
from tests.hold.own_campus import ask
from tests.hold.test_bounds import form
from tests.hold.test_kills import Caller, every_step_stands_once, the_record_is_whole
from tests.waiting import PATIENCE_SECONDS, wait_until
from tongdian.config.database import Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
CALLERS = 2
REFUSED = 5  # steps that met the full disk, before room is made again
FULL_SECONDS = 180
# so that each step needs room of its own, and soon what the database keeps in store is used up
LONG_REASON = "改主意" * 300


@contextmanager
def mounted(folder, size):
    """A small file system there."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    """Take all the room that there is."""
    with (folder / "filling").open("ab", buffering=0) as file:
        for size in (1_000_000, 4096):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)


def upload(site, text):
    """The status of an upload and what was said."""
    edge, body = form(f"{text}.jpg", picture(text), "image/jpeg")
    kind = {"Content-Type": f"multipart/form-data; boundary={edge.decode()}"}
    return asked(Request(site.url("/api/v1/uploads"), body, kind))


def asked(request):
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as refused:
        return refused.code, json.loads(refused.read())
    except OSError:
        return 0, {}


@contextmanager
def own_site(home, monkeypatch):
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(variable, raising=False)
    started = start_site(home)
    try:
        yield started
    finally:
        started.process.terminate()
        started.process.wait(PATIENCE_SECONDS)
        with Server(home / "postgres").running():
            pass  # the last to leave stops it


def refused(callers):
    """How many steps were refused because there was no room, or no database for want of it."""
    return sum(one.statuses[507] + one.statuses[503] for one in callers)


def disk(site):
    """What /healthz says of the disk."""
    return asked(Request(site.url("/healthz")))[1].get("parts", {}).get("disk")


def test_a_full_and_a_read_only_disk_under_the_files(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    home = tmp_path / "home"
    files = home / "files"
    with mounted(files, "8m"), own_site(home, monkeypatch) as site:
        assert upload(site, "before")[0] == 201
        fill(files)
        status, said = upload(site, "full")
        assert (status, said["code"], set(said["says"])) == (507, "disk-full", {"zh", "en"})
        left = {one.name for one in files.rglob("*") if one.is_file()}
        (files / "filling").unlink()
        assert len(left - {"filling"}) == ask(home, "read")["files"] == 1
        assert upload(site, "full")[0] == 201

        subprocess.run(["mount", "-o", "remount,ro", files], check=True)
        status, said = upload(site, "only read")
        subprocess.run(["mount", "-o", "remount,rw", files], check=True)
        assert (status, said["code"], set(said["says"])) == (503, "not-available", {"zh", "en"})
        assert upload(site, "only read")[0] == 201


@pytest.fixture
def reachable():
    """A folder that the database's own user may pass into, or its pages would lie on another disk."""
    with tempfile.TemporaryDirectory(prefix="tongdian-disk-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_full_disk_under_everything_while_steps_are_under_way(reachable, monkeypatch):
    home, ended = reachable / "home", threading.Event()
    with mounted(home, "800m"), own_site(home, monkeypatch) as site:
        assert (home / "postgres" / "data").exists()  # on the disk that fills
        campus = ask(home, "make", "http://127.0.0.1:9/")
        assert disk(site) == "watch"
        callers = [
            Caller(site, campus, ended, asks_again=(0, 409, 503, 507), reason=LONG_REASON)
            for _ in range(CALLERS)
        ]
        uploads, said_of_disk = [], set()
        try:
            deadline = time.monotonic() + FULL_SECONDS
            while refused(callers) < REFUSED and time.monotonic() < deadline:
                fill(home)  # what becomes free meanwhile is taken, too
                uploads.append(upload(site, f"full {len(uploads)}"))
                said_of_disk.add(disk(site))
                time.sleep(0.5)
            assert refused(callers) >= REFUSED, [one.statuses for one in callers]
            (home / "filling").unlink()
            assert wait_until(lambda: answers(site.address) and disk(site) == "watch")
            done = [len(one.numbers) for one in callers]
            assert wait_until(lambda: all(len(one.numbers) > n for one, n in zip(callers, done, strict=True)))
        finally:
            ended.set()
            for one in callers:
                one.thread.join()
        assert {status for status, _ in uploads} <= {0, 503, 507}, uploads
        # 507 where there is no room, 503 where PostgreSQL went down for want of it
        assert {503, 507} & {status for status, _ in uploads}, uploads
        assert all(set(said["says"]) == {"zh", "en"} for status, said in uploads if status)
        assert "down" in said_of_disk
        assert upload(site, "after")[0] == 201
        every_step_stands_once(ask(home, "read"), callers)
        the_record_is_whole(site)
