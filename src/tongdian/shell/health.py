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

from tongdian.policy.words import Words

Word = Literal["ok", "watch", "down"]
ROOM_BYTES, LEAST_ROOM_BYTES = 2_000_000_000, 200_000_000
HEARTBEAT_SECONDS = 60
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
