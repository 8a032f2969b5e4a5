"""Backing up and restoring: the database first, then the files, and the keys apart from both.

A file is on disk before the row that names it is committed, so files copied after the database are
never fewer than it names. What a backup holds is written down in its manifest, with the hash of every
file and a fingerprint of every key; a restore refuses what is missing or other before it touches
anything, can be tried again after whatever ended it, and says "back" only after the record and the
files have been checked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
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
from tongdian.config.schema import applied_migrations
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

DUMP, MANIFEST, FOLDERS = "database.dump", "manifest.json", ("files", "checkpoints")
UNFINISHED = "restore-unfinished"


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


class NewerBackup(Refusal):
    """A backup of a newer program or a newer server than this one."""

    says = Words(
        "这份备份来自 {its}，此处是 {ours}；请用同一版本或更新的版本恢复。",
        "This backup was made by {its}; here is {ours}. Restore it with the same or a newer one.",
    )


class RestoreUnfinished(Refusal):
    """A restore was ended before it was done."""

    says = Words(
        "上一次恢复没有完成；请再次运行 tongdian restore，或清空 {place} 重新开始。",
        "A restore was not finished: run tongdian restore again, or empty {place} to begin anew.",
    )


class DoesNotProveItself(Refusal):
    """What was brought back is not as it was sealed."""

    says = Words(
        "备份已恢复，但核对未通过：{found}",
        "The backup was restored, but it does not prove itself: {found}",
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
        _must_be_empty(place)
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


def restore(folder: Path, *, keys: Path) -> Manifest:
    """Bring a backup back into an installation that has nothing yet, or whose restore of the same
    backup was ended half-way; then check the record and every file.

    Raises NotABackup, NotEmpty, NewerBackup, ProgramFailed, DoesNotProveItself.
    """
    manifest = _read(folder)
    _must_be_whole(folder, keys, manifest)
    marker = home() / UNFINISHED
    again = marker.exists() and marker.read_text(encoding="utf-8") == manifest.database_sha256
    if not again:
        for name in (*FOLDERS, "keys"):
            _must_be_empty(home() / name)
    with _no_keys_of_our_own(again=again):
        shutil.copytree(keys, home() / "keys", dirs_exist_ok=True)
        (home() / "keys").chmod(0o700)
        with database_running():
            _bring_database(folder, manifest, marker)
            for name in FOLDERS:
                if (folder / name).exists():
                    shutil.copytree(folder / name, home() / name, dirs_exist_ok=True)
    marker.unlink()
    _prove()
    return manifest


def must_be_finished() -> None:
    """Raise RestoreUnfinished where a restore was ended half-way."""
    if (home() / UNFINISHED).exists():
        raise RestoreUnfinished(place=home())


def _bring_database(folder: Path, manifest: Manifest, marker: Path) -> None:
    with as_owner() as connection:
        major = _major(connection)
        if major < manifest.server_major:
            raise NewerBackup(its=f"PostgreSQL {manifest.server_major}", ours=f"PostgreSQL {major}")
        tables = "select count(*) from pg_tables where schemaname = 'public'"
        (count,) = connection.execute(tables).fetchone() or (0,)
        if count and not marker.exists():
            raise NotEmpty(place=Words("数据库", "The database"))
        marker.write_text(manifest.database_sha256, encoding="utf-8")
        if count:  # what an earlier try left; the database was empty before it
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")
    make_application_login()
    _pour(folder / DUMP)
    _grant()


@contextlib.contextmanager
def _no_keys_of_our_own(*, again: bool) -> Iterator[None]:
    """What was copied is taken back where the restore is refused, so that it can be tried again."""
    try:
        yield
    except (Refusal, OSError):
        if not again and not (home() / UNFINISHED).exists():
            shutil.rmtree(home() / "keys", ignore_errors=True)
        raise


def _pour(dump: Path) -> None:
    """The dump into the database, in one transaction.

    pg_restore begins with settings that only its own version knows; they are left out, so that an
    older server takes the dump as well.
    """
    write = [str(program("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    take = [
        str(program("psql")), "--no-psqlrc", "--quiet", "--single-transaction",
        "--set=ON_ERROR_STOP=1", "--dbname", _address(),
    ]  # fmt: skip
    with (
        subprocess.Popen(write, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source,
        subprocess.Popen(
            take, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as sink,
    ):  # fmt: skip
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


def _prove() -> None:
    """Check the record and the files. Raises DoesNotProveItself."""
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.audit_log.commands import verify_log
        from tongdian.files.commands import verify_files

        record, files = verify_log(), verify_files()
    found = [finding.words for finding in record.findings[:5]]
    if not files.holds:
        found.append(
            Words(
                f"{len(files.missing)} 个文件缺失，{len(files.changed)} 个被改动",
                f"{len(files.missing)} files missing, {len(files.changed)} changed",
            )
        )
    if found:
        raise DoesNotProveItself(found=found)


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
        problem = Words(f"没有本版本的 {MANIFEST}", f"there is no {MANIFEST} of this version")
        raise NotABackup(place=folder, problem=problem) from None
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


def _environment() -> dict[str, str]:
    password = urlsplit(owner_url()).password
    secret: Mapping[str, str] = {"PGPASSWORD": unquote(password)} if password else {}
    return {**os.environ, **secret}


def _run(name: str, arguments: list[str]) -> None:
    done = subprocess.run(
        [str(program(name)), *arguments],
        env=_environment(),
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
