"""`tongdian replay`: an event log of another system folded through a process."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import NOT_ALL, add_take, day, opened, pairs
from tongdian.cli.columns import columns
from tongdian.cli.targets import must_be_free
from tongdian.policy.words import Words

SHOWN = 5  # lines of the log that the terminal quotes; the files have all
UNKNOWN = Words(
    "流程没有环节“{word}”；请在 --map 文件的 activities 里写明它是哪个环节，不算环节的写 ignore",
    'the process has no stage "{word}"; say under activities in the file of --map which stage it is, or ignore',
)


def add_commands(commands: Any) -> None:
    """`replay`."""
    replay = commands.add_parser(
        "replay", help="whether the cases of an event log (CSV, Excel, Parquet, XES) went the way written"
    )
    replay.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    replay.add_argument("process", metavar="PROCESS", help="a rule that is a process")
    replay.add_argument("events", metavar="EVENTS", type=Path, help="one line for each step of a case")
    replay.add_argument("--out", required=True, type=Path, metavar="OUT", help="a folder for the results")
    replay.add_argument(
        "--map", type=Path, metavar="FILE", help="a YAML file: what columns and steps are called in the log"
    )
    replay.add_argument("--on", type=day, metavar="DATE", help="the day by which open cases are judged")
    add_take(replay)
    replay.set_defaults(run=run_replay)


def run_replay(options: argparse.Namespace) -> int:
    """Write the results and say how many cases went the way that is written."""
    from tongdian.bulk.headings import shortened
    from tongdian.bulk.replaying import replay_log
    from tongdian.calendar import legal_day
    from tongdian.policy.process.replaying import KINDS, DeviationKind

    must_be_free(options.out)
    found = replay_log(
        opened(options.pack, by_need=True),
        options.process,
        options.events,
        out=options.out,
        on=options.on or legal_day(dt.datetime.now(dt.UTC)),
        mapping=options.map,
        take=pairs(options.take),
    )
    whole = Words(
        f"{len(found.cases):,} 件，{found.conformant:,} 件与流程一致",
        f"{len(found.cases):,} cases, {found.conformant:,} as the process is written",
    )
    print(whole.say(options.lang))
    rows = [
        [words.say(options.lang), f"{found.kinds[kind]:,}"]
        for kind, words in KINDS.items()
        if found.kinds[kind]
    ]
    for text in columns(rows, indent="  "):
        print(text)
    unknown = [
        (f"{options.events.name}:{each.line}", UNKNOWN.fill(word=shortened(each.about)))
        for case in found.cases
        for each in case.deviations
        if each.kind is DeviationKind.UNKNOWN
    ]
    _say_each(options, unknown)
    if found.refused:
        said = Words(
            f"{len(found.refused):,} 处未能读取，原因见 {options.out / 'refused.csv'}",
            f"{len(found.refused):,} could not be read, with reasons in {options.out / 'refused.csv'}",
        )
        print(said.say(options.lang))
        _say_each(options, found.refused)
    return NOT_ALL if found.refused or found.conformant < len(found.cases) else 0


def _say_each(options: argparse.Namespace, told: Sequence[tuple[str, Words]]) -> None:
    """The first lines, each with what is wrong there and what to do."""
    colon = Words("：", ": ").say(options.lang)
    for where, words in told[:SHOWN]:
        print(f"  {where}{colon}{words.say(options.lang)}")
    if len(told) > SHOWN:
        print("  …")
