"""`tongdian indicators`: the indicators of a pack over files of cases, by place."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongdian.calendar import legal_day
from tongdian.cli.arguments import (
    NOT_ALL,
    add_engine,
    add_judging_day,
    add_take,
    day,
    judging_day,
    opened,
    pairs,
)
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.bulk.kept_counts import CountedPart

LEVELS = {"county": 6, "prefecture": 4, "province": 2}  # how many figures of a region's code tell it
VERDICTS = {
    "met": Words("达标", "met"),
    "not_met": Words("未达标", "not met"),
    "open": Words("未定", "open"),
    "unscored": Words("不评分", "not scored"),
    "none": Words("无业务", "no case"),
}
HEADS = (
    Words("地区", "place"), Words("业务", "cases"), Words("达标", "kept"), Words("比例", "share"),
    Words("中位", "p50"), Words("90%", "p90"), Words("最长", "longest"), Words("不计", "exempt"),
    Words("未定", "undecided"), Words("撤回", "withdrawn"), Words("无限值", "no limit"),
    Words("其中曾中止", "stood still"), Words("结论", "verdict"),
)  # fmt: skip
AS_OF = Words("数据截至 {on}", "cases as of {on}")
OF_WHAT = Words("中位、90%、最长：{what}", "p50, p90, longest: {what}")

ANEW = Words("{files} 个文件中重新计算 {anew} 个", "counted anew: {anew} of {files} files")
UNKEPT = Words("没有保存计算结果：{place}（{why}）", "the counts were not kept: {place} ({why})")
TOGETHER = Words(
    "合并计算：{folders}（同一业务在其中几处出现，或各处的列不同）",
    "counted together: {folders} (a case stands in several of them, or they are not of one form)",
)


class NoFilesOfCases(Refusal):
    """A folder without a folder of files for any rule that judges cases."""

    says = Words(
        "{folder} 里没有可计算的数据：每条评定规则一个文件夹（{rules}），各有 case 文件；tongdian cases export 可导出",
        "{folder} has nothing to count: a folder for each rule that judges cases ({rules}), with its file of "
        "cases; tongdian cases export writes them",
    )


def add_commands(commands: Any) -> None:
    """`indicators`."""
    parser = commands.add_parser("indicators", help="count a pack's indicators over files of cases")
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    parser.add_argument(
        "--events",
        required=True,
        type=Path,
        nargs="+",
        metavar="FOLDER",
        help="a folder for each rule that judges cases stands in it, or in each folder of it; several are added up",
    )
    parser.add_argument(
        "--from", type=day, dest="first", metavar="DATE", help="cases that ended from this day on"
    )
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", help="cases that ended up to this day")
    parser.add_argument("--by", choices=[*LEVELS], help="a line for each place, too")
    add_engine(parser, "fold")
    add_judging_day(parser)
    parser.add_argument(
        "--kept",
        type=Path,
        metavar="DIR",
        help="where counts are kept, so that only what changed is counted again (default: counts in TONGDIAN_HOME)",
    )
    parser.add_argument("--json", action="store_true", help="print data")
    add_take(parser)
    parser.set_defaults(run=run_indicators)


def run_indicators(options: argparse.Namespace) -> int:
    """Print what each indicator comes to; exit status 3 where rows were refused."""
    from tongdian.bulk.kept_counts import KeptCounts, count_parts
    from tongdian.bulk.periods import ENDED, Span
    from tongdian.config.home import home
    from tongdian.policy.kinds.indicator import indicators_of

    pack = opened(options.pack)
    today = legal_day(dt.datetime.now(dt.UTC))
    parts = parts_in(options.events, list(indicators_of(pack, options.on or options.last or today)))
    paths = {rule: [path for one in several for path in one.paths] for rule, several in parts.items()}
    on = judging_day(paths, asked=options.on, last=options.last)
    wanted = indicators_of(pack, on)
    counted = count_parts(
        pack, {rule: several for rule, several in parts.items() if rule in wanted}, KeptCounts(options.kept or home() / "counts"),
        on=on, span=Span(options.first, options.last, ENDED), engine=options.engine, take=pairs(options.take),
        memory=options.memory,
    )  # fmt: skip
    print(ANEW.fill(anew=counted.anew, files=counted.files).say(options.lang), file=sys.stderr)
    for names in counted.together:
        print(TOGETHER.fill(folders=list(names)).say(options.lang), file=sys.stderr)
    if counted.unkept is not None:
        why = counted.unkept.strerror or str(counted.unkept)
        print(
            UNKEPT.fill(place=str(counted.unkept.filename or "—"), why=why).say(options.lang), file=sys.stderr
        )
    refused = sum(counted.refused.values())
    if options.json:
        print(json.dumps(_as_data(pack, counted, options.by, on), ensure_ascii=False, indent=2))
        return NOT_ALL if refused else 0
    print(AS_OF.fill(on=on).say(options.lang))
    for indicators in wanted.values():
        for one in indicators:
            if one.rule in counted.regions:
                _say(options, pack, one, counted, on)
    for rule, rows in counted.refused.items():
        if rows:
            print(
                Words(f"{rule}：{rows} 行不能评定", f"{rule}: {rows} rows could not be judged").say(
                    options.lang
                )
            )
    return NOT_ALL if refused else 0


def parts_in(folders: Sequence[Path], rules: Sequence[str]) -> dict[str, list[CountedPart]]:
    """The parts of each rule in some folders: in a folder itself, or in each folder of it. Raises NoFilesOfCases."""
    from tongdian.bulk.kept_counts import CountedPart

    found: dict[str, list[CountedPart]] = {}
    for folder in folders:
        below = sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
        own = {one.name for one in below} & set(rules)
        parts = [
            (place.name or str(place), rule, files)
            for place in ([folder] if own else below)
            for rule in rules
            if (files := files_in(place / rule))
        ]
        if not parts:
            raise NoFilesOfCases(folder=str(folder), rules=sorted(rules))
        for name, rule, files in parts:
            found.setdefault(rule, []).append(CountedPart(name, files))
    return found


def files_in(folder: Path) -> dict[str, list[Path]]:
    """The files of a rule, by the grain that each is named after."""
    if not folder.is_dir():
        return {}
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".parquet", ".xlsx"):
            found.setdefault(path.stem, []).append(path)
    return found if "case" in found else {}


def by_place(regions: Any, level: str | None) -> dict[str, Any]:
    """Histograms by the codes of a level; of everything under nothing."""
    from tongdian.policy.measures import Histogram

    figures = LEVELS.get(level or "", 0)
    found: dict[str, Any] = {}
    for code, histogram in sorted(regions.items()):
        place = code[:figures].ljust(6, "0") if figures else ""
        found[place] = found.get(place, Histogram()) + histogram
    return found


def _say(options: argparse.Namespace, pack: Any, one: Any, counted: Any, on: dt.date) -> None:
    cite = one.versions[-1].cite
    print(f"{one.title.say(options.lang)}  {pack.say_cite(cite, options.lang)}")
    judge = one.source(pack, one.versions[-1])
    is_yes_or_no = judge.counts_yes_or_no(pack, max(on, judge.versions[0].in_force.start))
    if not is_yes_or_no:
        print("  " + OF_WHAT.fill(what=judge.counted_as).say(options.lang))
    refused = sum(counted.refused.get(version.of, 0) for version in one.versions)
    rows = [[head.say(options.lang) for head in HEADS]]
    places = by_place(counted.regions[one.rule], None) | (
        by_place(counted.regions[one.rule], options.by) if options.by else {}
    )
    for place, histogram in places.items():
        share = histogram.share()
        rows.append(
            [
                place or Words("合计", "all").say(options.lang),
                str(histogram.total + histogram.no_limit), str(histogram.total_within), "—" if share is None else f"{share:f}",
                *("—" if is_yes_or_no or (days := histogram.percentile(n)) is None else str(days) for n in (50, 90, 100)),
                str(histogram.exempt), str(histogram.undecided), str(histogram.withdrawn), str(histogram.no_limit),
                "—" if histogram.stood_still is None else str(histogram.stood_still),
                VERDICTS[one.verdict(histogram, refused)].say(options.lang),
            ]
        )  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADS))]
    for row in rows:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    if counted.late.get(one.rule):
        named = ", ".join(f"{case.case} ({case.days})" for case in counted.late[one.rule])
        print("  " + Words(f"未达标：{named}", f"not kept: {named}").say(options.lang))


def _as_data(pack: Any, counted: Any, level: str | None, on: dt.date) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "on": on.isoformat(),
        "indicators": {
            rule: {
                place or "all": {
                    "cases": one.total, "kept": one.total_within, "exempt": one.exempt, "undecided": one.undecided,
                    "withdrawn": one.withdrawn, "late_open": one.late_open, "no_limit": one.no_limit,
                    "stood_still": one.stood_still,
                    "days": {str(day): count for day, count in one.cases.items()},
                    "days_without_limit": {str(day): count for day, count in one.unlimited.items()},
                }
                for place, one in by_place(regions, level).items()
            }
            for rule, regions in counted.regions.items()
        },
        "late": {rule: [case.case for case in cases] for rule, cases in counted.late.items() if cases},
        "refused": {rule: rows for rule, rows in counted.refused.items() if rows},
    }  # fmt: skip
