"""What every restore holds to, from a dump or to a minute: it says that it is under way before anything
of it is there, writes over nothing, and is not done before the record and the files prove themselves."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tongdian.config.home import home
from tongdian.config.restore_state import RestoreUnfinished, Underway, mark, underway_here, unmark
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

FOLDERS = ("files", "checkpoints")


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


def must_be_folders(*places: Path) -> None:
    """Raises NoSuchFolder."""
    for place in places:
        if not place.is_dir():
            raise NoSuchFolder(place=place)


def must_be_no_newer(program: str) -> None:
    """Raises NewerBackup where a newer program wrote it."""
    ours = version("tongdian")
    if _release(program) > _release(ours):
        raise NewerBackup(its=f"Tongdian {program}", ours=f"Tongdian {ours}")


def must_be_its_keys(wanted: Mapping[str, str], keys: Path) -> None:
    """Raises NotABackup where one is missing or another."""
    there = fingerprints(keys)
    wrong = [name for name, print_ in wanted.items() if there.get(name) != print_]
    if wrong:
        raise NotABackup(
            place=keys,
            problem=Words(
                f"密钥缺失或不是这份备份的：{'、'.join(wrong)}",
                f"keys are missing or not those of this backup: {', '.join(wrong)}",
            ),
        )


def begin(folder: Path, what: str) -> Underway:
    """Say that this restore is under way, before anything else of it is there; `what` tells it from any
    other. Raises RestoreUnfinished, InstallationIsThere."""
    underway = underway_here()
    if underway is not None and underway.database_sha256 != what:
        raise RestoreUnfinished(backup=underway.backup, place=home())
    if underway is None:
        for name in (*FOLDERS, "keys"):
            if is_used(home() / name):
                raise InstallationIsThere(place=home() / name)
        underway = Underway(what, str(folder.absolute()))
        mark(underway)
    return underway


@contextlib.contextmanager
def taken_back_if_refused() -> Iterator[None]:
    """What was copied is taken back where the restore is refused before the database was touched."""
    try:
        yield
    except (Refusal, OSError):
        underway = underway_here()
        if underway is not None and not underway.is_poured:
            shutil.rmtree(home() / "keys", ignore_errors=True)
            unmark()
        raise


def prove(underway: Underway, *, accept: str, to: str = "") -> list[Words]:
    """Check the record and every file, and end the restore; what did not prove itself and was accepted.
    The log says so, and that it was brought back `to` a moment. Raises DoesNotProveItself."""
    found = _found(accept=accept, backup=underway.backup, to=to)
    if found and not accept:
        mark(replace(underway, is_poured=True, found=[(words.zh, words.en) for words in found]))
        raise DoesNotProveItself(found=found)
    unmark()
    return found


def _found(*, accept: str, backup: str, to: str) -> list[Words]:
    """What in the record and the files is not as it was sealed; entered in the log where an operator
    accepts it."""
    from tongdian.config.program import open_program

    with open_program(is_proving=True):
        from tongdian.audit_log.commands import accept_restore, enter_return, verify_log
        from tongdian.files.commands import verify_files

        record, files = verify_log(), verify_files()
        found = _told(record, files)
        if found and accept:
            accept_restore(reason=accept, found=[words.en for words in found], operator=getpass.getuser())
        if to and (accept or not found):
            enter_return(to=to, archive=backup, operator=getpass.getuser())
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


def fingerprints(keys: Path) -> dict[str, str]:
    """SHA-256 of each key: of 32 random bytes it tells nothing."""
    return {path.name: sha256(path) for path in sorted(keys.glob("*")) if path.is_file()}


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def set_up_django() -> None:
    """Django, only once the keys are there: the settings draw those that are missing."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    django.setup()


def is_used(place: Path) -> bool:
    """Whether something is there."""
    return place.is_file() or (place.exists() and any(place.iterdir()))


def sha256(path: Path) -> str:
    """Of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
