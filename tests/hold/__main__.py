"""`make hold`: the attempts on a running program, in named parts, their outcomes counted.

    make hold                  every part, and docs/reliability.md anew
    make hold PART=tampering   one part
    make hold SEED=7           other draws (the seed is printed)
    make hold SHORT=1          what CI asks: the attempts that `make test` leaves out, in small counts

A part is a set of tests; what is drawn in them grows with HOLD_COUNT, which is larger here than in
`make test`. Outcomes are counted, never seconds; but a part that takes longer than twenty minutes is
ended, and has not held (LONGER names who may). Neither has one whose tests were all skipped.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.hold.counts import COUNTED, FILE, read

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reliability.md"
PART_SECONDS = 20 * 60
LONGER = {"histories": 100 * 60}  # ten thousand histories take what they take
PARTS = {
    "new-year": (
        "every page, operation and job on 31 December, 1 and 5 January",
        ["tests/architecture/test_new_year.py"],
    ),
    "kills": (
        "workers, web processes, connections and PostgreSQL killed, two workers at once, missed days, "
        "clocks set",
        [
            "tests/config/test_worker.py",
            "tests/config/test_serving.py",
            "tests/duties",
            "tests/cases/test_announcing.py",
            "tests/notices/test_crashes.py",
            "tests/hold/test_kills.py",
        ],
    ),
    "money": (
        "the program, PostgreSQL and imports killed while months are billed and paid; runs started twice, a clock "
        "moved by a day, fifty cashiers at once; the demonstration's bills, books and receipts reconciled to the fen",
        ["tests/hold/test_money.py", "tests/hold/test_reconciled.py"],
    ),
    "histories": (
        "ten thousand random histories of readings, runs, corrections, cancellations and payments",
        ["tests/billing/test_histories.py"],
    ),
    "disk": (
        "a full and a read-only disk, under the files alone and under the database too, while steps "
        "are under way",
        ["tests/hold/test_full_disk.py"],
    ),
    "roles": (
        "every address and operation, by every role, about another campus's things",
        ["tests/architecture/test_access.py"],
    ),
    "odd-values": (
        "every parameter of every address with odd values",
        ["tests/hold/test_odd_values.py", "tests/hold/test_in_words.py"],
    ),
    "tampering": (
        "random edits by the database's owner, with and without triggers, in rows, in the log and in "
        "what guards them",
        [
            "tests/audit_log/test_rows.py",
            "tests/audit_log/test_tampering.py",
            "tests/audit_log/test_guards.py",
        ],
    ),
    "bodies": (
        "slow clients, bodies without end, pictures and workbooks too large",
        ["tests/hold/test_bounds.py", "tests/test_bounded.py"],
    ),
    "guesses": (
        "passwords, numbers and codes guessed, many at once; a second factor gone round",
        ["tests/parties/test_limits.py", "tests/api/test_guarding.py", "tests/web/test_second_factor.py"],
    ),
    "names": (
        "a webhook's name that changes its address, or leads into one's own network",
        ["tests/api/test_webhooks.py", "tests/notices/test_robots.py"],
    ),
    "one-clock": (
        "ten thousand cases driven to their limits under every way of taking the interpretations: desk, "
        "one answer and DuckDB say the same",
        ["tests/hold/test_one_clock.py"],
    ),
    "expressions": (
        "every regular expression, with long texts that almost fit",
        ["tests/hold/test_slow_expressions.py"],
    ),
    "scripts": (
        "scripts in every column of text, and every page opened in a real browser",
        ["tests/hold/test_scripts.py"],
    ),
    "restore": (
        "backups of both majors, damaged, incomplete, ended half-way; upgrades with data",
        ["tests/config/test_backups.py", "tests/config/test_upgrades.py"],
    ),
}

# `make test` leaves these out (the Makefile asks for them by --left), and has run all the
# others, with the counts of their own.
SHORT = {
    "kills": ["tests/hold/test_kills.py"],
    "money": ["tests/hold/test_money.py"],
    "disk": ["tests/hold/test_full_disk.py"],
    "scripts": ["tests/hold/test_scripts.py"],
}
SHORT_COUNT = 4  # every kind of process and connection is killed once


@dataclass(frozen=True)
class Outcome:
    """What one part came to."""

    passed: int
    failed: int
    skipped: int
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def held(self) -> bool:
        """Whether something was tried, and nothing of it failed or was counted against it."""
        return (
            self.passed > 0
            and not self.failed
            and not any(self.counted[name] for name in COUNTED if name != "attempts")
        )

    @property
    def said(self) -> str:
        """In a word."""
        if self.held:
            return "held"
        return "SKIPPED" if self.skipped and not (self.passed or self.failed) else "did not hold"


def main(arguments: Sequence[str] = ()) -> int:
    """Run the parts asked for; how many did not hold."""
    if "--left" in arguments:
        sys.stdout.write(" ".join(file for files in SHORT.values() for file in files) + "\n")
        return 0
    is_short = bool(os.environ.get("SHORT"))
    parts = SHORT if is_short else {name: tests for name, (_, tests) in PARTS.items()}
    wanted = [name for name in (os.environ.get("PART") or "").split(",") if name] or list(parts)
    seed = os.environ.get("SEED") or "1"
    count = os.environ.get("COUNT") or (str(SHORT_COUNT) if is_short else "12")
    sys.stdout.write(f"seed {seed}, count {count}\n")
    outcomes = {
        name: run(name, parts[name], seed, count, seconds=LONGER.get(name, PART_SECONDS)) for name in wanted
    }
    if not is_short and len(outcomes) == len(PARTS):
        PAGE.write_text(page(outcomes, seed, count), encoding="utf-8")
    # CI's machine may not permit what a part needs, such as mounting; it says so, and `make hold` on
    # one that does is not held without it
    forgiven = {"held", "SKIPPED"} if is_short else {"held"}
    return sum(one.said not in forgiven for one in outcomes.values())


def run(name: str, tests: Sequence[str], seed: str, count: str, *, seconds: float = PART_SECONDS) -> Outcome:
    """One part, in a process and a session of its own."""
    with tempfile.TemporaryDirectory(prefix="tongdian-hold-") as folder:
        said, counts = Path(folder) / "said", Path(folder) / "counts"
        status = _pytest(tests, seed, count, said=said, counts=counts, seconds=seconds)
        text = said.read_text(encoding="utf-8", errors="replace")
        counted = read(counts)
    last = text.strip().splitlines()[-1:] or [""]
    summed = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last[0])}
    failed = summed.get("failed", 0) + summed.get("errors", 0) + summed.get("error", 0)
    # an interrupted or broken run counts as a failure, whatever its last line says
    failed = failed if status == 0 else max(failed, 1)
    outcome = Outcome(summed.get("passed", 0), failed, summed.get("skipped", 0), counted)
    for line in re.findall(r"^(?:.*steps \d+, lost .*|SKIPPED.*)$", text, re.MULTILINE):
        sys.stdout.write(f"  {line}\n")
    if status is None:
        sys.stdout.write(f"  ended after {seconds:.0f} seconds\n")
    if outcome.said == "did not hold":
        sys.stdout.write(text[-4_000:] + "\n")
    sys.stdout.write(
        f"{name}: {outcome.said} ({outcome.passed} held, {failed} did not, {outcome.skipped} skipped; "
        + ", ".join(f"{counted[one]} {one.replace('_', ' ')}" for one in COUNTED)
        + ")\n"
    )
    sys.stdout.flush()
    return outcome


def _pytest(
    tests: Sequence[str], seed: str, count: str, *, said: Path, counts: Path, seconds: float
) -> int | None:
    """How it ended; None where its time was up."""
    words = ["-q", "-rPs", "-p", "no:cacheprovider", "-p", "tests.hold.counts"]
    with said.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *words, *tests],
            cwd=PROJECT,
            env=os.environ | {"HOLD_SEED": seed, "HOLD_COUNT": count, FILE: str(counts)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # what it started ends with it
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            return None


def page(outcomes: dict[str, Outcome], seed: str, count: str) -> str:
    """docs/reliability.md."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.strip()
    whole = sum((one.counted for one in outcomes.values()), Counter())
    rows = "".join(
        f"| `{name}` | {PARTS[name][0]} | {one.passed} | {one.failed} | {one.skipped} | "
        + " | ".join(str(one.counted[counted]) for counted in COUNTED)
        + f" | {one.said} |\n"
        for name, one in outcomes.items()
    )
    said = ", ".join(f"{whole[one]} {one.replace('_', ' ')}" for one in COUNTED if one != "attempts")
    heads = ["part", "what is tried", "tests held", "did not", "skipped"]
    heads += [one.replace("_", " ") for one in COUNTED] + ["outcome"]
    return (
        "# Reliability\n\n"
        f"Written by `make hold` on {datetime.now(UTC).date()}, commit {commit}, seed {seed}, count "
        f"{count}. Each line is a set of attempts on the real program and PostgreSQL; what is counted "
        "is outcomes, never seconds. Attempts are requests, steps and edits, counted by the tests "
        "themselves; lost and double are steps, leaks what somebody saw or changed who may not, unseen "
        "what was changed in the record and not named by `tongdian audit verify`.\n\n"
        f"**{said}** in {whole['attempts']} attempts.\n\n"
        f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n{rows}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
