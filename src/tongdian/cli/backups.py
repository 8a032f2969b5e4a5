"""`tongdian backup` and `tongdian restore`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongdian.calendar.legal import SHANGHAI
from tongdian.cli.arguments import moment
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """Both verbs."""
    backup = commands.add_parser("backup", help="write database and files to a new folder")
    backup.add_argument("folder", type=Path, nargs="?", help="the backup")
    backup.add_argument("--keys", type=Path, help="the keys, kept elsewhere")
    backup.add_argument(
        "--base", action="store_true", help="into the archive instead, to come back to any minute from now on"
    )
    backup.set_defaults(run=run_backup, misused=backup.error)
    restore = commands.add_parser("restore", help="bring a backup back into a new installation")
    restore.add_argument("folder", type=Path, help="the backup; with --to, the archive")
    restore.add_argument("--keys", type=Path, required=True, help="the keys, kept elsewhere")
    restore.add_argument(
        "--to", type=moment, metavar="MINUTE", help='from an archive, to "2026-11-29 10:31" (Asia/Shanghai)'
    )
    restore.add_argument(
        "--accept",
        default="",
        metavar="REASON",
        help="serve it although it does not prove itself; what was found is recorded with the reason",
    )
    restore.set_defaults(run=run_restore)


def run_base(options: argparse.Namespace) -> int:
    """A base backup into the archive, now."""
    from tongdian.config.archive import copy_files, take_base

    base, copied = take_base(), copy_files()
    at = base.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    done = Words(
        f"基础备份 {base.name} 已核对：自 {at} 起可恢复到任一分钟。另复制 {copied} 个文件。",
        f"Base backup {base.name} is checked: any minute from {at} on can be restored. {copied} files copied.",
    )
    print(done.say(options.lang))
    return 0


def run_backup(options: argparse.Namespace) -> int:
    if options.base:
        if options.folder or options.keys:
            options.misused("--base takes neither a folder nor --keys")
        return run_base(options)
    if not options.folder or not options.keys:
        options.misused("the following arguments are required: folder, --keys (or --base)")
    from tongdian.config.backups import back_up

    made = back_up(options.folder, keys=options.keys, at=datetime.now(UTC))
    done = Words(
        f"已备份：数据库与 {made.papers} 个文件。密钥在 {options.keys}，请分开保管。",
        f"Backed up: the database and {made.papers} files. The keys are in {options.keys}: keep them apart.",
    )
    print(done.say(options.lang))
    return 0


def _brought_back(options: argparse.Namespace) -> tuple[str, Words, list[Words]]:
    if options.to:
        from tongdian.config.rewind import bring_back

        _, found = bring_back(options.folder, keys=options.keys, to=options.to, accept=options.accept)
        return str(options.to), Words("，文件完好", "its files are intact"), found
    from tongdian.config.backups import restore

    brought, found = restore(options.folder, keys=options.keys, accept=options.accept)
    n = brought.papers
    return brought.at, Words(f"，{n} 个文件完好", f"{n} files are intact"), found


def run_restore(options: argparse.Namespace) -> int:
    at, papers, found = _brought_back(options)
    if found:
        accepted = Words(
            f"已恢复 {at} 的备份，并按所述理由接受以下问题（已记录）：",
            f"The backup of {at} is back, and this was accepted for the reason given, which is recorded:",
        )
        print("\n".join(words.say(options.lang) for words in (accepted, *found)))
        return 0
    done = Words(
        f"已恢复 {at} 的备份：记录自封存以来未被改动{papers.zh}。",
        f"The backup of {at} is back: the record is unchanged since it was sealed, {papers.en}.",
    )
    print(done.say(options.lang))
    return 0
