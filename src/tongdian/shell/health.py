"""Whether everything that should happen does: each area tells of its own part.

    @part("announcements", Words("告知", "Telling"))
    def announcements(at: dt.datetime) -> Reading: ...

A monitor asks /healthz and gets a word for each part; administrators see what was read, and what to
do. A part that cannot even be asked is down.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import connection

from tongdian.calendar.legal import SHANGHAI
from tongdian.policy.words import Words

Word = Literal["ok", "watch", "down"]
ROOM_BYTES, LEAST_ROOM_BYTES = 2_000_000_000, 200_000_000
HEARTBEAT_SECONDS = 60
ARCHIVED_SOON = dt.timedelta(minutes=10)  # the server switches each minute in which something happened
TRIED_OFTEN = 3  # a job that many workers ended with
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HealthResult:
    """How a part is: a word, what was read, what to do about it, and the name of the page where."""

    word: Word
    said: Words
    remedy: Words = Words("", "")  # noqa: RUF009, a value
    page: str = ""


@dataclass(frozen=True)
class HealthCheck:
    """One thing that may be well or not."""

    name: str
    title: Words
    read: Callable[[dt.datetime], HealthResult]


_parts: dict[str, HealthCheck] = {}


def part(
    name: str, title: Words
) -> Callable[[Callable[[dt.datetime], HealthResult]], Callable[[dt.datetime], HealthResult]]:
    """Have a part asked."""

    def register(read: Callable[[dt.datetime], HealthResult]) -> Callable[[dt.datetime], HealthResult]:
        _parts[name] = HealthCheck(name, title, read)
        return read

    return register


def readings(at: dt.datetime) -> list[tuple[HealthCheck, HealthResult]]:
    """How every part is now."""
    return [(one, _read(one, at)) for one in _parts.values()]


def _read(one: HealthCheck, at: dt.datetime) -> HealthResult:
    try:
        return one.read(at)
    except Exception as failed:
        _log.warning("health of %s: %s", one.name, failed)
        return HealthResult("down", Words("无法读取", "it cannot be asked"))


def aged(since: dt.datetime | None, at: dt.datetime) -> Words:
    """How long ago, in minutes."""
    if since is None:
        return Words("无", "none")
    minutes = max(0, int((at - since).total_seconds() // 60))
    return Words(f"{minutes} 分钟前", f"{minutes} minutes ago")


@part("database", Words("数据库", "Database"))
def _database(at: dt.datetime) -> HealthResult:
    with connection.cursor() as cursor:
        cursor.execute("select pg_is_in_recovery()")
        (recovers,) = cursor.fetchone()
    if recovers:
        return HealthResult("down", Words("只读", "read-only"))
    return HealthResult("ok", Words("可读写", "reads and writes"))


@part("disk", Words("磁盘", "Disk"))
def _disk(at: dt.datetime) -> HealthResult:
    free = shutil.disk_usage(settings.HOME).free
    said = Words(f"剩余 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free")
    remedy = Words("请清理磁盘或扩容。", "Make room on the disk.")
    try:
        probe = settings.HOME / "cache" / f".probe-{os.getpid()}"
        probe.parent.mkdir(exist_ok=True)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as failed:
        why = failed.strerror or ""
        said = Words(f"无法写入：{why}", f"cannot be written: {why}")
        return HealthResult("down", said, remedy)
    word: Word = "ok" if free > ROOM_BYTES else "watch" if free > LEAST_ROOM_BYTES else "down"
    return HealthResult(word, said, remedy if word != "ok" else Words("", ""))


@part("archive", Words("归档", "Archive"))
def _archive(at: dt.datetime) -> HealthResult:
    """Whether the database's log is kept as it grows, and how far back one can go."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('archive_mode') <> 'off', last_archived_time,"
            " last_failed_time > coalesce(last_archived_time, '-infinity'),"
            " greatest(last_archived_time, pg_postmaster_start_time()) from pg_stat_archiver"
        )
        is_on, last, fails, since = cursor.fetchone()
    if not is_on:
        return HealthResult("ok", Words("由数据库的管理者负责", "kept by whoever runs the database"))
    kept, is_late = aged(last, at), at - since > ARCHIVED_SOON
    if fails:
        said = Words(f"归档失败；上次成功 {kept.zh}", f"archiving fails; last done: {kept.en}")
        remedy = Words("请查看归档磁盘与数据库日志。", "See the archive's disk and the database's log.")
        return HealthResult("down" if is_late else "watch", said, remedy)
    first = min((path.stem for path in settings.ARCHIVE_BASES.glob("*.json")), default="")
    if not first:
        said = Words("尚无基础备份，无法回到过去", "no base backup yet: there is no way back")
        remedy = Words("请运行 tongdian backup --base。", "Run tongdian backup --base.")
        return HealthResult("watch", said, remedy)
    back = f"{dt.datetime.strptime(first, '%Y%m%dT%H%M%S%z').astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    said = Words(f"上次 {kept.zh}；最早可恢复到 {back}", f"last: {kept.en}; back to {back} at the earliest")
    remedy = Words("归档落后，请查看数据库日志。", "It lags: see the database's log.")
    return HealthResult("watch", said, remedy) if is_late else HealthResult("ok", said)


@part("worker", Words("后台任务", "Worker"))
def _worker(at: dt.datetime) -> HealthResult:
    with connection.cursor() as cursor:
        cursor.execute(
            "select max(last_heartbeat), (select count(*) from procrastinate_jobs"
            " where status = 'failed'), (select min(scheduled_at) from procrastinate_jobs"
            " where status = 'todo' and scheduled_at < now() - interval '5 minutes'),"
            " (select string_agg(distinct task_name, ', ') from procrastinate_jobs"
            " where status in ('todo', 'doing') and attempts >= %s)"
            " from procrastinate_workers",
            [TRIED_OFTEN],
        )
        beat, failed, oldest, again = cursor.fetchone()
    remedy = Words("请查看日志并重启程序。", "See the log and start the program again.")
    if beat is None or (at - beat).total_seconds() > HEARTBEAT_SECONDS:
        said = Words("没有运行", "not running")
        return HealthResult("down", said, remedy)
    if again is not None:
        said = Words(f"反复中断的任务：{again}", f"jobs that end again and again: {again}")
        return HealthResult("watch", said, Words("请查看日志。", "See the log."))
    if oldest is not None:
        wait = aged(oldest, at)
        return HealthResult("watch", Words(f"最早的待办 {wait.zh}", f"oldest job: {wait.en}"), remedy)
    return HealthResult("ok", Words(f"运行中；失败 {failed}", f"running; {failed} failed"))
