"""`tongdian conformance`: which ways the cases of a record went, and how many as their process is written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import (
    NOT_ALL,
    add_judging_day,
    add_memory,
    add_take,
    day,
    judging_day,
    opened,
    pairs,
)
from tongdian.cli.columns import columns
from tongdian.cli.indicators import LEVELS
from tongdian.cli.refused_rows import print_refused
from tongdian.cli.targets import must_be_free
from tongdian.policy.words import Words

HEADS = (
    Words("地区", "place"), Words("业务", "cases"), Words("一致", "as written"), Words("比例", "share"),
    Words("跳过", "skipped"), Words("重复", "repeated"), Words("次序颠倒", "out of order"), Words("其他", "other"),
    Words("未判断", "not judged"),
)  # fmt: skip
NO_RETURNS = Words(
    "记录中没有退回：流程允许的返工与重复无法区分。",
    "The record says no return: rework that the process allows cannot be told from repetition.",
)


def add_commands(commands: Any) -> None:
    """`conformance`."""
    parser = commands.add_parser(
        "conformance", help="the ways cases went: as written, skipped, repeated, out of order"
    )
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    for name, needed, what in (
        ("cases", True, "a row an application"),
        ("events", True, "a row a step taken"),
        ("facts", False, "a row a fact that decides the way"),
    ):
        parser.add_argument(
            f"--{name}", required=needed, type=Path, action="append", metavar="FILE", help=f"file of {name}: {what}"
        )  # fmt: skip
    parser.add_argument(
        "--process", default="", metavar="PROCESS", help="of cases of which the file says none"
    )
    parser.add_argument(
        "--from", type=day, dest="first", metavar="DATE", help="cases that ran from this day on"
    )
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", help="cases that ran up to this day")
    parser.add_argument("--by", choices=[*LEVELS, "supplier"], help="a line for each, too")
    add_judging_day(parser)
    parser.add_argument(
        "--out", type=Path, metavar="OUT", help="a folder for places, paths and stages as CSV"
    )
    add_memory(parser)
    parser.add_argument("--json", action="store_true", help="print data")
    add_take(parser)
    parser.set_defaults(run=run_conformance)  # fmt: skip


def run_conformance(options: argparse.Namespace) -> int:
    """Print how many went as written, by place, and the commonest paths; exit status 3 where rows were refused."""
    from tongdian.bulk.conformance import conformance_of
    from tongdian.bulk.conformance_files import conformance_data, write_conformance
    from tongdian.bulk.periods import Span

    if options.out:
        must_be_free(options.out)
    pack = opened(options.pack)
    given = {"case": options.cases, "event": options.events, "fact": options.facts}
    files = {name: paths for name, paths in given.items() if paths}
    on = judging_day(files, asked=options.on, last=options.last)
    found = conformance_of(
        pack, files, on=on, span=Span(options.first, options.last), process=options.process,
        take=pairs(options.take), memory=options.memory,
    )  # fmt: skip
    place = place_of(options.by)
    if options.out:
        asked = {"day": on, "from": options.first, "to": options.last, "by": options.by or ""}
        inputs = [path for paths in files.values() for path in paths]
        write_conformance(pack, found, place, out=options.out, asked=asked, inputs=inputs)
    if options.json:
        print(json.dumps(conformance_data(pack, found, place), ensure_ascii=False, indent=1))
    else:
        _say(pack, found, place, options)
    return NOT_ALL if found.refused else 0


def place_of(level: str | None) -> Callable[[tuple[str, str]], str]:
    """What a group is counted under: the code of its division at a level, its supplier, or nothing."""
    if level == "supplier":
        return lambda group: group[1]
    figures = LEVELS.get(level or "", 0)
    return lambda group: group[0][:figures].ljust(6, "0") if figures else ""


def _say(pack: Any, found: Any, place: Callable[[tuple[str, str]], str], options: argparse.Namespace) -> None:
    from tongdian.bulk.conformance import COMMONEST
    from tongdian.policy.process.paths import say_path, stage_titles

    lang = options.lang
    rows = [[head.say(lang) for head in HEADS], _row(Words("合计", "all").say(lang), found.whole)]
    if options.by:
        rows += [_row(name or "—", one) for name, one in found.by(place).items()]
    for line in columns(rows):
        print(line)
    whole = found.whole.cases
    for one in found.drawn[:COMMONEST]:
        title = pack.rules[one.path.process].title.say(lang)
        share = f"{100 * one.total / whole:.1f}%"
        print(f"{one.total:>8,}  {share:>6}  {title}")
        print(f"{'':18}{say_path(one.path, stage_titles(pack.rules[one.path.process])).say(lang)}")
    if len(found.drawn) > COMMONEST:
        said = Words("……另有 {count} 种路径，见 --out", "… {count} more paths: see --out")
        print(said.fill(count=len(found.drawn) - COMMONEST).say(lang))
    if not found.returns:
        print(NO_RETURNS.say(lang))
    print_refused(found.refused, lang)


def _row(name: str, one: Any) -> list[str]:
    from tongdian.bulk.conformance import TOLD_APART

    share = "—" if one.share is None else f"{one.share:f}"
    kinds = [f"{one.kinds[kind]:,}" for kind in TOLD_APART]
    return [
        name,
        f"{one.cases:,}",
        f"{one.conformant:,}",
        share,
        *kinds,
        f"{one.other:,}",
        f"{one.unjudged:,}",
    ]
