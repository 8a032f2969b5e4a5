"""`tongdian outside`: what was used while places were closed, from files of readings and of hours."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import NOT_ALL, add_engine, opened
from tongdian.cli.refused_rows import print_refused
from tongdian.cli.targets import must_be_writable
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """`outside`."""
    parser = commands.add_parser("outside", help="what was used outside hours: readings against a timetable")
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument("rule", metavar="RULE", help="the id of the timetable")
    parser.add_argument(
        "--hours", required=True, type=Path, action="append", metavar="FILE", help="what `tongdian hours` wrote for the timetable"
    )  # fmt: skip
    parser.add_argument(
        "--readings", required=True, type=Path, action="append", metavar="FILE",
        help="columns: place, meter, at (an instant with its zone), value, multiplier",
    )  # fmt: skip
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="CSV or Parquet, a row a quantity"
    )
    add_engine(parser)
    parser.set_defaults(run=run_outside)


def run_outside(options: argparse.Namespace) -> int:
    """Write what was used outside; exit status 3 where some rows could not be used."""
    from tongdian.bulk.outside import find_outside

    must_be_writable(options.out, option="--out", inputs=[*options.hours, *options.readings])
    done = find_outside(
        opened(options.pack, by_need=True), options.rule, hours=options.hours, readings=options.readings,
        out=options.out, engine=options.engine, memory=options.memory,
    )  # fmt: skip
    said = Words(
        "{spans} 段用量：停供时段内 {outside} 段，无法判定 {undecided} 段，写入 {out}",
        "{spans} quantities: {outside} used outside hours, {undecided} undecided, in {out}",
    )
    facts = {
        "spans": done.spans, "outside": done.outside, "undecided": done.undecided, "out": options.out,
    }  # fmt: skip
    print(said.fill(**facts).say(options.lang))
    print_refused(done.refused, options.lang)
    return NOT_ALL if done.refused else 0
