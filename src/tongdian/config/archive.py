"""The archive from which this installation can be brought back to any minute.

    wal/     the database's log, a compressed file a segment, written by the server (wal.py)
    base/    base backups, each with pg_basebackup's own manifest
    bases/   what each says of itself; one without is not there
    files/, checkpoints/   copies of those of the state folder

The server's account owns the first two, which nobody else may read, and can touch nothing else. A base
is kept with two more, and the log from the oldest of them on: what no base needs goes.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tongdian.config.accounts import DATABASE as ACCOUNT
from tongdian.config.accounts import run_as
from tongdian.config.database import BASE, WAL, program
from tongdian.config.dumps import ProgramFailed
from tongdian.config.home import home
from tongdian.config.logins import archive_folder, as_owner, database_running, private_server
from tongdian.config.restoring import FOLDERS, fingerprints
from tongdian.config.schema import applied_migrations
from tongdian.durable import write_durably
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

BASES, KEPT = "bases", 3
A_WEEK = timedelta(days=7)
SEGMENT_BITS = 24  # initdb's 16 MB
COMMIT = re.compile(r"desc: COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC")


class NotOurServer(Refusal):
    """DATABASE_URL names a server whose log is its operator's."""

    says = Words(
        "DATABASE_URL 指向另一台服务器，其日志归档由该服务器的管理者负责；见 docs/how-to/back-up.md。",
        "DATABASE_URL names a server of its own, and whoever runs it keeps its log: see docs/how-to/back-up.md.",
    )


class NoArchive(Refusal):
    """The archive's folder, or what should lie in it, is not there."""

    says = Words("归档文件夹 {place} 不可用：{problem}", "The archive {place} cannot be used: {problem}")


@dataclass(frozen=True)
class Base:
    """What a base backup says of itself."""

    name: str
    stopped: str  # ISO, with offset: the earliest moment that it can be brought to
    timeline: int
    system: str  # the cluster's identifier
    first: str  # the segment of the log from which on it is needed
    program: str
    server_major: int
    migrations: list[str]
    keys: dict[str, str]  # a fingerprint by name
    bytes: int

    @property
    def at(self) -> datetime:
        """The earliest moment that it can be brought to."""
        return datetime.fromisoformat(self.stopped)


def bases(archive: Path) -> list[Base]:
    """The whole ones, oldest first. Raises NoArchive."""
    found = []
    for path in sorted((archive / BASES).glob("*.json")):
        try:
            base = Base(**json.loads(path.read_text(encoding="utf-8")))
            base.at  # noqa: B018, read here or refused here
        except (ValueError, TypeError) as odd:
            problem = Words(f"{path.name} 不是本版本的", f"{path.name} is not of this version")
            raise NoArchive(place=archive, problem=problem) from odd
        if (archive / BASE / base.name).is_dir():
            found.append(base)
    return found


def take_base() -> Base:
    """Take a base backup, have PostgreSQL check it, and let go what only older ones needed. Raises
    NotOurServer, NoArchive, ProgramFailed."""
    server = private_server()
    if server is None:
        raise NotOurServer
    with database_running(), _alone() as archive:
        for left in (archive / BASE).iterdir():  # of one that was ended half-way
            if not (archive / BASES / f"{left.name}.json").exists():
                shutil.rmtree(left)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        draft = archive / BASE / f"{name}.draft"
        take = ["--pgdata", draft, "--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"]
        _as_account("pg_basebackup", "--dbname", server.url("postgres"), *take)
        _as_account("pg_verifybackup", "--exit-on-error", "--quiet", draft)
        draft.rename(archive / BASE / name)
        base = _described(archive / BASE / name)
        write_durably(archive / BASES / f"{name}.json", json.dumps(asdict(base), indent=2))
        _prune(archive)
    return base


def is_due(at: datetime) -> bool:
    """Whether the youngest base of this cluster is a week old, or there is none."""
    with as_owner() as connection:
        here = connection.execute(
            "select timeline_id, system_identifier::text from pg_control_checkpoint(), pg_control_system()"
        ).fetchone()
    ours = [one for one in bases(archive_folder()) if (one.timeline, one.system) == here]
    return not ours or at - ours[-1].at >= A_WEEK


def copy_files() -> int:
    """Copy papers and checkpoints that the archive does not have; how many.

    A file is on disk before the row that names it is committed: whoever comes back to a minute before
    this began finds every file of that minute.
    """
    with _alone() as archive:
        return sum(_copy_missing(home() / name, archive / name) for name in FOLDERS)


