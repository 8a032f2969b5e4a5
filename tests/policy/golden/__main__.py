"""`python -m tests.policy.golden`: print the golden SQL anew, after a printer changed on purpose."""

from pathlib import Path

from tests.policy.harness import Shelf, printed_sql
from tests.policy.test_conformance import LOWER, PRICES, TIERED
from tests.policy.test_engines_agree import ARITHMETIC, BANDED
from tongdian.policy.dialects import DIALECTS
from tongdian.policy.sheet_fold import print_fold
from tongdian.policy.sheet_reader import parse_sheet

for where, dialect in DIALECTS.items():
    for name, text, shelf in (
        ("arithmetic", ARITHMETIC, Shelf()),
        ("grouped", BANDED, Shelf()),
        ("tiered", TIERED, PRICES),
    ):
        printed = printed_sql(text, shelf, dialect)
        (Path(__file__).parent / f"{name}.{where}.sql").write_text(printed, encoding="utf-8")
fold = print_fold(parse_sheet(LOWER, Shelf()), ["y", "is_late", "furthest"])
(Path(__file__).parent / "lower.fold.txt").write_text(fold.text, encoding="utf-8")
