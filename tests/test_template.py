"""What tests start from is made once, is never half there, and is another when what fills it changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import template

KILLED = """
import os, signal, sys
from pathlib import Path
from tests import template
def make():
    target.mkdir()
    (target / "half").touch()
    if sys.argv[2] == "keeping":
        template._copy = lambda source, draft: (draft.mkdir(), os.kill(os.getpid(), signal.SIGKILL))
    else:
        os.kill(os.getpid(), signal.SIGKILL)
target = Path(sys.argv[1])
template.lay("database-1", target, make=make)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_two_that_come_at_once_make_it_once_and_both_have_it(tmp_path: Path) -> None:
    made = []

    def lay(target: Path) -> str:
        def make() -> None:
            made.append(target)
            target.mkdir()
            time.sleep(0.2)
            (target / "table").write_text("rows")

        template.lay("database-1", target, make=make)
        return (target / "table").read_text()

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(lay, (tmp_path / "one", tmp_path / "two"))) == ["rows", "rows"]
    assert len(made) == 1


@pytest.mark.parametrize("when", ["making", "keeping"])
def test_of_a_run_that_is_killed_nothing_half_made_is_found(tmp_path: Path, when: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "killed", when], cwd=template.PROJECT)
    assert killed.returncode == -signal.SIGKILL
    target = tmp_path / "next"
    template.lay("database-1", target, make=lambda: (target.mkdir(), (target / "whole").touch()))
    assert [one.name for one in target.iterdir()] == ["whole"]
    assert not list(template.folder().glob("*.draft"))


def test_it_is_another_when_a_file_changes_its_content_or_its_name(tmp_path: Path) -> None:
    file = tmp_path / "0001_initial.py"
    file.write_text("one")
    first = template.key_of([("0001", file)])
    assert template.key_of([("0001", file)]) == first
    assert template.key_of([("0002", file)]) != first
    file.write_text("two")
    assert template.key_of([("0001", file)]) != first


def test_eight_are_kept_and_the_longest_unused_go_first(tmp_path: Path) -> None:
    for number in range(10):
        target = tmp_path / str(number)
        template.lay(f"database-{number}", target, make=target.mkdir)
        os.utime(template.folder() / f"database-{number}", (number, number))
        if number > 0:  # the first is asked for again each time
            template.lay("database-0", tmp_path / f"again-{number}", make=target.mkdir)
    kept = sorted(one.name for one in template.folder().iterdir() if one.is_dir())
    assert kept == [f"database-{number}" for number in (0, 3, 4, 5, 6, 7, 8, 9)]


def test_the_database_that_tests_start_from_wants_no_upgrade_and_its_log_verifies(
    committed: str, settings: Any, tmp_path: Path
) -> None:
    from tongdian.audit_log.actions import seal_entries
    from tongdian.audit_log.models import Entry
    from tongdian.audit_log.verification import verify

    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints"
    begun = list(Entry.objects.order_by("id").values_list("action", flat=True))
    assert len(begun) == len(set(begun)), "a start entered an upgrade once more"
    seal_entries()
    assert [finding.words.en for finding in verify().findings] == []
