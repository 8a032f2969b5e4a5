"""`tongdian template`: empty files for `rate` and `measure`, to be filled in."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from tongdian.calendar import legal_day
from tongdian.cli.arguments import add_take, day, opened, pairs


def add_commands(commands: Any) -> None:
    """`template`."""
    template = commands.add_parser("template", help="empty files of a sheet, with headings and notes")
    template.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    template.add_argument("sheet", metavar="SHEET", help="a rule that is a sheet")
    template.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="where they are written")
    template.add_argument(
        "--on", type=day, metavar="DATE", help="which version of the sheet (default: today)"
    )
    add_take(template)
    template.set_defaults(run=run_template)


def run_template(options: argparse.Namespace) -> None:
    """Write the files and name them."""
    from tongdian.bulk.templates import write_templates

    files = write_templates(
        opened(options.pack),
        options.sheet,
        to=options.to,
        on=options.on or legal_day(dt.datetime.now(dt.UTC)),
        language=options.lang,
        take=pairs(options.take),
    )
    print("\n".join(map(str, files)))
