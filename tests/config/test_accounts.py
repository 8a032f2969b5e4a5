"""Started as root: pages, sealer and database are users of their own, and none is the other.

The interpreter must be one that other users can run; where this run's own is not (under /root),
Debian's runs the program with the same packages.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.config.test_serving import children
from tests.conftest import start_site
from tests.database import HOME
from tests.waiting import PATIENCE_SECONDS, wait_until
from tongdian.config.accounts import DATABASE, PACKAGE, SEALER, WEB, is_root, reaches, run_as
from tongdian.config.database import Server

DEBIANS = Path(f"/usr/bin/python3.{sys.version_info.minor}")
PYTHON = next((one for one in (Path(sys.executable), DEBIANS) if one.exists() and reaches(WEB, one)), None)
pytestmark = [
    pytest.mark.skipif(not is_root(), reason="not root: all parts run as one user"),
    pytest.mark.skipif(PYTHON is None, reason="no Python that another user can run"),
    pytest.mark.skipif(not reaches(WEB, PACKAGE), reason="another user cannot reach the program"),
]
SEES = {
    "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), sysconfig.get_paths()["purelib"]]),
    "PYTHONDONTWRITEBYTECODE": "1",
}


@pytest.fixture(scope="module")
def apart():
    """The program as a server's unit starts it, with a private database."""
    named = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    try:
        started = start_site(HOME / "apart", python=str(PYTHON), **SEES)
        yield started
        started.process.terminate()
        assert started.process.wait(PATIENCE_SECONDS) == 0, started.printed.read_text()
    finally:
        os.environ |= {name: value for name, value in named.items() if value is not None}


def users(process: int) -> dict[str, set[str]]:
    """Who runs each part of the program."""
    import pwd

    found: dict[str, set[str]] = {}
    for number, line in children(process).items():
        # not the watcher, a fork of the supervisor that ends the database with it
        part = re.search(r"tongdian\.config\.(?!serving)(.*)", line)
        if part:
            name = pwd.getpwuid(Path(f"/proc/{number}").stat().st_uid).pw_name
            found.setdefault(part[1].split()[0] + " " + part[1].split()[-1], set()).add(name)
    return found


def as_user(name: str, code: str, home: Path) -> subprocess.CompletedProcess:
    """Run a few lines of Python as one of the users, as somebody would who broke in there."""
    return subprocess.run(
        [str(PYTHON), "-c", code],
        env=os.environ | SEES | {"TONGDIAN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        **run_as(name),
    )


def test_the_parts_run_as_three_users(apart):
    assert wait_until(lambda: len(users(apart.process.pid)) == 4)
    seen = users(apart.process.pid)
    assert seen.pop("archivist archivist") == {"root"}  # it copies for the archive, and answers nobody
    assert {name for part, names in seen.items() for name in names} == {WEB, SEALER}
    assert seen["worker sealing"] == {SEALER}
    server = Server(apart.home / "postgres")
    postmaster = (server.data / "postmaster.pid").read_text().split()[0]
    assert Path(f"/proc/{postmaster}").owner() == DATABASE


def test_who_breaks_into_the_pages_reads_no_key_of_the_sealer(apart):
    keys = apart.home / "keys"
    read = "import sys; open(sys.argv[1] if len(sys.argv) > 1 else {path!r}, 'rb').read()"
    for user, key, may in (
        (WEB, "audit-seal", True),
        (WEB, "audit-signing", False),
        (SEALER, "audit-signing", True),
        (SEALER, "audit-seal", True),
        (DATABASE, "audit-seal", False),
        (DATABASE, "audit-signing", False),
        (DATABASE, "personal", False),
    ):
        done = as_user(user, read.format(path=str(keys / key)), apart.home)
        assert (done.returncode == 0) is may, (user, key, done.stderr)
    changed = as_user(WEB, f"open({str(keys / 'personal')!r}, 'wb')", apart.home)
    assert "PermissionError" in changed.stderr  # what one reads one cannot change


def test_who_breaks_into_the_pages_does_not_become_the_owner(apart):
    for user in (WEB, SEALER):
        done = as_user(
            user,
            "import psycopg\nfrom tongdian.config.logins import owner_url, application_url\n"
            "with psycopg.connect(application_url()) as own:\n"
            "    print(own.execute('select rolsuper from pg_roles where rolname = current_user')"
            ".fetchone()[0])\n"
            "try:\n    psycopg.connect(owner_url())\n    print('owner')\n"
            "except psycopg.OperationalError as refused:\n    print('refused')\n",
            apart.home,
        )
        assert done.stdout.split() == ["False", "refused"], done.stderr


def test_the_pages_sign_no_checkpoint(apart):
    done = as_user(
        WEB,
        "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'tongdian.config.settings'\n"
        "django.setup()\nfrom datetime import UTC, datetime\n"
        "from tongdian.audit_log.actions import NotTheSealer, make_checkpoint\n"
        "try:\n    make_checkpoint(at=datetime.now(UTC))\nexcept NotTheSealer:\n    print('no')\n",
        apart.home,
    )
    assert done.stdout.strip() == "no", done.stderr
    done = as_user(WEB, f"open({str(apart.home / 'checkpoints' / 'x.txt')!r}, 'w')", apart.home)
    assert "PermissionError" in done.stderr


def test_the_sealer_seals_and_health_says_that_they_are_apart(apart):
    def parts() -> dict[str, str]:
        try:
            with urlopen(apart.url("/healthz"), timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)["parts"]
        except HTTPError as down:
            return json.load(down)["parts"]

    assert wait_until(lambda: "down" not in parts().values())
    assert parts() | {"trust": "ok", "sealing": "ok", "worker": "ok", "disk": "ok"} == parts()
    checkpoints = apart.home / "checkpoints"
    assert checkpoints.owner() == SEALER


def test_verify_as_root_says_so_too(apart):
    done = subprocess.run(
        [str(PYTHON), "-m", "tongdian.cli.main", "--lang", "en", "audit", "verify"],
        env=os.environ | SEES | {"TONGDIAN_HOME": str(apart.home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "three users of the machine" in done.stdout
    assert "unchanged since it was sealed" in done.stdout
