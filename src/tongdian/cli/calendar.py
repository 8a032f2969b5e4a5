"""`tongdian calendar`: the years of working days that this installation knows."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `calendar` group."""
    group = commands.add_parser("calendar", help="the published years of working days")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="add the next year from the State Council's notice")
    add.add_argument("year", type=int, metavar="YEAR")
    add.add_argument(
        "notice",
        metavar="FILE",
        help="the notice as a text, or a line a day: 2027-01-01,rest,元旦; - reads from the terminal",
    )
    add.add_argument("--source", required=True, help="who issued the notice, its number and date")
    add.set_defaults(run=run_add)
    show = verbs.add_parser("show", help="through when working days are known, and from where")
    show.set_defaults(run=run_show)


def run_add(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    text = sys.stdin.read() if options.notice == "-" else Path(options.notice).read_text("utf-8-sig")
    with open_program():
        from tongdian.rulebook.commands import publish_year

        row = publish_year(year=options.year, text=text, source=options.source, operator=getpass.getuser())
    said = Words(
        f"已加入 {row.year} 年：放假 {len(row.rests)} 天，调休上班 {len(row.make_ups)} 天",
        f"{row.year} added: {len(row.rests)} days of rest, {len(row.make_ups)} weekend days worked",
    )
    print(said.say(options.lang))


def run_show(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.rulebook import queries

        through = queries.calendar().official_through
        print(Words(f"工作日已公布至 {through}", f"published through {through}").say(options.lang))
        for row in queries.entered_years():
            print(f"{row.year}  {row.source}")
