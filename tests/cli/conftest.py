"""The command line, in this process or as the installed program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bulk.town import write_town
from tests.waiting import PATIENCE_SECONDS
from tongdian.cli.main import main

PROGRAM = Path(sys.executable).with_name("tongdian")


class Said(NamedTuple):
    """What a command left: its status, its words, its complaint."""

    status: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line of a command that failed."""
        assert self.status in (1, 2), self
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.rstrip("\n")


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Said]:
    """Run a command here: `run("workdays", "add", "2021-09-30", 5)`. English unless asked. Only a test
    that takes `committed` has an installation."""
    if "committed" not in request.fixturenames:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
        # nor has it where another test of this process has installed one
        monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path_factory.getbasetemp() / "no-installation"))

    def command(*words: object, lang: str = "en") -> Said:
        capsys.readouterr()
        try:
            status = main(["--lang", lang, *map(str, words)])
        except SystemExit as done:
            status = int(done.code or 0)
        return Said(status, *capsys.readouterr())

    return command


@pytest.fixture
def program() -> Callable[..., Said]:
    """Run the installed program, with some of its environment changed (None: unset)."""

    def command(*words: object, stdin: str | None = None, **changes: str | None) -> Said:
        environment = {k: v for k, v in (os.environ | changes).items() if v is not None}
        done = subprocess.run(
            [PROGRAM, *map(str, words)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=PATIENCE_SECONDS,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The town's pack on the user's own shelf."""
    folder = write_town(tmp_path / "packs")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(folder.parent))
    return folder
