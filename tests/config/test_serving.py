"""`make run` as a user has it: started, killed, started again."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.conftest import start_site
from tests.database import HOME
from tests.waiting import PATIENCE_SECONDS, wait_until
from tongdian.config.database import Server


def children(process: int) -> dict[int, str]:
    """The processes under one, with their command lines."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process:
            found[int(path.parent.name)] = command
    return found


def answers(address: str) -> bool:
    try:
        with urlopen(address + "/livez", timeout=2) as answer:
            return answer.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def own_site(monkeypatch):
    """A program of this test's own, with a private database whatever the tests run on."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    started = start_site(HOME / "own-site")
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()
    with Server(started.home / "postgres").running():
        pass  # the last to leave stops it


def test_it_prints_where_it_is_and_who_may_come_in(own_site):
    said = own_site.printed.read_text()
    assert re.search(r"通典 Tongdian  http://127\.0\.0\.1:\d+", said)
    assert re.findall(r"^  (\w+) +[a-z]+-[a-z]+-\d{5}$", said, re.MULTILINE) == [
        "admin",
        "officer",
        "auditor",
    ]
    assert "Traceback" not in said


def test_ctrl_c_stops_the_parts_and_then_the_database(own_site):
    server = Server(own_site.home / "postgres")
    assert server.is_up()
    own_site.process.send_signal(signal.SIGINT)
    assert own_site.process.wait(PATIENCE_SECONDS) == 0
    assert not server.is_up()
    assert "database system is shut down" in server.log.read_text()
    assert not answers(own_site.address)


def test_killed_parts_come_back(own_site):
    """A web process, while the other answers, the worker and the database, one after the other."""
    for part in ("tongdian.config.web", "tongdian.config.worker"):
        number = next(n for n, line in children(own_site.process.pid).items() if part in line)
        os.kill(number, signal.SIGKILL)
        assert wait_until(lambda: answers(own_site.address))  # the other may just have started
        assert wait_until(
            lambda part=part, number=number: any(
                part in line and n > number for n, line in children(own_site.process.pid).items()
            )
        )
    server = Server(own_site.home / "postgres")
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    assert wait_until(lambda: answers(own_site.address))


def test_when_it_is_killed_its_parts_end_and_the_next_start_works(own_site):
    parts = children(own_site.process.pid)
    own_site.process.kill()
    own_site.process.wait()
    assert wait_until(lambda: not any(Path(f"/proc/{part}").exists() for part in parts))
    assert wait_until(lambda: not answers(own_site.address))

    again = start_site(own_site.home, PORT=own_site.address.rpartition(":")[2])
    assert (again.address, again.password) == (own_site.address, own_site.password)
    answered = wait_until(lambda: answers(again.address))
    again.process.terminate()
    assert answered
    assert again.process.wait(PATIENCE_SECONDS) == 0


def test_a_taken_port_is_refused_in_one_line(own_site):
    done = subprocess.run(
        [*own_site.process.args],
        env=os.environ | {"PORT": own_site.address.rpartition(":")[2]},
        capture_output=True,
        text=True,
        check=False,
    )
    port = own_site.address.rpartition(":")[2]
    assert done.returncode == 1
    assert done.stderr == f"tongdian: Port {port} is taken; try again with PORT=another.\n"


def test_a_database_that_cannot_be_reached_is_refused_in_the_servers_words(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tongdian.config.serving"],
        env=os.environ
        | {"DATABASE_URL": f"postgresql://nobody@{quote(str(tmp_path), safe='')}/nothing"}
        | {"PORT": "0", "TONGDIAN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("tongdian: The database is not available: connection ")
    assert done.stderr.count("\n") == 1


def test_over_https_every_cookie_is_secure_and_browsers_are_told_to_stay(tmp_path):
    ask = (
        "from tongdian.config import settings as s; print(s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS,"
        " s.CSRF_TRUSTED_ORIGINS, s.ALLOWED_HOSTS[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env=os.environ
        | {"TONGDIAN_HTTPS": "1", "TONGDIAN_HOSTS": "tongdian.example"}
        | {"TONGDIAN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    year = 365 * 24 * 3600
    assert done.stdout.strip() == (f"True True True {year} ['https://tongdian.example'] tongdian.example")


def test_what_keeps_ending_is_started_again_later_and_later_and_the_program_stays(own_site):
    """Three times in a row, each time as soon as it is there."""
    for _ in range(3):
        there = children(own_site.process.pid)
        number = next(n for n, line in there.items() if "tongdian.config.worker" in line)
        os.kill(number, signal.SIGKILL)
        assert wait_until(
            lambda number=number: any(
                "tongdian.config.worker" in line and n != number
                for n, line in children(own_site.process.pid).items()
            )
        )
    assert own_site.process.poll() is None
    assert wait_until(lambda: answers(own_site.address))  # one that has much to do answers late


def test_of_two_that_start_in_the_same_second_one_is_refused(tmp_path):
    from tests.conftest import _free_port

    port = str(_free_port())
    homes = [tmp_path / "one", tmp_path / "two"]
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "tongdian.config.serving"],
            env=os.environ | {"PORT": port, "TONGDIAN_HOME": str(home), "TONGDIAN_DEMO": "0"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for home in homes
    ]
    try:
        assert wait_until(lambda: any(one.poll() is not None for one in both))
        refused = next(one for one in both if one.poll() is not None)
        assert refused.returncode == 1
        assert f"Port {port} is taken" in refused.communicate()[1]
    finally:
        for one in both:
            one.terminate()
            one.communicate(timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize(("port", "says"), [("abc", "not a port"), ("99999", "not a port")])
def test_what_is_no_port_is_refused_in_words(port, says):
    done = subprocess.run(
        [sys.executable, "-m", "tongdian.config.serving"],
        env=os.environ | {"PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
