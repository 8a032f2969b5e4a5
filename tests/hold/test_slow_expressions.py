"""Every regular expression of the program, driven with long texts that almost fit.

What is found in the source is compiled as it stands there and tried in a child process whose time
of computing is limited. Whether it ends is counted, never how long it took.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tongdian"
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
FLAGS = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL", "x": "VERBOSE", "a": "ASCII"}
LENGTH = 100_000
COMPUTING_SECONDS = 4  # for all the texts of one expression; a squared one needs a minute for one
TRY = """
import json, re, sys
how, pattern, pieces, length = json.load(sys.stdin)
found = re.compile(pattern)
for piece in pieces:
    text = piece * (length // len(piece)) + chr(0)
    if how in ("match", "fullmatch", "search"):
        getattr(found, how)(text)
    else:
        for _ in found.finditer(text):
            pass
"""


def expressions() -> list[tuple[str, str, str]]:
    """Where, how it is used, and the expression, of every one that is written out."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = str(path.relative_to(SOURCE))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for how, value in written(node):
                    found.append((f"{place}:{node.lineno}", how, value))
    return found


def written(call: ast.Call) -> list[tuple[str, str]]:
    """The expressions written in a call of `re` or as `pattern=`."""
    made = call.func
    is_re = isinstance(made, ast.Attribute) and isinstance(made.value, ast.Name)
    candidates = [("search", one.value) for one in call.keywords if one.arg == "pattern"]
    if is_re and made.value.id == "re" and made.attr in FUNCTIONS - {"compile"} and call.args:
        candidates.append((made.attr, call.args[0]))
    flags = "".join(
        sign
        for sign, name in FLAGS.items()
        for one in call.keywords
        if one.arg == "flags" and name in ast.unparse(one.value)
    )
    flags += "".join(
        sign for sign, name in FLAGS.items() for one in call.args if ast.unparse(one) == f"re.{name}"
    )
    return [
        (how, f"(?{flags}){one.value}" if flags else one.value)
        for how, one in candidates
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def compiled() -> list[tuple[str, str, str]]:
    """What modules hold compiled, whatever it was put together from, each way it is asked."""
    import importlib

    found = []
    whole = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    for path in sorted(SOURCE.rglob("*.py")):
        if "re.compile" not in path.read_text(encoding="utf-8"):
            continue
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for known, value in vars(importlib.import_module(name)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                asked = set(re.findall(rf"\b{known}\.(\w+)\(", whole)) & FUNCTIONS
                found += [
                    (f"{name}.{known}", how, f"(?{_flags(value)}){value.pattern}")
                    for how in asked or {"finditer"}
                ]
    return found


def _flags(one: re.Pattern[str]) -> str:
    return "".join(sign for sign, name in FLAGS.items() if one.flags & re.RegexFlag[name]) or "u"


def almost(pattern: str) -> list[str]:
    """What long texts are made of: each sign of the expression and of common kinds, which stand there
    again and again before an end that does not fit."""
    signs = {*"0a A-._,(（[{\n\t第一年月日1", *re.sub(r"\\.", "", pattern)[:60]}
    pairs = {a + b for a, b in itertools.pairwise(pattern) if a.isalnum() or b.isalnum()}
    return sorted({*signs, *sorted(pairs)[:20], "0.", "a-", "1,", "(1)", "[1]", " \n"})


def ends(how: str, pattern: str) -> bool:
    """Whether it ends within the limit of computing time."""
    return (
        subprocess.run(
            [sys.executable, "-S", "-c", TRY],
            input=json.dumps([how, pattern, almost(pattern), LENGTH]),
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING_SECONDS,) * 2),
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


def test_no_expression_is_slow_on_a_long_text():
    tried = {(how, pattern): place for place, how, pattern in [*expressions(), *compiled()]}
    assert len(tried) > 60
    slow = [f"{place} {how} {pattern}" for (how, pattern), place in tried.items() if not ends(how, pattern)]
    assert slow == []


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"\s+$"])
def test_a_slow_one_is_found(pattern):
    assert not ends("search", pattern)
