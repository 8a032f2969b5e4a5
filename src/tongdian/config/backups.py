"""Backing up and restoring: the database first, then the files, and the keys apart from both.

A file is on disk before the row that names it is committed, so files copied after the database are
never fewer than it names. What a backup holds is written down in its manifest, with the hash of every
file and a fingerprint of every key; a restore refuses what is missing or other before it touches
anything, can be tried again after whatever ended it, and says "back" only after the record and the
files have been checked. Until then, or until an operator accepts what was found with a reason that is
recorded, nothing is served: the file `restore-unfinished` says so, and is there before anything else.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from tongdian.config.dumps import dump, pour
from tongdian.config.home import home
from tongdian.config.logins import as_owner, database_running, grant_application, make_application_login
from tongdian.config.restore_state import Underway, mark
from tongdian.config.restoring import (
    FOLDERS,
    InstallationIsThere,
    NewerBackup,
    NotABackup,
    begin,
    fingerprints,
    is_used,
    must_be_folders,
    must_be_its_keys,
    must_be_no_newer,
    prove,
    set_up_django,
    sha256,
    taken_back_if_refused,
)
from tongdian.config.schema import applied_migrations, known_migrations, must_know
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

DUMP, MANIFEST = "database.dump", "manifest.json"


class NotEmpty(Refusal):
    """A backup never writes over what is there."""

    says = Words("{place} 不是空的；请换一处。", "{place} is not empty; choose another place.")


class KeysTogether(Refusal):
    """Keys inside the backup would make a copy of it enough to read everything."""

    says = Words(
        "密钥不能放进备份文件夹；请另选一处，分开保管。",
        "The keys must not lie in the backup's folder; choose another place, and keep them apart.",
    )


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    at: str
    database_sha256: str
    program: str
    server_major: int
    migrations: list[str]  # "area/name", in the order they were applied
    files: dict[str, str]  # SHA-256 by path
    keys: dict[str, str]  # a fingerprint by name

    @property
    def papers(self) -> int:
        """How many files are people's papers, as against signed checkpoints."""
        return sum(path.startswith("files/") for path in self.files)


