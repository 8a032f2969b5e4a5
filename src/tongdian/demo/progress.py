"""How far the making of the demonstration is: a small file, so that pages ask no database."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

_NAME = "demonstration-progress"


class Progress(NamedTuple):
    """So many of the cases are made."""

    done: int
    of: int


def tell(done: int, of: int) -> None:
    """Say how far it is."""
    place = _place()
    place.parent.mkdir(exist_ok=True)
    written = place.with_suffix(".new")
    written.write_text(f"{os.getpid()} {done} {of}")
    written.replace(place)


def finish() -> None:
    """It is made, or given up."""
    _place().unlink(missing_ok=True)


def progress() -> Progress | None:
    """How far it is; None while none is being made, or its maker is gone."""
    with contextlib.suppress(FileNotFoundError):
        maker, done, of = _place().read_text().split()
        if Path("/proc", maker).exists():
            return Progress(int(done), int(of))
    return None


def _place() -> Path:
    # where every part may write what may be forgotten
    return settings.HOME / "cache" / _NAME
