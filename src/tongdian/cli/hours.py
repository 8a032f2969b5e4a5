"""`tongdian hours`: when every place of a campus is supplied, from files, by a timetable."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import NOT_ALL, add_engine, add_take, day, opened, pairs
from tongdian.cli.refused_rows import print_refused
from tongdian.cli.targets import must_be_writable
from tongdian.policy.words import Words

FILES = (
    ("places", True, "place, and what the timetable asks of it"),
    ("days", False, "day, and what the timetable asks of it"),
    ("permits", False, "place, permit, and first and until with their zone"),
)


def add_commands(commands: Any) -> None:
    """`hours`."""
    parser = commands.add_parser("hours", help="when places have supply: a timetable over files of places")
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument("rule", metavar="RULE", help="the id of a timetable")
    for name, needed, what in FILES:
        parser.add_argument(
            f"--{name}", required=needed, type=Path, action="append", default=[], metavar="FILE", help=f"columns: {what}"
        )  # fmt: skip
    parser.add_argument("--from", type=day, dest="first", metavar="DATE", required=True, help="the first day")
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", required=True, help="the last day")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="CSV or Parquet, a row a stretch"
    )
    add_engine(parser)
    add_take(parser)
    parser.set_defaults(run=run_hours)


def run_hours(options: argparse.Namespace) -> int:
    """Write the stretches; exit status 3 where the facts of some places could not be read."""
    from tongdian.bulk.timetables import PlaceFiles, cut_places

    read = [*options.places, *options.days, *options.permits]
    must_be_writable(options.out, option="--out", inputs=read)
    cut = cut_places(
        opened(options.pack, by_need=True), options.rule,
        PlaceFiles(options.places, options.days, options.permits), first=options.first, last=options.last,
        out=options.out, take=pairs(options.take), engine=options.engine, memory=options.memory,
    )  # fmt: skip
    said = Words(
        "{places} 处（{kinds} 类）：{stretches} 段，写入 {out}",
        "{places} places of {kinds} kinds: {stretches} stretches in {out}",
    )
    facts = {"places": cut.places, "kinds": cut.kinds, "stretches": cut.stretches, "out": options.out}
    print(said.fill(**facts).say(options.lang))
    print_refused(cut.refused, options.lang)
    return NOT_ALL if cut.refused else 0
