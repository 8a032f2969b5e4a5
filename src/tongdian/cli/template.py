"""`tongdian template`: an empty file for each grain of a sheet."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from tongdian.calendar import legal_day
from tongdian.cli.arguments import add_take, day, opened, pairs
from tongdian.cli.targets import must_be_free


def add_commands(commands: Any) -> None:
    """`template`."""
    parser = commands.add_parser(
        "template", help="write an empty file for each grain of a sheet, to be filled in for rate or measure"
    )
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument("sheet", metavar="SHEET", help="a rule that is a sheet or a measure")
    parser.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="where they are written")
    parser.add_argument("--format", choices=["xlsx", "csv"], default="xlsx", help="default: xlsx")
    parser.add_argument("--on", type=day, metavar="DATE", help="which version of the sheet (default: today)")
    add_take(parser)
    parser.set_defaults(run=run_template)


def run_template(options: argparse.Namespace) -> int:
    """Write them, and say where."""
    from tongdian.bulk.rating import sheet_of
    from tongdian.bulk.templates import write_templates

    must_be_free(options.to)
    on: dt.date = options.on or legal_day(dt.datetime.now(dt.UTC))
    rule, sheet = sheet_of(opened(options.pack), options.sheet, on=on, take=pairs(options.take))
    for file in write_templates(rule, sheet, options.to, form=options.format, language=options.lang):
        print(file)
    return 0
