"""The folder that holds this installation's state and keys: TONGDIAN_HOME, else `.tongdian`.

Keys live here and never in the database, so that a copy of one is useless without the other.
Back them up apart.
"""

import os
import secrets
from pathlib import Path

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class HomeIsNoFolder(Refusal):
    """TONGDIAN_HOME names something else, or a place where no folder can be made."""

    says = Words(
        "TONGDIAN_HOME 须为文件夹，而 {place} 不是，或无法建立（{reason}）。",
        "TONGDIAN_HOME is to be a folder; {place} is none, or cannot be made ({reason}).",
    )


PROJECT = Path(__file__).resolve().parents[3]


def home() -> Path:
    """The state folder, made if it is missing.

    In a source checkout it is `.tongdian` beside pyproject.toml; for an installed package it
    is `~/.local/share/tongdian`.
    """
    named = os.environ.get("TONGDIAN_HOME")
    if named:
        folder = Path(named)
    elif (PROJECT / "pyproject.toml").exists():
        folder = PROJECT / ".tongdian"
    else:
        folder = Path.home() / ".local" / "share" / "tongdian"
    folder = folder.absolute()
    # Others may pass through, for the database's own account; what is private is 0700 inside.
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as failed:
        raise HomeIsNoFolder(place=folder, reason=failed.strerror) from failed
    return folder


def terminal_language() -> str:
    """zh unless the environment's language is English."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if named.startswith("zh") else "en"


def key(name: str) -> bytes:
    """32 secret bytes kept in `keys/<name>`, drawn the first time they are asked for."""
    folder = home() / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        with open(draft, "wb", opener=_private) as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        # A link never overwrites: of two processes that start at once, one key wins.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def key_if_ours(name: str) -> bytes | None:
    """The key, or None where another user of the machine keeps it from this one."""
    try:
        return key(name)
    except PermissionError:
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
