"""`tongdian integrity`: what in the record of a business makes a supervisor look, from files."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import NOT_ALL, add_judging_day, add_memory, day, judging_day, opened
from tongdian.cli.refused_rows import print_refused
from tongdian.policy.words import Words

NAMED = 10  # findings that are printed of each signal; --json has them all
COUNTY = 6  # figures of a region's code


def add_commands(commands: Any) -> None:
    """`integrity`."""
    parser = commands.add_parser(
        "integrity", help="look for off-book handling, steps filled in and run again"
    )
    parser.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    for name, needed, what in (
        ("cases", True, "a row an application"),
        ("events", False, "a row a step taken"),
        ("works", False, "a row a contract for works"),
    ):
        parser.add_argument(
            f"--{name}", required=needed, type=Path, action="append", metavar="FILE", help=f"file of {name}: {what}"
        )  # fmt: skip
    parser.add_argument(
        "--from", type=day, dest="first", metavar="DATE", help="what happened from this day on"
    )
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", help="what happened up to this day")
    parser.add_argument("--by", choices=["county", "supplier"], help="how many, for each, too")
    parser.add_argument(
        "--only", action="append", default=[], metavar="RULE", help="this signal; any number of times"
    )
    add_judging_day(parser)
    add_memory(parser, default="1800MB")
    parser.add_argument("--json", action="store_true", help="print data")
    parser.set_defaults(run=run_integrity)  # fmt: skip


def run_integrity(options: argparse.Namespace) -> int:
    """Print what each signal found; exit status 3 where rows were refused."""
    from tongdian.bulk.periods import Span
    from tongdian.bulk.signals import find_signals

    pack = opened(options.pack)
    given = {"case": options.cases, "event": options.events, "work": options.works}
    files = {name: paths for name, paths in given.items() if paths}
    on = judging_day(files, asked=options.on, last=options.last)
    found = find_signals(
        pack, files,
        on=on, span=Span(options.first, options.last), only=options.only, memory=options.memory,
    )  # fmt: skip
    if options.json:
        print(json.dumps(_as_data(pack, found), ensure_ascii=False, indent=2))
    else:
        for result in found.results:
            _say(options, pack, result)
        print_refused(found.refused, options.lang)
    return NOT_ALL if found.refused else 0


def _say(options: argparse.Namespace, pack: Any, result: Any) -> None:
    from tongdian.policy.kinds.signal import SEVERITIES

    lang, rule = options.lang, result.rule
    head = f"{rule.title.say(lang)}  {pack.say_cite(result.version.cite, lang)}"
    if not result.is_judged:
        said = Words("未判断：文件没有 {lacks}", "not judged: the files have no {lacks}")
        print(f"{head}\n  {said.fill(lacks=list(result.lacks)).say(lang)}")
        return
    counted = Words(
        "{severity}：{found} 项（判断 {judged}，缺数未判断 {unknown}）",
        "{severity}: {found} (of {judged} judged; {unknown} not judged, something is missing)",
    )
    print(head)
    filled = counted.fill(
        severity=SEVERITIES[rule.severity], found=result.total, judged=result.judged, unknown=result.unknown
    )
    print(f"  {filled.say(lang)}")
    for name, count in _by(options.by, result).items():
        print(f"  {name or Words('多处', 'several').say(lang):>8}  {count}")
    for one in result.found[:NAMED]:
        print(
            f"  {one.about}：{one.sentence.say(lang)}"
            if lang == "zh"
            else f"  {one.about}: {one.sentence.say(lang)}"
        )
    if result.total > NAMED:
        print("  " + Words("……另有 {count} 项，见 --json", "… {count} more: see --json").fill(count=result.total - NAMED).say(lang))  # fmt: skip


def _by(level: str | None, result: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for (region, supplier), count in result.counts.items():
        if level is not None:
            found[region[:COUNTY] if level == "county" else supplier] += count
    return found


def _as_data(pack: Any, found: Any) -> dict[str, Any]:
    from tongdian.policy.answer import plain

    return {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "signals": {
            one.rule.rule: {
                "title": one.rule.title._asdict(),
                "cite": list(one.version.cite),
                "severity": one.rule.severity,
                "limits": {name: plain(limit.is_) for name, limit in one.version.limits.items()},
                "judged": one.judged,
                "unknown": one.unknown,
                "lacks": list(one.lacks),
                "count": one.total,
                "counts": [
                    {"region": region, "supplier": supplier, "count": count}
                    for (region, supplier), count in one.counts.items()
                ],
                "found": [
                    {
                        "origin": each.origin, "about": each.about, "case": each.case, "supplier": each.supplier,
                        "region": each.region, "sentence": each.sentence._asdict(),
                        "values": {name: None if v is None else plain(v) for name, v in each.values.items()},
                    }
                    for each in one.found
                ],
            }
            for one in found.results
        },
        "refused": [
            {"grain": one.grain, "row": one.row, "column": one.column, "value": one.value, "reason": one.reason._asdict()}
            for one in found.refused
        ],
    }  # fmt: skip
