"""Steps under way while processes of the program and of its database are killed.

Several clients post steps without pause, each with an Idempotency-Key, and ask again with the same
key until they are answered. Afterwards every step stands once, everything is told once and the
record is whole. HOLD_COUNT kills are drawn by HOLD_SEED.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.config.test_serving import answers, children
from tests.conftest import start_site
from tests.database import HOME
from tests.hold import counts
from tests.hold.own_campus import ask
from tests.waiting import PATIENCE_SECONDS, wait_until
from tongdian.config.database import Server

SEED = int(os.environ.get("HOLD_SEED", "1"))
KILLS = int(os.environ.get("HOLD_COUNT", "4"))
CLIENTS = 4
TARGETS = ("tongdian.config.web", "tongdian.config.worker", "a connection", "the database")


class Receiver(ThreadingHTTPServer):
    """Counts what it was told, by the number that a receiver tells repetitions apart by."""

    def __init__(self):
        self.told: dict[str, set[str]] = {}
        super().__init__(("127.0.0.1", 0), _Told)


class _Told(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.setdefault(body["id"], set()).add(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_said):
        pass


class Caller:
    """Opens an application and withdraws it, again and again, as a program does."""

    def __init__(self, site, campus, ended, asks_again=(0, 409, 503), reason="改主意"):
        parts = urlsplit(site.address)
        self.where, self.campus, self.ended = (parts.hostname, parts.port), campus, ended
        self.asks_again, self.reason, self.statuses = asks_again, reason, Counter()
        self.numbers: list[str] = []
        self.unanswered = 0
        self.odd: list[str] = []
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self):
        while not self.ended.is_set():
            opened = self.step(
                "/cases",
                organisation="YS",
                pack="gxnu-2016-4",
                process="shop-application",
                customer=self.campus["customer"],
                place=self.campus["place"],
                purpose="店",
            )
            if opened is None:
                return
            self.numbers.append(opened["number"])
            if not self.step(f"/cases/{opened['number']}/withdraw", reason=self.reason, seen=opened["seq"]):
                return

    def step(self, path, **body):
        """Until it is answered: the same request with the same key."""
        key, deadline = str(uuid.uuid4()), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status, said = self._post(path, body, key)
            self.statuses[status] += 1
            if 200 <= status < 300:
                return json.loads(said)
            if status not in self.asks_again:
                self.odd.append(f"{status} {path} {said[:300]!r}")
                return None
            time.sleep(0.1)
        self.unanswered += 1
        return None

    def _post(self, path, body, key):
        """The status and what was said; 0 where the connection was cut."""
        connection = HTTPConnection(*self.where, timeout=30)
        try:
            connection.request(
                "POST",
                "/api/v1" + path,
                json.dumps(body),
                {**self.campus["token"], "Content-Type": "application/json", "Idempotency-Key": key},
            )
            reply = connection.getresponse()
            return reply.status, reply.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()


@pytest.fixture
def receiver():
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def killed_site(monkeypatch):
    """A program with a private database of its own."""
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(variable, raising=False)
    started = start_site(HOME / "killed", TONGDIAN_WEBHOOK_NETWORKS="127.0.0.0/8")
    yield started
    started.process.terminate()
    started.process.wait(PATIENCE_SECONDS)
    with Server(started.home / "postgres").running():
        pass  # the last to leave stops it


def kill(site, target, draw):
    """Kill one process of that kind; whether there was one."""
    if target.startswith("tongdian"):
        found = [n for n, line in children(site.process.pid).items() if target in line]
    else:
        try:
            pid = (Server(site.home / "postgres").data / "postmaster.pid").read_text().split()[0]
        except (FileNotFoundError, IndexError):
            return False
        found = [int(pid)]
        if target == "a connection":
            found = [n for n, line in children(found[0]).items() if "_application" in line]
    try:
        os.kill(draw.choice(found), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    return True


def test_no_step_is_lost_or_doubled_by_kills(killed_site, receiver):
    draw, ended = random.Random(SEED), threading.Event()
    campus = ask(killed_site.home, "make", f"http://127.0.0.1:{receiver.server_address[1]}/")
    callers = [Caller(killed_site, campus, ended) for _ in range(CLIENTS)]
    kills: Counter[str] = Counter()
    try:
        rounds = [TARGETS[n % len(TARGETS)] for n in range(KILLS)]
        draw.shuffle(rounds)
        for target in rounds:
            before = sum(len(one.numbers) for one in callers)
            # each kill meets steps that are under way
            assert wait_until(
                lambda before=before: sum(len(one.numbers) for one in callers) > before + CLIENTS
            ), (dict(kills), [(one.statuses, one.odd) for one in callers])
            time.sleep(draw.random())
            assert wait_until(lambda target=target: kill(killed_site, target, draw))
            kills[target] += 1
    finally:
        ended.set()
        for one in callers:
            one.thread.join()
    assert killed_site.process.poll() is None
    assert wait_until(lambda: answers(killed_site.address))

    stands = ask(killed_site.home, "read")
    wait_until(lambda: stands.update(ask(killed_site.home, "read")) or _is_told(stands))
    sys.stdout.write(f"kills {dict(kills)}; told {stands['told']}; ")
    every_step_stands_once(stands, callers)
    assert _is_told(stands), stands["waiting"]
    assert (stands["told twice"], {len(ids) for ids in receiver.told.values()}) == (0, {1})
    assert len(receiver.told) == stands["told"]
    the_record_is_whole(killed_site)


def every_step_stands_once(stands, callers):
    """Whatever was answered, and nothing else."""
    answered = [number for one in callers for number in one.numbers]
    lost = [n for n in answered if stands["events"].get(n) != ["opened", "withdrawn"]]
    double = len(stands["events"]) - len(set(answered))
    statuses = dict(sum((one.statuses for one in callers), Counter()))
    sys.stdout.write(f"steps {2 * len(answered)}, lost {len(lost)}, double {double}; answers {statuses}\n")
    counts.add(
        attempts=sum(statuses.values()),
        lost=len(lost),
        double=double,
        server_errors=statuses.get(counts.SERVER_ERROR, 0),
    )
    assert [fault for one in callers for fault in one.odd] == []
    assert sum(one.unanswered for one in callers) == 0
    assert (lost[:5], double, len(answered)) == ([], 0, len(set(answered)))


def the_record_is_whole(site):
    """`tongdian audit verify` says so."""
    verified = subprocess.run(
        [Path(sys.executable).with_name("tongdian"), "audit", "verify"],
        env=os.environ | {"TONGDIAN_HOME": str(site.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _is_told(stands):
    """Each event once, and that a case has ended as one of its own."""
    events = stands["events"].values()
    return stands["waiting"] == 0 and stands["told"] == sum(len(one) + ("withdrawn" in one) for one in events)
