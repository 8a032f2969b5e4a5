"""`tongdian cases`: the cases of this installation as files."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import day
from tongdian.policy.words import Words

LEFT_OUT = Words(
    "未含 {count} 件演示业务；加 --with-demonstration 一并导出",
    "{count} demonstration cases are left out; --with-demonstration takes them along",
)


def add_commands(commands: Any) -> None:
    """The `cases` group."""
    group = commands.add_parser("cases", help="take the cases of this installation along as files")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    export = verbs.add_parser("export", help="the cases that a measure judges, as the files that it reads")
    export.add_argument("pack", metavar="PACK")
    export.add_argument(
        "rule",
        metavar="MEASURE",
        nargs="?",
        help="a rule of kind measure, such as connection-time; without, each that indicators are counted by, in a folder of its own",
    )
    export.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="a new or empty folder")
    export.add_argument("--on", type=day, metavar="DATE", help="as of the end of this day; today without")
    export.add_argument("--with-demonstration", action="store_true", help="demonstration cases too")
    export.add_argument(
        "--form",
        choices=["csv", "parquet"],
        default="csv",
        help="of the files: csv (default), or parquet sorted by case, for measure --engine fold",
    )
    export.set_defaults(run=run_export)
    record = verbs.add_parser(
        "record",
        help="cases, their events, works and facts, as the files that integrity and conformance read",
    )
    record.add_argument("pack", metavar="PACK")
    record.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="a new or empty folder")
    record.add_argument("--on", type=day, metavar="DATE", help="as of the end of this day; today without")
    record.add_argument("--with-demonstration", action="store_true", help="demonstration cases too")
    record.set_defaults(run=run_record)


def run_export(options: argparse.Namespace) -> None:
    """Write the files and say how many rows each has."""
    from tongdian.calendar import legal_day
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.cases.commands import export_cases, judging_rules, left_out

        on = options.on or legal_day(dt.datetime.now(dt.UTC))
        rules = [options.rule] if options.rule else judging_rules(options.pack, on)
        for rule in rules:
            counts = export_cases(
                options.pack,
                rule,
                to=options.to if options.rule else options.to / rule,
                on=on,
                with_demo=options.with_demonstration,
                form=options.form,
            )
            for grain, count in counts.items():
                file = f"{grain}.{options.form}" if options.rule else f"{rule}/{grain}.{options.form}"
                said = Words(f"{file}：{count} 行", f"{file}: {count} rows")
                print(said.say(options.lang))
        _say_left_out(options, left_out(options.pack))


def run_record(options: argparse.Namespace) -> None:
    """Write the files and say how many rows each has."""
    from tongdian.calendar import legal_day
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.cases.commands import export_record, left_out
        from tongdian.supervision.queries.own_record import first_metered

        on = options.on or legal_day(dt.datetime.now(dt.UTC))
        counts = export_record(
            options.pack, to=options.to, on=on, in_use=first_metered, with_demo=options.with_demonstration
        )
        for grain, count in counts.items():
            print(Words(f"{grain}.csv：{count} 行", f"{grain}.csv: {count} rows").say(options.lang))
        _say_left_out(options, left_out(options.pack))


def _say_left_out(options: argparse.Namespace, demonstrations: int) -> None:
    if demonstrations and not options.with_demonstration:
        print(LEFT_OUT.fill(count=demonstrations).say(options.lang))
