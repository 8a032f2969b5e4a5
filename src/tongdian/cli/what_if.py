"""`tongdian what-if`: the same cases by another pack or interpretation, and who passes or fails only then."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
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
from tongdian.cli.bulk import files_of
from tongdian.cli.columns import columns
from tongdian.policy.words import Words

HEADS = (
    Words("业务", "cases"), Words("原达标", "kept before"), Words("后达标", "kept after"),
    Words("新达标", "newly kept"), Words("新不达标", "newly not kept"), Words("恰在限值", "at the edge"),
    Words("不评", "not judged"),
)  # fmt: skip
ALL = Words("合计", "all")
NAMED = {
    "newly_kept": Words("新达标：{cases}", "newly kept: {cases}"),
    "newly_not_kept": Words("新不达标：{cases}", "newly not kept: {cases}"),
}
REFUSED = Words("未能读取或计算：原 {before} 行，后 {after} 行", "refused: {before} before, {after} after")


def add_commands(commands: Any) -> None:
    """`what-if`."""
    parser = commands.add_parser(
        "what-if", help="judge files of cases by two readings, and compare case by case"
    )
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument("sheet", metavar="SHEET", help="a rule that judges cases")
    parser.add_argument(
        "files", nargs="+", metavar="EVENTS", help="GRAIN=FILE (or a file named after its grain)"
    )
    parser.add_argument(
        "--with", dest="other", metavar="PACK", help="the other pack: a draft, an overlay (default: the same)"
    )
    parser.add_argument("--with-sheet", metavar="SHEET", help="its rule (default: of the same name)")
    parser.add_argument(
        "--with-take", action="append", default=[], metavar="KEY=OPTION", help="an interpretation taken by it"
    )
    parser.add_argument(
        "--by", default="", metavar="COLUMNS", help="columns or periods to group by, separated by commas"
    )
    parser.add_argument("--from", type=day, dest="first", metavar="DATE", help="cases from this day on")
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", help="cases up to this day")
    add_judging_day(parser, default="today")
    add_memory(parser)
    parser.add_argument("--json", action="store_true", help="print data")
    add_take(parser)
    parser.set_defaults(run=run_what_if)


def run_what_if(options: argparse.Namespace) -> int:
    """Print, by group, who is kept before and after; exit status 3 where rows were refused."""
    from tongdian.bulk.comparing import JudgedBy, compare
    from tongdian.bulk.periods import Span

    before = JudgedBy(opened(options.pack, by_need=True), options.sheet, pairs(options.take))
    other = opened(options.other, by_need=True) if options.other else before.pack
    after = JudgedBy(other, options.with_sheet or options.sheet, pairs(options.with_take))
    files = files_of(options.files)
    on = judging_day(files, asked=options.on, last=None)
    found = compare(
        before, after, files, on=on,
        by=[name.strip() for name in options.by.split(",") if name.strip()],
        span=Span(options.first, options.last), memory=options.memory,
    )  # fmt: skip
    refused = [len({row.key for row in rows}) for rows in found.refused]
    if options.json:
        print(json.dumps(_as_data(found, refused), ensure_ascii=False, indent=1))
    else:
        _say(found, refused, options.lang)
    return NOT_ALL if any(refused) else 0


def _say(found: Any, refused: list[int], language: str) -> None:
    rows = [[*found.by, *(head.say(language) for head in HEADS)]]
    groups = (
        {**found.groups, (ALL.say(language), *[""] * (len(found.by) - 1)): found.whole}
        if found.by
        else {(): found.whole}
    )
    for group, one in groups.items():
        edge = str(one.edge) if found.has_limits else "—"
        rows.append(
            [*group, str(one.cases), str(one.kept + one.newly_not_kept), str(one.kept + one.newly_kept),
             str(one.newly_kept), str(one.newly_not_kept), edge, str(one.apart)]
        )  # fmt: skip
    print("\n".join(columns(rows)))
    for change, cases in found.named.items():
        if cases:
            listed = ", ".join(f"{one.case} ({one.before} → {one.after})" for one in cases)
            print(NAMED[change].fill(cases=listed).say(language))
    if any(refused):
        print(REFUSED.fill(before=refused[0], after=refused[1]).say(language))


def _as_data(found: Any, refused: list[int]) -> dict[str, Any]:
    return {
        "by": list(found.by),
        "groups": [
            {"group": list(group), "cases": one.cases, **asdict(one)} for group, one in found.groups.items()
        ],
        "all": {"cases": found.whole.cases, **asdict(found.whole)},
        "named": {change: [asdict(one) for one in cases] for change, cases in found.named.items()},
        "refused": {"before": refused[0], "after": refused[1]},
    }
