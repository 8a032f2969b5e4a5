"""`tongdian restore --to`: the whole installation as it was at a minute, from an archive."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from tongdian.calendar.legal import SHANGHAI
from tongdian.config.archive import Base, NoArchive, NotOurServer, bases, last_commit, segments
from tongdian.config.database import BASE, DatabaseUnavailable, Server, program_major
from tongdian.config.home import home
from tongdian.config.logins import archive_folder, private_server
from tongdian.config.restore_state import mark
from tongdian.config.restoring import (
    InstallationIsThere,
    NewerBackup,
    begin,
    must_be_folders,
    must_be_its_keys,
    must_be_no_newer,
    prove,
    set_up_django,
    taken_back_if_refused,
)
from tongdian.config.schema import known_migrations, must_know
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

A_SECOND = timedelta(seconds=1)


class TooEarly(Refusal):
    """Before the first base backup of the archive."""

    says = Words(
        "归档中没有 {to} 的数据：最早可恢复到 {nearest}。",
        "The archive does not go back to {to}: the earliest is {nearest}.",
    )


class TooLate(Refusal):
    """After the last change that the archive holds."""

    says = Words(
        "归档中没有 {to} 的数据：最晚可恢复到 {nearest}。",
        "The archive does not reach {to}: the latest is {nearest}.",
    )


class OwnArchive(Refusal):
    """The log of the restored installation would meet the one that it came from."""

    says = Words(
        "恢复后的系统不能再归档到 {place}；请将 TONGDIAN_ARCHIVE 设为另一个文件夹，再次运行。",
        "What is restored cannot go on archiving into {place}: set TONGDIAN_ARCHIVE to another folder and "
        "run it again.",
    )


def bring_back(archive: Path, *, keys: Path, to: datetime, accept: str = "") -> tuple[Base, list[Words]]:
    """Bring an installation that has nothing yet to a moment: every change that was committed by then,
    and none after; then check the record and every file, as `restore` does.

    Raises NotOurServer, NoSuchFolder, NoArchive, TooEarly, TooLate, OwnArchive, InstallationIsThere,
    NewerBackup, NotABackup, DatabaseUnavailable, DoesNotProveItself.
    """
    if private_server() is None:
        raise NotOurServer
    must_be_folders(archive, keys)
    archive = archive.absolute()
    if archive_folder().resolve() == archive.resolve():
        raise OwnArchive(place=archive)
    base = base_for(archive, to)
    must_be_no_newer(base.program)
    if base.server_major != program_major():
        raise NewerBackup(its=f"PostgreSQL {base.server_major}", ours=f"PostgreSQL {program_major()}")
    must_be_its_keys(base.keys, keys)
    underway = begin(archive, f"{base.system} {base.name} {to.isoformat()}")
    with taken_back_if_refused():
        shutil.copytree(keys, home() / "keys", dirs_exist_ok=True)
        (home() / "keys").chmod(0o700)
        set_up_django()
        must_know(base.migrations, known_migrations())
        if Server(home() / "postgres").data.exists() and not underway.is_poured:
            raise InstallationIsThere(place=home() / "postgres")
        underway = replace(underway, is_poured=True, found=[])
        mark(underway)
        _bring_files(archive, _recover(archive, base, to))
    return base, prove(underway, accept=accept, to=to.isoformat())


def base_for(archive: Path, to: datetime) -> Base:
    """The youngest base from which the log leads to a moment. Raises NoArchive, TooEarly, TooLate."""
    found = bases(archive)
    if not found:
        raise NoArchive(place=archive, problem=Words("其中没有基础备份", "there is no base backup in it"))
    if to < found[0].at:
        raise TooEarly(to=_told(to), nearest=_told(found[0].at + A_SECOND))
    base = [one for one in found if one.at <= to][-1]
    last = last_commit(archive, base)
    if to >= last:  # PostgreSQL stops where it meets the first change that is later
        raise TooLate(to=_told(to), nearest=_told(max(last - A_SECOND, base.at + A_SECOND)))
    return base


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _recover(archive: Path, base: Base, to: datetime) -> list[int]:
    """Have the server read its log up to the moment; the sizes of the checkpoints that were signed."""
    server = Server(home() / "postgres")
    server.lay(archive / BASE / base.name)
    log = server.folder / "log-brought"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(mode=0o700)
    for segment in segments(archive, base):  # the archive may lie where the server's account cannot read
        shutil.copyfile(segment, log / segment.name)
    server.hand_over(log)
    server.settings |= {
        "restore_command": server.log_command("take", log, "%f", "%p"),
        "recovery_target_time": to.isoformat(sep=" "),
        "recovery_target_action": "promote",
        "recovery_target_timeline": "current",
    }
    with server.running_with_this_process():
        while True:
            try:
                with psycopg.connect(server.url(), autocommit=True) as connection:
                    if connection.execute("select pg_is_in_recovery()").fetchone() == (False,):
                        rows = connection.execute("select size from audit_log_checkpoint").fetchall()
                        break
            except psycopg.OperationalError:
                if not server.is_up():
                    raise DatabaseUnavailable(reason=server.log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.1)
    shutil.rmtree(log)
    return [size for (size,) in rows]


def _bring_files(archive: Path, signed: list[int]) -> None:
    """Papers by their content, so that later ones do no harm; of the checkpoints those of the record as
    it was, for a later one says that the log was longer."""
    if (archive / "files").is_dir():
        shutil.copytree(archive / "files", home() / "files", dirs_exist_ok=True)
    (home() / "checkpoints").mkdir(mode=0o755, exist_ok=True)
    for size in signed:
        name = f"{size:012}.txt"
        if (archive / "checkpoints" / name).exists():
            shutil.copyfile(archive / "checkpoints" / name, home() / "checkpoints" / name)
