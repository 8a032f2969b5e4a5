"""`tongdian policy …`: packs checked, read, compared, and their answers made again."""

from __future__ import annotations

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import count, opened
from tongdian.cli.columns import columns
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `policy` group."""
    group = commands.add_parser("policy", help="check, read and compare policy packs")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    check = verbs.add_parser("check", help="load packs and run their tests (all on the shelf by default)")
    check.add_argument(
        "packs", nargs="*", metavar="PACK", help="a pack's id, its folder, or a folder of packs"
    )
    check.set_defaults(run=run_check)
    clauses = verbs.add_parser("clauses", help="every clause: what implements it, what is planned")
    clauses.add_argument("pack", metavar="PACK")
    clauses.add_argument("--json", action="store_true")
    clauses.set_defaults(run=run_clauses)
    describe = verbs.add_parser("describe", help="a rule's inputs with units and ranges, and its versions")
    describe.add_argument("pack", metavar="PACK")
    describe.add_argument("rule", metavar="RULE")
    describe.add_argument("--json", action="store_true")
    describe.set_defaults(run=run_describe)
    removed = verbs.add_parser("removed", help="the papers and stages that an overlay no longer asks for")
    removed.add_argument("pack", metavar="PACK")
    removed.set_defaults(run=run_removed)
    schema = verbs.add_parser("schema", help="what a file of a pack may say, as a JSON Schema for editors")
    schema.add_argument("file", choices=["pack", "clauses", "interpretations", "rules", "process", "overlay"])
    schema.set_defaults(run=run_schema)
    diff = verbs.add_parser("diff", help="what changed between two packs")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=run_diff)
    again = verbs.add_parser("reexplain", help="make stored answers again and report every difference")
    again.add_argument(
        "run_folder",
        nargs="?",
        metavar="RUN",
        help="a folder or run.json written by `tongdian rate` (default: answers stored here)",
    )
    again.add_argument("--case", metavar="KEY", help="explain this one case of the run, line by line")
    again.add_argument(
        "--sample",
        type=count,
        default=1000,
        metavar="N",
        help="how many cases of the run to make again (0: all)",
    )
    again.add_argument("--json", action="store_true")
    again.set_defaults(run=run_reexplain)


def run_check(options: argparse.Namespace) -> int:
    """Check every pack named; one that fails does not hide the next."""
    from tongdian.policy.shelf import shelf

    names: list[str] = []
    for name in options.packs or list(shelf()):
        folder = Path(name)
        inside = (
            sorted(folder.glob("*/pack.yaml"))
            if folder.is_dir() and not (folder / "pack.yaml").exists()
            else []
        )
        names += [str(file.parent) for file in inside] or [name]
    failed = 0
    for name in names:
        try:
            pack = opened(name)
        except Refusal as refusal:
            sys.stdout.flush()
            for mistake in refusal.every if isinstance(refusal, PackError) else (refusal,):
                options.refuse(mistake)
            failed = 1
            continue
        tests = sum(1 for _ in pack.tests())
        said = Words(
            f"{pack.id}：{len(pack.clauses)} 条款，{len(pack.rules)} 规则，{tests} 测试，{len(pack.interpretations)} 解读 — 通过",
            f"{pack.id}: {len(pack.clauses)} clauses, {len(pack.rules)} rules, {tests} tests, {len(pack.interpretations)} interpretations — ok",
        )
        print(said.say(options.lang))
    return failed


def run_clauses(options: argparse.Namespace) -> None:
    pack = opened(options.pack)
    rows = [
        {
            "id": clause.id,
            "title": clause.title._asdict(),
            "kind": clause.kind,
            "by": list(clause.by),
            "carried_by": list(clause.carried_by),
            "planned": list(clause.planned),
            "tests": sum(len(pack.rules[name].tests) for name in clause.by),
        }
        for clause in pack.clauses.values()
    ]
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    shown = []
    for row, clause in zip(rows, pack.clauses.values(), strict=True):
        comma = Words("、", ", ").say(options.lang)
        tests = Words(f"（{row['tests']} 个测试）", f" ({row['tests']} tests)").say(options.lang)
        done = comma.join(clause.by) + (tests if clause.by else "")
        planned = (
            Words("计划：", "planned: ").say(options.lang) + comma.join(clause.planned)
            if clause.planned
            else ""
        )
        carried = (
            Words("由日常业务承担：", "carried out in: ").say(options.lang) + comma.join(clause.carried_by)
            if clause.carried_by
            else ""
        )
        how = "; ".join(filter(None, [done, carried, planned])) or "—"
        shown.append([clause.id, str(clause.kind), clause.title.say(options.lang), how])
    print("\n".join(columns(shown, widest=44)))
    covered = sum(clause.is_alive for clause in pack.clauses.values())
    waiting = sum(bool(clause.planned) for clause in pack.clauses.values())
    print(
        Words(
            f"共 {len(rows)} 条；已实现 {covered}；计划中 {waiting}",
            f"{len(rows)} clauses; {covered} implemented; {waiting} planned",
        ).say(options.lang)
    )


def run_describe(options: argparse.Namespace) -> None:
    from tongdian.policy.kinds.ladder import LadderRule
    from tongdian.policy.kinds.sheet import SheetRule

    pack = opened(options.pack)
    rule = pack.rule(options.rule)
    described = rule.describe()
    if isinstance(rule, LadderRule):
        described["grains"] = rule.describe_inputs(pack)
    if isinstance(rule, SheetRule):
        described["grains"] = rule.describe_inputs(pack)
        described["interpretations"] = list(rule.needed(pack))
    if options.json:
        print(json.dumps(described, ensure_ascii=False, indent=2))
        return
    print("\n".join(_described(pack, rule, described, options.lang)))


def _described(pack: Any, rule: Any, described: dict[str, Any], language: str) -> list[str]:
    from tongdian.policy.clauses import say_clause

    lines = [f"{rule.title.say(language)}  ({rule.rule}, {rule.kind})"]
    versions = []
    for version in rule.versions:
        cites = Words("、", ", ").say(language).join(say_clause(c).say(language) for c in version.cite)
        before = version.in_force.before
        until = f"..{before}" if before else ".."
        taking = " ".join(f"[{key}={option}]" for key, option in version.taking.items())
        versions.append([f"{version.in_force.start}{until}", cites, taking])
    lines += columns(versions, indent="  ")
    grains = described.get("grains", {"": described["inputs"]})
    rows = [
        [name, str((one["title"] or {}).get(language, "")), _said_type(one, language)]
        for inputs in grains.values()
        for name, one in inputs.items()
    ]
    aligned = iter(columns(rows, indent="    "))
    for grain, inputs in grains.items():
        lines += [f"  {grain}:"] * bool(grain) + [next(aligned) for _ in inputs]
    stages = described["versions"][-1].get("stages", {})
    lines += columns(
        [
            [key, one["title"][language], one["role"], f"({one['planned']})" if one["planned"] else ""]
            for key, one in stages.items()
        ],
        indent="  ",
    )
    newest = described["versions"][-1]
    if rule.kind == "ladder":
        words = rule.consequence_words(pack)
        listed = [(f"{step['time']}.", step) for step in newest["steps"]]
        listed += [(rule.marks[mark].say(language), on) for mark, on in newest["marked"].items()]
        for said, step in listed:
            follows = (
                Words("、", "; ").say(language).join(words[name].say(language) for name in step["follows"])
            )
            lines.append(f"  {said} {follows}")
    for key in described["interpretations"]:
        interpretation = pack.interpretations[key]
        taken = interpretation.chosen
        now = Words(
            "未选定" if taken == "none" else f"现为 {taken}",
            "not chosen" if taken == "none" else f"now {taken}",
        )
        options = "|".join(interpretation.options)
        lines.append(f"  --take {key}={options}   ({now.say(language)})")
    return lines


def _said_type(one: dict[str, Any], language: str) -> str:
    """An input's type as people say it: `kWh, 2 decimals, 0 to 99,999 (default 0)`."""
    default = str(one["default"]).lower() if isinstance(one["default"], bool) else one["default"]
    tail = Words("", "") if default is None else Words(f"（默认 {default}）", f" (default {default})")
    return (_said_choice(one) or _said_number(one)).say(language) + tail.say(language)


