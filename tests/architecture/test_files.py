"""What a fresh clone must bring, and must not."""

import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return [PROJECT / name for name in listed.stdout.split("\0") if name]


def test_locks_name_versions_and_hashes_and_no_address():
    for lock in sorted((PROJECT / "requirements").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock
        pinned = re.findall(r"^[a-z0-9][\w.\[\]-]*==\S+ .*\\$", text, re.MULTILINE)
        named = re.findall(r"^[a-zA-Z0-9]", text, re.MULTILINE)
        assert len(pinned) == len(named) > 0, lock


def test_every_requirement_is_in_its_lock():
    for wanted in sorted((PROJECT / "requirements").glob("*.in")):
        lock = wanted.with_suffix(".txt").read_text(encoding="utf-8").lower()
        for line in wanted.read_text(encoding="utf-8").splitlines():
            name = re.match(r"[A-Za-z0-9_.-]+", line)
            if name and not line.startswith("-"):
                assert f"\n{name[0].lower()}==" in lock or f"\n{name[0].lower()}[" in lock, line


def test_no_text_names_one_machine():
    machine = re.compile(r"(?<![\w.])/(?:work|root|home)/\w")
    found = [
        f"{path.relative_to(PROJECT)}: {match[0]}"
        for path in committed_files()
        if path.suffix in (".py", ".md", ".toml", ".txt", ".html", ".yaml", "")
        and path.is_file()
        and not {"vendor", "upgrades"} & set(path.parts)
        for match in [machine.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert found == []
