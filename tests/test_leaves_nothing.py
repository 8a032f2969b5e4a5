"""A test run that is killed leaves no server and no folder behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.waiting import wait_until

STARTS = """
import sys
from tests.database import HOME, start
import django
django.setup()
start()
print(HOME, flush=True)
sys.stdin.read()
"""


def test_a_run_that_is_killed_leaves_no_server_and_no_folder() -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", STARTS],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    home = Path(run.stdout.readline().strip())
    server = Path("/proc", (home / "postgres/data/postmaster.pid").read_text().split()[0])
    assert server.exists()
    run.kill()
    run.communicate()
    assert wait_until(lambda: not server.exists())
    assert wait_until(lambda: not home.exists())