def _said_choice(one: dict[str, Any]) -> Words | None:
    if one["one_of"]:
        listed = " | ".join(one["one_of"])
        return Words(listed, listed)
    return {
        "bool": Words("true 或 false", "true or false"),
        "date": Words("日期，如 2026-03-02", "date, like 2026-03-02"),
        "instant": Words(
            "写明时区的时刻，如 2026-03-02T09:30+08:00", "instant with its zone, like 2026-03-02T09:30+08:00"
        ),
        "id": Words("编号", "identifier"),
    }.get(one["type"])


def _said_number(one: dict[str, Any]) -> Words:
    from tongdian.policy.inputs import say_unit
    from tongdian.policy.units import Unit

    bare, scale = one["unit"] in (None, "1"), int(one["scale"] or 0)
    unit = Unit.parse(one["unit"] or "1") if not bare else None
    grouped = "," if unit or Decimal(one["max"]) > 9999 else ""  # a year is 2026
    low, high = (f"{Decimal(one[end]):{grouped}f}" for end in ("min", "max"))
    return Words(
        (say_unit(unit, "zh") if unit else "数")
        + (f"，{scale} 位小数" if scale else "")
        + f"，{low} 至 {high}",
        (say_unit(unit, "en") if unit else "number")
        + (f", {scale} decimal{'s' * (scale > 1)}" if scale else "")
        + f", {low} to {high}",
    )


