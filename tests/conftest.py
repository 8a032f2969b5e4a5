"""Fixtures that every area's tests may use.

- `db` (pytest-django): the migrated database, connected as the application; rolled back.
- `committed`: a database of the test's own, where commits are real and jobs can be asked for.
- `viewer(role)`: a signed-in account of that role; `at=` an organisation, else everywhere.
- `browser`, `open_page`, `sign_in`, `serious_findings` (tests/browsing.py): a real browser. One for
  the whole run: two at once cannot live in one process.
- `site`: the whole program, served by its own command in a process of its own.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import hypothesis
import pytest
from django.conf import settings

from tests.browsing import browser, open_page, serious_findings, sign_in
from tests.database import HOME, ON_A_SERVER, elsewhere, lay_database, owner_on, remove_database, start
from tests.waiting import PATIENCE_SECONDS, wait_until
from tongdian.config.logins import owner_url

settings.PASSWORD_HASHERS = ["tests.hashing.OneRound"]
hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine fails no law
hypothesis.settings.load_profile("untimed")

__all__ = ["browser", "open_page", "serious_findings", "sign_in"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """The database, for the first test that asks for one."""
    with django_db_blocker.unblock():
        start()


@contextmanager
def _another_database(name: str, *, like: str | None = None) -> Iterator[str]:
    template = " template {}" if like else ""
    owner_on(owner_url(), "create database {}" + template, name, *([like] if like else []))
    try:
        yield name
    finally:
        remove_database(owner_url(), name)


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """A copy of the migrated database for one test, where commits are real."""
    from django.db import connections

    with django_db_blocker.unblock():
        main = connections["default"].settings_dict["NAME"]
        connections.close_all()
        with _another_database(f"{main}_copy", like=main) as name:
            for alias in connections:
                connections[alias].settings_dict["NAME"] = name
            try:
                yield name
            finally:
                connections.close_all()
                for alias in connections:
                    connections[alias].settings_dict["NAME"] = main


def make_viewer(role: str, username: str | None = None, *, at=None):
    """An account of a role, in an organisation (`at`)."""
    from tongdian.parties.models import Account, Membership, since

    account = Account.objects.create(username=username or f"some-{role}")
    if role != "customer":
        Membership.objects.create(
            account=account, role=role, organisation=at, in_force=since(date(2020, 1, 1))
        )
    return account


@pytest.fixture
def viewer() -> Callable:
    """Make an account of a role: `viewer("auditor")`, or in an organisation (`at`). Needs `db` or
    `committed`."""
    return make_viewer


@dataclass
class Site:
    """The program as a user starts it."""

    address: str
    password: str
    home: Path
    process: subprocess.Popen
    printed: Path

    def url(self, path: str) -> str:
        """The address of a page."""
        return self.address + path


def start_site(home: Path, *, python: str = sys.executable, **environment: str) -> Site:
    """Start the program in `home` on a free port, and wait until it greets."""
    home.mkdir(parents=True, exist_ok=True)
    printed = home / "printed"
    with printed.open("w") as output:
        process = subprocess.Popen(
            [python, "-m", "tongdian.config.serving"],
            env=os.environ
            | {"TONGDIAN_HOME": str(home), "PORT": str(_free_port()), "TONGDIAN_DEMO": "accounts"}
            | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: process.poll() is not None or "Ctrl-C" in printed.read_text())
    said = printed.read_text()
    if "Ctrl-C" not in said:
        process.kill()
        process.wait()
        raise AssertionError(f"the program did not start:\n{said}")
    address = re.search(r"http://\S+", said)[0]
    password = re.search(r"^ +admin +(\S+)$", said, re.MULTILINE)[1]
    return Site(address, password, home, process, printed)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The whole program, once for all browser and API tests."""
    with _database_of_the_site() as environment:
        started = start_site(HOME / "site", **environment)
        with urlopen(started.url("/livez")) as answer:
            assert answer.status == 200
        yield started
        started.process.terminate()
        assert started.process.wait(PATIENCE_SECONDS) == 0, started.printed.read_text()


@contextmanager
def _database_of_the_site() -> Iterator[dict[str, str]]:
    if not ON_A_SERVER:
        lay_database(HOME / "site")
        yield {}
        return
    main = owner_url().rpartition("/")[2]
    with _another_database(f"{main}_site") as name:
        variables = ("DATABASE_URL", "DATABASE_OWNER_URL")
        yield {key: elsewhere(os.environ[key], name) for key in variables if key in os.environ}


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
