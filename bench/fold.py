"""Connection time of a folder of `bench.events` as a fold: CPU, time, peak memory and every cell, as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.events import BY, ON, _files, groups_of
from tongdian.bulk.engines import open_engine
from tongdian.bulk.fold_measure import MeasureOrder, run_fold
from tongdian.bulk.measuring import ALL
from tongdian.bulk.rating import sheet_rule, untold
from tongdian.policy import load_pack


def main(folder: Path) -> None:
    pack = load_pack("policies/nea-2021-37", run_tests=False)
    rule = sheet_rule(pack, "connection-time")
    asked = MeasureOrder(pack, rule, _files(folder, sort="sorted-"), ON, {}, None, BY, ALL)
    asked.plan  # noqa: B018  # the sheet is written, as it is before the printed SQL is timed
    with open_engine("duckdb") as engine:
        times = []
        for _ in range(3):
            cpu, wall = time.process_time(), time.perf_counter()
            ran = run_fold(asked, engine, untold)
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
            assert not ran.notes, ran.notes
    cpu, wall = sorted(times)[1]
    found = {"cpu": cpu, "wall": wall, "peak_gib": peak_gib(), "groups": groups_of(ran.tallies)}
    print(json.dumps(found))


def peak_gib() -> float:
    """The most memory of this program: that of `getrusage` goes on over exec from who started it."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024**2


if __name__ == "__main__":
    main(Path(sys.argv[1]))
