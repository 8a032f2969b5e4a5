"""`tongdian audit verify` over many sealed rows: its time, its memory and that of the database.

The rows are those of one plain table, written by postings of many rows each, as a billing run writes
them: a posting is one entry whose root seals all its rows.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.report import Figure

ROWS, POSTING = 10_000_000, 100_000
FILL = """
import datetime as dt
from tongdian.config.program import open_program
with open_program():
    from django.db import connection, transaction
    from django.utils import timezone
    from tongdian.audit_log.actions import record, seal_entries
    for first in range(0, {rows}, {posting}):
        with transaction.atomic(), connection.cursor() as cursor:
            record(actor="bench", action="bench", subject=f"posting:{first}", payload={},
                   at=timezone.now())
            cursor.execute(
                "insert into files_storedfile (hash, size, media_type, created_at)"
                " select encode(sha256(n::text::bytea), 'hex'), n + 1, 'application/pdf', now()"
                " from generate_series(%s, %s) n", [first, first + {posting} - 1])
    seal_entries()
    with connection.cursor() as cursor:
        cursor.execute("analyze")
"""


def measure(*, small: bool) -> list[Figure]:
    rows = ROWS // 100 if small else ROWS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        began = time.perf_counter()
        fill = FILL.replace("{rows}", str(rows)).replace("{posting}", str(min(POSTING, rows)))
        subprocess.run([sys.executable, "-W", "ignore", "-c", fill], env=environment, check=True)
        filled = time.perf_counter() - began
        command = [str(Path(sys.executable).parent / "tongdian"), "--lang", "en", "audit", "verify"]
        with _Watched() as database:
            began = time.perf_counter()
            said = subprocess.run(command, env=environment, capture_output=True, text=True)
            seconds = time.perf_counter() - began
        if said.returncode:
            raise RuntimeError(said.stdout + said.stderr)
        own = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return [
        Figure(
            "audit",
            f"verify {rows:,} sealed rows",
            "≤ 600 s",
            f"{seconds:.0f} s",
            f"written and sealed in {filled:.0f} s by postings of {POSTING:,}",
        ),
        Figure(
            "audit",
            "its memory",
            "≤ 1 GiB",
            f"{own:.2f} GiB + {database.most / 2**20:.2f} GiB",
            "of the command, and of the database's processes beside what they share",
        ),
    ]


class _Watched:
    """The most private memory that PostgreSQL's processes had together, in KiB."""

    most = 0

    def __enter__(self) -> _Watched:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.most = max(self.most, sum(map(_private, _of_the_database())))


def _of_the_database() -> list[Path]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == "postgres":
                found.append(folder)
        except OSError:
            continue
    return found


def _private(folder: Path) -> int:
    try:
        text = (folder / "smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))