def back_up(folder: Path, *, keys: Path, at: datetime) -> Manifest:
    """Write the running installation to a new folder, and its keys to another.

    Raises NotEmpty, KeysTogether, ProgramFailed.
    """
    folder, keys = folder.absolute(), keys.absolute()
    if keys == folder or folder in keys.parents:
        raise KeysTogether
    for place in (folder, keys):
        if is_used(place):
            raise NotEmpty(place=place)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database_running():
        with as_owner() as connection:
            major = _major(connection)
            migrations = applied_migrations(connection)
        _dump(folder / DUMP)
        for name in FOLDERS:
            if (home() / name).exists():
                shutil.copytree(home() / name, folder / name)
    shutil.copytree(home() / "keys", keys, dirs_exist_ok=True)
    manifest = Manifest(
        at=at.isoformat(timespec="seconds"),
        database_sha256=sha256(folder / DUMP),
        program=version("tongdian"),
        server_major=major,
        migrations=migrations,
        files={
            path.relative_to(folder).as_posix(): sha256(path)
            for name in FOLDERS
            for path in sorted((folder / name).rglob("*"))
            if path.is_file()
        },
        keys=fingerprints(keys),
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    return manifest


def restore(folder: Path, *, keys: Path, accept: str = "") -> tuple[Manifest, list[Words]]:
    """Bring a backup back into an installation that has nothing yet, or whose restore of the same
    backup was ended half-way or did not prove itself; then check the record and every file.

    `accept` is the reason for which an operator takes what does not prove itself; it is recorded with
    what was found, which is given back beside the manifest. Raises NotABackup, NoSuchFolder,
    InstallationIsThere, NewerBackup, DatabaseIsNewer, ProgramFailed, DoesNotProveItself.
    """
    must_be_folders(folder, keys)
    manifest = _read(folder)
    _must_be_whole(folder, keys, manifest)
    underway = begin(folder, manifest.database_sha256)
    with taken_back_if_refused():
        shutil.copytree(keys, home() / "keys", dirs_exist_ok=True)
        (home() / "keys").chmod(0o700)
        set_up_django()
        must_know(manifest.migrations, known_migrations())
        with database_running():
            _bring_database(folder, manifest, underway)
            for name in FOLDERS:
                if (folder / name).exists():
                    shutil.copytree(folder / name, home() / name, dirs_exist_ok=True)
    return manifest, prove(underway, accept=accept)


def _bring_database(folder: Path, manifest: Manifest, underway: Underway) -> None:
    with as_owner() as connection:
        major = _major(connection)
        if major < manifest.server_major:
            raise NewerBackup(its=f"PostgreSQL {manifest.server_major}", ours=f"PostgreSQL {major}")
        tables = "select count(*) from pg_tables where schemaname = 'public'"
        (count,) = connection.execute(tables).fetchone() or (0,)
        if count and not underway.is_poured:  # it was not this restore that filled it
            raise InstallationIsThere(place=Words("数据库", "The database"))
        mark(replace(underway, is_poured=True, found=[]))
        if count:  # what an earlier try left; the database was empty before it
            connection.execute("drop schema public cascade")
            connection.execute("create schema public authorization pg_database_owner")
            connection.execute("grant usage on schema public to public")
    from tongdian.config.program import allowed_verbs

    make_application_login()
    pour(folder / DUMP)
    grant_application(allowed_verbs())


def _must_be_whole(folder: Path, keys: Path, manifest: Manifest) -> None:
    must_be_no_newer(manifest.program)
    found = {
        path.relative_to(folder).as_posix()
        for name in FOLDERS
        for path in (folder / name).rglob("*")
        if path.is_file()
    }
    missing = sorted(set(manifest.files) - found)
    other = [path for path in sorted(found) if manifest.files.get(path) != sha256(folder / path)]
    if missing or other:
        raise NotABackup(
            place=folder,
            problem=Words(
                f"文件缺失或与记录不符：{'、'.join([*missing, *other][:5])}",
                f"files are missing or other than written: {', '.join([*missing, *other][:5])}",
            ),
        )
    must_be_its_keys(manifest.keys, keys)


def _major(connection: psycopg.Connection) -> int:
    return connection.info.server_version // 10_000


def _read(folder: Path) -> Manifest:
    """What the backup says of itself. Raises NotABackup."""
    if not (folder / MANIFEST).is_file():
        problem = Words(f"其中没有 {MANIFEST}", f"there is no {MANIFEST} in it")
        raise NotABackup(place=folder, problem=problem)
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        problem = Words(f"{MANIFEST} 不是本版本的", f"its {MANIFEST} is not of this version")
        raise NotABackup(place=folder, problem=problem) from None
    if odd := _odd_line(manifest):
        problem = Words(f"{MANIFEST} 的 {odd} 格式不对", f"{odd} of its {MANIFEST} is not in form")
        raise NotABackup(place=folder, problem=problem)
    if not (folder / DUMP).exists() or sha256(folder / DUMP) != manifest.database_sha256:
        raise NotABackup(
            place=folder, problem=Words(f"{DUMP} 与记录的校验和不符", f"{DUMP} is not as it was written")
        )
    return manifest


def _odd_line(manifest: Manifest) -> str:
    """The first line that is not of the kind it should be; empty where all are."""
    kinds: dict[str, type] = {
        "at": str,
        "database_sha256": str,
        "program": str,
        "server_major": int,
        "migrations": list,
        "files": dict,
        "keys": dict,
    }
    for name, kind in kinds.items():
        value = getattr(manifest, name)
        if type(value) is not kind:
            return name
        inside: list[Any] = [*value, *value.values()] if isinstance(value, dict) else [value]
        inside = value if isinstance(value, list) else inside
        if kind in (list, dict) and not all(isinstance(one, str) for one in inside):
            return name
    return ""


def _dump(target: Path) -> None:
    dump(target)
    target.chmod(0o600)
