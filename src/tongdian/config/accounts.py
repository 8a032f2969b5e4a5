"""The system users that the parts run as, where the program is started as root.

    tongdian-pg    the private database, and nothing else
    tongdian-web   pages, API and the jobs that tell people: whoever speaks to strangers
    tongdian-seal  the sealer, which alone can read the key that signs checkpoints

The supervisor stays root: it answers nobody, and starts the parts. Where another user cannot reach
the program (an interpreter or a project under /root), and where it was not started by root, all
parts run as one user, and the pages, /healthz and `tongdian audit verify` say so.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

DATABASE, WEB, SEALER = "tongdian-pg", "tongdian-web", "tongdian-seal"
PACKAGE = Path(__file__).resolve().parents[1]
KNOWN_ALREADY = 9  # useradd: another process made it a moment ago
# What each may write in the state folder, and which keys it may read. Root owns the keys, so that
# nobody who reads one can change it.
FOLDERS = {WEB: ("files", "runs", "cache", "checked", "sms"), SEALER: ("checkpoints",)}
SEALERS_KEY = "audit-signing"


class AccountCannotBeMade(Refusal):
    """The machine has no user of that name, and refuses to make one."""

    says = Words("无法创建系统用户 {name}：{reason}", "The user {name} cannot be made: {reason}")


def is_root() -> bool:
    """Whether this process may start others as somebody else."""
    return os.geteuid() == 0


@cache
def run_as(name: str) -> dict[str, Any]:
    """What subprocess needs to run something as that user, made if it is missing; nothing where
    this process is not root. Raises AccountCannotBeMade."""
    if not is_root():
        return {}
    if subprocess.run(["id", name], capture_output=True, check=False).returncode:
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", name],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode not in (0, KNOWN_ALREADY):
            raise AccountCannotBeMade(name=name, reason=made.stderr.strip())
    # The sealer writes entries too, so it reads what the web reads, and not the other way round.
    others = [run_as(WEB)["group"]] if name == SEALER else []
    return {"user": name, "group": name, "extra_groups": others, "cwd": "/"}


def reaches(name: str, path: Path) -> bool:
    """Whether that user may pass into the folder, or run the program."""
    if not is_root():
        return True
    while not path.exists():
        path = path.parent
    return subprocess.run(["test", "-x", str(path)], **run_as(name), check=False).returncode == 0


@cache
def are_apart(home: Path) -> bool:
    """Whether the parts of this installation run as users of their own.

    Asked by root, whether it starts them so; by a part, whether it can read the sealer's key.
    """
    if is_root():
        needed = (Path(sys.executable), PACKAGE, home)
        return all(reaches(WEB, path) for path in needed)
    sealers = home / "keys" / SEALERS_KEY
    return (home / "keys").exists() and not os.access(sealers, os.R_OK)


def hand_over(home: Path) -> None:
    """Give each user what it works in, and let it read its keys; nobody else may.

    Does nothing unless the parts run apart. What an earlier version, or a command of root, left
    behind is handed over too.
    """
    if not (is_root() and are_apart(home)):
        return
    keys = home / "keys"
    keys.chmod(0o711)
    for path in keys.iterdir():
        shutil.chown(path, "root", run_as(SEALER if path.name == SEALERS_KEY else WEB)["group"])
        path.chmod(0o640)
    for name, folders in FOLDERS.items():
        for folder in folders:
            _give(home / folder, name)


def _give(folder: Path, name: str) -> None:
    folder.mkdir(mode=0o755, exist_ok=True)
    user = pwd.getpwnam(run_as(name)["user"])
    for path, _, files in os.walk(folder):
        # never through a link: whoever may write here could point it at somebody else's file, also
        # between a look and the deed
        for at in (path, *(os.path.join(path, file) for file in files)):
            os.lchown(at, user.pw_uid, user.pw_gid)
