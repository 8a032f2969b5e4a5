"""Whether the guards are guarded: each line of mutations.txt breaks one and names the test that fails.

    python -m tests.mutations              every line
    python -m tests.mutations --draw 20    as many, drawn; --seed repeats a draw (it is printed)
    python -m tests.mutations CONTAINS     the lines that contain a text

A line is `file :: text that occurs once :: text in its place :: test`. The program is broken in a copy;
a test that still passes, and a line whose text is gone, are told, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LINES = Path(__file__).with_name("mutations.txt")
FAILED = 1  # pytest: some tests failed; anything else is no answer


@dataclass(frozen=True)
class Mutation:
    """One guard, broken."""

    file: str
    guard: str
    broken: str
    test: str

    @classmethod
    def of(cls, line: str) -> Mutation:
        """A line, read. `\\n` stands for a new line."""
        file, guard, broken, test = (part.strip() for part in line.split(" :: "))
        return cls(file, guard.replace("\\n", "\n"), broken.replace("\\n", "\n"), test)


def mutations() -> list[Mutation]:
    """Every line, in order."""
    lines = LINES.read_text(encoding="utf-8").splitlines()
    return [Mutation.of(line) for line in lines if line.strip() and not line.startswith("#")]


def survives(one: Mutation, copy: Path) -> str:
    """Why a mutation was not caught; empty: its test failed as it must."""
    original = (PROJECT / one.file).read_text(encoding="utf-8")
    if original.count(one.guard) != 1:
        return f"its text occurs {original.count(one.guard)} times"
    place = copy / one.file
    place.write_text(original.replace(one.guard, one.broken), encoding="utf-8")
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", one.test],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(copy / "src")},
            capture_output=True,
            text=True,
        )
    finally:
        place.write_text(original, encoding="utf-8")
    if ran.returncode == FAILED:
        return ""
    last = (ran.stdout.strip().splitlines() or [""])[-1]
    return f"pytest ended with {ran.returncode}: {last}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("contains", nargs="?", default="")
    parser.add_argument("--draw", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    chosen = [one for one in mutations() if options.contains in f"{one.file} {one.guard} {one.test}"]
    if options.draw is not None and options.draw < len(chosen):
        print(f"seed {options.seed}", flush=True)
        chosen = random.Random(options.seed).sample(chosen, options.draw)
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="tongdian-mutations-") as folder:
        copy = Path(folder)
        shutil.copytree(PROJECT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for one in chosen:
            why = survives(one, copy)
            survivors += bool(why)
            word = "SURVIVES" if why else "caught"
            print(f"{word:8} {one.file} :: {one.guard} :: {one.test} {why}", flush=True)
    print(f"{len(chosen)} guards broken, {survivors} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
