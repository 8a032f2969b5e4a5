"""Whatever is written, parsing ends soon with a value or a refusal that names its place."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.good_pack import GOOD
from tests.policy.harness import Shelf
from tongdian.policy import language
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input
from tongdian.policy.reading import read_yaml
from tongdian.policy.refusals import PackError
from tongdian.policy.sheet import SheetError
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.types import LanguageError

WORDS = [
    *language.KEYWORDS,
    *language.FUNCTIONS,
    *language.MODES,
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "<",
    "<=",
    "=",
    "!=",
    ">",
    "0",
    "1",
    "0.05",
    "160",
    "2026-01-31",
    "load",
    "kind",
    "shop",
    '"flat"',
    "paid",
    "since",
    "nothing",
    "__import__",
]
NAMES = {
    "load": Input(unit="kW", min="0", max="999"),  # type: ignore[arg-type]
    "kind": Input(one_of=("shop", "flat")),
    "paid": Input(type="bool"),
    "since": Input(type="date"),
}
TOKENS = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
ANYTHING = st.text(max_size=200)


@settings(deadline=2000)
@given(st.one_of(TOKENS, ANYTHING))
def test_any_condition_is_read_or_refused(text: str) -> None:
    try:
        Condition.parse(text, NAMES)
    except LanguageError as error:
        assert error.problem.zh
        assert error.remedy.en


LINES = st.sampled_from(
    [
        *GOOD["sheets/bill.sheet"].splitlines(),
        "  look x : int = prices.price on start",
        "each a in bill by b",
        "  x = sum(sum(x))",
        "  in x : int 0..1",
        "  x = share(total, used)",
        "  x = before(used, kind)",
        "  require true : negative",
    ]
)


@settings(deadline=2000)
@given(st.lists(st.one_of(LINES, ANYTHING, TOKENS.map(lambda t: f"  x = {t}")), max_size=25))
def test_any_sheet_is_read_or_refused_at_a_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        parse_sheet(text, Shelf())
    except SheetError as error:
        assert 0 <= error.line <= len(text.splitlines()) + 1


PIECES = st.sampled_from(
    [
        "rules:",
        "- rule: x",
        "  kind: bands",
        "&a",
        "*a",
        "!!x",
        "{a: 1}",
        "[",
        "]",
        "{",
        "}",
        ":",
        "\n",
        "  ",
        "?",
        "|",
        ">",
        '"',
        "'",
        "#",
        "on: no",
        "22:00",
        "\t",
        "---",
        "...",
    ]
)


@settings(deadline=2000)
@given(st.one_of(st.lists(PIECES, max_size=60).map("".join), ANYTHING))
def test_any_yaml_is_read_or_refused_at_a_line(text: str) -> None:
    try:
        source = read_yaml(Path("any.yaml"), text)
    except PackError as error:
        assert error.line >= 1
    else:
        source.plain()
