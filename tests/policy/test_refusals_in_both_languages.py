"""Who writes a pack is refused in Chinese as in English: no mistake is told in one of them alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

import tongdian.policy
from tongdian.policy.reading import Day, Model, Number, Whole, read_model, read_yaml
from tongdian.policy.refusals import PackError

POLICY = Path(tongdian.policy.__file__).parent
CHINESE, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{2}")
# Sums over values that no pack wrote: a mistake in them is the program's own.
OF_PROGRAMS = {"measures.py": 1, "packs.py": 1, "rounding.py": 2}


def calls(*names):
    """Every call of one of some names in the kernel, with its file."""
    for file in sorted(POLICY.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield file, node


def written(node):
    """The letters of a text as the program writes it, without what is put in; None of what is no such text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{[^}]*\}", "", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value for one in node.values if isinstance(one, ast.Constant))
    return None


def test_no_sentence_of_the_kernel_is_english_alone():
    bare = [
        f"{file.relative_to(POLICY)}:{node.lineno}"
        for file, node in calls("Words", "Miswritten")
        if len(node.args) == 2
        and (zh := written(node.args[0])) is not None
        and LATIN.search(written(node.args[1]) or "")
        and not CHINESE.search(zh)
        and LATIN.search(zh)
    ]
    assert bare == []


def test_what_reads_a_pack_raises_no_error_that_speaks_one_language():
    """A ValueError in a validator is told by its text, which is English; Miswritten has both."""
    found: dict[str, int] = {}
    for file, _ in calls("ValueError"):
        found[file.name] = found.get(file.name, 0) + 1
    assert found == OF_PROGRAMS


class Part(Model):
    size: Whole


class Slip(Model):
    """A field of each type that pydantic judges itself, and of each of ours."""

    text: str = ""
    listed: tuple[str, ...] = ()
    several: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("x",)
    pairs: dict[str, str] = {}
    part: Part = Part(size=1)
    days: Annotated[Whole, Field(ge=1, le=9)] = 1
    word: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")] = "ab"
    choice: Literal["a", "b"] = "a"
    day: Day | None = None
    share: Number | None = None
    odd: bytes | float = 1.0


SLIPS = {
    "text: [1]": "写成文字",
    "listed: x": "写成列表",
    "several: []": "至少 1 项",
    "several: [a, b, c]": "至多 2 项",
    "pairs: x": "写成“键: 值”的形式",
    "part: x": "写成“键: 值”的形式",
    "part: {size: x}": "整数写成 5",
    "part: {}": "补上“size: …”",
    "days: '0'": "不小于 1",
    "days: '10'": "不大于 9",
    "word: a": "至少 2 个字",
    "word: abcd": "至多 3 个字",
    "word: AB": "应符合 ^[a-z]+$",
    "choice: c": "可选",
    "day: 2021-02-30": "没有 2021-02-30 这一天",
    "share: 1,000": "数写成 0.05 或 300",
    "odd: {}": "按写包说明改写",
    "sise: x": "改为“size”",
    "zzzzzz: x": "删去它",
}


@pytest.mark.parametrize("text", SLIPS)
def test_each_way_of_miswriting_a_field_is_told_in_chinese_with_how_to_mend_it(text, tmp_path):
    file = tmp_path / "slip.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        read_model(read_yaml(file), Slip)
    for one in refused.value.every:
        assert CHINESE.search(one.problem.zh)
        assert CHINESE.search(one.remedy.zh)
    assert SLIPS[text] in refused.value.remedy.zh
    assert not CHINESE.search(refused.value.remedy.en)
