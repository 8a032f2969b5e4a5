"""The drill: a base backup, a gigabyte of log, kill -9, and back to a moment that was noted before the last
entry. What came back is looked at: a drill that brought another moment is no figure."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench.report import Figure
from tongdian.config.database import Server

ROUNDS = 16  # of about 64 MB of log each
ENTER = """
import sys
from tongdian.config.program import open_program
with open_program():
    from django.utils import timezone
    from tongdian.audit_log.actions import record
    for number in range(int(sys.argv[2])):
        record(actor="bench", action=sys.argv[1], subject=f"entry:{number}", payload={}, at=timezone.now())
"""
LOOK = """
from tongdian.config.program import open_program
with open_program():
    from tongdian.audit_log.models import Entry
    print(*(Entry.objects.filter(action=name).count() for name in ("bench.first", "bench.second")))
"""
ENTRIES = 1_000


def measure(*, small: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        place.chmod(0o755)
        return _drill(place, rounds=1 if small else ROUNDS)


def _drill(place: Path, *, rounds: int) -> list[Figure]:
    old, new, archive = place / "old", place / "new", place / "old" / "archive"
    old.mkdir(mode=0o755)
    server = Server(old / "postgres", archive=archive)
    with server.running():
        _run(old, "-c", ENTER, "bench.before", "1")
        began = time.perf_counter()
        _tongdian(old, "backup", "--base")
        base = time.perf_counter() - began
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for _ in range(rounds):
                connection.execute(
                    "create table written as select n, md5(n::text) from generate_series(1, 900000) n"
                )
                connection.execute("drop table written")
            _run(old, "-c", ENTER, "bench.first", str(ENTRIES))
            (noted,) = connection.execute("select clock_timestamp()").fetchone() or ("",)
            _run(old, "-c", ENTER, "bench.second", str(ENTRIES))
            began = time.perf_counter()
            (last,) = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
        while not (archive / "wal" / f"{last}.gz").exists():
            time.sleep(0.05)
        kept = time.perf_counter() - began
        shutil.copytree(old / "keys", place / "keys")
        os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        while server.is_up():
            time.sleep(0.05)
    began = time.perf_counter()
    _tongdian(new, "restore", str(archive), "--to", noted.isoformat(), "--keys", str(place / "keys"))
    back = time.perf_counter() - began
    found = _run(new, "-c", LOOK).split()
    if found != [str(ENTRIES), "0"]:
        raise RuntimeError(f"another moment came back: {found}")
    log = sorted((archive / "wal").glob("*.gz"))
    size = sum(path.stat().st_size for path in log)
    taken = sum(path.stat().st_size for path in (archive / "base").rglob("*") if path.is_file())
    return [
        Figure(
            "archive",
            f"restore to a noted moment over {len(log)} segments of log, proved by audit verify",
            "—",
            f"{back:.0f} s",
            f"{ENTRIES} entries before it are back, {ENTRIES} after it are not",
        ),
        Figure("archive", "base backup, with pg_verifybackup", "—", f"{base:.1f} s", f"{taken / 1e6:.0f} MB"),
        Figure(
            "archive", "the last segment switched by hand, until it is in the archive", "—", f"{kept:.2f} s"
        ),
        Figure(
            "archive",
            f"{len(log)} segments of 16 MB in the archive",
            "—",
            f"{size / 1e6:.0f} MB",
            f"the emptiest {min(path.stat().st_size for path in log) / 1e3:.0f} kB",
        ),
    ]


def _run(home: Path, *words: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "TONGDIAN_ARCHIVE"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words],
        env=environment | {"TONGDIAN_HOME": str(home), "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def _tongdian(home: Path, *words: str) -> str:
    return _run(home, "-m", "tongdian.cli.main", "--lang", "en", *words)
