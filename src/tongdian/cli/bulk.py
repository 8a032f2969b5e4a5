"""`tongdian rate` and `tongdian measure`: sheets over files."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from tongdian.calendar import legal_day
from tongdian.cli.arguments import NOT_ALL, add_engine, add_take, day, judging_day, opened, pairs
from tongdian.cli.columns import columns
from tongdian.cli.targets import must_be_free, must_be_writable
from tongdian.policy.half_width import hint
from tongdian.policy.measures import APART
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

SHOWN = 5  # refused rows, and kinds of reason, that the terminal shows
NOT_CONFIRMED = Words(
    "未确认：文件没有 {columns}，所填中止均按已确认计",
    "claims not confirmed: the files have no {columns}, so every stay is counted as confirmed",
)


def add_commands(commands: Any) -> None:
    """`rate` and `measure`."""
    rate = commands.add_parser("rate", help="run a sheet over files of rows (Parquet, CSV, Excel)")
    rate.add_argument(
        "--only", action="append", default=[], metavar="GRAIN", help="write this grain only (again for more)"
    )
    rate.add_argument(
        "--format", choices=["parquet", "csv", "xlsx"], default="parquet", help="of result files in a folder"
    )
    rate.set_defaults(run=run_rate)
    measure = commands.add_parser("measure", help="measure an indicator sheet over files of case events")
    measure.add_argument(
        "--by",
        default="",
        metavar="COLUMNS",
        help="columns to group by, separated by commas; also month, quarter, half_year, year",
    )
    measure.add_argument("--from", type=day, dest="first", metavar="DATE", help="cases from this day on")
    measure.add_argument("--to", type=day, dest="last", metavar="DATE", help="cases up to this day")
    measure.add_argument(
        "--period-of",
        default="applied",
        metavar="DAY",
        help="the day that periods go by: applied (default), or ended, where open cases are of the day --on",
    )
    measure.set_defaults(run=run_measure)
    for parser, files in ((rate, "INPUT"), (measure, "EVENTS")):
        parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
        parser.add_argument("sheet", metavar="SHEET", help="a rule that is a sheet")
        parser.add_argument(
            "files", nargs="+", metavar=files, help="GRAIN=FILE (or a file named after its grain)"
        )
        parser.add_argument(
            "--out", required=True, metavar="OUT", help="a folder, or one file for a flat sheet"
        )
        if parser is measure:
            add_engine(parser, "fold", why="; fold reads Parquet sorted by case in one pass")
        else:
            add_engine(parser)
        parser.add_argument(
            "--on", type=day, metavar="DATE", help="which version of the sheet (default: today)"
        )
        parser.add_argument(
            "--columns", type=Path, metavar="FILE", help="what headings mean, as --keep-columns wrote it"
        )
        parser.add_argument(
            "--keep-columns", type=Path, metavar="FILE", help="write down what each heading was taken for"
        )
        parser.add_argument("--json", action="store_true", help="print data")
        add_take(parser)


def files_of(listed: list[str]) -> dict[str, list[str]]:
    """GRAIN=FILE arguments; a bare file is named by its stem. Several files of one grain add up."""
    found: dict[str, list[str]] = {}
    for one in listed:
        grain, equals, path = one.partition("=")
        if not equals and not Path(one).exists() and "＝" in one:
            raise BadInput(
                name=one, problem=Words(f"写成 层=文件{hint(one).zh}", f"write GRAIN=FILE{hint(one).en}")
            )
        if not equals or Path(one).exists():  # a name may hold an equals sign
            grain, path = Path(one).stem.removeprefix("refused-"), one  # mended, and given again
        found.setdefault(grain, []).append(path)
    return found


def _columns(options: argparse.Namespace) -> Any:
    from tongdian.bulk.headings import read_columns

    return read_columns(options.columns) if options.columns else None


def _must_be_free(options: argparse.Namespace) -> None:
    """Where something is to be written can be written to, and is no input. Raises OSError, WouldOverwrite."""
    from tongdian.bulk.rating import SUFFIXES, paths_of

    if options.keep_columns is not None:
        read = [file for files in paths_of(files_of(options.files)).values() for file in files]
        read += [options.columns] if options.columns else []
        must_be_writable(options.keep_columns, option="--keep-columns", inputs=read)
    must_be_free(Path(options.out), or_file=SUFFIXES)


def _keep(options: argparse.Namespace, columns: Any) -> None:
    from tongdian.bulk.headings import write_columns

    if options.keep_columns:
        write_columns(options.keep_columns, columns)


def _today(options: argparse.Namespace) -> dt.date:
    return options.on or legal_day(dt.datetime.now(dt.UTC))


def run_rate(options: argparse.Namespace) -> int:
    from tongdian.bulk import rate

    _must_be_free(options)
    run = rate(
        opened(options.pack, by_need=True),
        options.sheet,
        files_of(options.files),
        out=options.out,
        on=_today(options),
        engine=options.engine,
        take=pairs(options.take),
        columns=_columns(options),
        only=options.only or None,
        form=options.format,
        memory=options.memory,
    )
    _keep(options, run.columns)
    if options.json:
        print(json.dumps(run.to_json(), ensure_ascii=False, indent=2))
        return NOT_ALL if run.refused else 0
    out = Path(options.out)
    folder = out.parent if run.files["refused"] != "refused.csv" else out
    _say_read(options, run.read)
    for grain, count in run.counts.items():
        print(f"{grain}: {count:,} → {folder / run.files[grain]}")
    for grain, names in run.examples.items():
        said = Words("以下各列依据示例数据，非官方", "these columns rest on EXAMPLE figures, not official")
        print(f"{grain}: {said.say(options.lang)}: {', '.join(names)}")
    _say_refused(options, run.refused, run.refusals, folder / run.files["refused"])
    return NOT_ALL if run.refused else 0


def run_measure(options: argparse.Namespace) -> int:
    from tongdian.bulk import measure
    from tongdian.bulk.periods import Span

    _must_be_free(options)
    by = [name.strip() for name in options.by.split(",") if name.strip()]
    files = files_of(options.files)
    on = judging_day(files, asked=options.on, last=None)
    measured = measure(
        opened(options.pack, by_need=True),
        options.sheet,
        files,
        by=by,
        out=options.out,
        on=on,
        engine=options.engine,
        take=pairs(options.take),
        columns=_columns(options),
        span=Span(options.first, options.last, options.period_of),
        memory=options.memory,
    )
    _keep(options, measured.columns)
    if options.json:
        print(Path(options.out, "run.json").read_text(encoding="utf-8"))
        return NOT_ALL if measured.refused else 0
    _say_read(options, measured.read)
    for note in measured.notes:
        print(note.say(options.lang))
    print("\n".join(_measures(list(measured.by), measured.groups, options.lang)))
    _say_refused(
        options, len({r.key for r in measured.refused}), measured.refused, Path(options.out, "refused.csv")
    )
    if measured.believed:
        print(NOT_CONFIRMED.fill(columns=list(measured.believed)).say(options.lang))
    return NOT_ALL if measured.refused else 0


SAID_APART = {
    "exempt": Words("不计", "exempt"),
    "late_open": Words("在办逾期", "late, open"),
    "undecided": Words("未定", "undecided"),
    "withdrawn": Words("撤回", "withdrawn"),
    "no_limit": Words("无限值", "no limit"),
}


def _measures(by: list[str], groups: Any, language: str) -> list[str]:
    """A line a group; what stands apart has a column where there is any, and the exempt always."""
    apart = [name for name in APART if name == "exempt" or any(getattr(g, name) for g in groups.values())]
    has_stays = any(one.stood_still is not None for one in groups.values())
    said = [
        Words("件数", "cases"),
        *(SAID_APART[name] for name in apart),
        *([Words("其中曾中止", "stood still")] if has_stays else []),
        Words("达标", "within"),
        Words("占比", "share"),
        Words("P50", "P50"),
        Words("P90", "P90"),
        Words("最长", "longest"),
    ]
    rows = [[*by, *(words.say(language) for words in said)]]
    for group, one in groups.items():
        share = one.share()
        days = (one.percentile(p) for p in (50, 90, 100))
        still = (one.stood_still,) if has_stays else ()
        counts = (one.total, *(getattr(one, name) for name in apart), *still, one.total_within)
        rows.append(
            [
                *group,
                *("—" if n is None else f"{n:,}" for n in counts),
                "—" if share is None else f"{share:.2%}",
                *("—" if day is None else f"{day:,}" for day in days),
            ]
        )
    return columns(rows)


def _say_read(options: argparse.Namespace, read: Any) -> None:
    for one in read:
        print(one.words.say(options.lang))
        for name, note in one.notes:
            print(f"  {name}{Words('：', ': ').say(options.lang)}{note.say(options.lang)}")


def _say_refused(options: argparse.Namespace, count: int, rows: Any, file: Path) -> None:
    if not count:
        return
    said = Words(f"拒绝 {count:,} 件，理由见 {file}：", f"{count:,} refused, with reasons in {file}:")
    print(said.say(options.lang))
    colon = Words("：", ": ").say(options.lang)
    if len(rows) > SHOWN:
        from tongdian.bulk.setting_aside import reasons_of

        for reason in reasons_of(rows)[:SHOWN]:
            at = " · ".join(filter(None, [reason.grain, reason.column]))
            print(f"  {reason.rows:,} × {at}{colon}{reason.words.say(options.lang)}")
    for row in rows[:SHOWN]:
        below = " / ".join(value for _, value in row.keys[1:])
        where = " ".join(filter(None, [row.grain, below]))
        found = f"{row.file}:{row.line}" if row.file else ""
        place = " · ".join(filter(None, [found, row.key or "—", where, row.written or row.column]))
        print(f"  {place}{colon}{row.reason.say(options.lang)}")
    if len(rows) > SHOWN:
        print("  …")
