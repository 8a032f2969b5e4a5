"""Backing up and restoring: the database first, then the files, and the keys apart from both.

A file is on disk before the row that names it is committed, so files copied after the database are
never fewer than it names. What a backup holds is written down in its manifest, with the hash of every
file and a fingerprint of every key; a restore refuses what is missing or other before it touches
anything, can be tried again after whatever ended it, and says "back" only after the record and the
files have been checked. Until then, or until an operator accepts what was found with a reason that is
recorded, nothing is served: the file `restore-unfinished` says so, and is there before anything else.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from tongdian.config.database import program
from tongdian.config.home import home
from tongdian.config.logins import (
    as_owner,
    database_running,
    grant_application,
    make_application_login,
    owner_url,
)
from tongdian.config.restore_state import RestoreUnfinished, Underway, mark, underway_here, unmark
from tongdian.config.schema import applied_migrations, known_migrations, must_know
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

DUMP, MANIFEST, FOLDERS = "database.dump", "manifest.json", ("files", "checkpoints")


class NotEmpty(Refusal):
    """A backup never writes over what is there."""

    says = Words("{place} 不是空的；请换一处。", "{place} is not empty; choose another place.")


class InstallationIsThere(Refusal):
    """A restore never writes over what is there."""

    says = Words(
        "{place} 中已有内容，恢复不会覆盖；请设置 TONGDIAN_HOME 为一个新文件夹（使用 DATABASE_URL 时还须为"
        "空数据库），再次运行。",
        "{place} holds something already, and a restore never writes over it: set TONGDIAN_HOME to a "
        "new folder (with DATABASE_URL also an empty database) and run it again.",
    )


class NoSuchFolder(Refusal):
    """A backup's or keys' folder that is not there."""

    says = Words("没有文件夹 {place}。", "There is no folder {place}.")


class KeysTogether(Refusal):
    """Keys inside the backup would make a copy of it enough to read everything."""

    says = Words(
        "密钥不能放进备份文件夹；请另选一处，分开保管。",
        "The keys must not lie in the backup's folder; choose another place, and keep them apart.",
    )


class NotABackup(Refusal):
    """A folder without a manifest, or whose dump is not the one that was written."""

    says = Words("{place} 不是完整的备份：{problem}", "{place} is not a whole backup: {problem}")


class NewerBackup(Refusal):
    """A backup of a newer program or a newer server than this one."""

    says = Words(
        "这份备份来自 {its}，此处是 {ours}；请用同一版本或更新的版本恢复。",
        "This backup was made by {its}; here is {ours}. Restore it with the same or a newer one.",
    )


class DoesNotProveItself(Refusal):
    """What was brought back is not as it was sealed."""

    says = Words(
        '备份已恢复，但核对未通过，故不提供服务：{found}。请恢复另一份备份，或再次运行并加上 --accept "理由"；'
        "接受及理由将被记录。",
        "The backup was restored, but it does not prove itself and is not served: {found}. Restore "
        'another backup, or run this again with --accept "reason", which is recorded.',
    )


class ProgramFailed(Refusal):
    """pg_dump or pg_restore refused; its own words."""

    says = Words("{program} 失败：{said}", "{program} failed: {said}")


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
        if _is_used(place):
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
        database_sha256=_sha256(folder / DUMP),
        program=version("tongdian"),
        server_major=major,
        migrations=migrations,
        files={
            path.relative_to(folder).as_posix(): _sha256(path)
            for name in FOLDERS
            for path in sorted((folder / name).rglob("*"))
            if path.is_file()
        },
        keys=_fingerprints(keys),
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
    for place in (folder, keys):
        if not place.is_dir():
            raise NoSuchFolder(place=place)
    manifest = _read(folder)
    _must_be_whole(folder, keys, manifest)
    underway = _begin(folder, manifest)
    with _taken_back_if_refused():
        shutil.copytree(keys, home() / "keys", dirs_exist_ok=True)
        (home() / "keys").chmod(0o700)
        _set_up_django()
        must_know(manifest.migrations, known_migrations())
        with database_running():
            _bring_database(folder, manifest, underway)
            for name in FOLDERS:
                if (folder / name).exists():
                    shutil.copytree(folder / name, home() / name, dirs_exist_ok=True)
    found = _found(accept=accept)
    if found and not accept:
        mark(replace(underway, is_poured=True, found=[(words.zh, words.en) for words in found]))
        raise DoesNotProveItself(found=found)
    unmark()
    return manifest, found


def _begin(folder: Path, manifest: Manifest) -> Underway:
    """Say that this restore is under way, before anything else of it is there."""
    underway = underway_here()
    if underway is not None and underway.database_sha256 != manifest.database_sha256:
        raise RestoreUnfinished(backup=underway.backup, place=home())
    if underway is None:
        for name in (*FOLDERS, "keys"):
            if _is_used(home() / name):
                raise InstallationIsThere(place=home() / name)
        underway = Underway(manifest.database_sha256, str(folder.absolute()))
        mark(underway)
    return underway


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
    _pour(folder / DUMP)
    grant_application(allowed_verbs())


@contextlib.contextmanager
def _taken_back_if_refused() -> Iterator[None]:
    """What was copied is taken back where the restore is refused before the database was touched."""
    try:
        yield
    except (Refusal, OSError):
        underway = underway_here()
        if underway is not None and not underway.is_poured:
            shutil.rmtree(home() / "keys", ignore_errors=True)
            unmark()
        raise


def _pour(dump: Path) -> None:
    """The dump into the database, in one transaction.

    pg_restore begins with settings that only its own version knows; they are left out, so that an
    older server takes the dump as well.
    """
    write = [str(program("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    take = [
        str(program("psql")),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--dbname",
        _address(),
    ]
    with (
        subprocess.Popen(write, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source,
        subprocess.Popen(
            take, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as sink,
    ):
        assert source.stdout is not None
        assert source.stderr is not None
        assert sink.stdin is not None
        assert sink.stderr is not None
        with contextlib.suppress(BrokenPipeError):
            for line in source.stdout:
                if not line.startswith(b"SET transaction_timeout"):
                    sink.stdin.write(line)
                if line.startswith(b"CREATE "):
                    break
            shutil.copyfileobj(source.stdout, sink.stdin, 1 << 20)
            sink.stdin.close()
        said = sink.stderr.read().decode(errors="replace").strip()
        if sink.wait():
            source.kill()
            raise ProgramFailed(program="psql", said=said)
        wrong = source.stderr.read().decode(errors="replace").strip()
        if source.wait():
            raise ProgramFailed(program="pg_restore", said=wrong)


def _found(*, accept: str) -> list[Words]:
    """What in the record and the files is not as it was sealed; entered in the log where an operator
    accepts it."""
    from tongdian.config.program import open_program

    with open_program(is_proving=True):
        from tongdian.audit_log.commands import accept_restore, verify_log
        from tongdian.files.commands import verify_files

        record, files = verify_log(), verify_files()
        found = _told(record, files)
        if found and accept:
            accept_restore(reason=accept, found=[words.en for words in found], operator=getpass.getuser())
    return found


def _told(record: Any, files: Any) -> list[Words]:
    found = [finding.words for finding in record.findings[:5]]
    if not files.holds:
        found.append(
            Words(
                f"{len(files.missing)} 个文件缺失，{len(files.changed)} 个被改动",
                f"{len(files.missing)} files missing, {len(files.changed)} changed",
            )
        )
    return found


def _must_be_whole(folder: Path, keys: Path, manifest: Manifest) -> None:
    ours = version("tongdian")
    if _release(manifest.program) > _release(ours):
        raise NewerBackup(its=f"Tongdian {manifest.program}", ours=f"Tongdian {ours}")
    found = {
        path.relative_to(folder).as_posix()
        for name in FOLDERS
        for path in (folder / name).rglob("*")
        if path.is_file()
    }
    missing = sorted(set(manifest.files) - found)
    other = [path for path in sorted(found) if manifest.files.get(path) != _sha256(folder / path)]
    if missing or other:
        raise NotABackup(
            place=folder,
            problem=Words(
                f"文件缺失或与记录不符：{'、'.join([*missing, *other][:5])}",
                f"files are missing or other than written: {', '.join([*missing, *other][:5])}",
            ),
        )
    there = _fingerprints(keys)
    wrong = [name for name, print_ in manifest.keys.items() if there.get(name) != print_]
    if wrong:
        raise NotABackup(
            place=keys,
            problem=Words(
                f"密钥缺失或不是这份备份的：{'、'.join(wrong)}",
                f"keys are missing or not those of this backup: {', '.join(wrong)}",
            ),
        )


def _fingerprints(keys: Path) -> dict[str, str]:
    """SHA-256 of each key: of 32 random bytes it tells nothing."""
    return {path.name: _sha256(path) for path in sorted(keys.glob("*")) if path.is_file()}


def _major(connection: psycopg.Connection) -> int:
    return connection.info.server_version // 10_000


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _set_up_django() -> None:
    """Only once the keys are there: the settings draw those that are missing."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    django.setup()


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
    if not (folder / DUMP).exists() or _sha256(folder / DUMP) != manifest.database_sha256:
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
    _run("pg_dump", ["--format=custom", "--dbname", _address(), "--file", str(target)])
    target.chmod(0o600)


def _address() -> str:
    """The owner's address without the password, which other users could read in a command line."""
    parts = urlsplit(owner_url())
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}"))


def _environment() -> dict[str, str]:
    password = urlsplit(owner_url()).password
    secret: Mapping[str, str] = {"PGPASSWORD": unquote(password)} if password else {}
    return {**os.environ, **secret}


def _run(name: str, arguments: list[str]) -> None:
    done = subprocess.run(
        [str(program(name)), *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProgramFailed(program=name, said=done.stderr.strip())


def _is_used(place: Path) -> bool:
    return place.is_file() or (place.exists() and any(place.iterdir()))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
