"""`tongdian ladder`: which time each act of a file is for its subject, and what follows it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import NOT_ALL, add_engine, add_take, opened, pairs
from tongdian.cli.refused_rows import print_refused
from tongdian.cli.targets import must_be_writable
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """`ladder`."""
    parser = commands.add_parser("ladder", help="what follows acts: a ladder over a file of many subjects")
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument("rule", metavar="RULE", help="the id of a ladder")
    parser.add_argument(
        "--acts", required=True, type=Path, action="append", metavar="FILE",
        help="columns: subject, act, on, the marks of the ladder, withdrawn, and what it asks of a subject",
    )  # fmt: skip
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="CSV or Parquet, a row an act"
    )
    add_engine(parser)
    add_take(parser)
    parser.set_defaults(run=run_ladder)


def run_ladder(options: argparse.Namespace) -> int:
    """Write the acts with what follows them; exit status 3 where some could not be read."""
    from tongdian.bulk.ladders import climb_acts

    must_be_writable(options.out, option="--out", inputs=options.acts)
    climbed = climb_acts(
        opened(options.pack, by_need=True), options.rule, options.acts, out=options.out, take=pairs(options.take),
        engine=options.engine, memory=options.memory,
    )  # fmt: skip
    said = Words(
        "{subjects} 个对象的 {acts} 起行为，写入 {out}", "{acts} acts of {subjects} subjects in {out}"
    )
    print(said.fill(acts=climbed.acts, subjects=climbed.subjects, out=options.out).say(options.lang))
    print_refused(climbed.refused, options.lang)
    return NOT_ALL if climbed.refused else 0
