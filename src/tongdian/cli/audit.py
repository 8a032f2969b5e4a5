"""`tongdian audit`: the sealed record."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `audit` group."""
    group = commands.add_parser("audit", help="verify and sign the sealed record")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    verify = verbs.add_parser("verify", help="name whatever was changed, removed or inserted")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)
    checkpoint = verbs.add_parser("checkpoint", help="sign the log as it is now and print the note")
    checkpoint.set_defaults(run=run_checkpoint)


def run_verify(options: argparse.Namespace) -> int:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.audit_log.commands import verify_log

        found = verify_log()
        if options.json:
            print(json.dumps(_plain(found), ensure_ascii=False, indent=2))
        else:
            print("\n".join(_say(found, options.lang)))
        return 0 if found.holds else 1


def _plain(found: Any) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "size": found.head.size,
        "root": found.head.root.hex(),
        "waiting": found.waiting,
        "erased": found.erased,
        "checkpoints": found.checkpoints,
        "findings": [finding.words._asdict() for finding in found.findings],
    }


def _say(found: Any, language: str) -> list[str]:
    from tongdian.audit_log.queries import trust

    whole = Words(
        f"{found.head.size} 条已封存，{found.waiting} 条待封，{found.erased} 条内容依法抹除，{found.checkpoints} 个检查点；根 {found.head.root.hex()[:16]}…",
        f"{found.head.size} sealed, {found.waiting} waiting, {found.erased} lawfully erased, "
        f"{found.checkpoints} checkpoints; root {found.head.root.hex()[:16]}…",
    )
    if found.holds:
        return [
            whole.say(language),
            Words("自封存以来未被改动", "unchanged since it was sealed").say(language),
            trust().say(language),
        ]
    return [whole.say(language), *(finding.words.say(language) for finding in found.findings)]


def run_checkpoint(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.audit_log.commands import make_checkpoint

        print(make_checkpoint().note)
