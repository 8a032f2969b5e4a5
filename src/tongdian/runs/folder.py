"""The folder of one run: TONGDIAN_HOME/runs/<id>/given and /out; removed when its time is over."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings

from tongdian.runs.rules import NoSuchRun


def root() -> Path:
    """The folder of all runs; nobody but this program's account looks in."""
    folder: Path = settings.HOME / "runs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def of(run: UUID) -> Path:
    """The folder of a run."""
    return root() / str(run)


def given(run: UUID) -> Path:
    """Where its files lie."""
    return of(run) / "given"


def given_of(run: UUID, listed: Iterable[Mapping[str, str]]) -> list[Path]:
    """Where some of them lie, as the run wrote them down."""
    return [given(run) / one["stored"] for one in listed]


def out(run: UUID) -> Path:
    """Where its results lie."""
    return of(run) / "out"


def keep(run: UUID, files: Mapping[str, bytes]) -> None:
    """Write the files that were brought, each under a name of ours."""
    place = given(run)
    place.mkdir(mode=0o700, parents=True)
    for name, content in files.items():
        (place / name).write_bytes(content)


def remove(run: UUID) -> None:
    """Remove all that was kept of a run."""
    shutil.rmtree(of(run), ignore_errors=True)


def result(run: UUID, name: str, *, known: Mapping[str, str]) -> Path:
    """A file of the results, among those that the run wrote. Raises NoSuchRun."""
    path = out(run) / name
    if name not in {*known.values(), "run.json"} or not path.is_file():
        raise NoSuchRun
    return path


def kept() -> Iterator[Path]:
    """The folders of all runs."""
    yield from root().iterdir()
