"""How long one test takes to start and end, alone; and the whole suite, as `make test` runs it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

from bench.report import Figure

WITHOUT, WITH = "tests/test_identifiers.py", "tests/test_questions.py"


def measure(*, small: bool) -> list[Figure]:
    _pytest(WITHOUT)  # modules compiled
    without = _pytest(WITHOUT)
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as cache:
        first, second = (_pytest(WITH, XDG_CACHE_HOME=cache) for _ in range(2))
    figures = [
        Figure("tests", "one test alone, without a database", "≤ 3 s", _said(*without)),
        Figure("tests", "one test alone, with a database", "≤ 8 s", _said(*second), "from the template"),
        Figure("tests", "the same after a migration", "—", _said(*first), "the template is made"),
    ]
    if small:
        return figures
    whole = _pytest("--numprocesses", "auto", "--dist", "loadfile")
    minutes = f"{whole[0] / 60:.1f} min ({whole[1] / 60:.1f} min of CPU)"
    return [*figures, Figure("tests", "every test (`make test`)", "≤ 12 min on two cores", minutes)]


def _pytest(*words: str, **environment: str) -> tuple[float, float]:
    """Seconds that passed, and seconds of CPU without those of the database's own processes."""
    before, began = _cpu(), time.perf_counter()
    command = [sys.executable, "-m", "pytest", "--quiet", *words]
    subprocess.run(command, env=os.environ | environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _said(seconds: float, cpu: float) -> str:
    return f"{seconds:.1f} s ({cpu:.1f} s of CPU)"
