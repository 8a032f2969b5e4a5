"""pytest -p tests.database: a state folder and a database for this run only.

pytest-django reads the settings before any conftest, so this has to come first, or the tests
would write to the demo database. The server starts for the first test that asks (`start`), on a copy
of a template (tests/template.py). With DATABASE_URL the tests run on that server, in a database of
their own beside the one it names, migrated anew: nothing of ours stays on it.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

HOME = Path(tempfile.mkdtemp(prefix="tongdian-test-"))
HOME.chmod(0o755)  # the server's own account must pass; what is private is so inside
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

# Compiling every module again takes each run, and each process that a test starts, three seconds.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

os.environ |= {
    "TONGDIAN_HOME": str(HOME),
    "DJANGO_SETTINGS_MODULE": "tongdian.config.settings",
    # Playwright keeps an event loop in this thread; these tests use no async code of Django.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

from tests import template  # noqa: E402
from tongdian.config.database import Server  # noqa: E402

ON_A_SERVER = "DATABASE_URL" in os.environ
template.lay_key(HOME)
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_open = ExitStack()


def elsewhere(url: str, database: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def owner_on(url: str, statement: str, *names: str) -> None:
    """Run a statement about whole databases as the owner."""
    with psycopg.connect(elsewhere(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def remove_database(url: str, name: str) -> None:
    """Drop a database of ours, and the application's login that was made for it."""
    owner_on(url, "drop database if exists {} with (force)", name)
    owner_on(url, "drop role if exists {}", f"{name}_application")


def _move_to_a_test_database() -> None:
    owner = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    name = f"test_{urlsplit(owner).path.lstrip('/')}{WORKER}"
    owner_on(owner, "drop database if exists {} with (force)", name)
    owner_on(owner, "create database {}", name)
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if variable in os.environ:
            os.environ[variable] = elsewhere(os.environ[variable], name)
    _open.callback(remove_database, owner, name)


# A run that is killed leaves no server, site or folder behind: this process reads from us to the end.
WATCH = """
import os, shutil, signal, sys, time
from pathlib import Path
sys.stdin.read()
home = sys.argv[1].encode()
def ours():
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            known = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"TONGDIAN_HOME=" + home in known and int(folder.name) != os.getpid():
            yield int(folder.name)
for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
    for process in ours():
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass
    deadline = time.monotonic() + 5
    while any(ours()) and time.monotonic() < deadline:
        time.sleep(0.1)
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
_watch = subprocess.Popen(
    [sys.executable, "-c", WATCH, str(HOME)], stdin=subprocess.PIPE, start_new_session=True
)

if ON_A_SERVER:
    _move_to_a_test_database()  # the settings read its name


@cache
def start() -> None:
    """Have the migrated database and the static files, and connect as the application: what it may
    not do in production, it may not do in a test. For the rest of the run."""
    from django.conf import settings

    from tongdian.config.program import bring_up_to_date, collect_static_files

    if not ON_A_SERVER:
        server = Server(HOME / "postgres", FAST)
        server.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        template.lay(template.database_key(), server.data, make=lambda: _make(server))
        _open.enter_context(server.running())
    bring_up_to_date()
    template.lay_checked(HOME)
    template.lay(template.static_key(), Path(settings.STATIC_ROOT), make=collect_static_files)


def _make(server: Server) -> None:
    from django.db import connections

    from tongdian.config.program import bring_up_to_date

    with server.running():
        bring_up_to_date()
        connections.close_all()


def lay_database(home: Path) -> None:
    """Have a program that starts in `home` find its database migrated, where a template is kept."""
    home.mkdir()
    template.lay_key(home)
    template.lay_checked(home)
    server = Server(home / "postgres")
    server.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    template.copied(template.database_key(), server.data)


def pytest_unconfigure() -> None:
    """Stop the server, or drop the database, and remove the folder."""
    from django.db import connections

    connections.close_all()
    _open.close()
    assert _watch.stdin is not None
    _watch.stdin.close()
    _watch.wait()
