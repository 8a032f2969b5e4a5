"""A small pack of one process, on disk and loaded as any pack is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tongdian.policy.loading import load_pack
from tongdian.policy.packs import Pack

SMALL = Path(__file__).parent / "small"
LoadSmall = Callable[..., Pack]


@pytest.fixture
def load_small(tmp_path: Path) -> LoadSmall:
    """Load the small pack with parts of its process text replaced."""

    def load(replaced: dict[str, str] | None = None, *, run_tests: bool = True) -> Pack:
        folder = tmp_path / "small"
        shutil.copytree(SMALL, folder, dirs_exist_ok=True)
        file = folder / "processes" / "connection.yaml"
        text = file.read_text()
        for old, new in (replaced or {}).items():
            assert old in text, f"the small pack has no {old!r}"
            text = text.replace(old, new, 1)
        file.write_text(text)
        return load_pack(folder, run_tests=run_tests)

    return load


@pytest.fixture(scope="session")
def small_pack() -> Pack:
    """The small pack as it stands."""
    return load_pack(SMALL)
