"""`tongdian workdays`: counting working days."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tongdian.calendar import NATIONAL, Calendar
from tongdian.cli.arguments import day, opened, published_here, warned
from tongdian.regions import known_region


def add_commands(commands: Any) -> None:
    """The `workdays` group."""
    group = commands.add_parser("workdays", help="count working days, make-up workdays included")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="the day N working days after DATE; DATE itself is not counted")
    add.add_argument("date", type=day, metavar="DATE")
    add.add_argument("n", type=int, metavar="N", help="how many working days")
    add.set_defaults(run=run_add)
    between = verbs.add_parser("between", help="working days after START up to and including END")
    between.add_argument("start", type=day, metavar="START")
    between.add_argument("end", type=day, metavar="END")
    between.set_defaults(run=run_between)
    for parser in (add, between):
        parser.add_argument(
            "--region", default=NATIONAL, metavar="CODE", help="GB/T 2260 code, for local days of rest"
        )
        parser.add_argument("--pack", metavar="PACK", help="by the calendar of a pack, with its local days")
        parser.add_argument("--json", action="store_true", help="print data")


def _calendar(options: argparse.Namespace) -> Calendar:
    """The published calendar as it is here, or that of one pack: no pack's days count for another."""
    options.region = known_region(options.region)
    if not options.pack:
        return published_here()
    pack = opened(options.pack, by_need=True)
    options.region = options.region or pack.head.region or NATIONAL
    return pack.calendar


def run_add(options: argparse.Namespace) -> None:
    calendar = _calendar(options)
    with warned(options):
        end = calendar.add_working_days(options.date, options.n, region=options.region)
    _print(options, {"date": options.date.isoformat(), "working_days": options.n, "result": end.isoformat()})


def run_between(options: argparse.Namespace) -> None:
    calendar = _calendar(options)
    with warned(options):
        count = calendar.working_days_between(options.start, options.end, region=options.region)
    _print(options, {"start": options.start.isoformat(), "end": options.end.isoformat(), "result": count})


def _print(options: argparse.Namespace, data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False) if options.json else data["result"])
