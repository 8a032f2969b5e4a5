"""`tongdian answer`: one rule, one case, one sentence, and every line behind it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import add_take, day, opened, pairs
from tongdian.cli.columns import columns
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import EXAMPLE, Words


def add_commands(commands: Any) -> None:
    """`answer`."""
    answer = commands.add_parser("answer", help="what a rule says about one case, and why")
    answer.add_argument("pack", metavar="PACK", help="a pack's id or folder")
    answer.add_argument("rule", metavar="RULE", help="a rule's id; `policy clauses PACK` lists them")
    answer.add_argument(
        "given", nargs="*", metavar="name=value", help="inputs; rows of a sheet as JSON: segment='[{…}]'"
    )
    answer.add_argument(
        "--on", required=True, type=day, metavar="DATE", help="the day that decides, like 2026-03-02"
    )
    answer.add_argument(
        "--region",
        default="",
        metavar="CODE",
        help="the place of the case, like 450311: an overlay that binds it answers",
    )
    answer.add_argument("--given", dest="file", metavar="FILE", help="inputs as a JSON file")
    add_take(answer)
    answer.add_argument("--json", action="store_true", help="print data")
    answer.set_defaults(run=run_answer)


def run_answer(options: argparse.Namespace) -> None:
    """Print the answer as a sentence with its lines, or as data."""
    given = _file(options.file) if options.file else {}
    for name, text in pairs(options.given).items():
        given[name] = _json(text, name) if text[:1] in ("[", "{") else text
    pack = opened(options.pack, region=options.region, by_need=True)
    answer = pack.answer(options.rule, on=options.on, given=given, take=pairs(options.take))
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
        return
    print(answer.say(options.lang))
    rows = (
        [
            f"{line.grain} {line.row}",
            f"{line.name} = {line.say(options.lang)}"
            + (EXAMPLE.say(options.lang) if line.is_example else ""),
            line.text + (f"   # {line.cite}" if line.cite else ""),
        ]
        for line in answer.lines
    )
    for text in columns(rows, indent="  "):
        print(text)


def _file(name: str) -> dict[str, Any]:
    try:
        given = _json(Path(name).read_text(encoding="utf-8-sig"), name)
    except UnicodeDecodeError:
        problem = Words("不是 UTF-8 文本", "it is not UTF-8 text")
        raise BadInput(name=name, problem=problem) from None
    if not isinstance(given, dict):
        problem = Words("应是 {名称: 值}", "expected an object of names and values")
        raise BadInput(name=name, problem=problem)
    return given


def _json(text: str, name: str) -> Any:
    try:
        # numbers stay text: a binary float is refused by every input
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            name=name, problem=Words(f"不是合法的 JSON（{error}）", f"not valid JSON ({error})")
        ) from None
