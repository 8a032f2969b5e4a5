"""`tongdian rate` and `tongdian measure`: sheets over files."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from tongdian.cli.policy import add_take, day, opened, pairs
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """`rate` and `measure`."""
    rate = commands.add_parser("rate", help="run a sheet over files of rows (Parquet, CSV, Excel)")
    rate.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GRAIN",
        help="write this grain only (again for more)",
    )
    rate.add_argument(
        "--format",
        choices=["parquet", "csv", "xlsx"],
        default="parquet",
        help="of result files in a folder",
    )
    rate.set_defaults(run=run_rate)
    measure = commands.add_parser(
        "measure", help="measure an indicator sheet over files of case events"
    )
    measure.add_argument(
        "--by", default="", metavar="COLUMNS", help="columns to group by, separated by commas"
    )
    measure.set_defaults(run=run_measure)
    for parser, files in ((rate, "INPUT"), (measure, "EVENTS")):
        parser.add_argument("pack", metavar="PACK")
        parser.add_argument("sheet", metavar="SHEET")
        parser.add_argument(
            "files", nargs="+", metavar=files, help="GRAIN=FILE (or a file named after its grain)"
        )
        parser.add_argument(
            "--out", required=True, metavar="OUT", help="a folder, or one file for a flat sheet"
        )
        parser.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb")
        parser.add_argument(
            "--on", type=day, metavar="DATE", help="which version of the sheet (default: today)"
        )
        parser.add_argument("--memory", default="3GB", help="limit for the engine, like 3GB")
        parser.add_argument("--json", action="store_true")
        add_take(parser)


def _files(listed: list[str]) -> dict[str, list[str]]:
    """GRAIN=FILE arguments; a bare file is named by its stem. Several files of one grain add up."""
    found: dict[str, list[str]] = {}
    for one in listed:
        grain, equals, path = one.partition("=")
        if not equals:
            grain, path = Path(one).stem, one
        found.setdefault(grain, []).append(path)
    return found


def _today(options: argparse.Namespace) -> dt.date:
    return options.on or dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def run_rate(options: argparse.Namespace) -> int:
    from tongdian.bulk import rate

    run = rate(
        opened(options.pack), options.sheet, _files(options.files), out=options.out, on=_today(options),
        engine=options.engine, take=pairs(options.take), only=options.only or None, form=options.format,
        memory=options.memory,
    )  # fmt: skip
    if options.json:
        print(json.dumps(run.to_json(), ensure_ascii=False, indent=2))
        return 0
    out = Path(options.out)
    folder = out.parent if out.suffix else out
    for grain, count in run.counts.items():
        print(f"{grain}: {count:,} → {folder / run.files[grain]}")
    _say_refused(options, run.refused, run.refusals, folder / run.files["refused"])
    return 0


def run_measure(options: argparse.Namespace) -> int:
    from tongdian.bulk import measure

    by = [name.strip() for name in options.by.split(",") if name.strip()]
    measured = measure(
        opened(options.pack), options.sheet, _files(options.files), by=by, out=options.out,
        on=_today(options), engine=options.engine, take=pairs(options.take), memory=options.memory,
    )  # fmt: skip
    if options.json:
        print(Path(options.out, "run.json").read_text(encoding="utf-8"))
        return 0
    header = [*by, *(Words("件数", "cases").say(options.lang), Words("达标", "within").say(options.lang),
              Words("占比", "share").say(options.lang), "P50", "P90", "max")]  # fmt: skip
    print("\t".join(header))
    for group, one in measured.groups.items():
        share = one.share()
        print("\t".join(map(str, [*group, one.total, one.total_within, "—" if share is None else f"{share:.2%}",
                                  one.percentile(50), one.percentile(90), one.percentile(100)])))  # fmt: skip
    _say_refused(
        options,
        len({r.key for r in measured.refused}),
        measured.refused,
        Path(options.out, "refused.csv"),
    )
    return 0


def _say_refused(options: argparse.Namespace, count: int, rows: Any, file: Path) -> None:
    if not count:
        return
    print(
        Words(f"拒绝 {count} 件，理由见 {file}：", f"{count} refused, with reasons in {file}:").say(
            options.lang
        )
    )
    for row in rows[:5]:
        where = f"{row.grain} {row.row}" if row.row != row.key else row.grain
        print(f"  {row.key} · {where} · {row.column}: {row.reason.say(options.lang)}")
    if len(rows) > 5:
        print("  …")
