"""From a fresh clone to the first page, and the second start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.report import Figure


def measure(*, small: bool) -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="tongdian-bench-"))
    try:
        subprocess.run(["git", "clone", "--quiet", ".", str(folder / "clone")], check=True)
        cold, warm = _first_page(folder / "clone"), _first_page(folder / "clone")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Figure(
            "start",
            "fresh clone to first page (`make run`)",
            "≤ 60 s",
            f"{cold:.0f} s",
            "with the package registry's cache as it was",
        ),
        Figure("start", "second start to first page", "≤ 5 s", f"{warm:.1f} s"),
    ]


def _first_page(clone: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "DATABASE_URL", "TONGDIAN_HOME")
    }
    began = time.perf_counter()
    server = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=environment | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.perf_counter() - began < 600:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/packs/", timeout=5) as page:
                    if page.status == 200:
                        return time.perf_counter() - began
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the first page did not come")
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(60)
