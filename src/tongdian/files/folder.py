"""The folder of kept files: TONGDIAN_HOME/files/ab/cd/<hash>, each written whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

INCOMING = "incoming"


def path_of(hash_: str) -> Path:
    """Where the content of that hash lies."""
    return root() / hash_[:2] / hash_[2:4] / hash_


def root() -> Path:
    """The folder of all files; nobody but this program's account looks in."""
    folder: Path = settings.HOME / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write(hash_: str, content: bytes) -> None:
    """Put the content in its place so that it survives a power cut from here on.

    A draft beside, flushed, then renamed; a reader never meets half a file.
    """
    place = path_of(hash_)
    made = _make_folders(place.parent)
    incoming = root() / INCOMING
    incoming.mkdir(mode=0o700, exist_ok=True)
    draft = incoming / uuid.uuid4().hex
    try:
        with open(draft, "xb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    for folder in (place.parent, *made):
        _flush(folder)


def drafts(*, older_than: float) -> list[Path]:
    """What a program that ended half-way left behind, last touched before that instant (epoch)."""
    incoming = root() / INCOMING
    return [
        path
        for path in (incoming.iterdir() if incoming.exists() else ())
        if path.stat().st_mtime < older_than
    ]


def kept() -> Iterator[str]:
    """The hash of every file that lies in the folder."""
    for path in root().glob("??/??/*"):
        yield path.name


def _make_folders(folder: Path) -> list[Path]:
    """Make the folders that are missing; the parents whose listing that changed."""
    changed = []
    for one in (folder.parent, folder):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)
            changed.append(one.parent)
    return changed


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
