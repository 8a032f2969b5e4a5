"""Steps of cases a second through HTTP: the program as `make run` serves it, worker and all.

Clients in processes of their own keep connections open and close stages by the API; each step is a
transaction with its events, projection, entry in the audit log and row of the outbox. The worker
lets them go first; how long after the clients it has told the applicants of everything is told too.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from bench.report import Figure
from tongdian.config.database import Server

CASES, CLIENTS = 600, 8
STAGES = ("apply", "approve", "accept")
FILL = """
import datetime as dt
from tongdian.config.program import open_program
with open_program():
    from django.utils import timezone
    from tests.cases.conftest import make_campus
    from tongdian.api.actions import make_token
    from tongdian.cases import actions
    from tongdian.cases.models import Paper
    from tongdian.parties.models import Account, Membership, since
    def viewer(role, name=None, *, at=None):
        account = Account.objects.create(username=name)
        Membership.objects.create(account=account, role=role, organisation=at,
                                  in_force=since(dt.date(2020, 1, 1)))
        return account
    campus, now = make_campus(viewer), timezone.now()
    boss = viewer("administrator", "boss")
    _, secret = make_token(account=boss, title="bench", at=now)
    print("secret", secret)
    for _ in range({cases}):
        case = actions.open_case(viewer=boss, organisation=campus.campus, pack="gxnu-2016-4",
            process="other-application", customer=campus.wang, place=campus.shop, at=now)
        Paper.objects.create(case=case, kind="received", item="energy-office-opinion",
                             file="0" * 64, at=now, by="bench")
        print("case", case.number)
"""


def measure(*, small: bool) -> list[Figure]:
    count = CASES // 10 if small else CASES
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        home = Path(folder)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": str(home),
            "PORT": "0",
            "TONGDIAN_API_RATE": "1000000/m",
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        filled = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", FILL.replace("{cases}", str(count + CLIENTS))],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        secret = re.search(r"^secret (\S+)$", filled, re.MULTILINE)[1]  # type: ignore[index]
        numbers = re.findall(r"^case (\S+)$", filled, re.MULTILINE)
        port = _free_port()
        with (home / "said").open("w") as said:
            server = subprocess.Popen(
                [sys.executable, "-m", "tongdian.config.serving"],
                env=environment | {"PORT": str(port)},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_for(port)
            seconds = _drive(port, secret, numbers)
            later = _until_told(home)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    steps = count * len(STAGES)
    return [
        Figure(
            "steps",
            "case steps through HTTP",
            "≥ 200 a second",
            f"{steps / seconds:.0f} a second",
            f"{steps} steps in {seconds:.1f} s by {CLIENTS} clients on the same two cores; the "
            f"worker had told of all {later:.0f} s later",
        )
    ]


def _drive(port: int, secret: str, numbers: list[str]) -> float:
    def client(mine: list[str]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        for number in mine:
            seen = 1
            for stage in STAGES:
                facts = {"approved": True} if stage == "approve" else {}
                line.request(
                    "POST",
                    f"/api/v1/cases/{number}/stages/{stage}/close",
                    json.dumps({"seen": seen, "facts": facts}),
                    {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
                )
                answer = line.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status} {body.decode()[:300]}")
                seen += 1 + len(facts)

    shares = [numbers[at::CLIENTS] for at in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, [mine[:1] for mine in shares]))  # each process loads the packs once
        began = time.perf_counter()
        list(pool.map(client, [mine[1:] for mine in shares]))
    return time.perf_counter() - began


def _until_told(home: Path) -> float:
    began = time.perf_counter()
    with psycopg.connect(Server(home / "postgres").url(), autocommit=True) as database:
        while database.execute("select 1 from cases_unannounced limit 1").fetchone():
            time.sleep(0.2)
    return time.perf_counter() - began


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port)
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the program did not start")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
