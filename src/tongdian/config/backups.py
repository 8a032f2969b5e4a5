"""Backing up and restoring: the database first, then the files, and the keys apart from both.

A file is on disk before the row that names it is committed, so files copied after the database are
never fewer than it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from tongdian.config.database import program
from tongdian.config.home import home
from tongdian.config.logins import (
    as_owner,
    database_running,
    grant_application,
    make_application_login,
    owner_url,
)
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

DUMP, MANIFEST, FOLDERS = "database.dump", "manifest.json", ("files", "checkpoints")


class NotEmpty(Refusal):
    """A backup or restore never writes over what is there."""

    says = Words("{place} 不是空的；请换一处。", "{place} is not empty; choose another place.")


class KeysTogether(Refusal):
    """Keys inside the backup would make a copy of it enough to read everything."""

    says = Words(
        "密钥不能放进备份文件夹；请另选一处，分开保管。",
        "The keys must not lie in the backup's folder; choose another place, and keep them apart.",
    )


class NotABackup(Refusal):
    """A folder without a manifest, or whose dump is not the one that was written."""

    says = Words("{place} 不是完整的备份：{problem}", "{place} is not a whole backup: {problem}")


class ProgramFailed(Refusal):
    """pg_dump or pg_restore refused; its own words."""

    says = Words("{program} 失败：{said}", "{program} failed: {said}")


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    at: str
    database_sha256: str
    files: int


def back_up(folder: Path, *, keys: Path, at: datetime) -> Manifest:
    """Write the running installation to a new folder, and its keys to another.

    Raises NotEmpty, KeysTogether, ProgramFailed.
    """
    folder, keys = folder.absolute(), keys.absolute()
    if keys == folder or folder in keys.parents:
        raise KeysTogether
    for place in (folder, keys):
        _must_be_empty(place)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database_running():
        _dump(folder / DUMP)
        for name in FOLDERS:
            if (home() / name).exists():
                shutil.copytree(home() / name, folder / name)
    shutil.copytree(home() / "keys", keys, dirs_exist_ok=True)
    manifest = Manifest(
        at=at.isoformat(timespec="seconds"),
        database_sha256=_sha256(folder / DUMP),
        files=sum(path.is_file() for path in (folder / "files").rglob("*")),
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    return manifest


def restore(folder: Path, *, keys: Path) -> Manifest:
    """Bring a backup back into an installation that has nothing yet.

    Raises NotABackup, NotEmpty, ProgramFailed.
    """
    manifest = _read(folder)
    if not any(keys.glob("*")):
        raise NotABackup(place=keys, problem=Words("没有密钥", "there are no keys"))
    for name in (*FOLDERS, "keys"):
        _must_be_empty(home() / name)
    shutil.copytree(keys, home() / "keys", dirs_exist_ok=True)
    (home() / "keys").chmod(0o700)
    with database_running():
        with as_owner() as connection:
            tables = "select count(*) from pg_tables where schemaname = 'public'"
            (count,) = connection.execute(tables).fetchone() or (0,)
        if count:
            raise NotEmpty(place=Words("数据库", "The database"))
        make_application_login()
        _run("pg_restore", ["--no-owner", "--no-privileges", "--single-transaction",
                            "--exit-on-error", "--dbname", _address(), str(folder / DUMP)])  # fmt: skip
        _grant()
        for name in FOLDERS:
            if (folder / name).exists():
                shutil.copytree(folder / name, home() / name, dirs_exist_ok=True)
    return manifest


def _grant() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    django.setup()
    from tongdian.config.program import allowed_verbs

    grant_application(allowed_verbs())


def _read(folder: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise NotABackup(
            place=folder, problem=Words(f"没有 {MANIFEST}", f"there is no {MANIFEST}")
        ) from None
    if not (folder / DUMP).exists() or _sha256(folder / DUMP) != manifest.database_sha256:
        raise NotABackup(
            place=folder,
            problem=Words(f"{DUMP} 与记录的校验和不符", f"{DUMP} is not as it was written"),
        )
    return manifest


def _dump(target: Path) -> None:
    _run("pg_dump", ["--format=custom", "--dbname", _address(), "--file", str(target)])
    target.chmod(0o600)


def _address() -> str:
    """The owner's address without the password, which other users could read in a command line."""
    parts = urlsplit(owner_url())
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}"))


def _run(name: str, arguments: list[str]) -> None:
    password = urlsplit(owner_url()).password
    secret: Mapping[str, str] = {"PGPASSWORD": unquote(password)} if password else {}
    done = subprocess.run(
        [str(program(name)), *arguments],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(program=name, said=done.stderr.strip())


def _must_be_empty(place: Path) -> None:
    if place.exists() and any(place.iterdir()):
        raise NotEmpty(place=place)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