def _copy_missing(source: Path, target: Path) -> int:
    if not source.is_dir():
        return 0
    copied = 0
    # by descriptors and never through a link: who may write there could point it elsewhere
    for path, _, names, number in os.fwalk(source, follow_symlinks=False):
        there = target / Path(path).relative_to(source)
        there.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            if name.startswith(".") or name.endswith((".draft", ".part")) or (there / name).exists():
                continue
            with contextlib.suppress(FileNotFoundError):  # a draft that got its name meanwhile
                copied += _copy(name, number, there / name)
        if names:
            _flush(there)
    return copied


def _copy(name: str, folder: int, target: Path) -> bool:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        opened = os.open(name, flags, dir_fd=folder)
    except OSError:
        if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise
        return False
    with open(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            return False
        draft = target.with_name(f"{name}.part")
        with draft.open("wb") as copy:
            shutil.copyfileobj(file, copy)
            copy.flush()
            os.fsync(copy.fileno())
        draft.replace(target)
    return True


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _alone() -> Iterator[Path]:
    archive = archive_folder()
    if not (archive / BASE).is_dir():
        raise NoArchive(place=archive, problem=Words("文件夹不存在", "it is not there"))
    with open(archive / ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield archive


def _described(folder: Path) -> Base:
    (span,) = json.loads((folder / "backup_manifest").read_text(encoding="utf-8"))["WAL-Ranges"]
    with as_owner() as connection:
        system, stopped = connection.execute(
            "select system_identifier::text, clock_timestamp() from pg_control_system()"
        ).fetchone() or ("", datetime.now(UTC))
        migrations, major = applied_migrations(connection), connection.info.server_version // 10_000
    high, low = (int(part, 16) for part in span["Start-LSN"].split("/"))
    return Base(
        name=folder.name,
        stopped=stopped.astimezone(UTC).isoformat(),
        timeline=span["Timeline"],
        system=system,
        first=f"{span['Timeline']:08X}{high:08X}{low >> SEGMENT_BITS:08X}",
        program=version("tongdian"),
        server_major=major,
        migrations=migrations,
        keys=fingerprints(home() / "keys"),
        bytes=sum(path.lstat().st_size for path in folder.rglob("*")),
    )


def _prune(archive: Path) -> None:
    kept = bases(archive)
    for old in kept[:-KEPT]:
        (archive / BASES / f"{old.name}.json").unlink()
        shutil.rmtree(archive / BASE / old.name)
    oldest = min(one.first[8:] for one in kept[-KEPT:])
    for path in (archive / WAL).glob("*.gz"):
        name = path.name.removesuffix(".gz")
        if len(name) == len("000000010000000000000001") and name[8:] < oldest:
            path.unlink()


def segments(archive: Path, base: Base) -> list[Path]:
    """The log from the start of a base on, as far as it has no gap."""
    found: list[Path] = []
    number = int(base.first[8:16], 16) << 8 | int(base.first[16:], 16)
    while True:
        path = archive / WAL / f"{base.timeline:08X}{number >> 8:08X}{number & 0xFF:08X}.gz"
        if not path.exists():
            return found
        found.append(path)
        number += 1


def last_commit(archive: Path, base: Base) -> datetime:
    """When the last change was committed that the archive holds from this base on."""
    with tempfile.TemporaryDirectory(prefix="tongdian-wal-") as folder:
        for path in reversed(segments(archive, base)):
            plain = Path(folder) / path.name.removesuffix(".gz")
            try:
                plain.write_bytes(gzip.decompress(path.read_bytes()))
            except (OSError, EOFError) as failed:
                problem = Words(f"{path.name} 已损坏", f"{path.name} is damaged")
                raise NoArchive(place=archive, problem=problem) from failed
            told = subprocess.run(
                [str(program("pg_waldump")), "--rmgr=Transaction", str(plain)],
                env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                capture_output=True,
                text=True,
                check=False,  # the last record of a segment goes on in the next
            )
            plain.unlink()
            if times := COMMIT.findall(told.stdout):
                return datetime.fromisoformat(max(times)).replace(tzinfo=UTC)
    return base.at


def _as_account(tool: str, *arguments: Any) -> None:
    done = subprocess.run(
        [str(program(tool)), *map(str, arguments)],
        env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **run_as(ACCOUNT),
    )
    if done.returncode:
        raise ProgramFailed(program=tool, said=done.stderr.strip())
