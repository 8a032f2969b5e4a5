"""Whether what a command writes can be written where it is told to: asked before anything is read."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path


def must_be_free(out: Path, *, or_file: tuple[str, ...] = ()) -> None:
    """A folder that is there or can be made; with `or_file` also a file of one of these suffixes. Raises OSError."""
    above = next(one for one in (out, *out.absolute().parents) if one.exists())
    if not above.is_dir() and (above != out or out.suffix not in or_file):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(above))


def must_be_writable(file: Path, *, option: str, inputs: Iterable[Path]) -> None:
    """A file in a folder that is there, and none that the command reads. Raises OSError, WouldOverwrite."""
    from tongdian.bulk.results import must_not_replace

    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not file.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file.parent))
    must_not_replace(file, inputs, option=option)
