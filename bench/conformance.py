"""Conformance of a record of connections: every case folded into its path and each path judged once, against a plain
scan of the same files in the same run."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from pathlib import Path

from bench.__main__ import peak_gib
from bench.integrity import ASTRAY, STEPS, write_record
from bench.report import Figure
from tongdian.bulk.conformance import conformance_of
from tongdian.policy import load_pack


def measure(*, small: bool) -> list[Figure]:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    folder, found = Path(tempfile.mkdtemp(prefix="tongdian-bench-")), []
    try:
        for events in (50_000,) if small else (500_000, 5_000_000):  # the smaller first: the peak is of both
            files, scan = write_record(folder, events, stage=ASTRAY)
            begun = time.process_time()
            said = conformance_of(pack, files, on=dt.date(2026, 11, 30))
            took = time.process_time() - begun
            found.append(
                Figure(
                    "conformance",
                    f"{events:,} events of {events // STEPS:,} cases into {len(said.paths):,} paths, CPU of all threads",
                    "≤ 30 × a scan",
                    f"{took:.1f} s",
                    f"{took / scan:.1f} × a scan of the same files in the same run ({scan:.2f} s); "
                    f"{took / events * 1e9:.0f} ns an event",
                )
            )
        found.append(
            Figure("conformance", "the most memory held by then", "≤ 4 GiB", f"{peak_gib():.1f} GiB")
        )
    finally:
        shutil.rmtree(folder)
    return found
