"""Run the measurements and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Figure, write

ALL = (
    "answers",
    "commands",
    "loading",
    "workdays",
    "bills",
    "rating",
    "events",
    "integrity",
    "conformance",
    "sampling",
    "supply",
    "start",
    "cases",
    "pages",
    "steps",
    "audit",
    "ledger",
    "validation",
    "intervals",
    "bundles",
    "receipts",
    "billing",
    "papers",
    "archive",
    "tests",
    "lines",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)} (default: all)")
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows, to try it out")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.names = options.names or list(ALL)
    if unknown := set(options.names) - set(ALL):
        parser.error(f"there is no {', '.join(unknown)}")
    if options.alone:
        figures = importlib.import_module(f"bench.{options.alone}").measure(small=options.small)
        print(json.dumps([figure.plain() for figure in figures]))
        return
    found: list[Figure] = []
    for name in options.names:
        print(f"{name} …", flush=True)
        # each in a process of its own, so that its peak memory is its own
        command = [sys.executable, "-W", "ignore", "-m", "bench", "--alone", name] + (
            ["--small"] if options.small else []
        )
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        figures = [Figure(**plain) for plain in json.loads(run.stdout.splitlines()[-1])]
        for figure in figures:
            print(f"  {figure.what}: {figure.measured}  (wanted {figure.wanted})", flush=True)
        found += figures
    if options.small:
        print("small: docs/benchmarks.md is left as it is")
        return
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    write(
        Path("docs/benchmarks.md"), found, machine=machine, on=datetime.now(UTC).date(), names=options.names
    )


def peak_gib() -> float:
    """The most memory this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
