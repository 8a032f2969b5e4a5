"""Whether the guards are guarded: each line of mutations.txt breaks one and names the test that fails.

    python -m tests.mutations              every line
    python -m tests.mutations --draw 20    as many, drawn; --seed repeats a draw (it is printed)
    python -m tests.mutations CONTAINS     the lines that contain a text

A line is `file :: text that occurs once :: text in its place :: test`. Program and tests are broken in a
copy, one on each core (`--jobs`); a test that still passes, and a line whose text is gone, are told,
and the command ends with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

PROJECT = Path(__file__).resolve().parents[1]
LINES = Path(__file__).with_name("mutations.txt")
LONGEST_SECONDS = 180
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


def copy_of_project(folder: Path) -> Path:
    """Program and tests to break, with what they were compiled to; the rest is the project's own."""
    folder.mkdir()
    for one in PROJECT.iterdir():
        if one.name in ("src", "tests"):
            shutil.copytree(one, folder / one.name)
        else:
            (folder / one.name).symlink_to(one)
    return folder


def survives(one: Mutation, copy: Path) -> str:
    """Why a mutation was not caught; empty: its test failed as it must."""
    place = copy / one.file
    original = place.read_text(encoding="utf-8")
    if original.count(one.guard) != 1:
        return f"its text occurs {original.count(one.guard)} times"
    place.write_text(original.replace(one.guard, one.broken), encoding="utf-8")
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", one.test],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy / "src")},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"its test took more than {LONGEST_SECONDS} s"
    finally:
        place.write_text(original, encoding="utf-8")
    if ran.returncode == FAILED:
        return ""
    last = (ran.stdout.strip().splitlines() or [""])[-1]
    return f"pytest ended with {ran.returncode}: {last}"


def broken_one_by_one(chosen: list[Mutation], *, jobs: int) -> Iterator[tuple[Mutation, str, float]]:
    """Each with why it survives, and its seconds, as they come; every job breaks a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="tongdian-mutations-") as folder:
        Path(folder).chmod(0o755)  # the program's other users must reach it
        free: Queue[Path] = Queue()
        for number in range(jobs):
            free.put(copy_of_project(Path(folder, str(number))))

        def break_(one: Mutation) -> tuple[Mutation, str, float]:
            copy, began = free.get(), time.monotonic()
            try:
                return one, survives(one, copy), time.monotonic() - began
            finally:
                free.put(copy)

        with ThreadPoolExecutor(jobs) as pool:
            for done in as_completed([pool.submit(break_, one) for one in chosen]):
                yield done.result()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("contains", nargs="?", default="")
    parser.add_argument("--draw", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    chosen = [one for one in mutations() if options.contains in f"{one.file} {one.guard} {one.test}"]
    if options.draw is not None and options.draw < len(chosen):
        print(f"seed {options.seed}", flush=True)
        chosen = random.Random(options.seed).sample(chosen, options.draw)
    survivors, began = 0, time.monotonic()
    for one, why, seconds in broken_one_by_one(chosen, jobs=options.jobs):
        survivors += bool(why)
        word = "SURVIVES" if why else "caught"
        print(f"{word:8} {seconds:4.0f} s {one.file} :: {one.guard} :: {one.test} {why}", flush=True)
    print(f"{len(chosen)} guards broken in {time.monotonic() - began:.0f} s, {survivors} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
