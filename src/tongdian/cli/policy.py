"""`tongdian answer` and `tongdian policy …`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tongdian.config.home import home
from tongdian.policy.clauses import say_clause
from tongdian.policy.differences import differences
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.shelf import open_pack, shelf
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """`answer` and the `policy` group."""
    answer = commands.add_parser("answer", help="what a rule says about one case, and why")
    answer.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    answer.add_argument("rule", metavar="RULE")
    answer.add_argument(
        "given",
        nargs="*",
        metavar="name=value",
        help="inputs; rows of a sheet as JSON: segment='[{…}]'",
    )
    answer.add_argument(
        "--on",
        required=True,
        type=day,
        metavar="DATE",
        help="the day that decides, like 2026-03-02",
    )
    answer.add_argument("--given", dest="file", metavar="FILE", help="inputs as a JSON file")
    add_take(answer)
    answer.add_argument("--json", action="store_true", help="print data")
    answer.set_defaults(run=run_answer)

    group = commands.add_parser("policy", help="check, read and compare policy packs")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    check = verbs.add_parser(
        "check", help="load packs and run their tests (all on the shelf by default)"
    )
    check.add_argument(
        "packs", nargs="*", metavar="PACK", help="a pack's id, its folder, or a folder of packs"
    )
    check.set_defaults(run=run_check)
    clauses = verbs.add_parser("clauses", help="every clause: what implements it, what is planned")
    clauses.add_argument("pack", metavar="PACK")
    clauses.add_argument("--json", action="store_true")
    clauses.set_defaults(run=run_clauses)
    describe = verbs.add_parser(
        "describe", help="a rule's inputs with units and ranges, and its versions"
    )
    describe.add_argument("pack", metavar="PACK")
    describe.add_argument("rule", metavar="RULE")
    describe.add_argument("--json", action="store_true")
    describe.set_defaults(run=run_describe)
    diff = verbs.add_parser("diff", help="what changed between two packs")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=run_diff)
    again = verbs.add_parser(
        "reexplain", help="make stored answers again and report every difference"
    )
    again.add_argument(
        "run_folder",
        nargs="?",
        metavar="RUN",
        help="a folder written by `tongdian rate` (default: answers stored here)",
    )
    again.add_argument(
        "--case", metavar="KEY", help="explain this one case of the run, line by line"
    )
    again.add_argument(
        "--sample",
        type=int,
        default=1000,
        metavar="N",
        help="how many cases of the run to make again (0: all)",
    )
    again.add_argument("--json", action="store_true")
    again.set_defaults(run=run_reexplain)


def add_take(parser: argparse.ArgumentParser) -> None:
    """`--take ID=OPTION`, any number of times."""
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="ID=OPTION",
        help="choose an interpretation for this run",
    )


def day(text: str) -> dt.date:
    """A date argument."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-02") from None


def pairs(listed: Sequence[str]) -> dict[str, str]:
    """`name=value` arguments. Raises BadInput."""
    found = {}
    for one in listed:
        name, equals, value = one.partition("=")
        if not equals or not name or name in found:
            raise BadInput(
                name=one,
                problem=Words("写成 名称=值，每个名称一次", "write name=value, each name once"),
            )
        found[name] = value
    return found


def opened(name: str) -> Pack:
    """A pack, its tests run once per content."""
    return open_pack(name, checked=lambda mark: home() / "checked" / mark)


def run_answer(options: argparse.Namespace) -> None:
    given: dict[str, Any] = {}
    if options.file:
        given |= _json(Path(options.file).read_text(encoding="utf-8"), options.file)
    for name, text in pairs(options.given).items():
        given[name] = _json(text, name) if text[:1] in ("[", "{") else text
    answer = opened(options.pack).answer(
        options.rule, on=options.on, given=given, take=pairs(options.take)
    )
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
        return
    print(answer.say(options.lang))
    _print_lines(
        (
            f"{line.grain} {line.row}",
            f"{line.name} = {line.say(options.lang)}",
            line.text,
            line.cite,
        )
        for line in answer.lines
    )


def _print_lines(lines: Iterable[tuple[str, str, str, str]]) -> None:
    """Row, result, formula and cite of each line of a calculation, in columns."""
    listed = list(lines)
    rows = max((len(row) for row, *_ in listed), default=0)
    results = max((len(result) for _, result, *_ in listed), default=0)
    for row, result, text, cite in listed:
        print(f"  {row:<{rows}}  {result:<{results}}  {text}" + (f"   # {cite}" if cite else ""))


def _json(text: str, name: str) -> Any:
    try:
        # numbers stay text: a binary float is refused by every input
        return json.loads(text, parse_float=str, parse_int=str)
    except ValueError as error:
        raise BadInput(
            name=name, problem=Words(f"不是合法的 JSON（{error}）", f"not valid JSON ({error})")
        ) from None


