"""`make hold`: the attempts on a running program, in named parts, their outcomes counted.

    make hold                  every part, and docs/reliability.md anew
    make hold PART=tampering   one part
    make hold SEED=7           other draws (the seed is printed)
    make hold SHORT=1          what CI asks: the attempts that `make test` leaves out, in small counts

A part is a set of tests; what is drawn in them grows with HOLD_COUNT, which is larger here than in
`make test`. Outcomes are counted, never seconds.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reliability.md"
PARTS = {
    "new-year": (
        "every page, operation and job on 31 December, 1 and 5 January",
        ["tests/architecture/test_new_year.py"],
    ),
    "kills": (
        "workers and web processes killed, two workers at once, missed days, clocks set",
        ["tests/config/test_worker.py", "tests/config/test_serving.py", "tests/duties",
         "tests/cases/test_announcing.py", "tests/notices/test_crashes.py",
         "tests/hold/test_kills.py"],
    ),
    "disk": (
        "a full and a read-only disk, under the files alone and under everything, while steps are "
        "under way",
        ["tests/hold/test_full_disk.py"],
    ),
    "roles": (
        "every address and operation, by every role, about another campus's things",
        ["tests/architecture/test_access.py"],
    ),
    "odd-values": ("every parameter of every address with odd values", [
        "tests/hold/test_odd_values.py", "tests/hold/test_in_words.py"]),
    "tampering": (
        "random edits by the database's owner, with and without triggers, in rows and in the log",
        ["tests/audit_log/test_rows.py", "tests/audit_log/test_tampering.py"],
    ),
    "bodies": (
        "slow clients, bodies without end, pictures and workbooks too large",
        ["tests/hold/test_bounds.py", "tests/test_bounded.py"],
    ),
    "guesses": ("passwords, numbers and codes guessed, many at once; a second factor gone round", [
        "tests/parties/test_limits.py", "tests/api/test_guarding.py",
        "tests/web/test_second_factor.py"]),
    "names": (
        "a webhook's name that changes its address, or leads into one's own network",
        ["tests/api/test_webhooks.py", "tests/notices/test_robots.py"],
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
}  # fmt: skip


# In CI `make test` leaves these out, and has run all the others, with the counts of their own.
SHORT = {
    "short": [
        "tests/hold/test_kills.py",
        "tests/hold/test_full_disk.py",
        "tests/hold/test_scripts.py",
    ]
}


def main() -> int:
    """Run the parts asked for; how many failed."""
    is_short = bool(os.environ.get("SHORT"))
    parts = SHORT if is_short else {name: tests for name, (_, tests) in PARTS.items()}
    wanted = [name for name in (os.environ.get("PART") or "").split(",") if name] or list(parts)
    seed = os.environ.get("SEED") or "1"
    count = os.environ.get("COUNT") or ("2" if is_short else "12")
    sys.stdout.write(f"seed {seed}, count {count}\n")
    outcomes = {name: _run(name, parts[name], seed, count) for name in wanted}
    if not is_short and len(outcomes) == len(PARTS):
        PAGE.write_text(_page(outcomes, seed, count), encoding="utf-8")
    return sum(failed for _, failed in outcomes.values())


def _run(name: str, tests: list[str], seed: str, count: str) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", *tests],
        cwd=PROJECT,
        env=os.environ | {"HOLD_SEED": seed, "HOLD_COUNT": count},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1:] or [""]
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last[0])}
    failed = counted.get("failed", 0) + counted.get("errors", 0) + counted.get("error", 0)
    held, skipped = counted.get("passed", 0), counted.get("skipped", 0)
    for line in re.findall(r"^.*steps \d+, lost .*$", done.stdout, re.MULTILINE):
        sys.stdout.write(f"  {line}\n")
    for line in re.findall(r"^SKIPPED.*$", done.stdout, re.MULTILINE):
        sys.stdout.write(f"  {line}\n")
    if failed or not held + skipped:
        sys.stdout.write(done.stdout[-4_000:])
    sys.stdout.write(f"{name}: {held} held, {failed} did not\n")
    return held, failed if held + skipped else max(failed, 1)


def _page(outcomes: dict[str, tuple[int, int]], seed: str, count: str) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    rows = "".join(
        f"| `{name}` | {PARTS[name][0]} | {held} | {failed} |\n"
        for name, (held, failed) in outcomes.items()
    )
    return (
        "# Reliability\n\n"
        f"Written by `make hold` on {datetime.now(UTC).date()}, commit {commit}, seed {seed}, count "
        f"{count}. Each line is a set of attempts on the real program and PostgreSQL; what is counted "
        "is outcomes, never seconds.\n\n"
        "| part | what is tried | held | did not |\n| --- | --- | --- | --- |\n" + rows + "\n"
        "Not tried yet: a database that finds no room for its own pages.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
