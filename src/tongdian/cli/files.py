"""`tongdian files`: the kept papers and photographs."""

from __future__ import annotations

import argparse
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `files` group."""
    group = commands.add_parser("files", help="verify the kept papers and photographs")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    verify = verbs.add_parser("verify", help="read every file and compare it with its hash")
    verify.set_defaults(run=run_verify)


def run_verify(options: argparse.Namespace) -> int:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.files.commands import verify_files

        found = verify_files()
    whole = Words(
        f"{found.intact} 个文件完好，{len(found.missing)} 个缺失，{len(found.changed)} 个被改动，"
        f"{len(found.unknown)} 个未登记",
        f"{found.intact} files intact, {len(found.missing)} missing, {len(found.changed)} changed, "
        f"{len(found.unknown)} unknown",
    )
    print(whole.say(options.lang))
    for words, hashes in (
        (Words("缺失", "missing"), found.missing),
        (Words("被改动", "changed"), found.changed),
        (Words("未登记", "unknown"), found.unknown),
    ):
        for hash_ in hashes:
            print(f"{words.say(options.lang)}  {hash_}")
    return 0 if found.holds else 1
