"""`tongdian backup` and `tongdian restore`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """Both verbs."""
    backup = commands.add_parser("backup", help="write database and files to a new folder")
    restore = commands.add_parser("restore", help="bring a backup back into a new installation")
    for parser, run in ((backup, run_backup), (restore, run_restore)):
        parser.add_argument("folder", type=Path, help="the backup")
        parser.add_argument("--keys", type=Path, required=True, help="the keys, kept elsewhere")
        parser.set_defaults(run=run)
    restore.add_argument(
        "--accept",
        default="",
        metavar="REASON",
        help="serve it although it does not prove itself; what was found is recorded with the reason",
    )


def run_backup(options: argparse.Namespace) -> int:
    from tongdian.config.backups import back_up

    made = back_up(options.folder, keys=options.keys, at=datetime.now(UTC))
    done = Words(
        f"已备份：数据库与 {made.papers} 个文件。密钥在 {options.keys}，请分开保管。",
        f"Backed up: the database and {made.papers} files. The keys are in {options.keys}: keep them apart.",
    )
    print(done.say(options.lang))
    return 0


def run_restore(options: argparse.Namespace) -> int:
    from tongdian.config.backups import restore

    brought, found = restore(options.folder, keys=options.keys, accept=options.accept)
    if found:
        accepted = Words(
            f"已恢复 {brought.at} 的备份，并按所述理由接受以下问题（已记录）：",
            f"The backup of {brought.at} is back, and this was accepted for the reason given, which is "
            "recorded:",
        )
        print("\n".join(words.say(options.lang) for words in (accepted, *found)))
        return 0
    done = Words(
        f"已恢复 {brought.at} 的备份：记录自封存以来未被改动，{brought.papers} 个文件完好。",
        f"The backup of {brought.at} is back: the record is unchanged since it was sealed, "
        f"{brought.papers} files are intact.",
    )
    print(done.say(options.lang))
    return 0
