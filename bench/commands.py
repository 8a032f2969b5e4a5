"""Commands from their start to their end, in processes of their own: one answer, ten bills."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.report import Figure

PROGRAM = Path(sys.executable).with_name("tongdian")
ANSWER = ("answer", "gxnu-2016-4", "construction-deposit", "--on", "2026-06-30", "contract=150000")
RATE = ("rate", "gxnu-2016-4", "residential-electricity", "--on", "2026-06-30", "--take", "residential-price-category=annual_tiers")  # fmt: skip
LIBRARIES = "import pydantic, yaml; pydantic.BaseModel"


class Took(NamedTuple):
    """Milliseconds of one run: on the wall, and of the processor."""

    wall: float
    cpu: float


def measure(*, small: bool) -> list[Figure]:
    runs = 3 if small else 15
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as name:
        folder = Path(name)
        # as a user has it: the interpreter keeps its own byte code, which this machine may forbid
        kept = {"TONGDIAN_HOME": str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
        around = {**{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}, **kept}
        files = ten_bills(folder)
        libraries = _took([sys.executable, "-c", LIBRARIES], around, runs)
        answer = _took([str(PROGRAM), *ANSWER], around, runs)
        bills = _took([str(PROGRAM), *RATE, *files, "--out", str(folder / "out")], around, runs)
        duckdb = _took([sys.executable, "-c", "import duckdb, pyarrow"], around, runs)
    floor = f"the libraries alone, pydantic and PyYAML: {libraries.wall:.0f} ms"
    engine = f"importing DuckDB and PyArrow alone: {duckdb.wall:.0f} ms"
    return [
        Figure("commands", "`tongdian answer`, one deposit", "≤ 300 ms", _said(answer), floor),
        Figure("commands", "`tongdian rate`, ten bills", "≤ 500 ms", _said(bills), engine),
    ]


def ten_bills(folder: Path) -> list[str]:
    """Ten bills of two segments, as files."""
    bills = ["bill,months", *(f"B-{number},12" for number in range(10))]
    segments = ["bill,start,until,year,reached,used"]
    for number in range(10):
        segments.append(f"B-{number},2026-05-16,2026-05-31,2026,3050,{100 + number}")
        segments.append(f"B-{number},2026-06-01,2026-06-30,2026,3050,{1300 + number}.37")
    for name, lines in (("bill", bills), ("segment", segments)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return [str(folder / "bill.csv"), str(folder / "segment.csv")]


def _took(command: Sequence[str], around: Mapping[str, str], runs: int) -> Took:
    """The median of the runs after a first, in which the pack is checked."""
    found = []
    for _ in range(runs + 1):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, env=dict(around), stdout=subprocess.DEVNULL, check=True)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append(Took(wall * 1000, cpu * 1000))
    walls, cpus = zip(*found[1:], strict=True)
    return Took(statistics.median(walls), statistics.median(cpus))


def _said(took: Took) -> str:
    return f"{took.wall:.0f} ms ({took.cpu:.0f} ms of CPU)"