def run_check(options: argparse.Namespace) -> int:
    names: list[str] = []
    for name in options.packs or list(shelf()):
        folder = Path(name)
        inside = (
            sorted(folder.glob("*/pack.yaml"))
            if folder.is_dir() and not (folder / "pack.yaml").exists()
            else []
        )
        names += [str(file.parent) for file in inside] or [name]
    for name in names:
        pack = opened(name)
        tests = sum(len(rule.tests) for rule in pack.rules.values())
        said = Words(
            f"{pack.id}：{len(pack.clauses)} 条款，{len(pack.rules)} 规则，{tests} 测试，{len(pack.interpretations)} 解读 — 通过",
            f"{pack.id}: {len(pack.clauses)} clauses, {len(pack.rules)} rules, {tests} tests, {len(pack.interpretations)} interpretations — ok",
        )
        print(said.say(options.lang))
    return 0


def run_clauses(options: argparse.Namespace) -> None:
    pack = opened(options.pack)
    rows = [
        {
            "id": clause.id,
            "title": clause.title._asdict(),
            "kind": clause.kind,
            "by": list(clause.by),
            "planned": list(clause.planned),
            "tests": sum(len(pack.rules[name].tests) for name in clause.by),
        }
        for clause in pack.clauses.values()
    ]
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row, clause in zip(rows, pack.clauses.values(), strict=True):
        comma = Words("、", ", ").say(options.lang)
        tests = Words(f"（{row['tests']} 个测试）", f" ({row['tests']} tests)").say(options.lang)
        done = comma.join(clause.by) + (tests if clause.by else "")
        planned = (
            Words("计划：", "planned: ").say(options.lang) + comma.join(clause.planned)
            if clause.planned
            else ""
        )
        print(
            f"{clause.id:<14} {clause.kind:<10} {clause.title.say(options.lang)}  — {'; '.join(filter(None, [done, planned])) or '—'}"
        )
    covered = sum(bool(clause.by) for clause in pack.clauses.values())
    waiting = sum(bool(clause.planned) for clause in pack.clauses.values())
    print(
        Words(
            f"共 {len(rows)} 条；已实现 {covered}；计划中 {waiting}",
            f"{len(rows)} clauses; {covered} implemented; {waiting} planned",
        ).say(options.lang)
    )


def run_describe(options: argparse.Namespace) -> None:
    pack = opened(options.pack)
    rule = pack.rule(options.rule)
    described = rule.describe()
    if isinstance(rule, SheetRule):
        described["grains"] = rule.describe_inputs(pack)
        described["interpretations"] = list(rule.needed(pack))
    if options.json:
        print(json.dumps(described, ensure_ascii=False, indent=2))
        return
    print(f"{rule.title.say(options.lang)}  ({rule.rule}, {rule.kind})")
    for version in rule.versions:
        cites = ", ".join(say_clause(cite).say(options.lang) for cite in version.cite)
        until = f"..{version.in_force.before}" if version.in_force.before else ".."
        taking = " ".join(f"[{key}={option}]" for key, option in version.taking.items())
        print(f"  {version.in_force.start}{until}  {cites}  {taking}".rstrip())
    for grain, inputs in described.get("grains", {"": described["inputs"]}).items():
        if grain:
            print(f"  {grain}:")
        for name, one in inputs.items():
            title = (one["title"] or {}).get(options.lang, "")
            default = f"  default {one['default']}" if one["default"] is not None else ""
            print(f"    {name:<20} {one['type']:<40} {title}{default}".rstrip())
    for key in described["interpretations"]:
        interpretation = pack.interpretations[key]
        print(f"  --take {key}={'|'.join(interpretation.options)}   ({interpretation.chosen})")


def run_diff(options: argparse.Namespace) -> None:
    found = differences(opened(options.old), opened(options.new))
    if options.json:
        plain = [
            {"what": d.what, "id": d.id, "change": d.change, "title": d.title._asdict(),
             "fields": [{"path": path, "old": a, "new": b} for path, a, b in d.fields]}
            for d in found
        ]  # fmt: skip
        print(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    for d in found:
        print(f"{d.change:<8} {d.what} {d.id}  {d.title.say(options.lang)}")
        for path, a, b in d.fields:
            print(f"         {path}: {a} → {b}")
    if not found:
        print(Words("没有差别", "no difference").say(options.lang))


def run_reexplain(options: argparse.Namespace) -> int:
    if options.run_folder:
        from tongdian.bulk.reexplaining import reexplain_run

        report = reexplain_run(
            Path(options.run_folder), open_by=opened, case=options.case, sample=options.sample
        )
    else:
        from tongdian.config.program import open_program

        with open_program():
            from tongdian.rulebook.commands import reexplain_answers

            report = reexplain_answers()
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        if options.run_folder:
            _print_lines(
                (f"{grain} {row}", f"{name} = {value}", text, "")
                for grain, row, name, value, text in report.lines
            )
        print("\n".join(report.say(options.lang)))
    return 1 if report.different else 0


__all__ = ["Refusal", "add_commands"]