def run_removed(options: argparse.Namespace) -> None:
    """What a duty to ask for less is shown by: rule, what was removed, from when, by which clause."""
    from tongdian.policy.overlays.laying import removals

    pack = opened(options.pack)
    clause = pack.head.overlays.removing if pack.head.overlays else None
    for text in columns(
        [one.rule, one.title.say(options.lang), f"{one.since}", pack.say_cite(one.cite, options.lang)]
        for one in removals(pack)
    ):
        print(text)
    if clause is not None:
        shown = Words("以上可作为完成{clause}的证据", "this is evidence for {clause}")
        print(shown.fill(clause=pack.say_cite((clause,), options.lang)).say(options.lang))


def run_schema(options: argparse.Namespace) -> None:
    from tongdian.policy.schema import file_schema

    print(json.dumps(file_schema(options.file), ensure_ascii=False, indent=2))


def run_diff(options: argparse.Namespace) -> None:
    from tongdian.policy.differences import differences

    found = differences(opened(options.old, is_copy=True), opened(options.new, is_copy=True))
    if options.json:
        plain = [
            {
                "what": d.what,
                "id": d.id,
                "change": d.change,
                "title": d.title._asdict(),
                "fields": [{"path": path, "old": a, "new": b} for path, a, b in d.fields],
            }
            for d in found
        ]
        print(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    for d in found:
        print(f"{d.change:<8} {d.what} {d.id}  {d.title.say(options.lang)}".rstrip())
        for path, a, b in d.fields:
            print(f"         {path}: {'—' if a is None else a} → {'—' if b is None else b}")
    if not found:
        print(Words("没有差别", "no difference").say(options.lang))


def run_reexplain(options: argparse.Namespace) -> int:
    report: Any
    if options.run_folder:
        from tongdian.bulk.reexplaining import reexplain_run

        report = reexplain_run(
            Path(options.run_folder),
            open_by=opened,
            case=options.case,
            sample=options.sample,
            language=options.lang,
        )
    else:
        from tongdian.config.program import open_program

        with open_program():
            from tongdian.rulebook.commands import reexplain_answers

            report = reexplain_answers()
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        lines = getattr(report, "lines", ())
        rows = ([f"{grain} {row}", f"{name} = {said}", text] for grain, row, name, said, text in lines)
        print("\n".join([*columns(rows, indent="  "), *report.say(options.lang)]))
    return 1 if report.different else 0
